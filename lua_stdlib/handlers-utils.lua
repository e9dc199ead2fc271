--- Ready-made patterns and handlers.
-- Dependencies: .utils
-- @module .handlers-utils

local matchesSpec = require(".utils").matchesSpec

local error, ipairs, type = error, ipairs, type

local M = { _version = "0.0.2" }

--- A pattern: the tag has the value.
-- @tparam string name
-- @tparam string value
-- @treturn function
function M.hasMatchingTag(name, value)
  if type(name) ~= "string" or type(value) ~= "string" then
    error("invalid arguments: (name : string, value : string)")
  end
  return function(msg)
    return msg.Tags[name] == value
  end
end

--- A pattern: the tag has one of the values.
-- @tparam string name
-- @tparam {string,...} values
-- @treturn function of a message that returns true, or 0
function M.hasMatchingTagOf(name, values)
  if type(name) ~= "string" or type(values) ~= "table" then
    error("invalid arguments: (name : string, values : string[])")
  end
  return function(msg)
    for _, value in ipairs(values) do
      if msg.Tags[name] == value then
        return true
      end
    end
    return 0
  end
end

--- A pattern: the data is the value.
-- @tparam string value
-- @treturn function
function M.hasMatchingData(value)
  if type(value) ~= "string" then
    error("invalid arguments: (value : string)")
  end
  return function(msg)
    return msg.Data == value
  end
end

--- A handler that replies with data, or with a message that is the same table every time.
-- @tparam string|table input
-- @treturn function
function M.reply(input)
  if type(input) ~= "string" and type(input) ~= "table" then
    error("invalid arguments: (input : table or string)")
  end
  return function(msg)
    msg.reply(type(input) == "string" and { Data = input } or input)
  end
end

--- A pattern that lets the message go on to the next handlers after it fits.
-- @tparam string|function|table pattern
-- @treturn function
function M.continue(pattern)
  return function(msg)
    local result = matchesSpec(msg, pattern)
    if not result or result == 0 or result == "skip" then
      return result
    end
    return 1
  end
end

return M
