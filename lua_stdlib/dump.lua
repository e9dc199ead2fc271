--- Values as text that reads like Lua: `{ a = 1 }`.
-- Dependencies: none
-- @module .dump

local error, ipairs, pairs, tostring, type = error, ipairs, pairs, tostring, type
local concat, sort = table.concat, table.sort
local find, format, rep = string.find, string.format, string.rep
local mathType = math.type

local RESERVED = {}
for word in
  string.gmatch(
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until while",
    "%a+"
  )
do
  RESERVED[word] = true
end

local KEY_RANKS = { number = 1, string = 2, boolean = 3 }

--- Numbers first, then text, then booleans; other keys in the order in which they were met.
local function keyBefore(left, right)
  if left.rank ~= right.rank then
    return left.rank < right.rank
  elseif left.rank <= 2 and left.key ~= right.key then
    return left.key < right.key
  elseif left.rank == 3 and left.key ~= right.key then
    return right.key
  end
  return left.place < right.place
end

local function quoted(value)
  return format("%q", tostring(value))
end

local dumpTable

--- @tparam table context indent, padding, filter, udata and the tables around the value
local function dumpValue(value, depth, context)
  local kind = type(value)
  if kind == "table" then
    return dumpTable(value, depth, context)
  elseif kind == "number" or kind == "boolean" then
    return tostring(value)
  end
  return quoted(value)
end

--- What the filter makes of a value, and how that is written; nil when it is left out.
local function filtered(value, depth, use, key, context)
  local plain = false
  if context.filter then
    value, plain = context.filter(value, depth, type(value), use, key, context.udata)
    if value == nil then
      return nil
    end
  end
  if plain and type(value) == "table" then
    return value, quoted(value)
  end
  return value, dumpValue(value, depth, context)
end

local function keyText(key, text)
  if type(key) == "string" and find(key, "^[%a_][%w_]*$") and not RESERVED[key] then
    return key
  end
  return "[" .. text .. "]"
end

--- The entries of a table in their final order.
local function sortedEntries(tbl, depth, context)
  local entries = {}
  for key, value in pairs(tbl) do
    local shownKey, shownText = filtered(key, depth, "key", nil, context)
    if shownKey ~= nil then
      local _, valueText = filtered(value, depth, "val", key, context)
      if valueText then
        entries[#entries + 1] = {
          key = shownKey,
          rank = KEY_RANKS[type(shownKey)] or 4,
          place = #entries,
          text = keyText(shownKey, shownText) .. " = " .. valueText,
        }
      end
    end
  end
  sort(entries, keyBefore)
  return entries
end

--- A table that contains itself: a text with its address, or what the filter says.
local function dumpCircular(tbl, depth, context)
  if context.filter then
    local value = context.filter(tbl, depth, "table", "circular", nil, context.udata)
    if value ~= nil and value ~= tbl then
      return dumpValue(value, depth, context)
    end
  end
  return quoted("<Circular " .. tostring(tbl) .. ">")
end

function dumpTable(tbl, depth, context)
  if context.open[tbl] then
    return dumpCircular(tbl, depth, context)
  end
  context.open[tbl] = true
  local lines = {}
  for index, entry in ipairs(sortedEntries(tbl, depth + 1, context)) do
    lines[index] = entry.text
  end
  context.open[tbl] = nil
  if #lines == 0 then
    return "{}"
  elseif context.indent == 0 then
    return "{ " .. concat(lines, ", ") .. " }"
  end
  local outer = rep(" ", context.padding + context.indent * depth)
  local inner = "\n" .. outer .. rep(" ", context.indent)
  return "{" .. inner .. concat(lines, "," .. inner) .. "\n" .. outer .. "}"
end

local function isUnsigned(value)
  return mathType(value) == "integer" and value >= 0
end

--- A value as text.
-- @param value
-- @tparam[opt=4] integer indent blanks per level; 0 puts everything on one line
-- @tparam[opt=0] integer padding blanks in front of every line but the first
-- @tparam ?function filter gets value, depth, type, use ("key", "val" or "circular"), key and udata; returns what
-- stands in place of the value, nil to leave it out, and optionally true to keep a table from being written out
-- @param udata handed to the filter
-- @treturn string
return function(value, indent, padding, filter, udata)
  indent, padding = indent == nil and 4 or indent, padding == nil and 0 or padding
  if not isUnsigned(indent) then
    error("indent must be unsigned integer", 2)
  elseif not isUnsigned(padding) then
    error("padding must be unsigned integer", 2)
  elseif filter ~= nil and type(filter) ~= "function" then
    error("filter must be function", 2)
  end
  if type(value) ~= "table" then
    return quoted(value)
  end
  return dumpTable(value, 0, { indent = indent, padding = padding, filter = filter, udata = udata, open = {} })
end
