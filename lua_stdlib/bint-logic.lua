--- Tests, comparisons and bit operators of `.bint`.
-- Dependencies: .bint-words, .bint-conversion
-- @module .bint-logic

local words = require(".bint-words")
local conversion = require(".bint-conversion")

local getmetatable, type = getmetatable, type
local max, min, mathType = math.max, math.min, math.type
local math_abs = math.abs -- named as in the errors of `bint.iseven` and `bint.isodd`
local equal, less, shiftLeft, shiftRight = words.equal, words.less, words.shiftLeft, words.shiftRight
local needed, neededInteger = conversion.needed, conversion.neededInteger

local M = {}

--- Questions about one operand; Lua numbers are answered too.
local function installTests(bint, size, wordBits)
  local signBit = 1 << wordBits - 1
  local tobint = bint.tobint
  local zero, one, minusOne = bint.zero(), bint.one(), bint.frominteger(-1)

  local function tester(constant, number)
    return function(x)
      if getmetatable(x) == bint then
        return equal(x, constant, size)
      end
      return x == number
    end
  end
  bint.iszero, bint.isone, bint.isminusone = tester(zero, 0), tester(one, 1), tester(minusOne, -1)

  function bint.isneg(x)
    if getmetatable(x) == bint then
      return x[size] & signBit ~= 0
    end
    return x < 0
  end

  function bint.ispos(x)
    if getmetatable(x) == bint then
      return x[size] & signBit == 0 and not equal(x, zero, size)
    end
    return x > 0
  end

  function bint.iseven(x)
    if getmetatable(x) == bint then
      return x[1] & 1 == 0
    end
    return math_abs(x) % 2 == 0
  end

  function bint.isodd(x)
    if getmetatable(x) == bint then
      return x[1] & 1 == 1
    end
    return math_abs(x) % 2 == 1
  end

  function bint.isintegral(x)
    return getmetatable(x) == bint or mathType(x) == "integer"
  end

  function bint.isnumeric(x)
    return getmetatable(x) == bint or type(x) == "number"
  end

  function bint.type(x)
    return getmetatable(x) == bint and "bint" or mathType(x)
  end

  --- Whether both have the same value, whatever their types.
  function bint.eq(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      return equal(left, right, size)
    end
    return x == y
  end
end

--- Orders, signed and unsigned.
local function installComparison(bint, size, wordBits)
  local signBit = 1 << wordBits - 1
  local tobint, toNumber = bint.tobint, bint.tonumber

  local function signedLess(x, y)
    local negative = x[size] & signBit ~= 0
    if negative ~= (y[size] & signBit ~= 0) then
      return negative
    end
    return less(x, y, size)
  end

  --- Whether both, which are numbers of a module, have the same words.
  function bint.__eq(x, y)
    return equal(x, y, size)
  end

  function bint.__lt(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      return signedLess(left, right)
    end
    return toNumber(x) < toNumber(y)
  end

  function bint.__le(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      return not signedLess(right, left)
    end
    return toNumber(x) <= toNumber(y)
  end

  function bint.ult(x, y)
    return less(needed(bint, x), needed(bint, y), size)
  end

  function bint.ule(x, y)
    return not less(needed(bint, y), needed(bint, x), size)
  end

  function bint.max(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      return bint.new(signedLess(left, right) and right or left)
    end
    return bint.parse(max(toNumber(x), toNumber(y)))
  end

  function bint.min(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      return bint.new(signedLess(left, right) and left or right)
    end
    return bint.parse(min(toNumber(x), toNumber(y)))
  end
end

--- Bit operators. In-place variants, with a leading underscore, change their first operand and return it.
local function installBits(bint, size, wordBits)
  local bits, mask = bint.bits, (1 << wordBits) - 1

  function bint._band(x, y)
    y = needed(bint, y)
    for index = 1, size do
      x[index] = x[index] & y[index]
    end
    return x
  end

  function bint._bor(x, y)
    y = needed(bint, y)
    for index = 1, size do
      x[index] = x[index] | y[index]
    end
    return x
  end

  function bint._bxor(x, y)
    y = needed(bint, y)
    for index = 1, size do
      x[index] = x[index] ~ y[index]
    end
    return x
  end

  function bint._bnot(x)
    for index = 1, size do
      x[index] = x[index] ~ mask
    end
    return x
  end

  --- A shift by whole words or bits, in place.
  local function shifter(shift, unit)
    return function(x, count)
      shift(x, min((count or 1) * unit, bits), size, wordBits)
      return x
    end
  end
  bint._shlone, bint._shrone = shifter(shiftLeft, 1), shifter(shiftRight, 1)
  bint._shlwords, bint._shrwords = shifter(shiftLeft, wordBits), shifter(shiftRight, wordBits)

  local function shifted(x, count, forward, backward)
    x, count = bint.new(x), neededInteger(bint, count)
    if count <= -bits or count >= bits then
      return bint.zero()
    elseif count < 0 then
      backward(x, -count, size, wordBits)
    else
      forward(x, count, size, wordBits)
    end
    return x
  end

  function bint.__shl(x, y)
    return shifted(x, y, shiftLeft, shiftRight)
  end

  function bint.__shr(x, y)
    return shifted(x, y, shiftRight, shiftLeft)
  end

  function bint.__band(x, y)
    return bint._band(bint.new(x), y)
  end

  function bint.__bor(x, y)
    return bint._bor(bint.new(x), y)
  end

  function bint.__bxor(x, y)
    return bint._bxor(bint.new(x), y)
  end

  function bint.__bnot(x)
    return bint._bnot(bint.new(x))
  end

  --- Rotates to the left by a number of bits, to the right if it is negative.
  function bint.brol(x, count)
    count = neededInteger(bint, count) % bits
    return bint._bor(bint.__shl(x, count), bint.__shr(x, bits - count))
  end

  function bint.bror(x, count)
    return bint.brol(x, -neededInteger(bint, count))
  end

  --- Keeps the lowest `count` bits.
  function bint.bwrap(x, count)
    count = neededInteger(bint, count)
    if count <= 0 then
      return bint.zero()
    elseif count >= bits then
      return bint.new(x)
    end
    return bint._band(bint._dec(bint.__shl(bint.one(), count)), x)
  end
end

--- Gives the module its tests, comparisons and bit operators.
-- @tparam table bint the module, with its conversions
-- @tparam integer size words of a number
-- @tparam integer wordBits bits of a word
function M.install(bint, size, wordBits)
  installTests(bint, size, wordBits)
  installComparison(bint, size, wordBits)
  installBits(bint, size, wordBits)
end

return M
