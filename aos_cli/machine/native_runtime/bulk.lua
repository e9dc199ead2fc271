-- Functions of Lua that do much work in one instruction: as they are, but charged for it.
--
-- A count hook never ticks inside a C function. Each of these takes time in proportion to a number that the program
-- chooses; what is charged is about that time in instructions. Where a metatable decides how long the work is (a
-- length of 2^62 costs nothing to claim) the work is done in Lua, which ticks.
--
-- Returns function(limits, blame) -> { string = {...}, table = {...}, utf8 = {...} }.

local type, select, rawlen, rawToString, pcall = type, select, rawlen, tostring, pcall
local metatableOf, tointeger = debug.getmetatable, math.tointeger
local stringLibrary, tableLibrary, utf8Library = string, table, utf8

-- Work below this is not charged: it takes no longer than the instructions around it.
local FREE = 256

-- An array that a metatable can interfere with.
local function tampered(t)
  return metatableOf(t) ~= nil
end

local function sizeOf(text)
  local kind = type(text)
  return kind == "string" and #text or kind == "number" and #rawToString(text) or 0
end

local function makeRepeat(charge, blame)
  local rep = stringLibrary.rep
  -- From here on the original refuses at once.
  local TOO_LARGE = 2.0 ^ 31
  return function(...)
    local text, count, separator = ...
    local times = tointeger(count)
    if times and times > 0 then
      local bytes = (sizeOf(text) + sizeOf(separator)) * (times + 0.0)
      if bytes < TOO_LARGE then
        charge(times + tointeger(bytes // 64))
      end
    end
    return (blame.checked("rep", pcall(rep, ...))) -- no tail call: an error asks how this was called
  end
end

-- A function of one text whose time is in proportion to its length.
local function makePerByte(charge, blame, name, action)
  return function(...)
    local text = ...
    if type(text) == "string" and #text > FREE then
      charge(#text // 16)
    end
    return blame.checked(name, pcall(action, ...))
  end
end

local function makeMove(charge, blame)
  local move = tableLibrary.move
  return function(...)
    local _, first, last = ...
    first, last = tointeger(first), tointeger(last)
    if first and last and last >= first then
      local count = last - first
      -- Negative: the difference does not fit; the original refuses it at once.
      if count > 0 then
        charge(count)
      end
    end
    return blame.checked("move", pcall(move, ...))
  end
end

local function makeInsert(charge, blame)
  local insert = tableLibrary.insert
  local function shift(t, position, value)
    local last = #t + 1
    -- As an unsigned comparison, like the original's.
    if position < 1 or position > last then
      blame.raise("bad argument #2 to 'insert' (position out of bounds)")
    end
    for index = last, position + 1, -1 do
      t[index] = t[index - 1]
    end
    t[position] = value
  end
  return function(...)
    local count = select("#", ...)
    local t, position, value = ...
    if type(t) == "table" then
      if count == 2 then
        t[#t + 1] = position
        return
      elseif count == 3 then
        position = tointeger(position)
        if position and tampered(t) then
          return shift(t, position, value)
        elseif position then
          local moved = rawlen(t) - position
          if moved > FREE then
            charge(moved)
          end
        end
      end
    end
    return blame.checked("insert", pcall(insert, ...))
  end
end

local function makeRemove(charge, blame)
  local remove = tableLibrary.remove
  local function shift(t, size, position)
    if position ~= size and (position < 1 or position > size + 1) then
      blame.raise("bad argument #1 to 'remove' (position out of bounds)")
    end
    local removed = t[position]
    for index = position, size - 1 do
      t[index] = t[index + 1]
    end
    t[position < size and size or position] = nil
    return removed
  end
  return function(...)
    local t, position = ...
    if type(t) == "table" and position ~= nil then
      local place = tointeger(position)
      if place and tampered(t) then
        return shift(t, #t, place)
      elseif place and rawlen(t) - place > FREE then
        charge(rawlen(t) - place)
      end
    end
    return blame.checked("remove", pcall(remove, ...))
  end
end

local function makeConcat(charge, blame)
  local concat = tableLibrary.concat
  -- first, last: the values of an array that a metatable makes up.
  local function collected(t, first, last)
    local values, count = {}, 0
    for index = first, last do
      local value = t[index]
      if type(value) ~= "string" and type(value) ~= "number" then
        blame.raise("invalid value (at index " .. index .. ") in table for 'concat'")
      end
      count = count + 1
      values[count] = value
    end
    return values, count
  end
  return function(...)
    local t, separator, first, last = ...
    if type(t) == "table" then
      local size = rawlen(t)
      local from, to = tointeger(first or 1), tointeger(last or size)
      if from and to and tampered(t) then
        local values, count = collected(t, from, last and to or #t)
        charge(count)
        return blame.checked("concat", pcall(concat, values, separator))
      elseif size > FREE then
        local count = from and to and to - from or size
        charge(count >= 0 and count < size and count or size)
      end
    end
    return blame.checked("concat", pcall(concat, ...))
  end
end

local function makeUnpack(charge, blame)
  local unpack = tableLibrary.unpack
  return function(...)
    local t, first, last = ...
    local size = last or type(t) == "table" and rawlen(t) or 0
    local count = (tointeger(size) or 0) - (tointeger(first or 1) or 0)
    -- A million values is more than a stack takes: the original refuses at once.
    if count > FREE and count < 1000000 then
      charge(count)
    end
    return blame.checked("unpack", pcall(unpack, ...))
  end
end

return function(limits, blame)
  local charge = limits.charge
  local function perByte(library, names)
    local charged = {}
    for index = 1, #names do
      local name = names[index]
      charged[name] = makePerByte(charge, blame, name, library[name])
    end
    return charged
  end
  local strings = perByte(stringLibrary, { "lower", "reverse", "upper" })
  strings.rep = makeRepeat(charge, blame)
  return {
    string = strings,
    table = {
      concat = makeConcat(charge, blame), insert = makeInsert(charge, blame), move = makeMove(charge, blame),
      remove = makeRemove(charge, blame), unpack = makeUnpack(charge, blame),
    },
    utf8 = perByte(utf8Library, { "codepoint", "len", "offset" }),
  }
end
