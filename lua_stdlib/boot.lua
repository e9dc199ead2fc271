--- The handler `_boot`: takes in the message that a process is born of.
-- Dependencies: .eval
-- @module .boot

local makeEval = require(".eval")

local open = io.open

--- The text of a transaction on the drive of the host, or nil when there is no such drive.
local function readTransaction(id)
  local file = open("/data/" .. id, "r")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

--- Makes the handler.
-- @tparam table ao
-- @treturn function takes the process message; the tag On-Boot says where first code comes from
return function(ao)
  local eval = makeEval(ao)
  return function(msg)
    if #Inbox == 0 then
      Inbox[1] = msg
    end
    local onBoot = msg.Tags["On-Boot"]
    if onBoot == nil then
      return
    end
    if onBoot == "Data" then
      eval({ Data = msg.Data })
    else
      eval({ Data = readTransaction(onBoot) })
    end
  end
end
