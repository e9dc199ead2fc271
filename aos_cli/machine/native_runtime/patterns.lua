-- string.find, match, gmatch and gsub: C's functions where they are quick, a matcher in Lua where they could be slow.
--
-- Which of the two is a matter of the pattern and the subject alone (costs.lua), and results do not differ. Short
-- searches are free; longer ones are charged in proportion to their steps; those above the budget run in Lua
-- (search.lua), where every step is an instruction. Patterns that could raise an error run in Lua, too.
--
-- Called with the functions of blame.lua, limits.lua, costs.lua and search.lua. Returns the four functions, and
-- `slow`, the same four always in Lua: tests compare them.

local blame, limits, costs, search = ...
local rawfind, rawmatch, rawgmatch, rawgsub = string.find, string.match, string.gmatch, string.gsub
local byte, sub = string.byte, string.sub
local type, pcall, rawToString = type, pcall, tostring
local startOf, findText = search.startOf, search.findText
local mathtype, tointeger = math.type, math.tointeger

local M = {}

-- Steps of C that one call may take: about a tenth of a second.
local BUDGET = 5e7

-- Up to here the rough bound decides; above, a closer one is looked up in the subject.
local ROUGH = 1e6

-- Steps to an instruction: C takes some two nanoseconds for a step, Lua ten for an instruction.
local SHIFT = 4

-- What is known of patterns. Bounded, and longer patterns than these are read at every call.
local MAX_KNOWN, MAX_LENGTH = 500, 200
local searches, walks = {}, {}
local count = 0

local function learn(memo, pattern)
  local known = costs.read(pattern, memo == searches)
  known.pattern, known.read, known.plain = pattern, {}, search.isPlain(pattern)
  if #pattern <= MAX_LENGTH then
    if count >= MAX_KNOWN then
      searches, walks, count = {}, {}, 0
      return known
    end
    count = count + 1
    memo[pattern] = known
  end
  return known
end

-- Whether C may search `size` bytes of a text. Returns nil, or the steps that it takes at most.
local function affordable(known, size, text)
  if not known.sound then
    return nil
  elseif known.linear then
    return known.linear * size
  end
  local steps = costs.steps(known, size)
  if steps > ROUGH then
    steps = costs.steps(known, size, text)
  end
  return steps <= BUDGET and steps or nil
end

local function charge(steps)
  limits.charge(steps // (1 << SHIFT) | 0)
end

-- A text, or nil when a function of Lua takes it for none.
local function textOf(value)
  local kind = type(value)
  return kind == "string" and value or kind == "number" and rawToString(value) or nil
end

-- Arguments that are not of the plain types: made plain, or the error of the original.
local function plainly(name, original, text, pattern, init)
  local start = init
  if init ~= nil then
    start = tointeger(init)
  end
  local subject, wanted = textOf(text), textOf(pattern)
  if not subject or not wanted or (init ~= nil and not start) then
    blame.checked(name, pcall(original, text, pattern, init))
  end
  return subject, wanted, start
end

-- Charges what a linear search did, which ends where it finds something.
local function chargeLinear(known, start, size, last)
  if not known.anchored then
    charge(((last or size) - start) * known.linear)
  elseif last then
    charge(last - start)
  end
end

-- Bytes of a linear search that are not worth a charge.
local SHORT = 256

local function found(known, start, size, first, last, ...)
  if (last or size) - start > SHORT then
    chargeLinear(known, start, size, last)
  end
  return first, last, ...
end

local function matched(known, start, text, first, last, ...)
  if (last or #text) - start > SHORT then
    chargeLinear(known, start, #text, last)
  end
  if not first then
    return nil
  elseif known.captures == 0 then
    return sub(text, first, last)
  end
  return ...
end

-- Charges a search from start to the end of the text. Returns whether C may do it.
local function allowed(known, pattern, start, text)
  local steps = #pattern <= MAX_LENGTH and affordable(known, #text - start + 1, text)
  if steps then
    charge(steps)
  end
  return steps
end

function M.find(text, pattern, init, plain)
  if type(text) ~= "string" or type(pattern) ~= "string" or init ~= nil and mathtype(init) ~= "integer" then
    text, pattern, init = plainly("find", rawfind, text, pattern, init)
  end
  local size = #text
  if plain then
    if size <= 1024 then
      return rawfind(text, pattern, init, true)
    end
    local start = startOf(init, size)
    if not start then
      return nil
    end
    return findText(text, pattern, start)
  end
  local known = searches[pattern] or learn(searches, pattern)
  if size <= known.free then
    return rawfind(text, pattern, init)
  end
  local start = init
  if not init or init < 1 or init > size then
    start = startOf(init, size)
  end
  if not start then
    return nil
  elseif known.linear and #pattern <= MAX_LENGTH then
    return found(known, start, size, rawfind(text, pattern, start))
  elseif allowed(known, pattern, start, text) then
    return rawfind(text, pattern, start)
  end
  return search.find(text, known, start)
end

function M.match(text, pattern, init)
  if type(text) ~= "string" or type(pattern) ~= "string" or init ~= nil and mathtype(init) ~= "integer" then
    text, pattern, init = plainly("match", rawmatch, text, pattern, init)
  end
  local size = #text
  local known = searches[pattern] or learn(searches, pattern)
  if size <= known.free then
    return rawmatch(text, pattern, init)
  end
  local start = init
  if not init or init < 1 or init > size then
    start = startOf(init, size)
  end
  if not start then
    return nil
  elseif known.linear and #pattern <= MAX_LENGTH and not known.plain then
    return matched(known, start, text, rawfind(text, pattern, start))
  elseif allowed(known, pattern, start, text) then
    return rawmatch(text, pattern, start)
  end
  return search.match(text, known, start)
end

function M.gmatch(text, pattern)
  if type(text) ~= "string" or type(pattern) ~= "string" then
    text, pattern = plainly("gmatch", rawgmatch, text, pattern)
  end
  local known = walks[pattern] or learn(walks, pattern)
  if #text <= known.free or allowed(known, pattern, 1, text) then
    return rawgmatch(text, pattern)
  end
  return search.gmatch(text, known)
end

-- Whether C can put this in place of matches without an error.
local function replaceable(by, known)
  local position = 1
  while true do
    local percent = rawfind(by, "%", position, true)
    if not percent then
      return true
    end
    local code = byte(by, percent + 1)
    local index = code and code - byte("0")
    if code ~= byte("%") and not (index and index >= 0 and index <= 9 and (index <= 1 or index <= known.captures)) then
      return false
    end
    position = percent + 2
  end
end

-- A copy of the parts is about a step for four bytes.
local function copied(text, replaced)
  if #text > 4096 then
    charge(#text // 4)
  end
  return text, replaced
end

function M.gsub(text, pattern, by, limit)
  local kind = type(by)
  if kind == "number" then
    by, kind = rawToString(by), "string"
  end
  if type(text) ~= "string" or type(pattern) ~= "string" or limit ~= nil and mathtype(limit) ~= "integer"
    or (kind ~= "string" and kind ~= "table" and kind ~= "function") then
    local subject, wanted, most = textOf(text), textOf(pattern), limit and tointeger(limit)
    if not subject or not wanted or (limit ~= nil and not most)
      or (kind ~= "string" and kind ~= "table" and kind ~= "function") then
      blame.checked("gsub", pcall(rawgsub, text, pattern, by, limit))
    end
    text, pattern, limit = subject, wanted, most
  end
  local known = searches[pattern] or learn(searches, pattern)
  if #text <= known.free or allowed(known, pattern, 1, text) then
    if kind ~= "string" then
      return blame.checked("gsub", pcall(rawgsub, text, pattern, by, limit))
    elseif replaceable(by, known) then
      return copied(rawgsub(text, pattern, by, limit))
    end
  end
  return search.gsub(text, known, by, limit)
end

M.slow = {}

function M.slow.find(text, pattern, init, plain)
  local start = startOf(init, #text)
  if not start then
    return nil
  elseif plain then
    return findText(text, pattern, start)
  end
  return search.find(text, searches[pattern] or learn(searches, pattern), start)
end

function M.slow.match(text, pattern, init)
  local start = startOf(init, #text)
  if not start then
    return nil
  end
  return search.match(text, searches[pattern] or learn(searches, pattern), start)
end

function M.slow.gmatch(text, pattern)
  return search.gmatch(text, walks[pattern] or learn(walks, pattern))
end

function M.slow.gsub(text, pattern, by, limit)
  return search.gsub(text, searches[pattern] or learn(searches, pattern), by, limit)
end

return M
