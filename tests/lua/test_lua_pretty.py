"""pretty: plain text, a line per entry."""

from __future__ import annotations

from lua_loader import LuaLibrary


def test_lines_nest_by_one_blank(lua: LuaLibrary) -> None:
    assert lua.run("require('.pretty').tprint({ { { 'x' }, true } , 5 })") == "1: \n 1: \n  1: x\n 2: true\n2: 5\n"
    assert lua.run("require('.pretty').tprint({ k = 'v' }, 3)") == "   k: v\n"
    assert lua.run("require('.pretty').tprint({})") == ""


def test_functions_cannot_be_shown(lua: LuaLibrary) -> None:
    assert "attempt to concatenate a function value" in lua.failure("return require('.pretty').tprint({ print })")
