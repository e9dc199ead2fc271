-- table.sort that gives the same order in every run, whatever the comparator says.
--
-- Called with blame.lua's functions. Returns the function.

local blame = ...
local rawsort, getmetatable, pcall, type = table.sort, debug.getmetatable, pcall, type

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

return function(t, less)
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
