--- What programs and the runtime share: functions over arrays, names in normal case, and the matching of messages.
-- Dependencies: none
-- @module .utils

local error, pairs, pcall, select, type = error, pairs, pcall, select, type
local find, gsub, lower, match, sub, upper =
  string.find, string.gsub, string.lower, string.match, string.sub, string.upper
local pack, unpack = table.pack, table.unpack
local getinfo = debug.getinfo
local mathType = math.type

local M = { _version = "0.0.5" }

-- Names ---------------------------------------------------------------------------------------------------------

-- Names come from strangers, so only short ones are remembered, and all are forgotten when there are many.
local MAX_REMEMBERED, MAX_REMEMBERED_LENGTH = 1024, 64

--- A function of one text that remembers its results.
local function remembering(compute)
  local results, count = {}, 0
  return function(text)
    local result = results[text]
    if result == nil then
      result = compute(text)
      if #text <= MAX_REMEMBERED_LENGTH then
        if count == MAX_REMEMBERED then
          results, count = {}, 0
        end
        results[text], count = result, count + 1
      end
    end
    return result
  end
end

local normalizeText = remembering(function(text)
  local name = gsub(lower(gsub(text, "_", "-")), "%-%l", upper)
  return (gsub(name, "^%l", upper))
end)

--- A name in normal case: `hello_world-FOO` becomes `Hello-World-Foo`. Only ASCII letters change.
-- @param name values other than text come back unchanged
function M.normalize(name)
  return type(name) == "string" and normalizeText(name) or name
end

--- First letter in upper case, the rest in lower case.
-- @param text values other than text come back unchanged
function M.capitalize(text)
  if type(text) ~= "string" then
    return text
  end
  return upper(sub(text, 1, 1)) .. lower(sub(text, 2))
end

-- Matching ------------------------------------------------------------------------------------------------------

-- By pattern text: its lower case when it is plain, false when it is a Lua pattern.
local plainPattern = remembering(function(pattern)
  return not find(pattern, "[%^%$%(%)%%%.%[%]%*%+%?]") and lower(pattern)
end)

--- Whether a value fits a pattern.
-- @param pattern "_" for anything, text (a Lua pattern if it has one of `^ $ ( ) % . [ ] * + ?`; case does not count),
-- a function of value and message, or a table of patterns of which one has to fit; nothing else fits
-- @param value text or a number; nil counts as ""
-- @tparam table msg the message, for functions
-- @treturn boolean
function M.matchesPattern(pattern, value, msg)
  local kind = type(pattern)
  if kind == "string" then
    if pattern == "_" then
      return true
    end
    local text, plain = lower(value or ""), plainPattern(pattern)
    if plain then
      return text == plain
    end
    return match(text, lower(pattern)) ~= nil
  elseif kind == "function" then
    return not not pattern(value, msg)
  elseif kind == "table" then
    for _, one in pairs(pattern) do
      if M.matchesPattern(one, value, msg) then
        return true
      end
    end
  end
  return false
end
local matchesPattern = M.matchesPattern

--- What a function says of a field or tag; for one that the message does not have, its error is a no.
local function ask(pattern, value, msg)
  if value ~= nil then
    return pattern(value, msg)
  end
  local fine, answer = pcall(pattern, nil, msg)
  return fine and answer
end

--- Whether a pattern fits the field or the tag of a name, one of which may be nil. As in the reference, functions are
-- asked about both.
local function fitsEither(pattern, field, tag, msg)
  if type(pattern) == "function" then
    local first, second = ask(pattern, field, msg), ask(pattern, tag, msg)
    return first or second
  end
  return matchesPattern(pattern, field, msg) or tag ~= field and matchesPattern(pattern, tag, msg)
end

--- Whether a message fits what a handler waits for.
-- @tparam table msg
-- @param spec text that is the Action, a function of the message, or a table from field to pattern, all of which must
-- fit the field or the tag of that name
-- @return what the function returns, else a boolean
function M.matchesSpec(msg, spec)
  local kind = type(spec)
  if kind == "function" then
    return spec(msg)
  elseif kind == "string" then
    return msg.Action == spec
  elseif kind ~= "table" then
    return false
  end
  local tags = msg.Tags
  for key, pattern in pairs(spec) do
    local field, tag = msg[key], tags and tags[key]
    if not field and not tag or not fitsEither(pattern, field, tag, msg) then
      return false
    end
  end
  return true
end

-- Functions over arrays -----------------------------------------------------------------------------------------

--- Whether all keys are positive integers and the highest one is the length.
-- @tparam table tbl
-- @treturn boolean true for the empty table
function M.isArray(tbl)
  local highest = 0
  for key in pairs(tbl) do
    if mathType(key) ~= "integer" or key < 1 then
      return false
    elseif key > highest then
      highest = key
    end
  end
  return highest == #tbl
end
local isArray = M.isArray

local function isCallable(value)
  return type(value) == "function"
end

--- A function that has some arguments already and waits for the rest. Like Lua's length of a list of arguments, the
-- count leaves out nil at the end.
local function waiting(fn, arity, bound)
  return function(...)
    if bound.n == 0 then
      -- Nearly all calls bring everything along, and then nothing has to be put together.
      local count = select("#", ...)
      if count >= arity and (select(count, ...)) ~= nil then
        return fn(...)
      end
    end
    local given = pack(...)
    local all = { unpack(bound, 1, bound.n) }
    for index = 1, given.n do
      all[bound.n + index] = given[index]
    end
    local count = bound.n + #given
    if count >= arity then
      return fn(unpack(all, 1, bound.n + given.n))
    end
    all.n = count
    return waiting(fn, arity, all)
  end
end

local NOTHING = { n = 0 }

--- A function that may be given its arguments in several calls.
-- @tparam function fn
-- @tparam[opt] integer arity how many arguments it waits for; else as many as it declares
-- @treturn function
function M.curry(fn, arity)
  if not isCallable(fn) then
    error("function is required as first argument")
  end
  arity = arity or getinfo(fn, "u").nparams
  if arity < 2 then
    return fn
  end
  return waiting(fn, arity, NOTHING)
end
local curry = M.curry

local function check(condition, text)
  if not condition then
    error(text)
  end
end

local function isArrayTable(value)
  return type(value) == "table" and isArray(value)
end

--- fn(value, index) of every value.
M.map = curry(function(fn, array)
  check(isCallable(fn), "first argument should be a unary function")
  check(isArrayTable(array), "second argument should be an Array")
  local results = {}
  for index = 1, #array do
    if array[index] ~= nil then
      results[index] = fn(array[index], index)
    end
  end
  return results
end, 2)

--- The values for which fn(value) is true.
M.filter = curry(function(fn, array)
  check(isCallable(fn), "first argument should be a unary function")
  check(isArrayTable(array), "second argument should be an Array")
  local results = {}
  for index = 1, #array do
    local value = array[index]
    if value ~= nil and fn(value) then
      results[#results + 1] = value
    end
  end
  return results
end, 2)

--- fn(result, value, index) from value to value; without an initial value the first one is it.
M.reduce = curry(function(fn, initial, array)
  check(isCallable(fn), "first argument should be a function that accepts (result, value, key)")
  check(isArrayTable(array), "third argument should be a table that is an array")
  local result = initial
  for index = 1, #array do
    local value = array[index]
    if result == nil then
      result = value
    elseif value ~= nil then
      result = fn(result, value, index)
    end
  end
  return result
end, 3)

--- The values of the first array, then those of the second one.
M.concat = curry(function(first, second)
  check(type(first) == "table", "first argument should be a table that is an array")
  check(type(second) == "table", "second argument should be a table that is an array")
  check(isArray(first), "first argument should be a table")
  check(isArray(second), "second argument should be a table")
  local results, length = { unpack(first, 1, #first) }, #first
  for index = 1, #second do
    results[length + index] = second[index]
  end
  return results
end, 2)

--- The values in the opposite order.
function M.reverse(array)
  check(isArrayTable(array), "argument needs to be a table that is an array")
  local results, length = {}, #array
  for index = 1, length do
    results[index] = array[length - index + 1]
  end
  return results
end

--- Functions one after the other, the last one first.
M.compose = curry(function(...)
  local functions = pack(...)
  return function(...)
    local values = pack(...)
    for index = functions.n, 1, -1 do
      check(isCallable(functions[index]), "each argument needs to be a function")
      values = pack(functions[index](unpack(values, 1, values.n)))
    end
    return unpack(values, 1, values.n)
  end
end, 2)

-- Functions over tables -----------------------------------------------------------------------------------------

--- The first value for which fn(value) is true; maps are searched too.
M.find = curry(function(fn, tbl)
  check(isCallable(fn), "first argument should be a unary function")
  check(type(tbl) == "table", "second argument should be a table that is an array")
  for _, value in pairs(tbl) do
    if fn(value) then
      return value
    end
  end
end, 2)

--- Whether a field of an object has a value.
M.propEq = curry(function(name, value, object)
  check(type(name) == "string", "first argument should be a string")
  check(type(value) == "string", "second argument should be a string")
  check(type(object) == "table", "third argument should be a table<object>")
  return object[name] == value
end, 3)

--- A field of an object.
M.prop = curry(function(name, object)
  return object[name]
end, 2)

--- Whether an array has a value.
M.includes = curry(function(wanted, array)
  check(type(array) == "table", "argument needs to be a table")
  check(isArray(array), "argument should be a table that is an array")
  for index = 1, #array do
    if array[index] == wanted then
      return true
    end
  end
  return false
end, 2)

--- The keys of a table.
function M.keys(tbl)
  check(type(tbl) == "table", "argument needs to be a table")
  local results = {}
  for key in pairs(tbl) do
    results[#results + 1] = key
  end
  return results
end

--- The values of a table.
function M.values(tbl)
  check(type(tbl) == "table", "argument needs to be a table")
  local results = {}
  for _, value in pairs(tbl) do
    results[#results + 1] = value
  end
  return results
end

return M
