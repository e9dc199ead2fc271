"""dump: values as text that Lua reads back, in a fixed order."""

from __future__ import annotations

import re

import pytest
from lua_loader import LuaLibrary

LUA = LuaLibrary("dump = require('.dump')")

TEXTS = [
    ("1", '"1"'),
    ("nil", '"nil"'),
    ("'a\"b\\n'", '"a\\"b\\\n"'),
    ("{}", "{}"),
    ("{1, 'x', true}", '{\n    [1] = 1,\n    [2] = "x",\n    [3] = true\n}'),
    ("{b = 1, a = {c = {}}}", "{\n    a = {\n        c = {}\n    },\n    b = 1\n}"),
    ("{['end'] = 1, ['a b'] = 2, _x1 = 3}", '{\n    _x1 = 3,\n    ["a b"] = 2,\n    ["end"] = 1\n}'),
    ("{[true] = 1, [false] = 2, k = 3, [1.5] = 4, [-1] = 5}",
     "{\n    [-1] = 5,\n    [1.5] = 4,\n    k = 3,\n    [false] = 2,\n    [true] = 1\n}"),
    ("{[{1}] = 2}", "{\n    [{\n        [1] = 1\n    }] = 2\n}"),
    ("{a = 1, b = 2}, 0", "{ a = 1, b = 2 }"),
    ("{a = {1}}, 2", "{\n  a = {\n    [1] = 1\n  }\n}"),
    ("{a = {1}}, 2, 3", "{\n     a = {\n       [1] = 1\n     }\n   }"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "text"), TEXTS)
def test_texts(arguments: str, text: str) -> None:
    assert LUA.run(f"dump({arguments})") == text


def test_text_reads_back() -> None:
    code = "local t = {1, {'x\\r\\n\\0y'}, k = {true, z = 1.5}} return load('return ' .. dump(t))()"
    assert LUA.run(f"local t = (function() {code} end)() return t[2][1] == 'x\\r\\n\\0y' and t.k.z") == 1.5


def test_functions_are_quoted() -> None:
    assert re.fullmatch(r'\{ f = "function: .*" \}', LUA.run("dump({f = dump}, 0)"))


def test_a_table_in_itself() -> None:
    assert re.fullmatch(
        r'\{ me = "<Circular table: 0x[0-9a-f]+>" \}', LUA.run("local t = {} t.me = t return dump(t, 0)")
    )
    assert LUA.run("local s = {1} return dump({s, s}, 0)") == "{ [1] = { [1] = 1 }, [2] = { [1] = 1 } }"


@pytest.mark.parametrize(
    ("arguments", "failure"),
    [
        ("{}, -1", "indent must be unsigned integer"),
        ("{}, 'x'", "indent must be unsigned integer"),
        ("{}, 1, 1.5", "padding must be unsigned integer"),
        ("{}, 1, 1, 'x'", "filter must be function"),
    ],
)
def test_wrong_arguments(arguments: str, failure: str) -> None:
    assert LUA.failure(f"local text = dump({arguments}) return text") == f'[string "aos"]:1: {failure}'


def test_the_filter_replaces_and_leaves_out() -> None:
    code = """
    local seen = {}
    local function filter(value, depth, kind, use, key, udata)
      seen[#seen + 1] = table.concat({ depth, kind, use, tostring(key), udata }, " ")
      if use == "key" and value == "secret" then return nil end
      if use == "key" then return udata .. value end
      if use == "val" and value == 1 then return nil end
      if use == "val" and kind == "table" then return value, key == "whole" end
      return value
    end
    local text = dump({ secret = 5, one = 1, inner = { two = 2 }, whole = { 3 } }, 0, 0, filter, "u")
    table.sort(seen)
    return text, seen[1], seen[#seen]
    """
    text, first, last = LUA.run(code)
    assert re.fullmatch(r'\{ uinner = \{ utwo = 2 \}, uwhole = "table: 0x[0-9a-f]+" \}', text)
    assert first == "1 number val one u"
    assert last == "2 string key nil u"


def test_the_filter_is_asked_about_cycles() -> None:
    code = """
    local function filter(value, _, _, use) return use == "circular" and "again" or value end
    local t = {}
    t.me = t
    return dump(t, 0, 0, filter)
    """
    assert LUA.run(code) == '{ me = "again" }'
