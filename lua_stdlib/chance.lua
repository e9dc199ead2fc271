--- The random numbers of a process: the Mersenne Twister MT19937, the same numbers everywhere for the same seed.
-- Source: M. Matsumoto, T. Nishimura, Mersenne Twister, ACM TOMACS 8 (1998), with the initialisation of 2002.
-- Dependencies: none
-- @module .chance

local error, tonumber = error, tonumber
local floor, toInteger = math.floor, math.tointeger

local M = { _version = "0.0.1" }

local SIZE, SHIFT = 624, 397
local WORD = 0xffffffff
local TOP_BIT, LOW_BITS = 0x80000000, 0x7fffffff
local TWIST = 0x9908b0df
local DEFAULT_SEED = 5489

local state = {}
-- How many words of the state are used up; nil before the first seed.
local used

--- Starts the sequence that belongs to a seed.
-- @tparam number seed its low 32 bits count
function M.seed(seed)
  local number = tonumber(seed)
  if not number then
    error("seed must be a number")
  end
  state[1] = (toInteger(number) or toInteger(floor(number) % 0x1p32) or 0) & WORD
  for index = 2, SIZE do
    local last = state[index - 1]
    state[index] = 1812433253 * (last ~ last >> 30) + index - 1 & WORD
  end
  used = SIZE
end

--- Makes the next words from the last ones.
local function twist()
  for index = 1, SIZE do
    local joined = state[index] & TOP_BIT | state[index % SIZE + 1] & LOW_BITS
    local word = state[(index + SHIFT - 1) % SIZE + 1] ~ joined >> 1
    state[index] = joined & 1 == 1 and word ~ TWIST or word
  end
  used = 0
end

--- The next random number.
-- @treturn number at least 0 and below 1
function M.random()
  if not used then
    M.seed(DEFAULT_SEED)
  end
  if used == SIZE then
    twist()
  end
  used = used + 1
  local word = state[used]
  word = word ~ word >> 11
  word = word ~ word << 7 & 0x9d2c5680
  word = word ~ word << 15 & 0xefc60000
  word = word ~ word >> 18
  return (word & WORD) / 0x1p32
end

--- The next random integer.
-- @tparam number min
-- @tparam number max
-- @treturn integer from min to max
function M.integer(min, max)
  if max < min then
    error("max must bigger than min")
  end
  return floor(M.random() * (max - min + 1) + min)
end

return M
