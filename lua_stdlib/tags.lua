--- Arrays of {name, value}, as messages and processes carry them.
-- Dependencies: none
-- @module .tags

local ipairs = ipairs

local M = {}

--- The value of the first tag of a name.
-- @tparam table tags array of {name, value}
-- @tparam string name
-- @return the value, or nil
function M.first(tags, name)
  for _, tag in ipairs(tags) do
    if tag.name == name then
      return tag.value
    end
  end
  return nil
end

return M
