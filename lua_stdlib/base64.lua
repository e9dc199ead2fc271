--- Base64 (RFC 4648), with other alphabets through tables of codes.
-- Dependencies: none
-- @module .base64

local error, pairs, type = error, pairs, type
local byte, char, gsub = string.byte, string.char, string.gsub
local concat = table.concat

local M = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
local PAD = 64

--- The characters of an alphabet.
-- @tparam[opt="+"] string s62
-- @tparam[opt="/"] string s63
-- @tparam[opt="="] string pad one character
-- @treturn {[integer]=integer} from code 0 to 63, and 64 for the padding, to the character's byte
function M.makeencoder(s62, s63, pad)
  local encoder = {}
  for code = 0, 61 do
    encoder[code] = byte(LETTERS, code + 1)
  end
  encoder[62], encoder[63], encoder[PAD] = byte(s62 or "+"), byte(s63 or "/"), byte(pad or "=")
  return encoder
end

--- The codes of an alphabet, as `makeencoder` the other way round.
-- @treturn {[integer]=integer} from byte to code
function M.makedecoder(s62, s63, pad)
  local decoder = {}
  for code, character in pairs(M.makeencoder(s62, s63, pad)) do
    decoder[character] = code
  end
  return decoder
end

local defaultEncoder, defaultDecoder = M.makeencoder(), M.makedecoder()

--- Base64 text of bytes.
-- @tparam string str
-- @tparam ?table encoder an alphabet made by `makeencoder`
-- @treturn string padded to a multiple of 4
function M.encode(str, encoder)
  if type(str) ~= "string" then
    error("attempt to get length of a " .. type(str) .. " value (local 'str')")
  end
  encoder = encoder or defaultEncoder
  local parts, count = {}, 0
  for position = 1, #str, 3 do
    local first, second, third = byte(str, position, position + 2)
    local bits = first << 16 | (second or 0) << 8 | (third or 0)
    count = count + 1
    parts[count] = char(
      encoder[bits >> 18],
      encoder[bits >> 12 & 63],
      encoder[second and bits >> 6 & 63 or PAD],
      encoder[third and bits & 63 or PAD]
    )
  end
  return concat(parts, "", 1, count)
end

--- The bytes of what is left after the last full group of four characters.
local function lastBytes(bits, held, padding)
  if held == 0 and padding == 0 then
    return ""
  elseif held == 2 and padding == 2 then
    return char(bits >> 4)
  elseif held == 3 and padding == 1 then
    return char(bits >> 10, bits >> 2 & 255)
  end
  -- The text that programs know for a length that is no multiple of 4.
  return error("attempt to perform arithmetic on a nil value (field '?')")
end

--- The bytes of Base64 text. Characters outside of the alphabet are skipped.
-- @tparam string b64
-- @tparam ?table decoder an alphabet made by `makedecoder`
-- @treturn string
function M.decode(b64, decoder)
  if type(b64) ~= "string" then
    error("attempt to index a " .. type(b64) .. " value (local 'b64')")
  end
  decoder = decoder or defaultDecoder
  local parts, count = {}, 0
  local bits, held, padding = 0, 0, 0
  for position = 1, #b64 do
    local code = decoder[byte(b64, position)]
    if code == PAD then
      padding = padding + 1
    elseif code then
      if padding > 0 then
        held = 1 -- Nothing may follow the padding, and a single character fits no ending.
        break
      end
      bits, held = bits << 6 | code, held + 1
      if held == 4 then
        count = count + 1
        parts[count] = char(bits >> 16, bits >> 8 & 255, bits & 255)
        bits, held = 0, 0
      end
    end
  end
  return concat(parts, "", 1, count) .. lastBytes(bits, held, padding)
end

return M
