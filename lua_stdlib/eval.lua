--- The handler `_eval`: runs Lua text that the owner sends.
-- Dependencies: .stringify
-- @module .eval

local stringify = require(".stringify")

local load, type = load, type
local find, match = string.find, string.match

-- A call behind `return` is a tail call: the line that it stands on is forgotten, and an error in it names none. As an
-- argument of this function it keeps its line; the text around it is on the same line and moves no number.
local KEPT_BEFORE, KEPT_AFTER = "return (function(...) return ... end)(", "\n)"

-- Longer texts come from files, which are chunks of their own with names of their own.
local MAX_TYPED_BYTES = 4096

--- The chunk of text whose last statement returns a call, in the form that keeps the line; nil when it is not one.
local function keepLine(text)
  local before, returned = match(text, "^(.*)%f[%w_]return%f[^%w_](.*)$")
  if before and load(before, "aos", "t") and load("return " .. returned, "aos", "t") then
    return load(before .. KEPT_BEFORE .. returned .. KEPT_AFTER, "aos", "t")
  end
  return nil
end

--- Compiles text as an expression, or else as statements.
local function compile(text)
  local endsInCall = #text <= MAX_TYPED_BYTES and find(text, "[%)}%]\"']%s*$")
  local chunk = load("return " .. text, "aos", "t")
  if chunk then
    return endsInCall and load(KEPT_BEFORE .. text .. KEPT_AFTER, "aos", "t") or chunk
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
    ao.outbox.Value = output
    if output then
      local lines = HANDLER_PRINT_LOGS
      -- The global tostring: a program that puts its own in place decides how values look.
      lines[#lines + 1] = type(output) == "table" and stringify.format(output) or tostring(output)
    end
  end
end
