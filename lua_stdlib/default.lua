--- The handler `_default`: puts what nobody handled into the Inbox and says so in one line.
-- Dependencies: json, .colors
-- @module .default

local json = require("json")
local Colors = require(".colors")

local type = type

local PREVIEW_BYTES = 20

--- One line about a message. Texts are asked for their parts as methods: what is no text raises an error that programs
-- know, which names the field.
local function describe(msg)
  local from = msg.From and msg.From:sub(1, 3) .. "..." .. msg.From:sub(-3) or "unknown"
  local preview
  if msg.Action ~= nil then
    preview = "Action = " .. Colors.blue .. msg.Action:sub(1, PREVIEW_BYTES)
  else
    local data = msg.Data
    if data == nil then
      data = ""
    elseif type(data) == "table" then
      data = json.encode(data)
    end
    preview = "Data = " .. Colors.blue .. data:sub(1, PREVIEW_BYTES)
  end
  return Colors.gray .. "New Message From " .. Colors.green .. from .. Colors.gray .. ": " .. Colors.gray .. preview
    .. Colors.reset
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
