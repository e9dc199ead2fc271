--- The names that a program finds in its global table, and the state that survives a reload of the library.
-- Everything that has to be kept when this file runs a second time is written `Name = Name or ...`.
-- Dependencies: ao, .handlers, .handlers-worker, .utils, .dump, .stringify, .chance, .colors, .compat, bit32
-- @module .globals

local stringify = require(".stringify")
local chance = require(".chance")

local ipairs, next, select, setmetatable, type = ipairs, next, select, setmetatable, type
local concat = table.concat

local VERSION = "2.0.4"

ao = ao or require("ao")
Handlers = Handlers or require(".handlers")
Utils = Utils or require(".utils")
Dump = Dump or require(".dump")
Colors = Colors or require(".colors")
Bell = Bell or "\7"
Seeded = Seeded or false
HANDLER_PRINT_LOGS = HANDLER_PRINT_LOGS or {}
bit32 = bit32 or require("bit32")
require(".compat")(math)
coroutine.running = require(".handlers-worker").running

--- Random numbers come from a generator that is seeded by the first message.
function math.random(...)
  local count = select("#", ...)
  if count == 1 then
    return chance.integer(1, (...))
  elseif count == 2 then
    return chance.integer(...)
  end
  return chance.random()
end

--- Has no effect: the seed is a matter of the log.
function math.randomseed() end

--- The value of every tag, by name; the first of a repeated name counts.
-- @tparam table msg a message with an array of tags
-- @treturn table
function Tab(msg)
  local map = {}
  for _, tag in ipairs(msg.Tags) do
    if map[tag.name] == nil then
      map[tag.name] = tag.value
    end
  end
  return map
end

--- What the shell shows in front of the cursor; a program may put its own in place.
-- @treturn string
function Prompt()
  return Colors.green .. Name .. Colors.gray .. "@" .. Colors.blue .. "aos-" .. VERSION .. Colors.gray .. "[Inbox:"
    .. Colors.red .. tostring(#Inbox) .. Colors.gray .. "]" .. Colors.reset .. "> "
end

--- Prints the version.
function Version()
  print("version: " .. VERSION)
end

--- How one printed value looks. A function or coroutine stays what it is: as in the reference its lines cannot be
-- joined, and the message has no result.
local function printed(value)
  local kind = type(value)
  if kind == "table" then
    return stringify.format(value)
  elseif kind == "boolean" then
    return Colors.blue .. tostring(value) .. Colors.reset
  elseif kind == "nil" then
    return Colors.red .. "nil" .. Colors.reset
  elseif kind == "number" then
    return Colors.green .. tostring(value) .. Colors.reset
  end
  return value
end

-- ao.outbox.Output after a print. Its fields are worked out when somebody looks: joining all lines at every print
-- would make a loop of prints quadratic.
local OUTPUT = {
  __index = function(output, key)
    if key == "data" then
      return concat(HANDLER_PRINT_LOGS, "\n")
    elseif key == "prompt" then
      return Prompt()
    end
    return nil
  end,
  __pairs = function(output)
    return next, { data = output.data, prompt = output.prompt, print = output.print }
  end,
}

--- Adds a line to the output of the message.
-- @param value shown as a line; further arguments are ignored
function print(value)
  HANDLER_PRINT_LOGS[#HANDLER_PRINT_LOGS + 1] = printed(value)
  ao.outbox.Output = setmetatable({ print = true }, OUTPUT)
  return nil -- a value, where no value at all would be an error to `tostring(print(x))`
end

local NO_TARGET = "WARN: No target specified for message. Data will be stored, but no process will receive it."

--- Sends a message.
-- @tparam table msg Target, Action, Data, Tags and other keys, which become tags
-- @treturn table output, and `receive` and `onReply` to wait for the answer
function Send(msg)
  if not msg.Target then
    print(NO_TARGET)
  end
  local message = ao.send(msg)
  return { output = "Message added to outbox", receive = message.receive, onReply = message.onReply }
end

--- Asks for a new process.
-- @tparam ?string module left out, the module of this process
-- @tparam ?table msg Data and Tags of the new process
-- @treturn table output, and `receive` to wait for the notice of its birth
function Spawn(...)
  local module, msg
  if select("#", ...) == 1 then
    module, msg = ao._module, (...)
  else
    module, msg = ...
  end
  local spawn = ao.spawn(module, msg or {})
  return { output = "Spawn process request added to outbox", receive = spawn.receive }
end

--- Waits for a message that fits.
-- @tparam string|table|function pattern
-- @treturn table the message
function Receive(pattern)
  return Handlers.receive(pattern)
end

--- Asks for a message to be put into the logs of other processes.
-- @tparam table assignment Processes and Message
-- @treturn string
function Assign(assignment)
  ao.assign(assignment)
  print("Assignment added to outbox.")
  return "Assignment added to outbox."
end

-- The handler of Eval leaves its value here, as `evaluated`, for the result of the message.
return { version = VERSION, inboxLimit = 10000 }
