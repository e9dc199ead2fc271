--- Integers of a fixed number of bits, in two's complement: arithmetic wraps around.
-- `require(".bint")(256)` gives a module; a number of it is an array of words, least significant first, with the module
-- as its metatable. Operators accept integers and numeric text on either side; a number that is no integer turns the
-- operation into one of floats.
-- Dependencies: .bint-conversion, .bint-logic, .bint-arithmetic
-- @module .bint

local conversion = require(".bint-conversion")
local logic = require(".bint-logic")
local arithmetic = require(".bint-arithmetic")

local assert, error, setmetatable = assert, error, setmetatable

local function newModule(bits, wordBits)
  assert(bits % wordBits == 0, "bitsize is not multiple of word bitsize")
  assert(wordBits <= 32, "word bitsize must be half of the lua integer bitsize")
  assert(bits >= 64, "bitsize must be >= 64")
  assert(wordBits >= 8, "wordbits must be at least 8")
  assert(bits % 8 == 0, "bitsize must be multiple of 8")
  local bint = { bits = bits }
  bint.__index = bint
  local size = bits // wordBits
  conversion.install(bint, size, wordBits)
  logic.install(bint, size, wordBits)
  arithmetic.install(bint, size, wordBits)
  return setmetatable(bint, {
    __call = function(_, x)
      return bint.new(x)
    end,
  })
end

local modules = {}

--- The module for numbers of so many bits; the same arguments give the same module.
-- @tparam[opt=256] integer bits
-- @tparam[opt=32] integer wordBits bits per word, 8 to 32
-- @treturn table
return function(bits, wordBits)
  bits, wordBits = conversion.integerOf(bits or 256), conversion.integerOf(wordBits or 32)
  if not bits or not wordBits then
    error("bitsize is not an integer")
  end
  local key = bits .. "/" .. wordBits
  modules[key] = modules[key] or newModule(bits, wordBits)
  return modules[key]
end
