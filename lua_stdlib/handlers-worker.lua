--- Runs the handlers of a message in a coroutine, so that they can wait for other messages.
-- A coroutine is three kilobytes of garbage, and nearly every message ends without a wait: its coroutine then goes on
-- with the next message. That must not show. A coroutine that a program may have got hold of, because somebody asked
-- which one runs, or that had to wait, ends with its message and is dead from then on, as in the reference.
-- Dependencies: none
-- @module .handlers-worker

local ipairs, xpcall = ipairs, xpcall
local create, resume, status, yield = coroutine.create, coroutine.resume, coroutine.status, coroutine.yield
local running = coroutine.running
local remove = table.remove
local traceback = debug.traceback

local M = {}

-- What a coroutine says first when it came to the end of its message without a wait.
local FINISHED = {}

local idle -- a coroutine that waits for its next message
local seen -- whether somebody asked which coroutine runs, in this message
local turn = 0 -- how many evaluations are over
local trace -- where its error came from

--- As Lua's own, in whose place it stands: what it has given out is not used again.
-- @treturn thread
-- @treturn boolean
function M.running()
  seen = true
  return running()
end

local function withTrace(failure)
  trace = traceback(nil, 2)
  return failure
end

--- The body of a coroutine.
local function work(handlers, msg, env)
  while handlers do
    local own = turn
    local success, failure = xpcall(handlers.evaluate, withTrace, msg, env)
    if own ~= turn then
      -- This one has waited. Whoever woke it takes the end of the message for the end of the coroutine.
      return success, failure
    end
    msg, env = nil, nil -- which the wait for the next message would keep from the collector
    handlers, msg, env = yield(FINISHED, success, failure)
  end
end

--- Keeps a coroutine that may wait for a message, and forgets those that have ended. As in the reference, one that
-- stands behind a forgotten one is looked at only with the next message.
local function keep(coroutines, co)
  coroutines[#coroutines + 1] = co
  for index, other in ipairs(coroutines) do
    if status(other) == "dead" then
      remove(coroutines, index)
    end
  end
end

--- Evaluates a message.
-- @tparam table handlers with `evaluate`, and `coroutines` where those are kept that wait
-- @tparam table msg
-- @tparam table env
-- @treturn boolean whether the handlers ended, or wait, without an error
-- @return the error, and where it came from
function M.evaluate(handlers, msg, env)
  local co = idle or create(work)
  idle, seen, trace = nil, false, nil
  local alive, first, second, third = resume(co, handlers, msg, env)
  turn = turn + 1
  local coroutines = handlers.coroutines
  if first == FINISHED then
    if not seen and #coroutines == 0 then
      idle = co
      return second, third, trace
    end
    resume(co)
    keep(coroutines, co)
    return second, third, trace
  end
  keep(coroutines, co)
  if not alive then
    return false, first, "stack traceback:"
  elseif status(co) ~= "dead" then
    return true
  end
  return first, second, trace
end

return M
