--- Base64 (RFC 4648), with other alphabets through tables of codes.
-- Dependencies: none
-- @module .base64

local error, pairs, type = error, pairs, type
local byte, char, format, gsub, match, sub =
  string.byte, string.char, string.format, string.gsub, string.match, string.sub
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

--- The characters outside of an alphabet. Letters, digits and `=` are always inside.
local function foreignTo(decoder)
  local s62, s63
  for character, code in pairs(decoder) do
    if code == 62 then
      s62 = character
    elseif code == 63 then
      s63 = character
    end
  end
  return format("[^%%w%%%s%%%s%%=]", char(s62), char(s63))
end
local FOREIGN = foreignTo(defaultDecoder)

--- The bytes of Base64 text. Characters outside of the alphabet are skipped. As programs know it, a length that is no
-- multiple of 4 is an error of arithmetic, and a `=` in the middle is a digit of the value 64.
-- @tparam string b64
-- @tparam ?table decoder an alphabet made by `makedecoder`
-- @treturn string
function M.decode(b64, decoder)
  if type(b64) ~= "string" then
    error("attempt to index a " .. type(b64) .. " value (local 'b64')")
  end
  local foreign = decoder and foreignTo(decoder) or FOREIGN
  decoder = decoder or defaultDecoder
  b64 = gsub(b64, foreign, "")
  local length = #b64
  local padding = #match(b64, "=?=?$")
  local parts, count = {}, 0
  for position = 1, padding > 0 and length - 4 or length, 4 do
    local a, b, c, d = byte(b64, position, position + 3)
    local bits = decoder[a] * 0x40000 + decoder[b] * 0x1000 + decoder[c] * 0x40 + decoder[d]
    count = count + 1
    parts[count] = char(bits >> 16 & 255, bits >> 8 & 255, bits & 255)
  end
  if padding > 0 then
    local a, b, c = byte(b64, length - 3, length - padding)
    local bits = decoder[a] * 0x40000 + decoder[b] * 0x1000 + (padding == 1 and decoder[c] * 0x40 or 0)
    parts[count + 1] = sub(char(bits >> 16 & 255, bits >> 8 & 255), 1, 3 - padding)
  end
  return concat(parts)
end

return M
