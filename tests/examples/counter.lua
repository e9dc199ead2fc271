--- A counter that remembers.
-- Handlers: Increment (tag Step, a whole number, 1 when absent) and Get. Both reply with Action Count and the number
-- as Data. Run as a program, it counts to its first argument by sending itself messages.
--
--   aos run tests/examples/counter.lua 5
--   .load tests/examples/counter.lua
--
-- Dependencies: ao, Handlers
-- @script counter

-- A global: it outlives the message, and loading the file again keeps it.
Count = Count or 0

--- The whole number that a text stands for; raises an error when it stands for none.
-- @tparam ?string text
-- @tparam integer default the number when there is no text
-- @treturn integer
local function toInteger(text, default)
  if text == nil then
    return default
  end
  return math.tointeger(tonumber(text)) or error(("%q is not a whole number"):format(text), 2)
end

local function replyWithCount(msg)
  msg.reply({ Action = "Count", Data = tostring(Count) })
end

Handlers.add("Increment", "Increment", function(msg)
  Count = Count + toInteger(msg.Step, 1)
  replyWithCount(msg)
end)

Handlers.add("Get", "Get", replyWithCount)

-- `aos run` gives the words behind the file as `arg`; `.load` gives none.
if arg then
  for _ = 1, toInteger(arg[1], 3) do
    local answer = ao.send({ Target = ao.id, Action = "Increment" }).receive()
    print("the count is " .. answer.Data)
  end
end
