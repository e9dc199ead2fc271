"""Loads files of `lua_stdlib` the way a machine does: one chunk each, named after what `require` calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lupa.lua53 import LuaRuntime

LIBRARY = Path(__file__).resolve().parents[2] / "lua_stdlib"

# Chunks of a process see no real globals: names that they set land in a table whose __newindex reports them.
BOOTSTRAP = """
local sources = ...
local env = setmetatable({}, { __index = _G })
env._G = env
local loaded = {}
for _, name in ipairs({"string", "table", "math", "utf8", "os", "debug", "coroutine"}) do loaded[name] = _G[name] end
loaded._G = env
env.package = { loaded = loaded }
function env.require(name)
  if loaded[name] == nil then
    local source = sources[name]
    if not source then error("module '" .. name .. "' not found:", 2) end
    loaded[name] = assert(load(source, name, "t", env))(name)
  end
  return loaded[name]
end
return env
"""


def require_name(path: Path) -> str:
    """What `require` calls the library file at `path`."""
    return path.stem if path.stem in {"json", "ao", "bit32"} else "." + path.stem


def sources() -> dict[str, str]:
    """The text of every library file, by the name that `require` knows it by."""
    return {require_name(path): path.read_text(encoding="utf-8") for path in sorted(LIBRARY.glob("*.lua"))}


class LuaLibrary:
    """One Lua state with the library behind `require`.

    Args:
        setup: Lua text that runs first in the environment of the library.
    """

    def __init__(self, setup: str = "") -> None:
        self.lua = LuaRuntime(unpack_returned_tuples=True, encoding=None)
        bootstrap = self.lua.execute(b"return function(...) " + BOOTSTRAP.encode() + b" end")
        table = self.lua.table_from({name.encode(): text.encode() for name, text in sources().items()})
        self.environment = bootstrap(table)
        self._run = self.lua.execute(
            b"""
            local env = ...
            return function(env, text)
              local chunk, why = load("return " .. text, "aos", "t", env)
              if not chunk then chunk, why = load(text, "aos", "t", env) end
              if not chunk then return false, why end
              return pcall(chunk)
            end
            """
        )
        if setup:
            self.run(setup)

    def run(self, text: str | bytes) -> Any:
        """The value of an expression or chunk; texts are decoded from UTF-8 where they can be.

        Raises:
            LuaFailure: with the text of the Lua error.
        """
        code = text if isinstance(text, bytes) else text.encode()
        outcome = self._run(self.environment, code)
        success, *values = outcome if isinstance(outcome, tuple) else (outcome,)
        if not success:
            raise LuaFailure(decoded(values[0]))
        if len(values) < 2:
            return decoded(values[0]) if values else None
        return tuple(decoded(value) for value in values)

    def define(self, name: str, value: str | bytes | int | float) -> None:
        """Sets a global of the environment, without its metatable: an error in one would abort Python."""
        text = value.encode() if isinstance(value, str) else value
        self.lua.globals().rawset(self.environment, name.encode(), text)

    def failure(self, text: str | bytes) -> str:
        """The text of the error that running `text` raises."""
        try:
            value = self.run(text)
        except LuaFailure as failure:
            return str(failure)
        raise AssertionError(f"no error, but {value!r}")


class LuaFailure(Exception):
    """What a Lua chunk raised."""


def decoded(value: Any) -> Any:
    """A Lua value as Python sees it best: text as str where it is UTF-8, other values unchanged."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value
