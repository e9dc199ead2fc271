--- The functions of Lua 5.2's `math` that Lua 5.3 dropped and old programs still call.
-- Dependencies: none
-- @module .compat

local error, tonumber, type = error, tonumber, type
local format, pack, unpack = string.format, string.pack, string.unpack
local exp, log, mathAbs, toInteger = math.exp, math.log, math.abs, math.tointeger
local HUGE = math.huge

--- Raises the error that a function in C would raise at the place of its caller.
local function refuse(position, name, why)
  error(format("bad argument #%d to '%s' (%s)", position, name, why), 4)
end

local function numberOf(value)
  return (type(value) == "number" or type(value) == "string") and tonumber(value) or nil
end

--- The argument as a float.
local function number(value, position, name)
  local result = numberOf(value)
  if not result then
    refuse(position, name, "number expected, got " .. (value == nil and "no value" or type(value)))
  end
  return result * 1.0 -- Unlike a sum with 0.0, the product keeps the sign of -0.0.
end

--- The argument as an integer.
local function integer(value, position, name)
  local result = numberOf(value)
  if not result then
    refuse(position, name, "number expected, got " .. (value == nil and "no value" or type(value)))
  end
  return toInteger(result) or refuse(position, name, "number has no integer representation")
end

-- Layout of a double: 52 bits of fraction, 11 bits of exponent. A fraction of 0.5 to 1 has the exponent HALF.
local FRACTION_BITS, EXPONENT_MASK, HALF = 52, 0x7ff, 1022

--- Splits a float into a fraction of 0.5 to 1 and a power of 2.
local function split(x)
  if x == 0 or x ~= x or x == HUGE or x == -HUGE then
    return x, 0
  end
  local scaled = 0
  if mathAbs(x) < 0x1p-1022 then
    x, scaled = x * 0x1p64, 64
  end
  local bits = unpack("<i8", pack("<d", x))
  local exponent = bits >> FRACTION_BITS & EXPONENT_MASK
  bits = bits & ~(EXPONENT_MASK << FRACTION_BITS) | HALF << FRACTION_BITS
  return unpack("<d", pack("<i8", bits)), exponent - HALF - scaled
end

--- x * 2^exponent, rounded once.
local function scale(x, exponent)
  local fraction, own = split(x)
  if fraction == 0 or fraction ~= fraction or mathAbs(fraction) == HUGE then
    return x
  end
  -- Clamped before the sum, which would wrap for exponents near the ends of 64 bits.
  exponent = own + (exponent > 4096 and 4096 or exponent < -4096 and -4096 or exponent)
  if exponent > 1024 then
    return fraction * HUGE
  elseif exponent < -1100 then
    return fraction * 0.0
  elseif exponent < -1000 then
    -- The power may be too small for a float: the first step is exact, the second one rounds.
    return fraction * 2.0 ^ (exponent + 200) * 0x1p-200
  end
  return fraction * 2.0 * 2.0 ^ (exponent - 1)
end

--- sinh for numbers below 1, by its series: the difference of two exponentials would lose digits.
-- Summed from the smallest term on; the term after x^21 / 21! is below the last digit.
local function sinhSeries(x)
  local square, sum = x * x, 1
  for degree = 21, 3, -2 do
    sum = 1 + sum * square / (degree * (degree - 1))
  end
  return x * sum
end

-- From here on e^x overflows, though its half does not yet: the root is multiplied twice.
local LARGE = 709

--- Half of e^x, for x >= 0.
local function halfExp(x)
  if x < LARGE then
    return 0.5 * exp(x)
  end
  local root = exp(x / 2)
  return 0.5 * root * root
end

local function sinh(x)
  if mathAbs(x) < 1 then
    return sinhSeries(x)
  end
  local half = halfExp(mathAbs(x))
  local value = half - 0.25 / half
  return x < 0 and -value or value
end

local function cosh(x)
  local half = halfExp(mathAbs(x))
  return half + 0.25 / half
end

local function tanh(x)
  if mathAbs(x) < 0.5 then
    return sinh(x) / cosh(x)
  end
  local value = 1 - 2 / (exp(2 * mathAbs(x)) + 1)
  return x < 0 and -value or value
end

--- Adds the functions that are missing.
-- @tparam table math the table that a program sees as `math`
return function(math)
  math.pow = math.pow or function(x, y)
    return number(x, 1, "pow") ^ number(y, 2, "pow")
  end

  math.log10 = math.log10 or function(x)
    return log(number(x, 1, "log10"), 10)
  end

  math.frexp = math.frexp or function(x)
    return split(number(x, 1, "frexp"))
  end

  math.ldexp = math.ldexp or function(x, exponent)
    return scale(number(x, 1, "ldexp"), integer(exponent, 2, "ldexp"))
  end

  math.sinh = math.sinh or function(x)
    return sinh(number(x, 1, "sinh"))
  end

  math.cosh = math.cosh or function(x)
    return cosh(number(x, 1, "cosh"))
  end

  math.tanh = math.tanh or function(x)
    return tanh(number(x, 1, "tanh"))
  end
end
