-- The order of things: pairs and next that give the same order in every run. `sort` is in sort.lua.
--
-- Lua walks string keys by hashes that are seeded by the clock and by addresses. Here a walk goes over a snapshot of
-- the keys in the order of their content: 1..#t, other numbers ascending, strings ascending by byte, false, true.
-- A program may add and remove keys while it walks; added keys are not met, removed ones are left out.
-- Tables, functions and coroutines as keys come last, in the order in which they were first shown or walked; those
-- that were never shown before have no reproducible order.
--
-- Called with blame.lua's functions and sort.lua's function.

local blame, sort = ...
local rawnext, rawget, type, getmetatable, rawpairs, setmetatable = next, rawget, type, debug.getmetatable, pairs,
  setmetatable
local rawsort, move, rawlen, pcall, error = table.sort, table.move, rawlen, pcall, error
local mathtype = math.type

local M = { sort = sort }

-- Numbers of objects, in the order of their first appearance. Weak: a number is never given twice, so what was
-- collected leaves no trace.
local numbers = setmetatable({}, { __mode = "k" })
local lastNumber = 0

function M.numberOf(object)
  local number = numbers[object]
  if not number then
    lastNumber = lastNumber + 1
    number = lastNumber
    numbers[object] = number
  end
  return number
end

local RANK = { table = 1, ["function"] = 2, thread = 3, userdata = 4 }

-- Objects in order: by type, then by number.
local function sortObjects(objects, size)
  local ranks, byRank = {}, {}
  for index = 1, size do
    local object = objects[index]
    local rank = RANK[type(object)] << 48 | M.numberOf(object)
    ranks[index], byRank[rank] = rank, object
  end
  rawsort(ranks)
  for index = 1, size do
    objects[index] = byRank[ranks[index]]
  end
end

local function append(keys, size, more, count)
  for index = 1, count do
    keys[size + index] = more[index]
  end
  return size + count
end

-- Puts lists of keys behind each other, each of them sorted.
local function joined(naturals, n, numbers, m, strings, s, hasFalse, hasTrue, objects, o)
  local keys, size = {}, 0
  if n > 0 then
    rawsort(naturals)
    size = append(keys, size, naturals, n)
  end
  if m > 0 then
    rawsort(numbers)
    size = append(keys, size, numbers, m)
  end
  if s > 0 then
    size = append(keys, size, strings, s)
  end
  if hasFalse then
    size = size + 1
    keys[size] = false
  end
  if hasTrue then
    size = size + 1
    keys[size] = true
  end
  if o > 0 then
    sortObjects(objects, o)
    size = append(keys, size, objects, o)
  end
  return keys, size
end

-- Lists of keys are the most frequent garbage of all. One that a walk has come to the end of is kept for the next
-- table with as many keys; a long one is not, nor one with objects in it, which would keep them from the collector.
local MOST_SPARE = 32
local spare = {}
for size = 1, MOST_SPARE do
  spare[size] = false
end

-- Where keys are gathered; behind them may stand some of a table before.
local gathered = {}

-- The first `size` of the gathered keys, as a list of that length.
local function listed(size)
  local keys
  if size > MOST_SPARE then
    keys, gathered = gathered, {}
  else
    keys = spare[size] or {}
    spare[size] = false
    move(gathered, 1, size, 1, keys)
  end
  if size > 1 then
    rawsort(keys)
  end
  return keys
end

-- Takes back a list of texts that nobody will read again. Returns nil.
local function giveBack(keys, size)
  if size <= MOST_SPARE then
    spare[size] = keys
  end
end

-- The keys of a table beyond 1..count, in order, their number, and whether all are texts; nil when there are none.
-- Keys come here in an order that differs between runs. The instructions spent on each are the same at every place,
-- and sorting takes none, because no comparator is called: what a walk is charged must not differ.
local function keysBeyond(t, count)
  local naturals, numbers, objects
  local strings = gathered
  local n, m, s, o = 0, 0, 0, 0
  local hasFalse, hasTrue = false, false
  for key in rawnext, t do
    local kind = type(key)
    if kind == "string" then
      s = s + 1
      strings[s] = key
    elseif kind == "number" then
      -- 1, 2, 3 ... stand in front of other numbers wherever the border of the array part happens to be.
      if mathtype(key) ~= "integer" or key < 1 then
        if m == 0 then
          numbers = {}
        end
        m = m + 1
        numbers[m] = key
      elseif key > count then
        if n == 0 then
          naturals = {}
        end
        n = n + 1
        naturals[n] = key
      end
    elseif key == true then
      hasTrue = true
    elseif key == false then
      hasFalse = true
    else
      if o == 0 then
        objects = {}
      end
      o = o + 1
      objects[o] = key
    end
  end
  strings = s > 0 and listed(s) or nil
  if n == 0 and m == 0 and o == 0 and not hasFalse and not hasTrue then
    return strings, s, true
  end
  return joined(naturals, n, numbers, m, strings, s, hasFalse, hasTrue, objects, o)
end

local function nothing() end

-- What `for` calls asks Lua's own walker first: called by hand, without a table, it has to fail as that one does.
local function checkWalk(t)
  if type(t) ~= "table" then
    blame.checked("next", pcall(rawnext, t))
  end
end

-- Walks 1..count of a table. All it has to know beside that is what `for` hands over.
local function arrayWalk(count)
  return function(t, index)
    if index == nil then
      checkWalk(t)
      index = 0
    end
    while index < count do
      index = index + 1
      local value = rawget(t, index)
      if value ~= nil then
        return index, value
      end
    end
    return nil
  end
end

-- Walks of short arrays, by length.
local arrayWalks = {}
for count = 1, 64 do
  arrayWalks[count] = arrayWalk(count)
end

-- Walks the listed keys of a table, which are texts.
local function textWalk(keys)
  local position = 0
  return function(t)
    if position == 0 then
      checkWalk(t)
    end
    while keys do
      position = position + 1
      local key = keys[position]
      if key == nil then
        keys = giveBack(keys, position - 1)
        return nil
      end
      local value = rawget(t, key)
      if value ~= nil then
        return key, value
      end
    end
    return nil
  end
end

-- Walks 1..count of t and then its other keys.
local function walk(t, count, keys, size)
  local index, position = 0, 0
  return function()
    while index < count do
      index = index + 1
      local value = rawget(t, index)
      if value ~= nil then
        return index, value
      end
    end
    while position < size do
      position = position + 1
      local key = keys[position]
      local value = rawget(t, key)
      if value ~= nil then
        return key, value
      end
    end
    return nil
  end
end

function M.pairs(t)
  local metatable = getmetatable(t)
  if type(t) ~= "table" or metatable and rawget(metatable, "__pairs") ~= nil then
    return blame.checked("for iterator", pcall(rawpairs, t))
  end
  if rawnext(t) == nil then
    return nothing, t, nil
  end
  local count = #t
  if metatable and rawget(metatable, "__len") ~= nil then
    count = rawlen(t)
  end
  local keys, size, allTexts = keysBeyond(t, count)
  if not keys then
    return arrayWalks[count] or arrayWalk(count), t, nil
  elseif count == 0 and allTexts then
    return textWalk(keys), t, nil
  end
  return walk(t, count, keys, size), t, nil
end

-- Walks by `next` that are under way: table -> its keys, the place reached.
local walks = setmetatable({}, { __mode = "k" })

-- Forgets walks; called between messages, so that a walk never sees keys of a message before.
function M.forget()
  if rawnext(walks) ~= nil then
    walks = setmetatable({}, { __mode = "k" })
  end
end

local function allKeys(t)
  local count = rawlen(t)
  local others, size = keysBeyond(t, count)
  local keys, total = {}, 0
  for index = 1, count do
    if rawget(t, index) ~= nil then
      total = total + 1
      keys[total] = index
    end
  end
  for index = 1, size do
    keys[total + index] = others[index]
  end
  return { keys = keys, size = total + size, position = 0 }
end

-- Where a key stands; an unknown key is the error of the original.
local function place(t, state, key)
  local keys = state.keys
  if keys[state.position] == key then
    return state.position
  end
  for index = 1, state.size do
    if keys[index] == key then
      return index
    end
  end
  local known, failure = pcall(rawnext, t, key)
  if not known then
    error(failure, 0)
  end
  return nil
end

function M.next(t, key)
  if type(t) ~= "table" then
    blame.checked("next", pcall(rawnext, t, key))
  end
  local state
  if key == nil then
    local first = rawnext(t)
    if first == nil then
      return nil
    end
    local value = rawget(t, 1)
    if value ~= nil then
      walks[t] = nil
      return 1, value
    end
    state = allKeys(t)
    walks[t] = state
    state.position = 1
    return state.keys[1], rawget(t, state.keys[1])
  end
  state = walks[t]
  if not state or state.keys[state.position] ~= key then
    state = allKeys(t)
    walks[t] = state
  end
  local position = place(t, state, key)
  if not position then
    return nil
  end
  while position < state.size do
    position = position + 1
    local following = state.keys[position]
    local value = rawget(t, following)
    if value ~= nil then
      state.position = position
      return following, value
    end
  end
  return nil
end

return M
