-- The order of things: pairs, next and sort that give the same order in every run.
--
-- Lua walks string keys by hashes that are seeded by the clock and by addresses. Here a walk goes over a snapshot of
-- the keys in the order of their content: 1..#t, other numbers ascending, strings ascending by byte, false, true.
-- A program may add and remove keys while it walks; added keys are not met, removed ones are left out.
-- Tables, functions and coroutines as keys come last, in the order in which they were first shown or walked; those
-- that were never shown before have no reproducible order.

local rawnext, rawget, type, getmetatable, rawpairs, setmetatable = next, rawget, type, debug.getmetatable, pairs,
  setmetatable
local rawsort, rawlen, error = table.sort, rawlen, error
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

local RANK = { number = 1, string = 2, boolean = 3, table = 4, ["function"] = 5, thread = 6, userdata = 7 }

local function before(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then
    return RANK[kind] < RANK[other]
  elseif kind == "boolean" then
    return not a and b
  elseif kind == "string" then
    return a < b
  elseif kind == "number" then
    -- 1, 2, 3 ... stand in front of other numbers wherever the border of the array part happens to be.
    local natural = a >= 1 and mathtype(a) == "integer"
    if natural ~= (b >= 1 and mathtype(b) == "integer") then
      return natural
    end
    return a < b
  end
  return M.numberOf(a) < M.numberOf(b)
end

-- The keys of a table beyond 1..count, in order; nil when there are none.
local function keysBeyond(t, count)
  local keys, size, mixed, kind = nil, 0, false, nil
  for key in rawnext, t do
    local keyType = type(key)
    local other = keyType == "number" and (key < 1 or mathtype(key) ~= "integer")
    if keyType ~= "number" or other or key > count then
      if not keys then
        keys, size, kind, mixed = { key }, 1, keyType, other
      else
        size = size + 1
        keys[size] = key
        mixed = mixed or other or keyType ~= kind
      end
    end
  end
  if size > 1 then
    if mixed or (kind ~= "string" and kind ~= "number") then
      rawsort(keys, before)
    else
      rawsort(keys)
    end
  end
  return keys, size
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
  if metatable and rawget(metatable, "__pairs") ~= nil or type(t) ~= "table" then
    return rawpairs(t)
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
  return rawnext(t, key) and nil
end

function M.next(t, key)
  if type(t) ~= "table" then
    return rawnext(t, key)
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
  error("invalid order function for sorting", 0)
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
  if type(t) ~= "table" or (less ~= nil and type(less) ~= "function") or #t <= SMALL then
    return rawsort(t, less)
  end
  quicksort(t, 1, #t, less or lessThan)
end

return M
