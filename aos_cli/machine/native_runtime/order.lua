-- The order of things: pairs, next and sort that give the same order in every run.
--
-- Lua walks string keys by hashes that are seeded by the clock and by addresses. Here a walk goes over a snapshot of
-- the keys in the order of their content: 1..#t, other numbers ascending, strings ascending by byte, false, true.
-- A program may add and remove keys while it walks; added keys are not met, removed ones are left out.
-- Tables, functions and coroutines as keys come last, in the order in which they were first shown or walked; those
-- that were never shown before have no reproducible order.
--
-- Called with blame.lua's functions.

local blame = ...
local rawnext, rawget, type, getmetatable, rawpairs, setmetatable = next, rawget, type, debug.getmetatable, pairs,
  setmetatable
local rawsort, rawlen, pcall, error = table.sort, rawlen, pcall, error
local mathtype = math.type

local M = {}

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
    rawsort(strings)
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

-- The keys of a table beyond 1..count, in order; nil when there are none.
-- Keys come here in an order that differs between runs. The instructions spent on each are the same at every place,
-- and sorting takes none, because no comparator is called: what a walk is charged must not differ.
local function keysBeyond(t, count)
  local naturals, numbers, strings, objects
  local n, m, s, o = 0, 0, 0, 0
  local hasFalse, hasTrue = false, false
  for key in rawnext, t do
    local kind = type(key)
    if kind == "string" then
      if s == 0 then
        strings = {}
      end
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
  if n == 0 and m == 0 and o == 0 and not hasFalse and not hasTrue then
    if s > 1 then
      rawsort(strings)
    end
    return strings, s
  end
  return joined(naturals, n, numbers, m, strings, s, hasFalse, hasTrue, objects, o)
end

local function nothing() end

-- Walks 1..count of t.
local function arrayWalk(t, count)
  local index = 0
  return function()
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
  local keys, size = keysBeyond(t, count)
  if not keys then
    return arrayWalk(t, count), t, nil
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

-- Lua's own quicksort picks its pivot by the clock when a part of more than a hundred elements splits badly. Below
-- that it is used as it is; above, this is the same method with the middle as the pivot, always.
local SMALL = 100

local function invalid()
  blame.raise("invalid order function for sorting")
end

local function partition(t, low, high, less)
  local pivot = t[high - 1]
  local i, j = low, high - 1
  while true do
    i = i + 1
    while less(t[i], pivot) do
      if i == high - 1 then
        invalid()
      end
      i = i + 1
    end
    j = j - 1
    while less(pivot, t[j]) do
      if j < i then
        invalid()
      end
      j = j - 1
    end
    if j < i then
      t[high - 1], t[i] = t[i], t[high - 1]
      return i
    end
    t[i], t[j] = t[j], t[i]
  end
end

local function quicksort(t, low, high, less)
  while low < high do
    if less(t[high], t[low]) then
      t[low], t[high] = t[high], t[low]
    end
    if high - low == 1 then
      return
    end
    local middle = (low + high) // 2
    if less(t[middle], t[low]) then
      t[middle], t[low] = t[low], t[middle]
    elseif less(t[high], t[middle]) then
      t[middle], t[high] = t[high], t[middle]
    end
    if high - low == 2 then
      return
    end
    t[middle], t[high - 1] = t[high - 1], t[middle]
    local border = partition(t, low, high, less)
    if border - low < high - border then
      quicksort(t, low, border - 1, less)
      low = border + 1
    else
      quicksort(t, border + 1, high, less)
      high = border - 1
    end
  end
end

local function lessThan(a, b)
  return a < b
end

function M.sort(t, less)
  if type(t) ~= "table" or (less ~= nil and type(less) ~= "function") then
    blame.checked("sort", pcall(rawsort, t, less))
  end
  -- A metatable could give another length to C than it gave here, and C functions as __index: hours without a tick.
  local size = #t
  if size <= SMALL and not getmetatable(t) then
    return blame.checked("sort", pcall(rawsort, t, less))
  end
  quicksort(t, 1, size, less or lessThan)
end

return M
