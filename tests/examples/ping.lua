--- Plays with a process that has loaded pong.lua.
-- Loaded, it gives the process the function `rally`; run as a program, it plays at once.
--
--   .load tests/examples/ping.lua
--   aos run --process alice tests/examples/ping.lua PROCESS_ID 3
--
-- Dependencies: ao
-- @script ping

--- Sends Pings, each when the Pong to the one before has come.
-- @tparam string target id of the other process
-- @tparam[opt=3] integer rounds how many
-- @treturn string how it went
function rally(target, rounds)
  if type(target) ~= "string" or #target ~= 43 then
    error("rally needs the id of a process", 2)
  end
  rounds = rounds or 3
  for round = 1, rounds do
    local answer = ao.send({ Target = target, Action = "Ping", Data = "ball " .. round }).receive()
    print(answer.Action .. ": " .. answer.Data)
  end
  return rounds .. " rounds played"
end

-- `aos run` gives the words behind the file as `arg`; `.load` gives none.
if arg then
  print(rally(arg[1], math.tointeger(tonumber(arg[2]))))
end
