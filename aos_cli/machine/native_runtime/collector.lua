-- The collector, in whole cycles between messages, not in steps.
--
-- Lua gives out one closure again instead of making an equal one, unless the collector has just been at its function.
-- In steps, then, whether two functions are one would depend on where the collector happens to be. Between whole
-- cycles it is nowhere. Within a message a cycle runs only when memory has grown a lot. What a cycle frees nobody can
-- see, but for entries of weak tables: a program that has such tables gets a cycle after every message, none within.

local collect, max = collectgarbage, math.max

-- A cycle is due when the memory has doubled, or grown by this many kilobytes if it was small. A large heap may treble:
-- its cycles take a tenth of a second, and a full Inbox must not slow down every message.
local LEAST_GROWTH, LARGE = 1536, 8192

-- Within a message, this much more has to be held.
local LEAST_GROWTH_WITHIN = 65536

-- Looks from outside may leave this much behind before it is collected.
local MOST_LOOKED = 16384

local M = {}

collect("stop")
local mark = 0
local weak = false

-- By how many kilobytes looks from outside have changed what is held.
local looked = 0

local function cycle()
  collect("collect")
  local held = collect("count")
  looked = 0
  mark = held + (held > LARGE and 2 * held or max(held, LEAST_GROWTH))
end

-- Called when the library has been loaded.
M.start = cycle

-- Called by the way while a program runs.
function M.during()
  if not weak and collect("count") > mark + LEAST_GROWTH_WITHIN then
    cycle()
  end
end

-- Called between messages.
function M.between()
  if weak or collect("count") > mark then
    cycle()
  end
end

-- Tells that the program has weak tables.
function M.noteWeak()
  weak = true
end

-- Tells what a look from outside has left behind: when the next cycle is due must not depend on who looks.
function M.looked(kilobytes)
  looked, mark = looked + kilobytes, mark + kilobytes
  if looked > MOST_LOOKED then
    -- Nobody may send a message for hours.
    local freed = collect("count")
    collect("collect")
    freed = freed - collect("count")
    looked, mark = looked - freed, mark - freed
  end
end

function M.kilobytes()
  return collect("count")
end

return M
