-- Limits that a program cannot escape, for one Lua state.
--
-- A count hook on every coroutine of the program charges instructions. A plain hook is escaped in four ways, each
-- with its cure here: a coroutine has a hook of its own (create sets it); an error raised by the hook can be caught
-- (once the limit is hit the state is dead: every later instruction raises again, and pcall, resume and load raise
-- instead of returning); a message handler of xpcall and a finaliser run where hooks are off (no handler runs in a
-- dead state; __gc never takes effect, see libraries.lua).
-- The program runs in a coroutine; the host stays on the main thread, where no hook is set.

local raw = {
  create = coroutine.create, resume = coroutine.resume, running = coroutine.running, status = coroutine.status,
  isyieldable = coroutine.isyieldable, yield = coroutine.yield,
  pcall = pcall, xpcall = xpcall, load = load, error = error, type = type,
  sethook = debug.sethook, unpack = table.unpack, select = select, stop = collectgarbage,
}
local error, sethook = raw.error, raw.sethook

-- Instructions between two looks. Smaller is finer and slower: 1,000 costs some 3 % more than 10,000.
local STEP = 1000

-- What Lua raises when the allocator says no.
local OUT_OF_MEMORY = "not enough memory"

local M = {}

local limit, used = math.huge, 0
local dead -- nil, "compute" or "memory"

local function tick()
  if not dead then
    used = used + STEP
    if used < limit then
      return
    end
    dead = "compute"
    sethook(tick, "", 1)
  end
  error(dead, 0)
end

-- Passes on what a protected call returned, unless the limit was hit inside it.
local function alive(...)
  if dead then
    sethook(tick, "", 1)
    error(dead, 0)
  end
  return ...
end

-- As `alive`, for calls that return false and an error: out of memory counts as a limit, too.
local function survived(success, failure, ...)
  if not success and failure == OUT_OF_MEMORY then
    dead = dead or "memory"
  end
  if dead then
    sethook(tick, "", 1)
    error(dead, 0)
  end
  return success, failure, ...
end

function M.pcall(...)
  return survived(raw.pcall(...))
end

function M.xpcall(action, handler, ...)
  if raw.type(handler) ~= "function" then
    return survived(raw.xpcall(action, handler, ...))
  end
  return survived(raw.xpcall(action, function(failure)
    if dead then
      return failure
    end
    return handler(failure)
  end, ...))
end

function M.create(body)
  local co = raw.create(body)
  sethook(co, tick, "", STEP)
  -- A coroutine's last, unfinished step is never charged: a flood of short ones must still reach the limit.
  used = used + STEP
  return co
end

function M.resume(...)
  return survived(raw.resume(...))
end

local function unwrapped(success, ...)
  if success then
    return ...
  end
  error((...), 0)
end

function M.wrap(body)
  local co = M.create(body)
  return function(...)
    return unwrapped(survived(raw.resume(co, ...)))
  end
end

-- A compiler that reads its text from a function catches the function's errors.
function M.load(text, name, mode, environment)
  return survived(raw.load(text, name, mode, environment))
end

-- Charges work that C does in one instruction, in steps of about one instruction's time.
function M.charge(instructions)
  used = used + instructions
  if used >= limit and not dead then
    dead = "compute"
    sethook(tick, "", 1)
    error(dead, 0)
  end
end

-- Instructions used by the message that runs.
function M.used()
  return used
end

-- Runs one message under a limit of instructions.
-- Returns which limit was hit or nil, the instructions used, and what resume returned.
function M.run(instructions, body, ...)
  limit, used, dead = instructions, 0, nil
  local co = raw.create(body)
  sethook(co, tick, "", STEP)
  local function finished(success, ...)
    if not success and (...) == OUT_OF_MEMORY then
      dead = dead or "memory"
    end
    local verdict = dead
    dead = nil
    return verdict, used, success, ...
  end
  return finished(raw.resume(co, ...))
end

return M
