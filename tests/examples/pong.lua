--- Answers every Ping with a Pong.
-- The Pong has the data of its Ping. Load it into one process, and ping.lua into another.
--
--   .load tests/examples/pong.lua
--
-- Dependencies: Handlers
-- @script pong

Pongs = Pongs or 0

Handlers.add("Ping", "Ping", function(msg)
  Pongs = Pongs + 1
  msg.reply({ Action = "Pong", Data = msg.Data })
end)
