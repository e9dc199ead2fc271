--- The handler `_default`: puts what nobody handled into the Inbox and says so in one line.
-- Dependencies: json, .colors
-- @module .default

local json = require("json")
local Colors = require(".colors")

local print, type = print, type
local sub = string.sub

local PREVIEW_BYTES = 20

--- First and last three characters of an id.
local function short(id)
  return sub(id, 1, 3) .. "..." .. sub(id, -3)
end

--- One line about a message.
local function describe(msg)
  local label, text
  if msg.Action ~= nil then
    label, text = "Action = ", msg.Action
  else
    local data = msg.Data
    if type(data) == "table" then
      data = json.encode(data)
    end
    label, text = "Data = ", data == nil and "" or data
  end
  if type(text) ~= "string" then
    -- The reference calls a string method here; its error text is what programs see.
    error("attempt to index a " .. type(text) .. " value (" .. (msg.Action ~= nil and "field 'Action'" or "local 'data'") .. ")", 0)
  end
  return Colors.gray .. "New Message From " .. Colors.green .. (msg.From and short(msg.From) or "unknown")
    .. Colors.gray .. ": " .. Colors.gray .. label .. Colors.blue .. sub(text, 1, PREVIEW_BYTES) .. Colors.reset
end

--- Makes the handler.
-- @tparam function insertInbox takes a message
-- @treturn function takes a message
return function(insertInbox)
  return function(msg)
    insertInbox(msg)
    print(describe(msg))
  end
end
