-- The string functions by the matcher in Lua: slow, and every step of them ticks.
--
-- Called with blame.lua's functions, limits.charge and the matcher. Where a function takes `known`, that is a pattern
-- as costs.lua read it, with the pattern's text and a table that keeps what the matcher reads of it. `start` is a place
-- from 1 to behind the end.

local blame, charge, matcher = ...
local rawfind, byte, sub, concat = string.find, string.byte, string.sub, table.concat
local type, rawToString, unpack = type, tostring, table.unpack

local M = {}

-- Where a search begins, from 1 to behind the end; nil when it can find nothing.
function M.startOf(init, size)
  if init == nil then
    return 1
  elseif init > size + 1 then
    return nil
  elseif init > 0 then
    return init
  end
  return init < -size and 1 or init == 0 and 1 or size + init + 1
end

-- The captures of the last match; when there are none, the whole match if `whole` says so.
local function captures(first, finish, whole)
  local number = matcher.captureCount()
  if number == 0 and not whole then
    return
  elseif number <= 1 then
    return matcher.capture(1, first, finish)
  end
  local values = {}
  for index = 1, number do
    values[index] = matcher.capture(index, first, finish)
  end
  return unpack(values, 1, number)
end

-- What find takes as plain text even without being told.
function M.isPlain(pattern)
  return rawfind(pattern, "^[^%^%$%*%+%?%.%(%[%%%-]*$") ~= nil
end

local PREFIX = 32

-- Finds a text in a text. C compares at every place where the first byte fits; here only where a short beginning does.
function M.findText(text, wanted, start)
  local length = #wanted
  if length <= PREFIX then
    local first, last = rawfind(text, wanted, start, true)
    if (last or #text) - start > 1024 then
      charge(((last or #text) - start) // 16)
    end
    if not first then
      return nil
    end
    return first, last
  end
  local beginning = sub(wanted, 1, PREFIX)
  while true do
    local first = M.findText(text, beginning, start)
    if not first then
      return nil
    end
    charge(1 + length // 16)
    if sub(text, first, first + length - 1) == wanted then
      return first, first + length - 1
    end
    start = first + 1
  end
end

-- Matches at start and then at every later position, unless the pattern is anchored. Returns start and end.
local function search(text, known, start)
  matcher.prepare(text, known.pattern, known.read)
  if known.anchored then
    local finish = matcher.at(start, 2)
    return finish and start, finish
  end
  for position = start, #text + 1 do
    local finish = matcher.at(position, 1)
    if finish then
      return position, finish
    end
  end
  return nil
end

function M.find(text, known, start)
  if known.plain then
    return M.findText(text, known.pattern, start)
  end
  local first, finish = search(text, known, start)
  if not first then
    return nil
  end
  return first, finish - 1, captures(first, finish)
end

function M.match(text, known, start)
  local first, finish = search(text, known, start)
  if not first then
    return nil
  end
  return captures(first, finish, true)
end

function M.gmatch(text, known)
  local position, last = 1, nil
  return function()
    matcher.prepare(text, known.pattern, known.read)
    while position <= #text + 1 do
      local finish = matcher.at(position, 1)
      if finish and finish ~= last then
        local first = position
        position, last = finish, finish
        return captures(first, finish, true)
      end
      position = position + 1
    end
    return nil
  end
end

-- The text that stands in place of a match by a replacement text.
local function expanded(template, first, finish)
  local parts, position = {}, 1
  while true do
    local percent = rawfind(template, "%", position, true)
    parts[#parts + 1] = sub(template, position, (percent or 0) - 1)
    if not percent then
      return concat(parts)
    end
    local code = byte(template, percent + 1)
    if code == byte("%") then
      parts[#parts + 1] = "%"
    elseif code == byte("0") then
      parts[#parts + 1] = matcher.capture(0, first, finish)
    elseif code and code > byte("0") and code <= byte("9") then
      parts[#parts + 1] = rawToString(matcher.capture(code - byte("0"), first, finish))
    else
      blame.raise("invalid use of '%' in replacement string")
    end
    position = percent + 2
  end
end

-- What stands in place of a match; nil to leave it as it is.
local function replacement(kind, by, first, finish)
  local value
  if kind == "string" then
    return expanded(by, first, finish)
  elseif kind == "table" then
    value = by[(captures(first, finish, true))]
  else
    value = by(captures(first, finish, true))
  end
  if not value then
    return nil
  elseif type(value) ~= "string" and type(value) ~= "number" then
    blame.raise("invalid replacement value (a " .. type(value) .. ")")
  end
  return value
end

-- by: a text, a table or a function.
function M.gsub(text, known, by, limit)
  local kind = type(by)
  local place = known.anchored and 2 or 1
  local parts, copied, position, replaced, last = {}, 1, 1, 0, nil
  while replaced < (limit or #text + 1) do
    -- Again each time: a replacing function may have searched, too.
    matcher.prepare(text, known.pattern, known.read)
    local finish = matcher.at(position, place)
    if finish and finish ~= last then
      replaced = replaced + 1
      local value = replacement(kind, by, position, finish)
      if value then
        parts[#parts + 1] = sub(text, copied, position - 1)
        parts[#parts + 1] = value
        copied = finish
      end
      position, last = finish, finish
    else
      position = position + 1
      if position > #text + 1 then
        break
      end
    end
    if known.anchored then
      break
    end
  end
  parts[#parts + 1] = sub(text, copied)
  return concat(parts), replaced
end

return M
