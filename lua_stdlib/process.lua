--- The way of a message through a process: made readable, trusted or refused, handled, answered by a result.
-- Dependencies: .globals, ao, .handlers, .handlers-worker, .eval, .boot, .default, .chance, .utils, .colors, json, .tags
-- @module .process

local globals = require(".globals")
local ao = require("ao")
local Handlers = require(".handlers")
local evaluate = require(".handlers-worker").evaluate
local chance = require(".chance")
local utils = require(".utils")
local Colors = require(".colors")
local dump = require(".dump")
local firstTag = require(".tags").first
local json = require("json")

local error, ipairs, pairs, pcall, tonumber, tostring, type = error, ipairs, pairs, pcall, tonumber, tostring, type
local byte, find, sub = string.byte, string.find, string.sub
local concat, move = table.concat, table.move

local normalize = utils.normalize
local tab = Tab

local M = { _version = globals.version }

local runEval = require(".eval")(ao)
local runBoot = require(".boot")(ao)

--- Puts a message into the Inbox, which keeps the newest ones.
local function insertInbox(msg)
  local inbox, limit = Inbox, globals.inboxLimit
  inbox[#inbox + 1] = msg
  local surplus = #inbox - limit
  if surplus > 0 then
    move(inbox, surplus + 1, #inbox, 1)
    for index = #inbox, limit + 1, -1 do
      inbox[index] = nil
    end
  end
end

local runDefault = require(".default")(insertInbox)

local function isOwnersEval(msg)
  return msg.Action == "Eval" and Owner == msg.From
end

local function isOwnersBoot(msg)
  return msg.Tags.Type == "Process" and Owner == msg.From
end

local function always()
  return true
end

--- Renames root keys and tags to their normal case. Keys are collected first: renaming while walking has no order.
local function normalizeNames(msg)
  local renamed
  for key in pairs(msg) do
    local name = normalize(key)
    if name ~= key then
      renamed = renamed or {}
      renamed[#renamed + 1] = key
    end
  end
  if renamed then
    for _, key in ipairs(renamed) do
      local value = msg[key]
      msg[key] = nil
      msg[normalize(key)] = value
    end
  end
  for _, tag in ipairs(msg.Tags) do
    tag.name = normalize(tag.name)
  end
end

local function sumOfBytes(text)
  local sum = 0
  for index = 1, #text do
    sum = sum + byte(text, index)
  end
  return sum
end

--- Seeds the generator with what only the first message of this process holds.
local function seed(msg)
  local material = (msg.Owner or "") .. (msg.Module or "") .. (msg.Id or "")
  chance.seed(tonumber((msg["Block-Height"] or 0) .. tostring(sumOfBytes(material))))
end

--- What is set by the first message only, and who owns the process.
local function initialise(msg, env)
  if not Seeded then
    seed(msg)
    Seeded = true
  end
  Errors = Errors or {}
  Inbox = Inbox or {}
  local process = env.Process
  if Owner == nil and process.Id == msg.Id then
    Owner = firstTag(process.Tags, "From-Process") or msg.From
  end
  if Name == nil then
    Name = firstTag(process.Tags, "Name") or "aos"
  end
end

--- Puts a handler of the library back at its place, or behind all others.
local function install(name, pattern, handle)
  for _, entry in ipairs(Handlers.list) do
    if entry.name == name then
      entry.pattern, entry.handle, entry.maxRuns = pattern, handle, nil
      return
    end
  end
  Handlers.append(name, pattern, handle)
end

--- Handlers of the library are put back at every message, so that no program can lock itself out.
local function installHandlers(msg, env)
  install("_eval", isOwnersEval, runEval)
  if env.Process.Id == msg.Id then
    Handlers.once("_boot", isOwnersBoot, runBoot)
  end
  install("_default", always, runDefault)
end

--- Answers a message: the answer carries the reference that the sender waits for.
local function attachReply(msg)
  msg.reply = function(replyMsg)
    replyMsg.Target = msg["Reply-To"] or replyMsg.Target or msg.From
    replyMsg["X-Reference"] = msg["X-Reference"] or msg.Reference
    replyMsg["X-Origin"] = msg["X-Origin"]
    return ao.send(replyMsg)
  end
  msg.forward = function(target, extra)
    local copy = ao.sanitize(msg)
    for key, value in pairs(extra or {}) do
      copy[key] = value
    end
    copy.Target = target
    copy["Reply-To"] = msg["Reply-To"] or msg.From
    copy["X-Reference"] = msg["X-Reference"] or msg.Reference
    copy["X-Origin"] = msg["X-Origin"] or msg.From
    copy.reply, copy.forward = nil, nil
    ao.send(copy)
  end
end

--- The prompt. An error in a program's own Prompt fails the message that put it there, which is then undone.
local function promptText()
  local text = Prompt()
  return type(text) == "string" and text or "> "
end

--- The printed lines as one text.
local function printedText()
  return concat(HANDLER_PRINT_LOGS, "\n")
end

-- A longer value is in the output only: a result is kept for ever.
local MAX_VALUE_BYTES = 16384

--- The value of an evaluation as JSON, for programs that drive the process; nil when there is none or it has no JSON.
local function valueText(value)
  if value == nil then
    return nil
  end
  local written, text = pcall(json.encode, value)
  return written and #text <= MAX_VALUE_BYTES and text or nil
end

--- The result of a message that did not fail.
local function succeeded(msg)
  local output = { data = printedText(), prompt = promptText() }
  if msg.Action == "Eval" then
    output.test = dump(HANDLER_PRINT_LOGS)
    output.value = valueText(globals.evaluated)
  else
    output.print = true
  end
  local result = ao.result({ Output = output })
  HANDLER_PRINT_LOGS = {}
  ao.Nonce = msg.Nonce
  return result
end

--- A traceback that says first which handler ran.
local function namedTrace(trace)
  local name = Handlers.currentName()
  local _, headEnd = find(trace, "stack traceback:", 1, true)
  if not name or not headEnd then
    return trace
  end
  return sub(trace, 1, headEnd) .. '\n\thandler "' .. name .. '"' .. sub(trace, headEnd + 1)
end

--- The result of a message whose evaluation raised an error. An error that is no text has no result, as in the
-- reference: the message fails, and the host goes back to the state before it.
local function failed(msg, failure, trace)
  if type(failure) ~= "string" and type(failure) ~= "number" then
    error("error object is a " .. type(failure) .. " value\n" .. namedTrace(trace or "stack traceback:"), 0)
  end
  -- What another message printed has its trace in it; the text of an Eval's error is as the reference has it.
  local isEval = msg.Action == "Eval"
  if isEval then
    Errors[#Errors + 1] = failure
  else
    print(Colors.red .. "Error" .. Colors.gray .. " handling message "
      .. (msg.Action and "with Action = " .. msg.Action or "") .. Colors.reset)
    print(Colors.green .. failure .. Colors.reset)
    print("\n" .. Colors.gray .. namedTrace(trace or "stack traceback:") .. Colors.reset)
  end
  local text = printedText() .. "\n\n" .. Colors.red .. "error:\n" .. Colors.reset .. failure
  HANDLER_PRINT_LOGS = {}
  return ao.result({ Error = text, Trace = isEval and trace or nil })
end

--- Refuses a message that comes from nobody known, or was assigned without leave.
-- @treturn ?table the result, or nil when the message may pass
local function refused(msg)
  local refusal
  if msg.From ~= msg.Owner and not ao.isTrusted(msg) then
    refusal = "Message"
  elseif ao.isAssignment(msg) and not ao.isAssignable(msg) then
    refusal = "Assignment"
    if msg.From ~= ao.id then
      ao.send({ Target = msg.From, Data = "Assignment is not trusted by this process!" })
    end
  else
    return nil
  end
  print(refusal .. " is not trusted! From: " .. msg.From .. " - Owner: " .. msg.Owner)
  return ao.result({ Output = { data = printedText(), prompt = promptText(), print = true } })
end

--- Handles one message.
-- @tparam table msg as the host gives it; Tags is an array
-- @tparam table env Process and Module; Tags are arrays, fresh for every message
-- @treturn table Output, Messages, Spawns, Assignments; or Error alone
function M.handle(msg, env)
  if not env.Process then
    env = env.env
  end
  ao.init(env) -- which empties the outbox
  normalizeNames(msg)
  ao.normalize(msg)
  initialise(msg, env)
  HANDLER_PRINT_LOGS = {}
  globals.evaluated = nil
  os.time = function()
    return msg.Timestamp
  end
  msg.TagArray, msg.Tags = msg.Tags, tab(msg)
  local process = env.Process
  process.TagArray, process.Tags = process.Tags, tab(process)
  if msg.Tags["Content-Type"] == "application/json" then
    msg.Data = json.decode(msg.Data or "{}")
  end
  local refusal = refused(msg)
  if refusal then
    return refusal
  end
  installHandlers(msg, env)
  attachReply(msg)
  local success, failure, trace = evaluate(Handlers, msg, env)
  if success then
    return succeeded(msg)
  end
  return failed(msg, failure, trace)
end

return M
