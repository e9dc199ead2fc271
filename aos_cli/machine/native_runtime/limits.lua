-- Limits that a program cannot escape, for one Lua state.
--
-- A count hook on every coroutine of the program charges instructions. A plain hook is escaped in five ways, each
-- with its cure here: a coroutine has a hook of its own (create sets it); an error raised by the hook can be caught
-- (once the limit is hit the state is dead: every later instruction raises again, and pcall, resume and load raise
-- instead of returning); a message handler of xpcall and a finaliser run where hooks are off (no handler runs in a
-- dead state; __gc never takes effect, see libraries.lua); where the stack is all but full the call of the hook
-- itself overflows and charges nothing (every overflow that is caught is charged, and a handler that it would run
-- without a hook runs in a coroutine); C functions do much in one instruction (see bulk.lua and patterns.lua).
-- The program runs in a coroutine; the host stays on the main thread, where no hook is set.
--
-- Called with blame.lua's and collector.lua's functions.

local blame, collector = ...
local raw = {
  create = coroutine.create, wrap = coroutine.wrap, resume = coroutine.resume, running = coroutine.running, status = coroutine.status,
  isyieldable = coroutine.isyieldable, yield = coroutine.yield,
  pcall = pcall, xpcall = xpcall, load = load, type = type,
  sethook = debug.sethook, sub = string.sub,
}
local error, select, sethook, type = error, select, raw.sethook, raw.type

-- Instructions between two looks. Smaller is finer and slower: 1,000 costs some 3 % more than 10,000.
local STEP = 1000

-- What Lua raises when the allocator says no; the second, of its library, comes with a position and to handlers.
local OUT_OF_MEMORY, OUT_OF_BUFFER = "not enough memory", "not enough memory for buffer allocation"

local M = {}

local limit, used = math.huge, 0
local dead -- nil, "compute" or "memory"
local ticks = 0
local top -- the coroutine of the message: to the program it is the main thread

local collectDuring = collector.during

local function tick()
  ticks = ticks + 1
  if not dead then
    used = used + STEP
    if used < limit then
      return collectDuring()
    end
    dead = "compute"
    sethook(tick, "", 1)
  end
  error(dead, 0)
end

-- Charges work that C does in one instruction, in steps of about one instruction's time.
function M.charge(instructions)
  -- Compared without a sum: a sum that wraps around would set the program free.
  if not dead and instructions < limit - used then
    used = used + instructions
    return
  end
  if not dead then
    dead, used = "compute", limit
  end
  sethook(tick, "", 1)
  error(dead, 0)
end
local charge = M.charge

local function outOfMemory(failure)
  return failure == OUT_OF_MEMORY or type(failure) == "string" and raw.sub(failure, -#OUT_OF_BUFFER) == OUT_OF_BUFFER
end

-- Whether an error may come from the call of the hook itself, which then has charged nothing.
local function overflowed(failure)
  return type(failure) == "string"
    and (raw.sub(failure, -14) == "stack overflow" or failure == "error in error handling")
end

-- Passes on what a protected call returned, unless a limit was hit inside it.
local function survived(success, failure, ...)
  if not success then
    if outOfMemory(failure) then
      dead = dead or "memory"
    elseif overflowed(failure) then
      charge(STEP)
    end
  end
  if dead then
    sethook(tick, "", 1)
    error(dead, 0)
  end
  return success, failure, ...
end

function M.pcall(...)
  if (...) == nil and select("#", ...) == 0 then
    blame.checked("pcall", raw.pcall(raw.pcall))
  end
  return survived(raw.pcall(...))
end

-- Whether hooks are on here: they are off inside a hook, and so in a message handler that runs for an error there.
local function hooked()
  local before = ticks
  sethook(tick, "", 1)
  sethook(tick, "", STEP)
  return ticks ~= before
end

local function handle(handler, failure)
  if outOfMemory(failure) then
    dead = dead or "memory"
  end
  if dead then
    return failure
  end
  if overflowed(failure) then
    charge(STEP)
    if not hooked() then
      local _, answer = raw.resume(M.create(handler), failure)
      if outOfMemory(answer) then
        dead = dead or "memory"
      end
      return answer
    end
  end
  return handler(failure)
end

function M.xpcall(action, handler, ...)
  if type(handler) ~= "function" then
    blame.checked("xpcall", raw.pcall(raw.xpcall, action, handler, ...))
  end
  return survived(raw.xpcall(action, function(failure)
    return handle(handler, failure)
  end, ...))
end

function M.create(body)
  if type(body) ~= "function" then
    blame.checked("create", raw.pcall(raw.create, body))
  end
  local co = raw.create(body)
  sethook(co, tick, "", STEP)
  -- A coroutine's last, unfinished step is never charged: a flood of short ones must still reach the limit.
  charge(STEP)
  return co
end

function M.resume(co, ...)
  if type(co) ~= "thread" then
    blame.checked("resume", raw.pcall(raw.resume, co))
  end
  return survived(raw.resume(co, ...))
end

local function unwrapped(success, ...)
  if success then
    return ...
  end
  error((...), 2)
end

function M.wrap(body)
  if type(body) ~= "function" then
    blame.checked("wrap", raw.pcall(raw.wrap, body))
  end
  local co = M.create(body)
  return function(...)
    return unwrapped(survived(raw.resume(co, ...)))
  end
end

-- Without this a program could end its message in the middle, with a result of its own making.
function M.yield(...)
  if raw.running() == top then
    error("attempt to yield from outside a coroutine", 0)
  end
  return raw.yield(...)
end

function M.isyieldable()
  return raw.running() ~= top and raw.isyieldable()
end

function M.running()
  local co = raw.running()
  return co, co == top
end

-- text: the source, or a function that gives it piece by piece. A compiler takes about an instruction's time for a
-- byte, and catches the errors of such a function.
function M.load(text, name, mode, environment)
  if type(text) == "string" then
    charge(#text)
    return survived(raw.load(text, name, mode, environment))
  elseif type(text) ~= "function" then
    blame.checked("load", raw.pcall(raw.load, text))
  end
  return survived(raw.load(function()
    local piece = text()
    if type(piece) == "string" then
      charge(#piece)
    end
    return piece
  end, name, mode, environment))
end

-- Instructions used by the message that runs.
function M.used()
  return used
end

-- The coroutine of the messages: one after the other, because a new one for each would be two kilobytes of garbage.
-- Only what ends in an error takes it away.
local worker
local answered -- whether it waits for its next message, and not in the middle of one

local function answer(...)
  answered = true
  return ...
end

local serve

-- Hands over what came of a message and waits for the next one.
local function hand(...)
  return serve(raw.yield(...))
end

-- The body of that coroutine. It goes round by tail calls: no frame is left that would hold on to a message.
function serve(body, ...)
  return hand(answer(body(...)))
end

-- What the host is told of a message; see M.run.
local function outcome(success, ...)
  local failure = ...
  if not success and outOfMemory(failure) then
    dead = dead or "memory"
  end
  local verdict = dead
  dead, top = nil, nil
  if verdict or not success or not answered then
    worker = nil
  end
  if success and answered then
    return verdict, used, true, ...
  elseif success then
    return verdict, used, false, "attempt to yield from outside a coroutine"
  elseif type(failure) == "string" then
    return verdict, used, false, failure
  end
  return verdict, used, false, "error object is a " .. type(failure) .. " value"
end

-- Runs one message under a limit of instructions.
-- Returns which limit was hit or nil, the instructions used, whether the body ended well, and what it returned or a
-- text about its error: never a value with a metatable, which the host might call.
function M.run(instructions, body, ...)
  limit, used, dead, answered = instructions, 0, nil, false
  worker = worker or raw.create(serve)
  top = worker
  sethook(worker, tick, "", STEP) -- and nothing is left of the steps of the message before
  return outcome(raw.resume(worker, body, ...))
end

return M
