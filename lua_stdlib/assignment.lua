--- Assignments: messages that were addressed to somebody else and put into this log all the same.
-- A program accepts them by adding a pattern; without one they are refused.
-- Dependencies: .utils
-- @module .assignment

local utils = require(".utils")

local assert, ipairs, select, type = assert, ipairs, select, type
local remove = table.remove

local M = { _version = "0.0.1" }

--- Position of a named entry.
local function position(assignables, name)
  for index, entry in ipairs(assignables) do
    if entry.name == name then
      return index
    end
  end
  return nil
end

--- Gives `ao` its assignment functions and the list that they work on.
-- @tparam table ao the table to extend
function M.init(ao)
  ao.assignables = ao.assignables or {}

  --- Accepts assignments that fit a pattern.
  -- @tparam string|table|function nameOrSpec name, or the pattern when it is the only argument
  -- @tparam ?string|table|function spec pattern; an entry of the same name is replaced
  function ao.addAssignable(...)
    local nameOrSpec, spec = ...
    if select("#", ...) == 1 then
      ao.assignables[#ao.assignables + 1] = { pattern = nameOrSpec }
      return
    end
    assert(type(nameOrSpec) == "string", "MatchSpec name MUST be a string")
    local index = position(ao.assignables, nameOrSpec) or #ao.assignables + 1
    ao.assignables[index] = { name = nameOrSpec, pattern = spec }
  end

  --- Takes an entry back; one that is not there is no error.
  -- @tparam string|number nameOrIndex name, or place in the list
  function ao.removeAssignable(nameOrIndex)
    local index = nameOrIndex
    if type(nameOrIndex) == "string" then
      index = position(ao.assignables, nameOrIndex)
    else
      assert(type(nameOrIndex) == "number", "index MUST be a number")
    end
    if index and index >= 1 and index <= #ao.assignables then
      remove(ao.assignables, index)
    end
  end

  --- Whether a message was addressed to another process.
  -- @tparam table msg a message
  -- @treturn boolean
  function ao.isAssignment(msg)
    return msg.Target ~= ao.id
  end

  --- Whether some pattern accepts the message.
  -- @tparam table msg a message
  -- @treturn boolean
  function ao.isAssignable(msg)
    for _, entry in ipairs(ao.assignables) do
      local match = utils.matchesSpec(msg, entry.pattern)
      if match and match ~= 0 and match ~= "skip" then
        return true
      end
    end
    return false
  end
end

return M
