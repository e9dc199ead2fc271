"""The string functions of a program in a Lua state of their own: C's, the machine's, and the matcher in Lua alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lupa.lua53 as lupa

RUNTIME = Path(__file__).resolve().parents[2] / "aos_cli" / "machine" / "native_runtime"

# One call under pcall: success, and the values or the error; numbers and nil as texts that tell them apart.
CALL = b"""
local patterns = ...
local raw = { find = string.find, match = string.match, gsub = string.gsub, gmatch = string.gmatch }
local function show(...)
  local shown = {}
  for index = 1, select("#", ...) do
    local value = (select(index, ...))
    shown[index] = math.type(value) and ("#" .. value) or type(value) == "string" and ("'" .. value) or tostring(value)
  end
  return table.concat(shown, "\\0")
end
local function answer(success, ...)
  return success, show(...)
end
return function(kind, name, ...)
  local library = kind == "c" and raw or kind == "slow" and patterns.slow or patterns
  if name ~= "gmatch" then
    return answer(pcall(library[name], ...))
  end
  return answer(pcall(function(...)
    local all = {}
    for first, second in library.gmatch(...) do
      all[#all + 1] = show(first, second)
    end
    return table.unpack(all)
  end, ...))
end
"""


def pattern_calls() -> Any:
    """A function (kind, name, arguments) -> (success, text); kind is b"c", b"slow" or b"wrapped"."""
    state = lupa.LuaRuntime(encoding=None, unpack_returned_tuples=True, register_eval=False, register_builtins=False)
    load = state.eval(b'function(source, ...) return assert(load(source, "=(machine)", "t"))(...) end')

    def part(name: str, *arguments: Any) -> Any:
        return load((RUNTIME / f"{name}.lua").read_bytes(), *arguments)

    blame = part("blame")
    limits = part("limits", blame, part("collector"))
    costs, matcher = (part(name, blame) for name in ("costs", "matcher"))
    search = part("search", blame, limits[b"charge"], matcher)
    patterns = part("patterns", blame, limits, costs, search)
    # Under another name: errors name the first line that is not of the machine.
    return state.eval(b'function(source, patterns) return assert(load(source, "=test", "t"))(patterns) end')(
        CALL, patterns
    )
