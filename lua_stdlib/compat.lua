--- The functions of Lua 5.2's `math` that Lua 5.3 dropped and old programs still call.
-- Dependencies: none
-- @module .compat

local error, tonumber, type = error, tonumber, type
local format, pack, unpack = string.format, string.pack, string.unpack
local exp, log, mathAbs, toInteger = math.exp, math.log, math.abs, math.tointeger
local HUGE = math.huge

--- The argument as a float, or the error that a function in C would raise at the caller's place.
local function number(value, position, name)
  local result = (type(value) == "number" or type(value) == "string") and tonumber(value)
  if not result then
    local found = value == nil and "no value" or type(value)
    error(format("bad argument #%d to '%s' (number expected, got %s)", position, name, found), 3)
  end
  return result * 1.0 -- Unlike a sum with 0.0, it keeps the sign of -0.0.
end

--- The argument as an integer, or an error at the caller's place.
local function integer(value, position, name)
  local result = toInteger(tonumber(value))
  if not result then
    error(format("bad argument #%d to '%s' (an integer expected, got %s)", position, name, tostring(value)), 3)
  end
  return result
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

--- sinh of small numbers by its series: the difference of two exponentials would lose their digits.
local function sinhSeries(x)
  local square, term, sum, divisor = x * x, x, x, 2
  repeat
    local before = sum
    term = term * square / (divisor * (divisor + 1))
    sum = sum + term
    divisor = divisor + 2
  until sum == before
  return sum
end

local function sinh(x)
  if mathAbs(x) < 1 then
    return sinhSeries(x)
  end
  -- Half of the exponential twice: e^x alone overflows before sinh does.
  local half = exp(mathAbs(x) / 2)
  local value = 0.5 * half * half - 0.5 / half / half
  return x < 0 and -value or value
end

local function cosh(x)
  local half = exp(mathAbs(x) / 2)
  return 0.5 * half * half + 0.5 / half / half
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
    x = number(x, 1, "tanh")
    -- From 22 on the quotient is 1 to the last digit, and both parts would overflow later.
    if mathAbs(x) > 22 then
      return x < 0 and -1.0 or 1.0
    end
    return sinh(x) / cosh(x)
  end
end
