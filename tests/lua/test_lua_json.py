"""json: what goes out is what the network's module writes, what comes in is read as it reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_loader import LuaLibrary

LUA = LuaLibrary("json = require('json')")

ENCODED = [
    ("{}", "[]"),
    ("{{}, {}}", "[[],[]]"),
    ("{f = print}", "{}"),
    ("{f = print, a = 1}", '{"a":1}'),
    ("{1, 'two', true, {3}}", '[1,"two",true,[3]]'),
    ("{false}", "[false]"),
    ("{['a\"b'] = 'c'}", '{"a\\"b":"c"}'),
    ("{['\\n'] = {}}", '{"\\n":[]}'),
    ("setmetatable({}, {__len = function() return 3 end})", "[]"),
    ("setmetatable({1, 2}, {__len = function() return 0 end})", "[1,2]"),
    ("setmetatable({a = 1}, {__index = {2}})", '{"a":1}'),
    ("(function() local t = {} t[2] = 'b' t[1] = 'a' return t end)()", '["a","b"]'),
    ("'[]^_`{|}~\\127'", '"[]^_`{|}~\x7f"'),
    ("' !#$%&()*+,-./:;<=>?@'", '" !#$%&()*+,-./:;<=>?@"'),
]

REFUSED = [
    ("{1, nil, 3}", "invalid table: sparse array"),
    ("{nil, 2}", "invalid table: mixed or invalid key types"),
    ("{[5] = 1}", "invalid table: mixed or invalid key types"),
    ("{[0] = 1}", "invalid table: mixed or invalid key types"),
    ("{[true] = 1}", "invalid table: mixed or invalid key types"),
    ("{1, a = 2}", "invalid table: mixed or invalid key types"),
    ("{a = 1, [3] = 2}", "invalid table: mixed or invalid key types"),
    ("{1, [1.5] = 2}", "invalid table: sparse array"),
    ("{print}", "unexpected type 'function'"),
    ("{a = coroutine.create(print)}", "unexpected type 'thread'"),
    ("{a = {b = 1/0}}", "unexpected number value 'inf'"),
]

BROKEN = [
    ("", "unexpected character '' at line 1 col 1"),
    ("[", "unexpected character '' at line 1 col 2"),
    ("nul", "invalid literal 'nul' at line 1 col 1"),
    ("[truex]", "invalid literal 'truex' at line 1 col 2"),
    ("[ -]", "invalid number '-' at line 1 col 3"),
    ("1x2", "invalid number '1x2' at line 1 col 1"),
    ('["a]', "expected closing quote for string at line 1 col 2"),
    ('{"a', "expected closing quote for string at line 1 col 2"),
    ('["a\nb"]', "control character in string at line 1 col 4"),
    ('["a\\x"]', "invalid escape char 'x' in string at line 1 col 4"),
    ('["\\', "invalid escape char '' in string at line 1 col 3"),
    ('["\\u12g4"]', "invalid unicode escape in string at line 1 col 3"),
    ('"\\udbff\\uffff"', "invalid unicode codepoint '111fff' at line 1 col 2"),
    ("1 2", "trailing garbage at line 1 col 3"),
    ("\n\n  }", "unexpected character '}' at line 3 col 3"),
    ('{"a":1 "b"}', "expected '}' or ',' at line 1 col 9"),
]

DECODED = [
    ("012", "12"),
    ("0x10", "16"),
    ("1.", "1.0"),
    ("-0.5e1", "-5.0"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "9.2233720368548e+18"),
    ('"\\ud83d\\ude00\\u00e9\\/\\b\\f\\n\\r\\t"', "\U0001f600é/\b\f\n\r\t"),
    (" \t\r\n true ", "true"),
    ("null", "nil"),
]


@pytest.mark.parametrize(("value", "text"), ENCODED)
def test_encode(value: str, text: str) -> None:
    assert LUA.run(f"json.encode({value})") == text


@pytest.mark.parametrize(("value", "failure"), REFUSED)
def test_encode_refuses(value: str, failure: str) -> None:
    text = LUA.failure(f"return json.encode({value})")
    assert text.startswith('[string "json"]:')
    assert text.endswith(": " + failure)


@pytest.mark.parametrize(("text", "failure"), BROKEN)
def test_decode_names_the_place(text: str, failure: str) -> None:
    LUA.define("text", text)
    found = LUA.failure("return json.decode(text)")
    assert found.startswith('[string "json"]:')
    assert found.split(": ", 1)[1] == failure


@pytest.mark.parametrize(("text", "shown"), DECODED)
def test_decode_scalars(text: str, shown: str) -> None:
    LUA.define("text", text)
    assert LUA.run("tostring(json.decode(text))") == shown


def test_decode_wants_text() -> None:
    assert LUA.failure("return json.decode(5)").endswith("expected argument of type string, got number")


def test_a_lone_surrogate_has_three_bytes() -> None:
    assert LUA.run(r"json.decode('\"\\ud83d\"') == '\xed\xa0\xbd'") is True


def test_deep_values_are_no_cycles() -> None:
    assert LUA.run("local t = {} for _ = 1, 500 do t = {t, {}} end return #json.encode(t)") == 500 * 5 + 2


@pytest.mark.parametrize("link", ["t.x = t", "t[1] = {t}", "t.a = {b = {c = {t}}}"])
def test_cycles_are_found_at_any_depth(link: str) -> None:
    assert LUA.failure(f"local t = {{}} {link} return json.encode(t)").endswith("circular reference")


def test_one_table_may_stand_in_many_places_at_any_depth() -> None:
    code = (
        "local s, t = {1}, {} for _ = 1, 50 do t = {t, s, s} end return (select(2, json.encode(t):gsub('%[1%]', '')))"
    )
    assert LUA.run(code) == 100


def test_encode_survives_more_keys_than_it_remembers() -> None:
    code = "local t = {} for i = 1, 2000 do t['key' .. i] = i end return json.encode(t)"
    assert json.loads(LUA.run(code)) == {f"key{index}": index for index in range(1, 2001)}


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = st.booleans() | st.integers(-(10**13), 10**13) | TEXT | st.sampled_from([0.5, -2.25, 1e100])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, min_size=1, max_size=4),
    max_leaves=15,
)


@settings(deadline=None, max_examples=80)
@given(VALUES, st.booleans())
def test_values_come_back_unchanged(value: Any, ascii_only: bool) -> None:
    """Python writes, Lua reads and writes, Python reads."""
    LUA.define("text", json.dumps(value, ensure_ascii=ascii_only))
    assert json.loads(LUA.run("json.encode(json.decode(text))")) == value


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=60))
def test_bytes_pass_through_text(data: bytes) -> None:
    LUA.define("data", data)
    assert LUA.run("json.decode(json.encode(data)) == data") is True
    assert LUA.run("json.decode(json.encode({[data] = data}))[data] == data") is True
