--- Numbers of `.bint` from Lua numbers, text and bytes, and back.
-- Dependencies: .bint-words
-- @module .bint-conversion

local words = require(".bint-words")

local assert, error, getmetatable, setmetatable, tonumber, type =
  assert, error, getmetatable, setmetatable, tonumber, type
local byte, char, find, format, gsub, match, reverse, sub =
  string.byte, string.char, string.find, string.format, string.gsub, string.match, string.reverse, string.sub
local concat, unpack = table.concat, table.unpack
local modf, toInteger = math.modf, math.tointeger
-- Named as in the errors of `bint.floor` and `bint.ceil`.
local math_ceil, math_floor = math.ceil, math.floor
local equal, negate, shiftRight = words.equal, words.negate, words.shiftRight

local M = {}

local DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
local NO_INTEGER = "value has not integer representation"

--- A number, or text of one, as a Lua integer; nothing when it has a fraction or does not fit.
local function integerOf(value)
  local integer = toInteger(tonumber(value))
  if integer then
    return integer
  end
end

--- The largest power of `base` up to 2^31, and its exponent: so many digits are read and written at once.
local function chunkOf(base)
  local power, exponent = base, 1
  while power * base <= 1 << 31 do
    power, exponent = power * base, exponent + 1
  end
  return power, exponent
end

--- A non-negative number in digits of `base`, padded with zeros to `width`.
local function digitsOf(number, base, width)
  local digits = {}
  for index = width, 1, -1 do
    local digit = number % base + 1
    digits[index] = sub(DIGITS, digit, digit)
    number = number // base
  end
  return concat(digits)
end

--- The operand as a number of the module, or an error.
-- @tparam table bint the module
-- @param x the operand
-- @tparam ?boolean clone whether to make a copy
function M.needed(bint, x, clone)
  return bint.tobint(x, clone) or error(NO_INTEGER)
end
local needed = M.needed

--- The operand as a Lua integer, or an error.
function M.neededInteger(bint, x)
  return bint.tointeger(x) or error(NO_INTEGER)
end

--- Creation: from Lua integers, text and bytes.
local function installCreation(bint, size, wordBits)
  local mask, wordRange, byteCount = (1 << wordBits) - 1, 1 << wordBits, bint.bits // 8
  local zeros = {}
  for index = 1, size do
    zeros[index] = 0
  end

  function bint.zero()
    return setmetatable({ unpack(zeros, 1, size) }, bint)
  end
  local zero = bint.zero

  function bint.one()
    local x = zero()
    x[1] = 1
    return x
  end

  function bint.mininteger()
    local x = zero()
    x[size] = wordRange >> 1
    return x
  end

  function bint.maxinteger()
    local x = bint.mininteger()
    for index = 1, size do
      x[index] = x[index] ~ mask
    end
    return x
  end

  function bint.fromuinteger(value)
    value = integerOf(value)
    if not value then
      return
    end
    local x = zero()
    for index = 1, size do
      x[index] = value & mask
      value = value >> wordBits
    end
    return x
  end

  function bint.frominteger(value)
    value = integerOf(value)
    if not value then
      return
    end
    local x = zero()
    for index = 1, size do
      x[index] = value & mask
      value = value // wordRange
    end
    return x
  end

  --- Reads digits with an optional sign; what does not fit wraps.
  function bint.frombase(text, base)
    base = integerOf(base or 10)
    if type(text) ~= "string" or not base or base < 2 or base > 36 then
      return
    end
    local sign, digits = match(text, "^([+-]?)(%w+)$")
    if not digits then
      return
    end
    local power, step = chunkOf(base)
    local x = zero()
    for start = 1, #digits, step do
      local chunk = sub(digits, start, start + step - 1)
      local value = tonumber(chunk, base)
      if not value then
        return
      end
      words.multiplyAdd(x, #chunk == step and power or toInteger(base ^ #chunk), value, size, wordBits)
    end
    return sign == "-" and bint._unm(x) or x
  end

  --- Reads decimal digits, 0x and hexadecimal ones, or 0b and binary ones, with an optional sign.
  function bint.fromstring(text)
    if type(text) ~= "string" then
      return
    end
    if find(text, "^[+-]?%d+$") then
      return bint.frombase(text, 10)
    elseif find(text, "^[+-]?0[xX]%x+$") then
      return bint.frombase((gsub(text, "0[xX]", "", 1)), 16)
    elseif find(text, "^[+-]?0[bB][01]+$") then
      return bint.frombase((gsub(text, "0[bB]", "", 1)), 2)
    end
  end

  --- Reads bytes, least significant first; those beyond the size are left out.
  function bint.fromle(buffer)
    assert(type(buffer) == "string", "buffer is not a string")
    local x = zero()
    for position = (#buffer < byteCount and #buffer or byteCount), 1, -1 do
      words.multiplyAdd(x, 256, byte(buffer, position), size, wordBits)
    end
    return x
  end

  --- Reads bytes, most significant first.
  function bint.frombe(buffer)
    assert(type(buffer) == "string", "buffer is not a string")
    return bint.fromle(reverse(buffer))
  end
end

--- Conversion of any operand to a number of this module.
local function installConversion(bint, size)
  local frominteger, fromstring = bint.frominteger, bint.fromstring

  local function copy(x)
    return setmetatable({ unpack(x, 1, size) }, bint)
  end

  function bint.isbint(x)
    return getmetatable(x) == bint
  end

  --- The operand as a number of this module, or nothing. Not a copy unless `clone` is true.
  function bint.tobint(x, clone)
    if getmetatable(x) == bint then
      return clone and copy(x) or x
    end
    local kind = type(x)
    if kind == "number" then
      return frominteger(x)
    elseif kind == "string" then
      return fromstring(x)
    end
  end
  local tobint = bint.tobint

  --- A fresh number. Values that are neither text nor numbers come back as they are.
  function bint.new(x)
    local kind = type(x)
    if kind == "number" or kind == "string" or getmetatable(x) == bint then
      x = tobint(x, true)
    end
    return x or error("value cannot be represented by a bint")
  end

  --- The operand as a number of this module, else as a Lua number.
  function bint.parse(x)
    return tobint(x) or tonumber(x)
  end

  --- Without its fraction, as a number of this module; nothing for what is no number.
  function bint.trunc(x)
    if getmetatable(x) == bint then
      return copy(x)
    end
    x = tonumber(x)
    if x then
      return frominteger((modf(x)))
    end
  end

  function bint.floor(x)
    return bint.new(getmetatable(x) == bint and x or math_floor(tonumber(x)))
  end

  function bint.ceil(x)
    return bint.new(getmetatable(x) == bint and x or math_ceil(tonumber(x)))
  end
end

--- Conversion to Lua numbers, text and bytes.
local function installOutput(bint, size, wordBits)
  local tobint = bint.tobint
  local byteCount = bint.bits // 8

  --- The lowest 64 bits as a Lua integer.
  function bint.tointeger(x)
    if getmetatable(x) ~= bint then
      return integerOf(x)
    end
    local value = 0
    for index = 1, size do
      local shift = (index - 1) * wordBits
      if shift >= 64 then
        break
      end
      value = value | x[index] << shift
    end
    return value
  end
  bint.touinteger = bint.tointeger

  --- A Lua integer where the number fits, else a float; nil for what is no number.
  function bint.tonumber(x)
    if getmetatable(x) ~= bint then
      return tonumber(x)
    end
    local value = bint.tointeger(x)
    if equal(bint.frominteger(value), x, size) then
      return value
    end
    return tonumber(bint.tobase(x, 10))
  end

  --- Digits in a base from 2 to 36; other bases than 10 show two's complement unless `unsigned` is false.
  function bint.tobase(x, base, unsigned)
    base = integerOf(base or 10)
    x = tobint(x, true)
    if not x or not base or base < 2 or base > 36 then
      return
    end
    if unsigned == nil then
      unsigned = base ~= 10
    end
    local negative = not unsigned and bint.isneg(x)
    if negative then
      negate(x, size, wordBits)
    end
    local power, step = chunkOf(base)
    local chunks, length = {}, words.length(x, size)
    while length > 0 do
      local chunk = words.divideBySmall(x, power, length, wordBits)
      chunks[#chunks + 1] = reverse(base == 10 and format("%09d", chunk) or digitsOf(chunk, base, step))
      length = words.length(x, length)
    end
    local digits = match(reverse(concat(chunks)), "^0*(.+)$") or "0"
    return (negative and "-" or "") .. digits
  end

  function bint.__tostring(x)
    return bint.tobase(x, 10)
  end

  --- Bytes, least significant first; `trim` leaves out leading zeros.
  function bint.tole(x, trim)
    x = needed(bint, x, true)
    local bytes = {}
    for index = 1, byteCount do
      bytes[index] = char(x[1] & 255)
      shiftRight(x, 8, size, wordBits)
    end
    local text = concat(bytes)
    if trim then
      text = gsub(text, "%z+$", "")
      return text == "" and "\0" or text
    end
    return text
  end

  --- Bytes, most significant first; `trim` leaves out leading zeros.
  function bint.tobe(x, trim)
    return reverse(bint.tole(x, trim))
  end
end

--- Gives the module its conversions.
-- @tparam table bint the module; has `bits`
-- @tparam integer size words of a number
-- @tparam integer wordBits bits of a word
function M.install(bint, size, wordBits)
  installCreation(bint, size, wordBits)
  installConversion(bint, size)
  installOutput(bint, size, wordBits)
end

M.integerOf = integerOf

return M
