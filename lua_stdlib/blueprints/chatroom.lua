--- A chat room: what anybody broadcasts reaches all members.
--
--   Register      makes the sender a member
--   Unregister    makes the sender a member no longer
--   Broadcast     Broadcast-Notice with the same data to every member; the tag Broadcaster says who spoke
--
-- Loaded again, it keeps the members and replaces its handlers.
--
-- Dependencies: Handlers, ao
-- @script chatroom

Members = Members or {}

--- Answers a message; processes of before aos 2 cannot reply.
local function reply(msg, text)
  if msg.reply then
    return msg.reply({ Data = text })
  end
  return ao.send({ Target = msg.From, Data = text })
end

local function isMember(address)
  for _, member in ipairs(Members) do
    if member == address then
      return true
    end
  end
  return false
end

local function removeMember(address)
  for index = #Members, 1, -1 do
    if Members[index] == address then
      table.remove(Members, index)
    end
  end
end

local function on(name, action, handle)
  Handlers.add(name, Handlers.utils.hasMatchingTag("Action", action), handle)
end

on("register", "Register", function(msg)
  if isMember(msg.From) then
    return reply(msg, "Already registered.")
  end
  Members[#Members + 1] = msg.From
  reply(msg, "Registered.")
end)

on("unregister", "Unregister", function(msg)
  if not isMember(msg.From) then
    return reply(msg, "Not registered")
  end
  removeMember(msg.From)
  reply(msg, "Unregistered")
end)

on("broadcast", "Broadcast", function(msg)
  local told = {}
  -- A program may have put somebody into Members twice.
  for _, member in ipairs(Members) do
    if not told[member] then
      told[member] = true
      ao.send({ Target = member, Action = "Broadcast-Notice", Broadcaster = msg.From, Data = msg.Data })
    end
  end
  reply(msg, "Broadcasted.")
end)
