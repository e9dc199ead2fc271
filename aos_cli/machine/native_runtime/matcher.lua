-- Lua's pattern matching, written in Lua: the same results and errors as the C functions, but it ticks.
--
-- Backtracking over one subject and one pattern, which stand in the locals below while a match runs; nothing of the
-- program runs inside it. Positions are 1-based; an end is the position behind the last byte. A pattern is read item
-- by item when the match comes to it, because an error behind that place must not show; what was read is kept.
--
-- Called with blame.lua's functions.

local blame = ...
local byte, char, sub, rawfind = string.byte, string.char, string.sub, string.find
local raise = blame.raise

-- How deep a match may nest, and how many captures it may have: the originals' limits.
local MAX_DEPTH, MAX_CAPTURES = 200, 32

-- Lengths of captures that are no texts.
local UNFINISHED, POSITION = -1, -2

-- Kinds of items. A single matches one byte of the subject.
local SINGLE, OPEN, OPEN_POSITION, CLOSE, FINISH, BALANCE, FRONTIER, REFERENCE = 1, 2, 3, 4, 5, 6, 7, 8

local PERCENT, CARET, DOLLAR, LEFT, RIGHT, BRACKET, CLOSING = byte("%^$()[]", 1, 7)
local STAR, PLUS, MINUS, QUESTION = byte("*+-?", 1, 4)
local QUANTIFIERS = { [STAR] = true, [PLUS] = true, [MINUS] = true, [QUESTION] = true }

local subject, size, pattern, patternSize
local items -- place in the pattern -> item
local level, starts, lengths = 0, {}, {}
local depth = 0

local M = {}

-- Which bytes a class or set matches, asked of the C function byte by byte: text -> byte -> boolean.
local rows, rowCount = {}, 0
local MAX_ROWS = 200
local ASK = {
  __index = function(row, code)
    local matches = rawfind(char(code), row.text) ~= nil
    row[code] = matches
    return matches
  end,
}

local function rowOf(text)
  local row = rows[text]
  if not row then
    if rowCount >= MAX_ROWS then
      rows, rowCount = {}, 0
    end
    row = setmetatable({ text = text }, ASK)
    rows[text] = row
    rowCount = rowCount + 1
  end
  return row
end

-- The place behind a single character, class or set.
local function singleEnd(place)
  local code = byte(pattern, place)
  place = place + 1
  if code == PERCENT then
    if place > patternSize then
      raise("malformed pattern (ends with '%')")
    end
    return place + 1
  elseif code ~= BRACKET then
    return place
  end
  if byte(pattern, place) == CARET then
    place = place + 1
  end
  repeat
    if place > patternSize then
      raise("malformed pattern (missing ']')")
    end
    code = byte(pattern, place)
    place = place + 1
    if code == PERCENT and place <= patternSize then
      place = place + 1
    end
  until byte(pattern, place) == CLOSING
  return place + 1
end

local function readSingle(place)
  local following = singleEnd(place)
  local quantifier = byte(pattern, following)
  local item = { kind = SINGLE, following = following, row = rowOf(sub(pattern, place, following - 1)) }
  local code = byte(pattern, place)
  if code ~= PERCENT and code ~= BRACKET and code ~= byte(".") then
    -- A plain character, which alone might mean something else to the C function.
    item.row = { [code] = true }
  end
  if QUANTIFIERS[quantifier] then
    item.quantifier, item.following = quantifier, following + 1
  end
  return item
end

local function readEscape(place)
  local code = byte(pattern, place + 1)
  if code == byte("b") then
    if place + 3 > patternSize then
      raise("malformed pattern (missing arguments to '%b')")
    end
    return { kind = BALANCE, following = place + 4, opening = byte(pattern, place + 2), closing = byte(pattern, place + 3) }
  elseif code == byte("f") then
    if byte(pattern, place + 2) ~= BRACKET then
      raise("missing '[' after '%f' in pattern")
    end
    local following = singleEnd(place + 2)
    return { kind = FRONTIER, following = following, row = rowOf(sub(pattern, place + 2, following - 1)) }
  elseif code and code >= byte("0") and code <= byte("9") then
    return { kind = REFERENCE, following = place + 2, index = code - byte("0") }
  end
  return readSingle(place)
end

local function read(place)
  local code = byte(pattern, place)
  local item
  if code == LEFT then
    local position = byte(pattern, place + 1) == RIGHT
    item = { kind = position and OPEN_POSITION or OPEN, following = place + (position and 2 or 1) }
  elseif code == RIGHT then
    item = { kind = CLOSE, following = place + 1 }
  elseif code == DOLLAR and place == patternSize then
    item = { kind = FINISH }
  elseif code == PERCENT then
    item = readEscape(place)
  else
    item = readSingle(place)
  end
  items[place] = item
  return item
end

local run

local function openCapture(at, place, length)
  if level >= MAX_CAPTURES then
    raise("too many captures")
  end
  level = level + 1
  starts[level], lengths[level] = at, length
  local finish = run(at, place)
  if not finish then
    level = level - 1
  end
  return finish
end

local function closeCapture(at, place)
  local index = level
  while index > 0 and lengths[index] ~= UNFINISHED do
    index = index - 1
  end
  if index == 0 then
    raise("invalid pattern capture")
  end
  lengths[index] = at - starts[index]
  local finish = run(at, place)
  if not finish then
    lengths[index] = UNFINISHED
  end
  return finish
end

local function expandMost(at, item)
  local row, stop = item.row, at
  while stop <= size and row[byte(subject, stop)] do
    stop = stop + 1
  end
  for candidate = stop, at, -1 do
    local finish = run(candidate, item.following)
    if finish then
      return finish
    end
  end
  return nil
end

local function expandLeast(at, item)
  local row = item.row
  while true do
    local finish = run(at, item.following)
    if finish then
      return finish
    elseif at > size or not row[byte(subject, at)] then
      return nil
    end
    at = at + 1
  end
end

-- The end of a text that begins with one byte and ends with the other, which belongs to it.
local function balanced(at, item)
  local opening, closing = item.opening, item.closing
  if byte(subject, at) ~= opening then
    return nil
  end
  local nested = 1
  for index = at + 1, size do
    local code = byte(subject, index)
    if code == closing then
      nested = nested - 1
      if nested == 0 then
        return index + 1
      end
    elseif code == opening then
      nested = nested + 1
    end
  end
  return nil
end

-- The end of the same text as an earlier capture.
local function repeated(at, index)
  if index < 1 or index > level or lengths[index] == UNFINISHED then
    raise("invalid capture index %" .. index)
  end
  local length, start = lengths[index], starts[index]
  if length < 0 or size - at + 1 < length then
    return nil
  end
  for offset = 0, length - 1 do
    if byte(subject, start + offset) ~= byte(subject, at + offset) then
      return nil
    end
  end
  return at + length
end

-- Items that match without nesting: where the match goes on, or nil.
local function step(kind, at, item)
  if kind == BALANCE then
    return balanced(at, item)
  elseif kind == REFERENCE then
    return repeated(at, item.index)
  end
  -- A frontier: out of the set before it, in the set behind it; the ends of the subject are as a zero byte.
  local row = item.row
  if not row[at > 1 and byte(subject, at - 1) or 0] and row[byte(subject, at) or 0] then
    return at
  end
  return nil
end

-- Matches the pattern from one place on at one position of the subject. Returns the end, or nil.
local function attempt(at, place)
  while place <= patternSize do
    local item = items[place] or read(place)
    local kind = item.kind
    if kind == SINGLE then
      local quantifier = item.quantifier
      local matches = at <= size and item.row[byte(subject, at)]
      if not quantifier then
        if not matches then
          return nil
        end
        at = at + 1
      elseif quantifier == STAR then
        return expandMost(at, item)
      elseif quantifier == MINUS then
        return expandLeast(at, item)
      elseif quantifier == PLUS then
        return matches and expandMost(at + 1, item) or nil
      elseif matches then
        local finish = run(at + 1, item.following)
        if finish then
          return finish
        end
      end
    elseif kind == OPEN then
      return openCapture(at, item.following, UNFINISHED)
    elseif kind == OPEN_POSITION then
      return openCapture(at, item.following, POSITION)
    elseif kind == CLOSE then
      return closeCapture(at, item.following)
    elseif kind == FINISH then
      return at > size and at or nil
    else
      at = step(kind, at, item)
      if not at then
        return nil
      end
    end
    place = item.following
  end
  return at
end

run = function(at, place)
  if depth == 0 then
    raise("pattern too complex")
  end
  depth = depth - 1
  local finish = attempt(at, place)
  depth = depth + 1
  return finish
end

-- Makes subject and pattern the ones that `at` and `capture` speak of.
-- known: a table that keeps what was read of this pattern.
function M.prepare(text, wanted, known)
  subject, size, pattern, patternSize, items = text, #text, wanted, #wanted, known
end

-- Matches at one position, the pattern from `place` on. Returns the end, or nil.
function M.at(position, place)
  level, depth = 0, MAX_DEPTH
  return run(position, place)
end

-- The number of captures of the last match.
function M.captureCount()
  return level
end

-- A capture of the last match, which went from first to before finish. Number 0 is the whole match, and so is the first
-- when the pattern has none.
function M.capture(index, first, finish)
  if index == 0 then
    return sub(subject, first, finish - 1)
  elseif index > level then
    if index ~= 1 then
      raise("invalid capture index %" .. index)
    end
    return sub(subject, first, finish - 1)
  end
  local length = lengths[index]
  if length == UNFINISHED then
    raise("unfinished capture")
  elseif length == POSITION then
    return starts[index]
  end
  return sub(subject, starts[index], starts[index] + length - 1)
end

return M
