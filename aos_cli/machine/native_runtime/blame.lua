-- Errors of Lua's own functions, raised as if the program had called them itself.
--
-- What stands in front of one of them would else be named by the error: "(machine):12: bad argument #2 to '?'".

local error, getinfo, type = error, debug.getinfo, type
local find, gsub, match = string.find, string.gsub, string.match

local M = {}

-- The level, seen from the caller, of the first function that is not of the machine; how it called the machine; and
-- whether it is a function of C, such as pcall.
local function programLevel()
  local level = 3
  local inner = getinfo(level, "S")
  while inner and inner.short_src == "(machine)" do
    level = level + 1
    inner = getinfo(level, "S")
  end
  return level - 1, getinfo(level - 1, "n").namewhat, inner and inner.what == "C"
end

-- Raises a text with the position of the program's line.
function M.raise(text)
  error(text, (programLevel()))
end

-- How texts begin that Lua's functions raise without an argument's number.
local OWN_TEXTS = {
  "^invalid ", "^cannot change", "^resulting string too large", "^string slice too long", "^too many ", "^pattern ",
  "^unfinished ", "^malformed ", "^missing ", "^position out of bounds", "^wrong number ", "^value expected",
}

-- Raises again what a function of Lua raised under the real pcall. Errors of the program's own metamethods and
-- callbacks, and limits, pass as they are.
-- name: what the program calls the function.
function M.again(name, failure)
  if type(failure) ~= "string" then
    error(failure, 0)
  end
  local number, fullName, rest = match(failure, "^bad argument #(%d+) to '([^']*)' (.*)$")
  if number then
    local level, called, fromC = programLevel()
    if fromC then
      -- Nobody has called it by a name, so Lua looks it up: 'string.rep', not 'rep'. The real pcall has done so.
      name = fullName
    end
    if called == "method" then
      number = number - 1
      if number == 0 then
        error("calling '" .. name .. "' on bad self", level)
      end
    end
    error("bad argument #" .. (gsub(number, "%.0$", "")) .. " to '" .. name .. "' " .. rest, level)
  end
  for index = 1, #OWN_TEXTS do
    if find(failure, OWN_TEXTS[index]) then
      M.raise(failure)
    end
  end
  error(failure, 0)
end

-- Passes on what the real pcall returned for a function of Lua, or raises its error.
function M.checked(name, success, ...)
  if success then
    return ...
  end
  M.again(name, (...))
end

return M
