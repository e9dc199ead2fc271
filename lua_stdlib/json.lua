--- JSON text from Lua values and back.
-- Every result of a process passes through `encode`: it writes into one buffer, and text that needs no escapes,
-- which is nearly all text, is found by one match.
-- Dependencies: none
-- @module json

local error, pairs, rawget, rawlen, tonumber, tostring, type = error, pairs, rawget, rawlen, tonumber, tostring, type
local byte, find, format, gsub, match, sub =
  string.byte, string.find, string.format, string.gsub, string.match, string.sub
local concat = table.concat
local codepoint = utf8.char
local HUGE = math.huge

local M = { _version = "0.2.0" }

-- Encoding ------------------------------------------------------------------------------------------------------

-- What needs no escape: everything from a blank on, without the quote and the backslash. In a set, `]` can begin a
-- range only as the first character; the ranges that hold most letters come first.
local PLAIN = "^[]-\255#-[ !]*$"
local SPECIAL = '[%z\1-\31"\\]'

local escapes = {
  ["\\"] = "\\\\",
  ['"'] = '\\"',
  ["\b"] = "\\b",
  ["\f"] = "\\f",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}
for code = 0, 31 do
  local character = string.char(code)
  escapes[character] = escapes[character] or format("\\u%04x", code)
end

-- Tables this deep are watched for cycles; a cycle always gets there, and ordinary values never pay for the watch.
local UNWATCHED_DEPTH = 32

-- The texts `{"key":` and `,"key":`, made once per key: the keys of messages are few. Forgotten when there are many.
local firstKeys, laterKeys = {}, {}
local keyCount, MAX_KEYS, MAX_KEY_LENGTH = 0, 512, 40

local function quote(text)
  if not find(text, PLAIN) then
    text = gsub(text, SPECIAL, escapes)
  end
  return '"' .. text .. '"'
end

local function numeral(number)
  if number ~= number or number >= HUGE or number <= -HUGE then
    error("unexpected number value '" .. tostring(number) .. "'")
  end
  return format("%.14g", number)
end

--- The text in front of a value in an object.
-- @tparam boolean first whether the value is the first one
-- @tparam string key
local function keyText(first, key)
  local quoted = quote(key)
  if #key <= MAX_KEY_LENGTH then
    if keyCount == MAX_KEYS then
      firstKeys, laterKeys, keyCount = {}, {}, 0
    end
    firstKeys[key], laterKeys[key] = "{" .. quoted .. ":", "," .. quoted .. ":"
    keyCount = keyCount + 1
  end
  return (first and "{" or ",") .. quoted .. ":"
end

-- A buffer that no encoding is using: most texts are short, and one message has many of them.
local spare
local MOST_SPARE = 1024

local encodeTable

--- Appends a value that is not text.
-- @tparam {string,...} buffer
-- @tparam integer size of the buffer
-- @param value
-- @tparam string kind its type
-- @tparam integer depth of the tables around it
-- @tparam ?table watched the deep tables around it
-- @treturn integer the new size
local function encodeOther(buffer, size, value, kind, depth, watched)
  if kind == "table" then
    return encodeTable(buffer, size, value, depth + 1, watched)
  end
  size = size + 1
  if kind == "number" then
    buffer[size] = numeral(value)
  elseif kind == "boolean" then
    buffer[size] = value and "true" or "false"
  elseif kind == "nil" then
    buffer[size] = "null"
  else
    error("unexpected type '" .. kind .. "'")
  end
  return size
end

local function encodeArray(buffer, size, array, depth, watched)
  local count, length = 0, rawlen(array)
  for key in pairs(array) do
    if type(key) ~= "number" then
      error("invalid table: mixed or invalid key types")
    end
    count = count + 1
  end
  if count ~= length then
    error("invalid table: sparse array")
  end
  local mark = "["
  for index = 1, length do
    local value = array[index]
    local kind = type(value)
    size = size + 1
    if kind == "string" then
      buffer[size] = mark .. quote(value)
    else
      buffer[size] = mark
      size = encodeOther(buffer, size, value, kind, depth, watched)
    end
    mark = ","
  end
  buffer[size + 1] = "]"
  return size + 1
end

local function encodeObject(buffer, size, object, depth, watched)
  local keys, closing = firstKeys, "[]"
  for key, value in pairs(object) do
    local prefix = keys[key]
    if not prefix then
      if type(key) ~= "string" then
        error("invalid table: mixed or invalid key types")
      end
      prefix = keyText(keys == firstKeys, key)
    end
    local kind = type(value)
    if kind == "string" then
      buffer[size + 1], buffer[size + 2], buffer[size + 3], buffer[size + 4] =
        prefix, '"', find(value, PLAIN) and value or gsub(value, SPECIAL, escapes), '"'
      size = size + 4
      keys, closing = laterKeys, "}"
    elseif kind ~= "function" then
      size = size + 1
      buffer[size] = prefix
      size = encodeOther(buffer, size, value, kind, depth, watched)
      keys, closing = laterKeys, "}"
    elseif closing == "[]" then
      closing = "{}"
    end
  end
  size = size + 1
  buffer[size] = closing
  return size
end

function encodeTable(buffer, size, value, depth, watched)
  if depth > UNWATCHED_DEPTH then
    watched = watched or {}
    if watched[value] then
      error("circular reference")
    end
    watched[value] = true
  end
  if rawget(value, 1) ~= nil then
    size = encodeArray(buffer, size, value, depth, watched)
  else
    size = encodeObject(buffer, size, value, depth, watched)
  end
  if depth > UNWATCHED_DEPTH then
    watched[value] = nil
  end
  return size
end

--- JSON text of a value. Functions in keyed tables are left out; the empty table is an array.
-- @param value nil, boolean, number, string or a table of them
-- @treturn string
function M.encode(value)
  local kind = type(value)
  if kind == "string" then
    return quote(value)
  end
  local buffer = spare or {}
  spare = nil
  local size = encodeOther(buffer, 0, value, kind, 0)
  local text = size == 1 and buffer[1] or concat(buffer, "", 1, size)
  if size <= MOST_SPARE then
    spare = buffer
  end
  return text
end

-- Decoding ------------------------------------------------------------------------------------------------------

local SPACE, QUOTE, BACKSLASH, MINUS, ZERO, NINE = 32, 34, 92, 45, 48, 57
local COMMA, COLON, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE = 44, 58, 91, 93, 123, 125

-- From the character after the quote to the closing quote of a text without escapes.
local PLAIN_STRING = '^[]-\255#-[ !]*"'
local STRING_STOP = '["\\%z\1-\31]'
-- A literal or a number ends at white space, a comma or a closing bracket, and nowhere else.
local WORD = "^[^ \t\r\n,%]}]*"
local NOT_SPACE = "[^ \t\r\n]"

local unescaped = {
  ['"'] = '"',
  ["\\"] = "\\",
  ["/"] = "/",
  b = "\b",
  f = "\f",
  n = "\n",
  r = "\r",
  t = "\t",
}

--- Raises an error that names the place of a position in the text.
local function fail(text, position, message)
  local line, lineStart = 1, 1
  local newline = find(text, "\n", 1, true)
  while newline and newline < position do
    line, lineStart = line + 1, newline + 1
    newline = find(text, "\n", lineStart, true)
  end
  error(format("%s at line %d col %d", message, line, position - lineStart + 1))
end

--- The position of the first character at or after `position` that is no white space, and that character's code.
local function skipSpace(text, position)
  local code = byte(text, position)
  if code and code <= SPACE then
    position = find(text, NOT_SPACE, position) or #text + 1
    code = byte(text, position)
  end
  return position, code
end

--- A \u escape, or two that make one character.
-- @treturn string the character in UTF-8
-- @treturn integer the position after it
local function decodeUnicode(text, backslash)
  local high, low = match(text, "^u([dD][89aAbB]%x%x)\\u(%x%x%x%x)", backslash + 1)
  if high then
    local code = ((tonumber(high, 16) - 0xd800) << 10) + (tonumber(low, 16) - 0xdc00) + 0x10000
    if code > 0x10ffff then
      fail(text, backslash, format("invalid unicode codepoint '%x'", code))
    end
    return codepoint(code), backslash + 12
  end
  local digits = match(text, "^u(%x%x%x%x)", backslash + 1)
  if not digits then
    fail(text, backslash, "invalid unicode escape in string")
  end
  return codepoint(tonumber(digits, 16)), backslash + 6
end

--- A text with escapes, or a broken one. `opening` is the position of its quote.
local function decodeEscaped(text, opening)
  local parts, count, position = {}, 0, opening + 1
  while true do
    local stop = find(text, STRING_STOP, position)
    if not stop then
      fail(text, opening, "expected closing quote for string")
    end
    count = count + 1
    parts[count] = sub(text, position, stop - 1)
    local code = byte(text, stop)
    if code == QUOTE then
      return concat(parts, "", 1, count), stop + 1
    elseif code ~= BACKSLASH then
      fail(text, stop, "control character in string")
    end
    local letter = sub(text, stop + 1, stop + 1)
    count = count + 1
    if letter == "u" then
      parts[count], position = decodeUnicode(text, stop)
    else
      parts[count], position = unescaped[letter], stop + 2
      if not parts[count] then
        fail(text, stop, "invalid escape char '" .. letter .. "' in string")
      end
    end
  end
end

local function decodeString(text, opening)
  local _, closing = find(text, PLAIN_STRING, opening + 1)
  if closing then
    return sub(text, opening + 1, closing - 1), closing + 1
  end
  return decodeEscaped(text, opening)
end

local decodeValue

local function decodeArray(text, position)
  local array, count, code = {}, 0, nil
  position, code = skipSpace(text, position + 1)
  while code ~= CLOSE_BRACKET do
    count = count + 1
    array[count], position = decodeValue(text, position, code)
    position, code = skipSpace(text, position)
    if code == COMMA then
      position, code = skipSpace(text, position + 1)
    elseif code ~= CLOSE_BRACKET then
      fail(text, position + 1, "expected ']' or ','")
    end
  end
  return array, position + 1
end

local function decodeObject(text, position)
  local object, code, key = {}, nil, nil
  position, code = skipSpace(text, position + 1)
  while code ~= CLOSE_BRACE do
    if code ~= QUOTE then
      fail(text, position, "expected string for key")
    end
    key, position = decodeString(text, position)
    position, code = skipSpace(text, position)
    if code ~= COLON then
      fail(text, position, "expected ':' after key")
    end
    position, code = skipSpace(text, position + 1)
    object[key], position = decodeValue(text, position, code)
    position, code = skipSpace(text, position)
    if code == COMMA then
      position, code = skipSpace(text, position + 1)
    elseif code ~= CLOSE_BRACE then
      fail(text, position + 1, "expected '}' or ','")
    end
  end
  return object, position + 1
end

local function decodeNumber(text, position)
  local word = match(text, WORD, position)
  local number = tonumber(word)
  if not number then
    fail(text, position, "invalid number '" .. word .. "'")
  end
  return number, position + #word
end

local literals = { ["true"] = true, ["false"] = false }

local function decodeLiteral(text, position)
  local word = match(text, WORD, position)
  if literals[word] == nil and word ~= "null" then
    fail(text, position, "invalid literal '" .. word .. "'")
  end
  return literals[word], position + #word
end

--- Decodes the value that starts at `position` with the character `code`.
-- @return the value
-- @treturn integer the position after it
function decodeValue(text, position, code)
  if code == QUOTE then
    return decodeString(text, position)
  elseif code == OPEN_BRACE then
    return decodeObject(text, position)
  elseif code == OPEN_BRACKET then
    return decodeArray(text, position)
  elseif code and (code == MINUS or code >= ZERO and code <= NINE) then
    return decodeNumber(text, position)
  elseif code == 116 or code == 102 or code == 110 then -- t, f, n
    return decodeLiteral(text, position)
  end
  return fail(text, position, "unexpected character '" .. sub(text, position, position) .. "'")
end

--- The value of a JSON text. Integers stay integers; null becomes nil: a hole in an array, an absent key in an object.
-- Lenient in the way that programs rely on: a comma may end an array or object.
-- @tparam string text
-- @return nil, boolean, number, string or table
function M.decode(text)
  if type(text) ~= "string" then
    error("expected argument of type string, got " .. type(text))
  end
  local position, code = skipSpace(text, 1)
  local value
  value, position = decodeValue(text, position, code)
  position = skipSpace(text, position)
  if position <= #text then
    fail(text, position, "trailing garbage")
  end
  return value
end

return M
