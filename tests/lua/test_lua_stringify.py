"""stringify: the exact frames of tables, and the guard against tables that contain themselves."""

from __future__ import annotations

import re

import pytest
from lua_loader import LuaLibrary

LUA = LuaLibrary("stringify = require('.stringify')")

FRAMES = [
    ("{}", "{  }"),
    ("{1, 'a', 2.0}", '{ 1, "a", 2.0 }'),
    ("{true, false}", "{\n  true,\n  false\n }"),
    ("{a = 1}", "{\n   a = 1\n}"),
    ("{a = {b = {c = 'd'}}}", '{\n   a = {\n     b = {\n       c = "d"\n    }\n  }\n}'),
    ("{{1, 2}, {3}}", "{\n  { 1, 2 },\n  { 3 }\n }"),
    ("{{a = 1}}", "{\n  {\n     a = 1\n  }\n }"),
    ("{a = {}}", "{\n   a = {  }\n}"),
    ("{1, 2, k = 'v'}", '{\n   k = "v"\n}'),
    ("{1, nil, 3}", "{\n   3 = 3\n}"),
    ("{[true] = nil, [0] = 'x'}", '{\n   0 = "x"\n}'),
    ("setmetatable({}, {__pairs = function() return next, {z = 26} end})", "{\n   z = 26\n}"),
    ("setmetatable({}, {__tostring = function() return 'T' end})", "{  }"),
]

CYCLES = [
    ("t.me = t", "{\n   me = <circular reference>\n}"),
    ("local a = {k = 1} t.x, t.y = a, a", "<circular reference>"),
    ("t[1] = t", "{\n  <circular reference>\n }"),
    ("t[1] = {t, true}", "{\n  {\n    <circular reference>,\n    true\n   }\n }"),
    (
        "t[1] = {a = t}",
        "{\n  {\n     a = {\n      <circular reference>\n     }\n  }\n }",
    ),
    ("local a = {1} t[1], t[2] = a, a", "{\n  { 1 },\n  { 1 }\n }"),
]


def plain(text: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", text)


@pytest.mark.parametrize(("table", "text"), FRAMES)
def test_frames(table: str, text: str) -> None:
    assert plain(LUA.run(f"stringify.format({table})")) == text


@pytest.mark.parametrize(("build", "text"), CYCLES)
def test_repeated_tables(build: str, text: str) -> None:
    assert plain(LUA.run(f"local t = {{}} {build} return stringify.format(t)")) == text


def test_colours() -> None:
    assert LUA.run("stringify.format({k = 's'})") == '{\n   \x1b[31mk\x1b[0m = \x1b[32m"s"\x1b[0m\n}'
    assert LUA.run("stringify.format({true})") == "{\n  \x1b[34mtrue\x1b[0m\n }"
    assert LUA.run("stringify.format({5})") == "{ \x1b[34m5\x1b[0m }"


@pytest.mark.parametrize(("key", "kind"), [("true", "boolean"), ("{}", "table")])
def test_keys_that_are_no_text(key: str, kind: str) -> None:
    text = LUA.failure(f"return stringify.format({{[{key}] = 1}})")
    assert text.endswith(f"attempt to concatenate a {kind} value (local 'k')")


def test_indent_and_visited_come_from_the_caller() -> None:
    assert plain(LUA.run("stringify.format({a = 1}, 4)")) == "{\n       a = 1\n    }"
    assert LUA.run("local t = {k = 1} return stringify.format({a = t}, 0, {[t] = true})") == "<circular reference>"


def test_a_program_may_put_its_own_tostring_in_place() -> None:
    library = LuaLibrary("stringify = require('.stringify') tostring = function() return 'mine' end")
    assert plain(library.run("stringify.format({1})")) == "{ mine }"


@pytest.mark.parametrize(
    ("table", "simple"),
    [("{}", True), ("{1, 'a'}", True), ("{true}", False), ("{a = 1}", False), ("{1, k = 2}", False), ("{{}}", False)],
)
def test_simple_arrays(table: str, simple: bool) -> None:
    assert LUA.run(f"stringify.isSimpleArray({table})") is simple
