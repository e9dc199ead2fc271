-- Looks from outside that go further than one value: the whole state for a comparison, and what a function takes.
-- No function of the program is called, and nothing of it is changed or kept from the collector.
--
-- Returns function(environment, field) -> the table of calls.

local next, rawget, rawlen, type, tostring, setmetatable = next, rawget, rawlen, type, tostring, setmetatable
local getinfo, getlocal, getupvalue = debug.getinfo, debug.getlocal, debug.getupvalue
local concat, sort, sub = table.concat, table.sort, string.sub

-- Functions and coroutines are the same if they have the same number. Weak: a number is never given twice.
local numbers = setmetatable({}, { __mode = "k" })
local lastNumber = 0

local function numberOf(object)
  if not numbers[object] then
    lastNumber = lastNumber + 1
    numbers[object] = lastNumber
  end
  return numbers[object]
end

-- The file and line of a function, such as "token.lua:12"; "" for typed text, the library and functions of C.
local function place(f)
  local info = getinfo(f, "S")
  if info.what == "C" or sub(info.short_src, 1, 1) == "[" or sub(info.short_src, 1, 1) == "(" then
    return ""
  end
  return info.short_src .. ":" .. info.linedefined
end

-- The function that a handler was registered with. The library wraps it; as its wrapper it has no place.
local function registered(handle)
  if type(handle) == "function" and place(handle) == "" then
    for index = 1, 10 do
      local name, value = getupvalue(handle, index)
      if name == "spec" and type(value) == "function" then
        return value
      end
    end
  end
  return handle
end

-- What each message brings anew or counts on, and what a load of files notes of itself: no change that a user means.
local PASSING = {
  { "HANDLER_PRINT_LOGS" }, { "ao", "Nonce" }, { "ao", "env" }, { "ao", "outbox" }, { "ao", "reference" },
  { "os", "time" }, { "package", "bundled" }, { "Handlers", "coroutines" }, { "Handlers", "onceNonce" },
  { "package", "loaded", ".globals", "evaluated" },
}

-- What tells a part of a handler from another.
local function markOf(part)
  local kind = type(part)
  if kind == "table" or kind == "function" or kind == "thread" then
    return numberOf(part)
  end
  return tostring(part)
end

-- The handlers in their order, as calls of `visit` with name, entry and place. Nothing but raw access: the list is the
-- program's, and so might be its metatable.
local function eachHandler(list, visit)
  for index = 1, type(list) == "table" and rawlen(list) or 0 do
    local entry = rawget(list, index)
    local name = type(entry) == "table" and rawget(entry, "name")
    if type(name) == "string" then
      local f = registered(rawget(entry, "handle"))
      visit(name, entry, type(f) == "function" and place(f) or "")
    end
  end
end

local function markOfHandler(entry)
  return concat({
    markOf(rawget(entry, "handle")), markOf(rawget(entry, "pattern")), markOf(rawget(entry, "maxRuns")),
  }, " ")
end

local function countOf(t)
  local count = 0
  for _ in next, t do
    count = count + 1
  end
  return count
end

-- Tables in the order in which they are told: small ones first, so that a large one hides itself and not the others.
local function smallFirst(level, ids)
  local counts = {}
  for index = 1, #level do
    counts[level[index]] = countOf(level[index])
  end
  sort(level, function(a, b)
    if counts[a] ~= counts[b] then
      return counts[a] < counts[b]
    end
    return ids[a] < ids[b]
  end)
  return counts
end

-- How much of a table is told: all of it, how many entries because they are too many, or the same on purpose.
local ALL, TOO_MANY, COUNTED = 0, 1, 2

-- What a summary is gathered in: the flat list, the numbers of the tables, and those that have not been told yet.
local function gathering()
  return { flat = {}, size = 0, ids = {}, lastId = 0, following = {} }
end

local function add(gathered, a, b, c, d)
  local flat, size = gathered.flat, gathered.size
  -- One after the other: Lua would assign the last one first, and the list would be no array.
  flat[size + 1] = a
  flat[size + 2] = b
  flat[size + 3] = c
  flat[size + 4] = d
  gathered.size = size + (d == nil and 3 or 4)
end

local function idOf(gathered, t)
  local id = gathered.ids[t]
  if not id then
    id = gathered.lastId + 1
    gathered.lastId, gathered.ids[t] = id, id
    gathered.following[#gathered.following + 1] = t
  end
  return id
end

-- Adds the entries of a table, but for the keys that are left out; gives how many.
local function addEntries(gathered, t, left)
  local count = 0
  for key, value in next, t do
    local keyKind, kind = type(key), type(value)
    if (keyKind == "string" or keyKind == "number" or keyKind == "boolean") and not (left and left[key]) then
      count = count + 1
      if kind == "table" then
        add(gathered, key, "t", idOf(gathered, value))
      elseif kind == "string" or kind == "number" or kind == "boolean" then
        add(gathered, key, "v", value)
      else
        add(gathered, key, "f", numberOf(value), kind == "function" and place(value) or "")
      end
    end
  end
  return count
end

-- The library puts its own handlers back at every message, whatever the program did to them.
local LIBRARY_HANDLERS = { _boot = true, _default = true, _eval = true }

local function addHandlers(gathered, list)
  local count = 0
  eachHandler(list, function(name, entry, where)
    if not LIBRARY_HANDLERS[name] then
      add(gathered, name, "h", markOfHandler(entry), where)
      count = count + 1
    end
  end)
  return count
end

-- Gives the calls over a program's globals. field: finds a field of a value, also by way of metatables.
return function(environment, field)
  local M = {}

  local function at(path, count)
    local value = environment
    for index = 1, count do
      value = type(value) == "table" and rawget(value, path[index]) or nil
    end
    return value
  end

  -- table -> set of the keys in it that are left out.
  local function passingKeys()
    local passing = {}
    for index = 1, #PASSING do
      local path = PASSING[index]
      local owner = at(path, #path - 1)
      if type(owner) == "table" then
        passing[owner] = passing[owner] or {}
        passing[owner][path[#path]] = true
      end
    end
    return passing
  end

  -- The tables that can be reached from the globals, level by level, in one flat list. For each of them: its number,
  -- ALL or TOO_MANY or COUNTED, how many entries it has, how many follow; then for each of these
  --   key, "v", a plain value; key, "t", number of a table;
  --   key, "f", number of a function or coroutine, its place; key, "h", mark of a handler, its place.
  function M.summary(maxEntries, maxDepth)
    local gathered, left = gathering(), maxEntries
    local passing, handlers, inbox = passingKeys(), at({ "Handlers", "list" }, 2), at({ "Inbox" }, 1)
    idOf(gathered, environment)
    for _ = 1, maxDepth do
      local level = gathered.following
      gathered.following = {}
      local counts = smallFirst(level, gathered.ids)
      for index = 1, #level do
        local t = level[index]
        local count = counts[t]
        local told = t == inbox and COUNTED or count > left and TOO_MANY or ALL
        add(gathered, gathered.ids[t], told, count, 0)
        if told == ALL then
          left = left - count
          local followedAt = gathered.size
          gathered.flat[followedAt] = t == handlers and addHandlers(gathered, t)
            or addEntries(gathered, t, passing[t])
        end
      end
    end
    return gathered.flat
  end

  -- What the function at a path takes: whether that is known, its place, whether it takes more than it names, and the
  -- names. nil when there is no function.
  function M.signature(path)
    local value = environment
    for index = 1, #path do
      value = field(value, path[index])
    end
    if type(value) ~= "function" then
      return nil
    end
    local info, names = getinfo(value, "Su"), {}
    -- What the machine puts in front of a function of C takes anything, which says nothing.
    local known = info.what ~= "C" and info.short_src ~= "(machine)"
    for index = 1, known and info.nparams or 0 do
      names[index] = getlocal(value, index)
    end
    return known, place(value), info.isvararg, names
  end

  -- The names of the handlers in their order.
  function M.handlers()
    local names = {}
    eachHandler(at({ "Handlers", "list" }, 2), function(name)
      names[#names + 1] = name
    end)
    return names
  end

  return M
end
