--- Handlers: the list of patterns that decides what happens to a message.
-- Dependencies: .handlers-utils, .handlers-worker, .utils
-- @module .handlers

local utils = require(".utils")
local running = require(".handlers-worker").running

local assert, error, ipairs, pairs, select, type = assert, error, ipairs, pairs, select, type
local insert, remove = table.insert, table.remove
local resume, status, yield = coroutine.resume, coroutine.status, coroutine.yield

local matchesSpec = utils.matchesSpec

local Handlers = {
  _version = "0.0.5",
  list = {},
  coroutines = {},
  onceNonce = 0,
  utils = require(".handlers-utils"),
}

local USAGE = "Invalid arguments given. Expected: \n"
  .. "\tname : string, "
  .. "\tpattern : Action : string | MsgMatch : table,\n"
  .. "\t\tfunction(msg: Message) : {-1 = break, 0 = skip, 1 = continue},\n"
  .. "\thandle(msg : Message) : void) | Resolver,\n"
  .. '\tMaxRuns? : number | "inf" | nil'

-- The name of the handler that runs, for the text of an error.
local current

--- The name of the handler that ran last.
-- @treturn ?string
function Handlers.currentName()
  return current
end

local function position(name)
  for index, entry in ipairs(Handlers.list) do
    if entry.name == name then
      return index
    end
  end
  return nil
end

--- Calls what a handler was registered with: a function, or a table of pattern -> function.
-- @tparam function|table spec
-- @treturn function
function Handlers.generateResolver(spec)
  if type(spec) == "function" then
    return function(msg)
      return spec(msg)
    end
  end
  return function(msg)
    for matchSpec, func in pairs(spec) do
      local found = matchesSpec(msg, matchSpec)
      if found and found ~= 0 and found ~= "skip" then
        return func(msg)
      end
    end
  end
end

--- Checks the parts of a registration and makes an entry of them. Whether the handle is one shows when it runs.
local function entryOf(name, pattern, handle, maxRuns)
  local kind = type(pattern)
  if type(name) ~= "string" or (kind ~= "function" and kind ~= "table" and kind ~= "string") then
    error(USAGE, 0)
  end
  return { name = name, pattern = pattern, handle = Handlers.generateResolver(handle), maxRuns = maxRuns }
end

--- As `entryOf`, from the arguments of a registration. Fewer than three leave out the pattern: it is the name then.
local function entryFrom(...)
  if select("#", ...) > 2 then
    return entryOf(...)
  end
  local name, handle = ...
  return entryOf(name, name, handle)
end

--- Replaces the entry of that name at its place; says whether there was one.
local function replaced(entry)
  local index = position(entry.name)
  if not index then
    return false
  end
  local known = Handlers.list[index]
  known.pattern, known.handle, known.maxRuns = entry.pattern, entry.handle, entry.maxRuns
  return true
end

--- Registers a handler at the end of the list.
-- @tparam string name
-- @tparam string|table|function pattern left out, the name is the Action to wait for
-- @tparam function|table handle
-- @tparam ?number|string maxRuns
-- @treturn number length of the list
function Handlers.add(...)
  Handlers.append(...)
  return #Handlers.list
end

--- As `add`, without a result.
function Handlers.append(...)
  local entry = entryFrom(...)
  if not replaced(entry) then
    insert(Handlers.list, entry)
  end
end

--- Registers a handler at the front of the list.
function Handlers.prepend(...)
  local entry = entryFrom(...)
  if not replaced(entry) then
    insert(Handlers.list, 1, entry)
  end
end

--- Registers a handler at the front for one message.
-- @tparam string|table|function name left out, a name is made up
-- @tparam string|table|function pattern
-- @tparam function|table handle
function Handlers.once(...)
  local name, pattern, handle = ...
  if select("#", ...) < 3 then
    name, pattern, handle = "_once_" .. Handlers.onceNonce, name, pattern
    Handlers.onceNonce = Handlers.onceNonce + 1
  end
  Handlers.prepend(name, pattern, handle, 1)
end

--- Registers a handler beside the one of that name; an unknown name changes nothing.
local function beside(name, offset)
  assert(type(name) == "string", "Handler name MUST be a string")
  local index = position(name)
  return {
    add = function(newName, pattern, handle, maxRuns)
      local entry = entryOf(newName, pattern, handle, maxRuns)
      if index then
        insert(Handlers.list, index + offset, entry)
      end
    end,
  }
end

--- Where the returned `add` puts a handler: in front of the one of that name.
-- @tparam string name
-- @treturn table with `add`
function Handlers.before(name)
  return beside(name, 0)
end

--- Where the returned `add` puts a handler: behind the one of that name.
-- @tparam string name
-- @treturn table with `add`
function Handlers.after(name)
  return beside(name, 1)
end

--- Removes the first handler of that name, if there is one.
-- @tparam string name
function Handlers.remove(name)
  assert(type(name) == "string", "name MUST be string")
  local index = position(name)
  if index then
    remove(Handlers.list, index)
  end
end

--- Waits for a message: the running code goes on inside the evaluation of the message that fits.
-- @tparam string|table|function pattern
-- @treturn table the message
function Handlers.receive(pattern)
  local waiting = running()
  Handlers.once(pattern, function(msg)
    local alive, success, failure = resume(waiting, msg)
    if not alive then
      -- A coroutine that has ended is woken by a second message only when its once-handler outlived an error.
      if success == "cannot resume dead coroutine" then
        return
      end
      error(success, 0)
    end
    if not success and status(waiting) == "dead" then
      error(failure, 0)
    end
  end)
  return yield()
end

--- What the result of a pattern means: below 0 handle and stop, 0 pass by, above 0 handle and go on.
local function verdict(result)
  local kind = type(result)
  if kind == "number" then
    return result
  elseif kind == "boolean" then
    return result and -1 or 0
  elseif kind == "string" then
    return result == "continue" and 1 or result == "break" and -1 or 0
  end
  error("Pattern result is not valid, it MUST be string, number, or boolean", 0)
end

--- Runs a handler and counts the run.
local function run(entry, msg)
  current = entry.name
  entry.handle(msg)
  current = nil
  if entry.maxRuns ~= nil and entry.maxRuns ~= "inf" then
    entry.maxRuns = entry.maxRuns - 1
    if entry.maxRuns == 0 then
      Handlers.remove(entry.name)
    end
  end
end

--- Passes a message along the list.
-- @tparam table msg
-- @tparam table env
function Handlers.evaluate(msg, env)
  if type(msg) ~= "table" then
    error("msg is not valid", 0)
  end
  if type(env) ~= "table" then
    error("env is not valid", 0)
  end
  for _, entry in ipairs(Handlers.list) do
    if entry.name ~= "_default" then
      current = entry.name
      local answer = verdict(matchesSpec(msg, entry.pattern))
      if answer ~= 0 then
        run(entry, msg)
        if answer < 0 then
          return
        end
      end
    end
  end
  current = "_default"
  Handlers.list[position("_default")].handle(msg)
  current = nil
end

return Handlers
