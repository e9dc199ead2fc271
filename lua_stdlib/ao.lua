--- ao: what a process knows of itself, and how it puts messages into its outbox.
-- Dependencies: json, .utils, .tags, .assignment
-- @module ao

local json = require("json")
local utils = require(".utils")
local firstTag = require(".tags").first

local assert, getmetatable, ipairs, pairs, setmetatable, tostring, type =
  assert, getmetatable, ipairs, pairs, setmetatable, tostring, type
local find, format, gmatch, sub = string.find, string.format, string.gmatch, string.sub
local select = select

local encode = json.encode
local includes = utils.includes

local ao = {
  _version = "0.0.6",
  _module = "",
  id = "",
  authorities = {},
  reference = 0,
  outbox = { Output = {}, Messages = {}, Spawns = {}, Assignments = {} },
  nonExtractableTags = {
    "Data-Protocol", "Variant", "From-Process", "From-Module", "Type", "From", "Owner", "Anchor", "Target", "Data",
    "Tags", "Read-Only",
  },
  nonForwardableTags = {
    "Data-Protocol", "Variant", "From-Process", "From-Module", "Type", "From", "Owner", "Anchor", "Target", "Tags",
    "TagArray", "Hash-Chain", "Timestamp", "Nonce", "Epoch", "Signature", "Forwarded-By", "Pushed-For", "Read-Only",
    "Cron", "Block-Height", "Reference", "Id", "Reply-To",
  },
}

require(".assignment").init(ao)

-- Root keys of a message that become fields of the envelope and never tags.
local SEND_FIELDS = { Target = true, Data = true, Anchor = true, Tags = true, From = true }
local SPAWN_FIELDS = SEND_FIELDS

-- The two lists above are public and a program may edit them; sets of them are remade when their length changes.
local sets = {}
local function setOf(list)
  local known = sets[list]
  if known and known.count == #list then
    return known.names
  end
  local names = {}
  for _, name in ipairs(list) do
    names[name] = true
  end
  sets = { [list] = { names = names, count = #list } }
  return names
end

--- Appends root keys and then tags of a program's message to an array of tags.
local function appendTags(tags, msg, fields)
  local count = #tags
  for key, value in pairs(msg) do
    if not fields[key] then
      count = count + 1
      tags[count] = { name = key, value = value }
    end
  end
  local own = msg.Tags
  if not own then
    return
  end
  if type(own) == "table" and utils.isArray(own) then
    for _, tag in ipairs(own) do
      count = count + 1
      tags[count] = tag
    end
  else
    for key, value in pairs(own) do
      count = count + 1
      tags[count] = { name = key, value = value }
    end
  end
end

--- Takes the next number of the outbox, and its text of 32 digits for the anchor.
local function nextReference()
  ao.reference = ao.reference + 1
  return tostring(ao.reference), format("%032d", ao.reference)
end

--- A table as Data travels as JSON. The caller's own table is changed, as programs expect.
local function encodeData(msg)
  if type(msg.Data) == "table" then
    msg["Content-Type"] = "application/json"
    msg.Data = encode(msg.Data)
  end
end

--- A copy of a value; cycles, shared parts and metatables are kept, keys are copied too.
-- @param value anything
-- @tparam ?table seen copies made so far
-- @return the copy
function ao.clone(value, seen)
  if type(value) ~= "table" then
    return value
  end
  seen = seen or {}
  if seen[value] then
    return seen[value]
  end
  local copy = {}
  seen[value] = copy
  for key, entry in pairs(value) do
    copy[ao.clone(key, seen)] = ao.clone(entry, seen)
  end
  return setmetatable(copy, getmetatable(value))
end

--- Copies tags to the message's root, apart from the names that senders may not set.
-- @tparam table msg a message with an array of tags
-- @treturn table msg
function ao.normalize(msg)
  local kept = setOf(ao.nonExtractableTags)
  for _, tag in ipairs(msg.Tags) do
    if not kept[tag.name] then
      msg[tag.name] = tag.value
    end
  end
  return msg
end

--- A copy of a message without the fields that belong to its first journey.
-- @tparam table msg a message
-- @treturn table the copy
function ao.sanitize(msg)
  local copy = ao.clone(msg)
  for _, name in ipairs(ao.nonForwardableTags) do
    copy[name] = nil
  end
  return copy
end

--- Adds an authority that is not known yet.
local function trust(authority)
  if not includes(authority, ao.authorities) then
    ao.authorities[#ao.authorities + 1] = authority
  end
end

--- Takes over who this process is; called for every message.
-- @tparam table env with Process.Id and Process.Tags as an array
function ao.init(env)
  local tags = env.Process.Tags
  if ao.id == "" then
    ao.id = env.Process.Id
  end
  if ao._module == "" then
    ao._module = firstTag(tags, "Module") or ""
  end
  for _, tag in ipairs(tags) do
    if tag.name == "Authority" then
      if type(tag.value) == "string" and find(tag.value, "^[^,]+$") then
        trust(tag.value) -- nearly always: a walk would make the text anew for every message
      else
        for authority in gmatch(tag.value, "[^,]+") do
          trust(authority)
        end
      end
    end
  end
  ao.clearOutbox()
  ao.env = env
end

--- Empties the outbox.
function ao.clearOutbox()
  ao.outbox = { Output = {}, Messages = {}, Spawns = {}, Assignments = {} }
end

--- Keeps a line beside the output of the message.
-- @param text what to keep
function ao.log(text)
  if type(ao.outbox.Output) == "string" then
    ao.outbox.Output = { ao.outbox.Output }
  end
  local output = ao.outbox.Output
  output[#output + 1] = text
end

--- Whether the sender or the signer of a message is an authority of this process.
-- @tparam table msg a message
-- @treturn boolean
function ao.isTrusted(msg)
  for _, authority in ipairs(ao.authorities) do
    if msg.From == authority or msg.Owner == authority then
      return true
    end
  end
  return false
end

--- The pattern of the answer to a message.
local function answerTo(message, reference, from)
  return { From = from or message.Target, ["X-Reference"] = reference }
end

--- Puts a message into the outbox.
-- @tparam table msg Target, Data, Tags; every other key becomes a tag
-- @treturn table the message, with `onReply` and `receive` to wait for the answer
function ao.send(msg)
  encodeData(msg)
  assert(type(msg) == "table", "msg should be a table")
  local reference, anchor = nextReference()
  local message = {
    Target = msg.Target,
    Data = msg.Data,
    Anchor = anchor,
    Tags = {
      { name = "Data-Protocol", value = "ao" },
      { name = "Variant", value = "ao.TN.1" },
      { name = "Type", value = "Message" },
      { name = "Reference", value = reference },
    },
  }
  appendTags(message.Tags, msg, SEND_FIELDS)
  local handlers = Handlers
  if not handlers then
    return message
  end
  local messages = ao.outbox.Messages
  messages[#messages + 1] = { Target = message.Target, Data = message.Data, Anchor = anchor, Tags = message.Tags }

  message.onReply = function(...)
    local from, resolver = ...
    if select("#", ...) < 2 then
      from, resolver = nil, from
    end
    handlers.once(answerTo(message, reference, from), resolver)
  end
  message.receive = function(from)
    return handlers.receive(answerTo(message, reference, from))
  end
  return message
end

--- Puts a process to be born into the outbox.
-- @tparam string module id of the module that it runs
-- @tparam table msg Data and Tags of the new process; every other key becomes a tag
-- @treturn table the spawn, with `onReply` and `receive` to wait for the notice of its birth
function ao.spawn(module, msg)
  assert(type(module) == "string", "Module source id is required!")
  encodeData(msg)
  assert(type(msg) == "table", "Message must be a table")
  local reference, anchor = nextReference()
  local spawn = {
    Data = msg.Data or "NODATA",
    Anchor = anchor,
    Tags = {
      { name = "Data-Protocol", value = "ao" },
      { name = "Variant", value = "ao.TN.1" },
      { name = "Type", value = "Process" },
      { name = "From-Process", value = ao.id },
      { name = "From-Module", value = ao._module },
      { name = "Module", value = module },
      { name = "Reference", value = reference },
    },
  }
  appendTags(spawn.Tags, msg, SPAWN_FIELDS)
  local handlers = Handlers
  if not handlers then
    return spawn
  end
  local spawns = ao.outbox.Spawns
  spawns[#spawns + 1] = { Data = spawn.Data, Anchor = anchor, Tags = spawn.Tags }

  local notice = { Action = "Spawned", From = ao.id, Reference = reference }
  spawn.onReply = function(callback)
    handlers.once(notice, callback)
  end
  spawn.receive = function()
    return handlers.receive(notice)
  end
  return spawn
end

--- Asks for a message to be put into the logs of other processes.
-- @tparam table assignment Processes: array of ids; Message: id
function ao.assign(assignment)
  assert(type(assignment) == "table", "assignment should be a table")
  assert(type(assignment.Processes) == "table", "Processes should be a table")
  assert(type(assignment.Message) == "string", "Message should be a string")
  local assignments = ao.outbox.Assignments
  assignments[#assignments + 1] = assignment
end

--- The result of a message, from what it sets and from the outbox.
-- @tparam table result Output, or Error and where it came from as Trace
-- @treturn table
function ao.result(result)
  local outbox = ao.outbox
  local failure = result.Error or outbox.Error
  if failure then
    return { Error = failure, Trace = result.Trace }
  end
  return {
    Output = result.Output or outbox.Output,
    Messages = outbox.Messages,
    Spawns = outbox.Spawns,
    Assignments = outbox.Assignments,
  }
end

-- Where a process is said to live, from `From-Process` values such as "id&hint=https://node&hint-ttl=3600".
local MAX_HINTS = 1000
local hintCount = 0
ao._hints = {}

--- Remembers the node that a message names for its sender.
-- @tparam table msg a message whose Tags are a map
function ao.registerHint(msg)
  local from = msg.Tags and msg.Tags["From-Process"]
  if type(from) ~= "string" then
    return
  end
  local start = find(from, "&hint=", 1, true)
  if not start then
    return
  end
  local id, rest = sub(from, 1, start - 1), sub(from, start + 6)
  local ttlStart, ttlEnd = find(rest, "&hint-ttl=", 1, true)
  if not ao._hints[id] then
    if hintCount >= MAX_HINTS then
      ao._hints, hintCount = {}, 0
    end
    hintCount = hintCount + 1
  end
  ao._hints[id] = {
    hint = ttlStart and sub(rest, 1, ttlStart - 1) or rest,
    ttl = ttlEnd and sub(rest, ttlEnd + 1) or nil,
  }
end

return ao
