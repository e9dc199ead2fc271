--- Tables as coloured text, as the shell shows them.
-- Arrays of text and numbers stand on one line; other tables have a line per entry. A table starts in array mode and
-- falls into map mode at the first key that is not the next index; what was collected until then is left out.
-- Dependencies: .colors
-- @module .stringify

local Colors = require(".colors")

local pairs, type = pairs, type
local concat = table.concat
local rep = string.rep

local M = { _version = "0.0.1" }

local CIRCULAR = "<circular reference>"

local render

--- How a value that is no table looks. `tostring` is the program's own: one that it puts in place shows here.
local function scalar(value)
  if type(value) == "string" then
    return Colors.green .. '"' .. value .. '"' .. Colors.reset
  end
  return Colors.blue .. tostring(value) .. Colors.reset
end

--- An entry of a table in map mode, or nil when its value was met before.
local function mapEntry(k, value, indent, visited, open)
  local text
  if type(value) == "table" then
    if visited[value] then
      return nil
    end
    visited[value] = true
    text = render(value, indent + 2, visited, open)
  else
    text = scalar(value)
  end
  return rep(" ", indent + 2) .. Colors.red .. k .. Colors.reset .. " = " .. text
end

--- An entry of a table in array mode, which does not remember what it has met: only tables that contain it are told.
local function arrayEntry(value, indent, open)
  local text
  if type(value) ~= "table" then
    text = scalar(value)
  elseif open[value] then
    text = CIRCULAR
  else
    text = render(value, indent + 2, {}, open)
  end
  return rep(" ", indent + 2) .. text
end

--- @tparam table tbl
-- @tparam integer indent blanks in front of its last line
-- @tparam table visited tables met in map mode
-- @tparam table open tables that are being written, this one's parents
-- @treturn string
function render(tbl, indent, visited, open)
  if M.isSimpleArray(tbl) then
    local items = {}
    for _, value in pairs(tbl) do
      items[#items + 1] = scalar(value)
    end
    return "{ " .. concat(items, ", ") .. " }"
  end
  open[tbl] = true
  local lines, count, isArray = {}, 0, true
  for key, value in pairs(tbl) do
    if isArray and key ~= count + 1 then
      lines, count, isArray = {}, 0, false
    end
    count = count + 1
    lines[count] = isArray and arrayEntry(value, indent, open) or mapEntry(key, value, indent, visited, open)
    if not lines[count] then
      open[tbl] = nil
      return CIRCULAR
    end
  end
  open[tbl] = nil
  if isArray then
    return "{\n" .. concat(lines, ",\n") .. "\n" .. rep(" ", indent) .. " }"
  end
  return "{\n " .. concat(lines, ",\n ") .. "\n" .. rep(" ", indent) .. "}"
end

--- Whether the keys are 1, 2, 3 and so on, and all values text or numbers.
-- @tparam table tbl
-- @treturn boolean
function M.isSimpleArray(tbl)
  local index = 1
  for key, value in pairs(tbl) do
    local kind = type(value)
    if key ~= index or kind ~= "number" and kind ~= "string" then
      return false
    end
    index = index + 1
  end
  return true
end

--- A table as text.
-- @tparam table tbl
-- @tparam[opt=0] integer indent blanks in front of the last line
-- @tparam ?table visited tables that count as met already
-- @treturn string
function M.format(tbl, indent, visited)
  return render(tbl, indent or 0, visited or {}, {})
end

return M
