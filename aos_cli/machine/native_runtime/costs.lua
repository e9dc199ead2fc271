-- What a pattern can cost: read once, then reckoned for the length of each subject.
--
-- C's matcher takes time that no hook sees: string.find(("a"):rep(400000), ".-b") runs for minutes. The costs here are
-- upper bounds in steps of that matcher, about two nanoseconds each. A quantifier at the end of a pattern always
-- succeeds, and the search goes on behind what it took: all of them together cost one walk over the subject.

local byte, find, sub, gmatch, max = string.byte, string.find, string.sub, string.gmatch, math.max

-- Kinds of items. FINAL and LAZY_FINAL: a quantifier behind which nothing more can fail.
local ONE, OPTIONAL, MANY, LAZY, FINAL, BALANCE, REFERENCE = 1, 2, 3, 4, 5, 6, 7

local PERCENT, CARET, DOLLAR, LEFT, RIGHT, BRACKET, CLOSING = byte("%^$()[]", 1, 7)
local QUANTIFIERS = { [byte("*")] = MANY, [byte("+")] = MANY, [byte("-")] = LAZY, [byte("?")] = OPTIONAL }

-- Nesting of C's matcher is limited to 200, captures to 32: what comes near is left to the matcher in Lua.
local MANY_NESTED, MAX_CAPTURES = 180, 32

-- A call below this many steps is as short as the instructions around it and is not charged.
local FREE_STEPS = 2000

local M = {}

-- The place behind a single character, class or set; nil when the pattern is malformed.
local function singleEnd(pattern, place)
  local code = byte(pattern, place)
  if code == PERCENT then
    return place < #pattern and place + 2 or nil
  elseif code ~= BRACKET then
    return place + 1
  end
  place = place + 1
  if byte(pattern, place) == CARET then
    place = place + 1
  end
  repeat
    code = byte(pattern, place)
    if not code then
      return nil
    end
    place = place + (code == PERCENT and place < #pattern and 2 or 1)
  until byte(pattern, place) == CLOSING
  return place + 1
end

-- Captures that are open, and those that are closed; says when their use would be an error.
local function newCaptures()
  local open, closed, count = {}, {}, 0
  local captures = {}
  function captures.open()
    count = count + 1
    open[#open + 1] = count
    return count <= MAX_CAPTURES
  end
  function captures.position()
    count = count + 1
    closed[count] = true
    return count <= MAX_CAPTURES
  end
  function captures.close()
    local index = open[#open]
    if index then
      open[#open] = nil
      closed[index] = true
    end
    return index ~= nil
  end
  function captures.known(index)
    return closed[index] == true
  end
  function captures.finished()
    return #open == 0, count
  end
  return captures
end

-- Reads the item at a place into known. Returns the place behind it, or nil when the item could raise an error.
local function readItem(known, captures, pattern, place)
  local items = known.items
  local code, second = byte(pattern, place, place + 1)
  if code == LEFT then
    known.nested = known.nested + 1
    if second == RIGHT then
      return captures.position() and place + 2 or nil
    end
    return captures.open() and place + 1 or nil
  elseif code == RIGHT then
    known.nested = known.nested + 1
    return captures.close() and place + 1 or nil
  elseif code == DOLLAR and place == #pattern then
    items[#items + 1] = { kind = ONE, weight = 1 }
    return place + 1
  elseif code == PERCENT and second == byte("b") then
    items[#items + 1] = { kind = BALANCE }
    return place + 3 <= #pattern and place + 4 or nil
  elseif code == PERCENT and second == byte("f") then
    local following = byte(pattern, place + 2) == BRACKET and singleEnd(pattern, place + 2) or nil
    items[#items + 1] = { kind = ONE, weight = 1 + ((following or place) - place) // 8 }
    return following
  elseif code == PERCENT and second and second >= byte("0") and second <= byte("9") then
    items[#items + 1] = { kind = REFERENCE }
    return captures.known(second - byte("0")) and place + 2 or nil
  end
  local following = singleEnd(pattern, place)
  if not following then
    return nil
  end
  local kind = QUANTIFIERS[byte(pattern, following)]
  -- A set is compared member by member.
  local weight = 1 + (following - place) // 8
  items[#items + 1] = { kind = kind or ONE, class = sub(pattern, place, following - 1), weight = weight }
  if kind then
    known.nested = known.nested + 1
    return following + 1
  end
  return following
end

-- The longest run of bytes of a class in a text.
local function longestRun(text, class)
  if class == "." then
    return #text
  elseif #class == 1 then
    class = "%" .. class
    if find(class, "%w") then
      class = sub(class, 2)
    end
  end
  local longest = 0
  for first, finish in gmatch(text, "()" .. class .. "+()") do
    longest = max(longest, finish - first)
  end
  return longest
end

-- Longest runs in the text that was asked for last: programs walk through one text with many calls.
local lastText, lastRuns

local function runOf(text, class)
  if text ~= lastText then
    lastText, lastRuns = text, {}
  end
  local run = lastRuns[class]
  if not run then
    run = longestRun(text, class)
    lastRuns[class] = run
  end
  return run
end

-- Lets go of the text.
function M.forget()
  lastText, lastRuns = nil, nil
end

-- Steps for one starting position in a subject of `size` bytes. text: given, runs are looked up in it.
local function perStart(known, size, text)
  local steps = 1.0
  local items = known.items
  for index = #items, 1, -1 do
    local item = items[index]
    local kind = item.kind
    if kind == ONE or kind == FINAL then
      steps = steps + item.weight
    elseif kind == OPTIONAL then
      steps = steps * 2 + item.weight
    elseif kind == BALANCE then
      steps = steps + size
    elseif kind == REFERENCE then
      steps = steps + 1 + size / 16
    else
      local run = text and runOf(text, item.class) or size
      steps = run * item.weight + (run + 1) * (steps + item.weight)
    end
  end
  return steps
end

-- Upper bound of the steps of a search through `size` bytes.
function M.steps(known, size, text)
  return perStart(known, size, text) * (known.anchored and 1 or size + 1) + size
end

-- The longest subject whose search is free; -1 when none is.
local function freeSize(known)
  local low, high = -1, FREE_STEPS
  while low < high do
    local middle = (low + high + 1) // 2
    if M.steps(known, middle) <= FREE_STEPS then
      low = middle
    else
      high = middle - 1
    end
  end
  return low
end

-- Reads a pattern.
-- Returns
--   sound: no subject can make it raise an error; only then the rest is complete
--   free: length of the longest subject that is searched for free
--   linear: steps per byte of the subject when time is in proportion to its length, or nil
--   anchored, captures (their number), items, nested
function M.read(pattern, canAnchor)
  local anchored = canAnchor and byte(pattern) == CARET
  local known = { sound = false, free = -1, anchored = anchored, items = {}, nested = 0 }
  local captures = newCaptures()
  local place = anchored and 2 or 1
  while place <= #pattern do
    place = readItem(known, captures, pattern, place)
    if not place then
      return known
    end
  end
  local finished, count = captures.finished()
  known.captures = count
  if not finished or known.nested > MANY_NESTED then
    return known
  end
  known.sound = true
  local items = known.items
  local last = items[#items]
  if last and (last.kind == MANY or last.kind == LAZY or last.kind == OPTIONAL) then
    last.kind = FINAL
  end
  local linear = true
  for index = 1, #items do
    local kind = items[index].kind
    linear = linear and (kind == ONE or kind == FINAL)
  end
  known.linear = linear and perStart(known, 0) or nil
  known.free = freeSize(known)
  return known
end

return M
