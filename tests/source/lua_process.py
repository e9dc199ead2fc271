"""A Lua process that takes Eval messages, for running bundles."""

from __future__ import annotations

from typing import Any

import lupa.lua53

_EVAL = b"""
local printed = {}
function print(...) printed[#printed + 1] = table.concat({...}, " ") end
local function eval(data)
  printed = {}
  local chunk, message = load("return " .. data, "aos", "t")
  if not chunk then chunk, message = load(data, "aos", "t") end
  if not chunk then return false, message end
  local results = table.pack(pcall(chunk))
  if results[1] and results.n > 2 then return false, "a second value" end
  return results[1], results[2]
end
return eval, function() return table.concat(printed, "\\n") end
"""


class LuaError(Exception):
    """The program failed; the text is Lua's."""


class Process:
    """Lua 5.3 that takes Eval messages by the rule of AO: `return ` in front first, a second value is an error."""

    def __init__(self) -> None:
        self._runtime = lupa.lua53.LuaRuntime(encoding=None)
        self._eval, self._printed = self._runtime.execute(_EVAL)

    def eval(self, data: bytes | str) -> Any:
        """The value of the message, bytes as text."""
        ok, value = self._eval(data.encode() if isinstance(data, str) else data)
        value = value.decode() if isinstance(value, bytes) else value
        if not ok:
            raise LuaError(value)
        return value

    @property
    def printed(self) -> list[str]:
        """The lines that the last message printed."""
        text: bytes = self._printed()
        return text.decode().splitlines()
