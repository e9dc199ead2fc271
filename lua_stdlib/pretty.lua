--- Tables as plain text, one line per entry.
-- Dependencies: none
-- @module .pretty

local pairs, tostring, type = pairs, tostring, type
local concat = table.concat
local rep = string.rep

local M = { _version = "0.0.1" }

--- Appends the lines of a table; a function as a value raises an error, as it cannot be joined to text.
local function collect(lines, tbl, indent)
  for k, v in pairs(tbl) do
    local start = rep(" ", indent) .. k .. ": "
    if type(v) == "table" then
      lines[#lines + 1] = start .. "\n"
      collect(lines, v, indent + 1)
    elseif type(v) == "boolean" then
      lines[#lines + 1] = start .. tostring(v) .. "\n"
    else
      lines[#lines + 1] = start .. v .. "\n"
    end
  end
end

--- A table as text: `key: value` on each line, nested tables one blank further in.
-- @tparam table tbl
-- @tparam[opt=0] integer indent
-- @treturn string
function M.tprint(tbl, indent)
  local lines = {}
  collect(lines, tbl, indent or 0)
  return concat(lines)
end

return M
