--- The handler `_eval`: runs Lua text that the owner sends.
-- Dependencies: .stringify
-- @module .eval

local stringify = require(".stringify")

local load, tostring, type = load, tostring, type

--- Makes the handler.
-- @tparam table ao
-- @treturn function takes a message; its value joins the printed lines, its errors go to ao.outbox.Error
return function(ao)
  return function(msg)
    local expr = msg.Data
    -- As an expression first, so that typing `x` shows x; the prefix stays on the same line and moves no line number.
    local chunk = load("return " .. expr, "aos", "t")
    if not chunk then
      local failure
      chunk, failure = load(expr, "aos", "t")
      if not chunk then
        ao.outbox.Error = failure
        return
      end
    end
    local output, failure = chunk()
    if failure then
      ao.outbox.Error = failure
      return
    end
    if output then
      local lines = HANDLER_PRINT_LOGS
      lines[#lines + 1] = type(output) == "table" and stringify.format(output) or tostring(output)
    end
  end
end
