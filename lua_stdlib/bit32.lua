--- The bit library of Lua 5.2, as Lua 5.3 keeps it for old programs: numbers are taken modulo 2^32.
-- Dependencies: none
-- @module bit32

local error, select, tonumber, type = error, select, tonumber, type
local toInteger = math.tointeger
local format = string.format

local M = {}

local ALL = 0xffffffff
local BITS = 32

--- The argument as an integer, or the error that a function in C would raise at the caller's place.
local function integer(value, position, name)
  local number = (type(value) == "number" or type(value) == "string") and tonumber(value)
  if not number then
    local found = value == nil and "no value" or type(value)
    error(format("bad argument #%d to '%s' (number expected, got %s)", position, name, found), 3)
  end
  return toInteger(number)
    or error(format("bad argument #%d to '%s' (number has no integer representation)", position, name), 3)
end

--- The bitwise and of all arguments; all ones without any.
function M.band(...)
  local result = ALL
  for position = 1, select("#", ...) do
    result = result & integer(select(position, ...), position, "band")
  end
  return result
end

--- Whether the bitwise and of all arguments is not zero.
function M.btest(...)
  local result = ALL
  for position = 1, select("#", ...) do
    result = result & integer(select(position, ...), position, "btest")
  end
  return result ~= 0
end

--- The bitwise or of all arguments.
function M.bor(...)
  local result = 0
  for position = 1, select("#", ...) do
    result = result | integer(select(position, ...), position, "bor")
  end
  return result & ALL
end

--- The bitwise exclusive or of all arguments.
function M.bxor(...)
  local result = 0
  for position = 1, select("#", ...) do
    result = result ~ integer(select(position, ...), position, "bxor")
  end
  return result & ALL
end

--- The bitwise complement.
function M.bnot(x)
  return ~integer(x, 1, "bnot") & ALL
end

--- Lua shifts 64 bits and turns a negative count round: the count needs no care here.
function M.lshift(x, count)
  return (integer(x, 1, "lshift") & ALL) << integer(count, 2, "lshift") & ALL
end

--- Shifts to the right and fills with zeros.
function M.rshift(x, count)
  return (integer(x, 1, "rshift") & ALL) >> integer(count, 2, "rshift") & ALL
end

--- Shifts to the right and fills with the top bit.
function M.arshift(x, count)
  x, count = integer(x, 1, "arshift") & ALL, integer(count, 2, "arshift")
  if count >= 0 and x >= 1 << BITS - 1 then
    return (x >> count | ~(ALL >> count)) & ALL
  end
  return x >> count & ALL
end

local function rotateLeft(x, count)
  x, count = x & ALL, count % BITS
  return (x << count | x >> BITS - count) & ALL
end

--- Rotates to the left.
function M.lrotate(x, count)
  return rotateLeft(integer(x, 1, "lrotate"), integer(count, 2, "lrotate"))
end

--- Rotates to the right.
function M.rrotate(x, count)
  return rotateLeft(integer(x, 1, "rrotate"), -integer(count, 2, "rrotate"))
end

--- The mask of a field's width, after its place and width are checked.
local function fieldMask(field, width, position, name)
  if field < 0 then
    error(format("bad argument #%d to '%s' (field cannot be negative)", position, name), 3)
  elseif width <= 0 then
    error(format("bad argument #%d to '%s' (width must be positive)", position + 1, name), 3)
  elseif field + width > BITS then
    error("trying to access non-existent bits", 3)
  end
  return (1 << width) - 1
end

--- The bits from `field` on, `width` of them.
-- @tparam integer x
-- @tparam integer field 0 for the lowest bit
-- @tparam[opt=1] integer width
-- @treturn integer
function M.extract(x, field, width)
  x, field = integer(x, 1, "extract"), integer(field, 2, "extract")
  width = width == nil and 1 or integer(width, 3, "extract")
  local mask = fieldMask(field, width, 2, "extract")
  return (x & ALL) >> field & mask
end

--- The number with the bits from `field` on, `width` of them, taken from `bits`.
-- @tparam integer x
-- @tparam integer bits
-- @tparam integer field 0 for the lowest bit
-- @tparam[opt=1] integer width
-- @treturn integer
function M.replace(x, bits, field, width)
  x, bits, field = integer(x, 1, "replace"), integer(bits, 2, "replace"), integer(field, 3, "replace")
  width = width == nil and 1 or integer(width, 4, "replace")
  local mask = fieldMask(field, width, 3, "replace")
  return (x & ~(mask << field) | (bits & mask) << field) & ALL
end

return M
