--- What a machine calls: one message in, the text of its result out.
-- Dependencies: json, .process
-- @module .host

local json = require("json")

local pcall, require, tostring, type = pcall, require, tostring, type
local encode = json.encode

--- The parts of a result that leave the process, as JSON. What cannot be written raises an error.
local function write(result)
  if result.Error ~= nil then
    local trace = result.Trace
    return '{"Error":' .. encode(result.Error) .. (trace and ',"Trace":' .. encode(trace) or "") .. "}"
  end
  return '{"Output":' .. encode(result.Output)
    .. ',"Messages":' .. encode(result.Messages)
    .. ',"Spawns":' .. encode(result.Spawns)
    .. ',"Assignments":' .. encode(result.Assignments) .. "}"
end

--- The bridge to hosts that speak JSON only.
-- @tparam string msg JSON of a message
-- @tparam string env JSON of its environment
-- @treturn string JSON of `ok` and `response`, which is the result or why there is none
function handle(msg, env)
  local success, result = pcall(require(".process").handle, json.decode(msg), json.decode(env))
  return encode({ ok = success, response = result })
end

--- Handles one message.
-- @tparam table msg a message
-- @tparam table env its environment
-- @treturn boolean false when the message has no result, and the state must become the one before it
-- @treturn string the result as JSON, or why there is none
return function(msg, env)
  -- Looked up every time: a program may put another process in place.
  local process = require(".process")
  local success, result = pcall(process.handle, msg, env)
  if not success then
    return false, type(result) == "string" and result or "error object is a " .. type(result) .. " value"
  end
  local written, text = pcall(write, result)
  if not written then
    return false, tostring(text)
  end
  return true, text
end
