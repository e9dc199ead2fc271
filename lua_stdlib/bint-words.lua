--- Arithmetic on unsigned numbers that are arrays of words, least significant first: what `.bint` is made of.
-- All functions take the number of words and the bits per word (8 to 32). A product of two words and a carry fits into
-- 64 bits read as unsigned, so carries are taken with the logical shift and comparisons with `math.ult`.
-- Dependencies: none
-- @module .bint-words

local ult, unpack = math.ult, table.unpack

local M = {}

--- x = x + y, modulo 2^(size * wordBits).
function M.add(x, y, size, wordBits)
  local mask, carry = (1 << wordBits) - 1, 0
  for index = 1, size do
    local sum = x[index] + y[index] + carry
    x[index] = sum & mask
    carry = sum >> wordBits
  end
end

--- x = x - y, modulo 2^(size * wordBits).
function M.subtract(x, y, size, wordBits)
  local mask, borrow = (1 << wordBits) - 1, 0
  for index = 1, size do
    local difference = x[index] - y[index] - borrow
    x[index] = difference & mask
    borrow = difference < 0 and 1 or 0
  end
end

--- x = -x in two's complement.
function M.negate(x, size, wordBits)
  local mask, carry = (1 << wordBits) - 1, 1
  for index = 1, size do
    local sum = (x[index] ~ mask) + carry
    x[index] = sum & mask
    carry = sum >> wordBits
  end
end

--- product = x * y, modulo 2^(size * wordBits). `product` is all zeros before.
function M.multiply(product, x, y, size, wordBits)
  local mask = (1 << wordBits) - 1
  local length = M.length(y, size)
  for index = 1, size do
    local word = x[index]
    if word ~= 0 then
      local carry, offset = 0, index - 1
      local last = length < size - offset and length or size - offset
      for other = 1, last do
        local sum = word * y[other] + product[offset + other] + carry
        product[offset + other] = sum & mask
        carry = sum >> wordBits
      end
      if offset + last < size then
        product[offset + last + 1] = carry
      end
    end
  end
end

--- x = x * factor + addend, modulo 2^(size * wordBits); factor and addend are below 2^32.
function M.multiplyAdd(x, factor, addend, size, wordBits)
  local mask = (1 << wordBits) - 1
  for index = 1, size do
    local sum = x[index] * factor + addend
    x[index] = sum & mask
    addend = sum >> wordBits
  end
end

--- x = x // divisor, for a divisor up to 2^31.
-- @treturn integer the remainder
function M.divideBySmall(x, divisor, size, wordBits)
  local remainder = 0
  for index = size, 1, -1 do
    local value = remainder << wordBits | x[index]
    local quotient = value // divisor
    x[index] = quotient
    remainder = value - quotient * divisor
  end
  return remainder
end

--- How many words there are without leading zeros.
function M.length(x, size)
  while size > 0 and x[size] == 0 do
    size = size - 1
  end
  return size
end

--- Whether all words are equal.
function M.equal(x, y, size)
  for index = 1, size do
    if x[index] ~= y[index] then
      return false
    end
  end
  return true
end

--- Whether x < y.
function M.less(x, y, size)
  for index = size, 1, -1 do
    local left, right = x[index], y[index]
    if left ~= right then
      return left < right
    end
  end
  return false
end

--- x = x << count, whole words and bits, count >= 0.
function M.shiftLeft(x, count, size, wordBits)
  local mask = (1 << wordBits) - 1
  local whole, bits = count // wordBits, count % wordBits
  for index = size, 1, -1 do
    local high, low = x[index - whole] or 0, x[index - whole - 1] or 0
    x[index] = (high << bits | low >> wordBits - bits) & mask
  end
end

--- x = x >> count, filled with zeros, count >= 0.
function M.shiftRight(x, count, size, wordBits)
  local mask = (1 << wordBits) - 1
  local whole, bits = count // wordBits, count % wordBits
  for index = 1, size do
    local low, high = x[index + whole] or 0, x[index + whole + 1] or 0
    x[index] = (low >> bits | high << wordBits - bits) & mask
  end
end

--- Quotient and remainder of two 64-bit numbers read as unsigned; the divisor is below 2^32.
local function divideUnsigned(dividend, divisor)
  if dividend >= 0 then
    return dividend // divisor, dividend % divisor
  end
  local quotient = (dividend >> 1) // divisor << 1
  local remainder = dividend - quotient * divisor
  if not ult(remainder, divisor) then
    return quotient + 1, remainder - divisor
  end
  return quotient, remainder
end

--- x = x - factor * y at the words from `offset` on.
-- @treturn boolean whether the result went below zero
local function subtractMultiple(x, offset, factor, y, length, wordBits)
  local mask, carry, borrow = (1 << wordBits) - 1, 0, 0
  for index = 1, length do
    local product = factor * y[index] + carry
    local difference = x[offset + index] - (product & mask) - borrow
    x[offset + index] = difference & mask
    borrow = difference < 0 and 1 or 0
    carry = product >> wordBits
  end
  local difference = x[offset + length + 1] - carry - borrow
  x[offset + length + 1] = difference & mask
  return difference < 0
end

--- x = x + y at the words from `offset` on, without the last carry.
local function addBack(x, offset, y, length, wordBits)
  local mask, carry = (1 << wordBits) - 1, 0
  for index = 1, length do
    local sum = x[offset + index] + y[index] + carry
    x[offset + index] = sum & mask
    carry = sum >> wordBits
  end
  x[offset + length + 1] = (x[offset + length + 1] + carry) & mask
end

--- An estimate of the next word of a quotient from the leading words: right, or one too large.
local function estimate(x, top, y, length, wordBits)
  local limit = 1 << wordBits
  local quotient, remainder = divideUnsigned(x[top] << wordBits | x[top - 1], y[length])
  while quotient >= limit or ult(remainder << wordBits | x[top - 2], quotient * y[length - 1]) do
    quotient, remainder = quotient - 1, remainder + y[length]
    if remainder >= limit then
      break
    end
  end
  return quotient
end

--- Long division, Knuth's algorithm D (The Art of Computer Programming, volume 2, section 4.3.1).
-- Both numbers are shifted until the divisor's leading word has its top bit: then an estimate is wrong by one at most.
-- @tparam {integer,...} x the dividend; holds the remainder afterwards
-- @tparam {integer,...} y the divisor, not zero
-- @tparam {integer,...} quotient all zeros before
function M.divide(x, y, quotient, size, wordBits)
  local length = M.length(y, size)
  if length == 1 and y[1] <= 1 << 31 then
    for index = 1, size do
      quotient[index], x[index] = x[index], 0
    end
    x[1] = M.divideBySmall(quotient, y[1], size, wordBits)
    return
  end
  local shift, top = 0, y[length] << 1
  while top < 1 << wordBits do
    shift, top = shift + 1, top << 1
  end
  -- One word more in front takes what the shift moves out; a divisor of one word gets a zero word below.
  local dividend, divisor = { 0, unpack(x, 1, size) }, { 0, unpack(y, 1, length) }
  dividend[size + 2] = 0
  M.shiftLeft(dividend, shift, size + 2, wordBits)
  M.shiftLeft(divisor, shift, length + 1, wordBits)
  for offset = size - length, 0, -1 do
    local word = estimate(dividend, offset + length + 2, divisor, length + 1, wordBits)
    if subtractMultiple(dividend, offset, word, divisor, length + 1, wordBits) then
      addBack(dividend, offset, divisor, length + 1, wordBits)
      word = word - 1
    end
    quotient[offset + 1] = word
  end
  M.shiftRight(dividend, shift, size + 2, wordBits)
  for index = 1, size do
    x[index] = dividend[index + 1]
  end
end

return M
