--- The handler `_eval`: runs Lua text that the owner sends.
-- Dependencies: .globals, .stringify
-- @module .eval

local globals = require(".globals")
local stringify = require(".stringify")

local load, type = load, type
local find, gmatch, match, string = string.find, string.gmatch, string.match, string

-- A call behind `return` is a tail call: it takes the place of its caller, and an error in it names no line. To Lua's
-- own functions this never happens where they are written in C. Where a machine has put functions of Lua in front of
-- them, such a call is made an argument of this function; the text around it is on the same line and moves no number.
local KEPT_BEFORE, KEPT_AFTER = "return (function(...) return ... end)(", "\n)"

-- Longer texts come from files, which are chunks of their own with names of their own.
local MAX_TYPED_BYTES = 4096

local OWN_NAMES = {}
for name in
  gmatch(
    "assert bit32 collectgarbage coroutine debug dofile error getmetatable io ipairs load loadfile math next os pairs "
      .. "pcall rawequal rawget rawlen rawset select setmetatable string table tonumber tostring type utf8 xpcall",
    "%S+"
  )
do
  OWN_NAMES[name] = true
end

--- Whether an expression seems to end in a call of one of Lua's own functions. A wrong guess changes no result, only
-- the place that some errors name: other functions must stay tail calls, as `error` with a level counts callers.
local function callsOwnFunction(expression)
  if OWN_NAMES[match(expression, "^%s*([%a_][%w_]*)")] or find(expression, "^%s*require%s*%b()%s*$") then
    return true
  end
  for method in gmatch(expression, ":%s*([%a_][%w_]*)%s*[%({\"'%[]") do
    if string[method] then
      return true
    end
  end
  return false
end

--- The chunk of text whose last statement returns such a call, in the form that keeps the line; nil for other text.
local function keepLine(text)
  local before, returned = match(text, "^(.*)%f[%w_]return%f[^%w_](.*)$")
  if before and callsOwnFunction(returned) and load(before, "aos", "t") and load("return " .. returned, "aos", "t") then
    return load(before .. KEPT_BEFORE .. returned .. KEPT_AFTER, "aos", "t")
  end
  return nil
end

--- Compiles text as an expression, or else as statements.
local function compile(text)
  local endsInCall = #text <= MAX_TYPED_BYTES and find(text, "[%)}%]\"']%s*$")
  local chunk = load("return " .. text, "aos", "t")
  if chunk then
    return endsInCall and callsOwnFunction(text) and load(KEPT_BEFORE .. text .. KEPT_AFTER, "aos", "t") or chunk
  end
  chunk = endsInCall and keepLine(text)
  if chunk then
    return chunk
  end
  return load(text, "aos", "t")
end

--- Makes the handler.
-- @tparam table ao
-- @treturn function takes a message; its value joins the printed lines, its errors go to ao.outbox.Error
return function(ao)
  return function(msg)
    local expr = msg.Data
    -- As in the reference, whatever cannot be joined to a text is an error of the message.
    local chunk, problem = compile(expr .. "")
    if not chunk then
      ao.outbox.Error = problem
      return
    end
    local output, failure = chunk()
    if failure then
      ao.outbox.Error = failure
      return
    end
    globals.evaluated = output
    if output then
      local lines = HANDLER_PRINT_LOGS
      -- The global tostring: a program that puts its own in place decides how values look.
      lines[#lines + 1] = type(output) == "table" and stringify.format(output) or tostring(output)
    end
  end
end
