--- Arithmetic of `.bint`: operators, divisions of every rounding, powers.
-- Dependencies: .bint-words, .bint-conversion
-- @module .bint-arithmetic

local words = require(".bint-words")
local needed = require(".bint-conversion").needed

local assert, error = assert, error
local math_abs = math.abs -- named as in the error of `bint.abs`
local add, subtract, negate, multiply, divide, equal =
  words.add, words.subtract, words.negate, words.multiply, words.divide, words.equal

local M = {}

--- Sums, differences and products.
local function installArithmetic(bint, size, wordBits)
  local tobint, toNumber, zero, isneg = bint.tobint, bint.tonumber, bint.zero, bint.isneg
  local one = bint.one()

  function bint._assign(x, y)
    y = needed(bint, y)
    for index = 1, size do
      x[index] = y[index]
    end
    return x
  end

  function bint._add(x, y)
    add(x, needed(bint, y), size, wordBits)
    return x
  end

  function bint._sub(x, y)
    subtract(x, needed(bint, y), size, wordBits)
    return x
  end

  function bint._inc(x)
    add(x, one, size, wordBits)
    return x
  end

  function bint._dec(x)
    subtract(x, one, size, wordBits)
    return x
  end

  function bint._unm(x)
    negate(x, size, wordBits)
    return x
  end

  function bint._abs(x)
    return isneg(x) and bint._unm(x) or x
  end

  function bint.inc(x)
    local copy = tobint(x, true)
    return copy and bint._inc(copy) or toNumber(x) + 1
  end

  function bint.dec(x)
    local copy = tobint(x, true)
    return copy and bint._dec(copy) or toNumber(x) - 1
  end

  function bint.abs(x)
    local copy = tobint(x, true)
    return copy and bint._abs(copy) or math_abs(toNumber(x))
  end

  function bint.__unm(x)
    return bint._unm(needed(bint, x, true))
  end

  function bint.__add(x, y)
    local left, right = tobint(x, true), tobint(y)
    if left and right then
      add(left, right, size, wordBits)
      return left
    end
    return toNumber(x) + toNumber(y)
  end

  function bint.__sub(x, y)
    local left, right = tobint(x, true), tobint(y)
    if left and right then
      subtract(left, right, size, wordBits)
      return left
    end
    return toNumber(x) - toNumber(y)
  end

  function bint.__mul(x, y)
    local left, right = tobint(x), tobint(y)
    if left and right then
      local product = zero()
      multiply(product, left, right, size, wordBits)
      return product
    end
    return toNumber(x) * toNumber(y)
  end
end

--- Divisions, which differ in how they round, and powers.
local function installDivision(bint, size, wordBits)
  local tobint, toNumber, zero, isneg, iszero = bint.tobint, bint.tonumber, bint.zero, bint.isneg, bint.iszero
  local abs, unm = bint._abs, bint._unm

  --- Quotient and remainder of the magnitudes; changes both operands, the first into the remainder.
  local function divideInPlace(x, y)
    if iszero(y) then
      error("attempt to divide by zero", 0)
    end
    local quotient = zero()
    divide(x, y, quotient, size, wordBits)
    return quotient, x
  end

  function bint.udivmod(x, y)
    return divideInPlace(bint.new(x), needed(bint, y))
  end

  function bint.udiv(x, y)
    return (bint.udivmod(x, y))
  end

  function bint.umod(x, y)
    local _, remainder = bint.udivmod(x, y)
    return remainder
  end

  --- Toward zero; the remainder has the sign of x. Of floats a float is made.
  function bint.tdivmod(x, y)
    local left, right = tobint(x, true), tobint(y, true)
    if not left or not right then
      x, y = toNumber(x), toNumber(y)
      local quotient, remainder = math_abs(x) // math_abs(y), math_abs(x) % math_abs(y)
      return (x < 0) ~= (y < 0) and -quotient or quotient, x < 0 and -remainder or remainder
    end
    x, y = left, right
    assert(not (bint.isminusone(y) and equal(x, bint.mininteger(), size)), "division overflow")
    local negative, opposite = isneg(x), isneg(x) ~= isneg(y)
    local quotient, remainder = divideInPlace(abs(x), abs(y))
    return opposite and unm(quotient) or quotient, negative and unm(remainder) or remainder
  end

  function bint.tdiv(x, y)
    return (bint.tdivmod(x, y))
  end

  function bint.tmod(x, y)
    local _, remainder = bint.tdivmod(x, y)
    return remainder
  end

  --- Toward minus infinity; the remainder has the sign of y. Of floats a float is made.
  function bint.idivmod(x, y)
    local left, right = tobint(x, true), tobint(y, true)
    if not left or not right then
      local nx, ny = toNumber(x), toNumber(y)
      return nx // ny, nx % ny
    end
    x, y = left, right
    local negative, opposite = isneg(y), isneg(x) ~= isneg(y)
    local quotient, remainder = divideInPlace(abs(x), abs(y))
    if opposite then
      unm(quotient)
      if not iszero(remainder) then
        bint._dec(quotient)
        subtract(y, remainder, size, wordBits)
        remainder = y
      end
    end
    return quotient, negative and unm(remainder) or remainder
  end

  function bint.__idiv(x, y)
    if tobint(x) and tobint(y) then
      return (bint.idivmod(x, y))
    end
    return toNumber(x) // toNumber(y)
  end

  function bint.__mod(x, y)
    local _, remainder = bint.idivmod(x, y)
    return remainder
  end

  function bint.__div(x, y)
    return toNumber(x) / toNumber(y)
  end

  function bint.__pow(x, y)
    return toNumber(x) ^ toNumber(y)
  end

  --- The power as an integer; the exponent is read as unsigned.
  function bint.ipow(x, exponent)
    exponent = needed(bint, exponent, true)
    x = bint.new(x)
    local power = bint.one()
    while not iszero(exponent) do
      if bint.isodd(exponent) then
        power = power * x
      end
      bint._shrone(exponent)
      x = x * x
    end
    return power
  end

  --- The power modulo m, all read as unsigned. Products wrap as everywhere: m up to half of the bits is exact.
  function bint.upowmod(x, exponent, m)
    m, exponent = needed(bint, m), needed(bint, exponent, true)
    local power = bint.umod(bint.one(), m)
    x = bint.umod(x, m)
    while not iszero(exponent) do
      if bint.isodd(exponent) then
        power = bint.umod(power * x, m)
      end
      bint._shrone(exponent)
      x = bint.umod(x * x, m)
    end
    return power
  end
end

--- Gives the module its arithmetic.
-- @tparam table bint the module, with its conversions and bit operators
-- @tparam integer size words of a number
-- @tparam integer wordBits bits of a word
function M.install(bint, size, wordBits)
  installArithmetic(bint, size, wordBits)
  installDivision(bint, size, wordBits)
end

return M
