"""utils: names, matching of messages, and functions over arrays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_loader import LuaLibrary

LUA = LuaLibrary(
    """
    Utils = require('.utils')
    function matches(pattern, value) return Utils.matchesPattern(pattern, value, {}) end
    msg = { Action = "Transfer", Quantity = 5, From = "Alice", Tags = { Action = "Transfer", Type = "Message" } }
    """
)

NAMES = [
    ("hello_world-FOO", "Hello-World-Foo"), ("ID", "Id"), ("MyCamel", "Mycamel"), ("1st", "1st"), ("a--b", "A--B"),
    ("Spaces in Name", "Spaces in name"), ("émile", "émile"), ("", ""), ("_x", "-X"), ("a-1b", "A-1b"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "normal"), NAMES)
def test_normalize(name: str, normal: str) -> None:
    LUA.define("name", name)
    assert LUA.run("Utils.normalize(name)") == normal
    assert LUA.run("Utils.normalize(name)") == normal
    assert LUA.run("Utils.normalize(5), Utils.normalize(true)") == (5, True)


@settings(deadline=None, max_examples=60)
@given(st.text("aBz_-9 é", max_size=80))
def test_normalize_is_stable(name: str) -> None:
    LUA.define("name", name)
    assert LUA.run("Utils.normalize(Utils.normalize(name)) == Utils.normalize(name)") is True


def test_normalize_after_more_names_than_it_remembers() -> None:
    assert LUA.run("for i = 1, 3000 do Utils.normalize('some_name' .. i) end return Utils.normalize('x_y')") == "X-Y"


def test_capitalize() -> None:
    assert LUA.run("Utils.capitalize('hELLO'), Utils.capitalize(''), Utils.capitalize(7)") == ("Hello", "", 7)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("'ping', 'PING'", True), ("'ping', 'pings'", False), ("'v1.0', 'av1x0b'", True), ("'a+b', 'a+b'", False),
        ("'a-b', 'A-B'", True), ("'^x', 'yx'", False), ("'%D', '5'", True), ("'5', 5", True), ("'5.5', 5.5", True),
        ("'_', 'any'", True), ("'_', nil", True), ("'', nil", True), ("nil, 'x'", False), ("false, 'x'", False),
        ("5, 5", False), ("true, 'x'", False), ("{'a', {'b'}}, 'B'", True), ("{'a', {'b'}}, 'c'", False),
        ("{}, 'c'", False), ("function(v) return v == 'x' and 1 end, 'x'", True), ("function() end, 'x'", False),
    ],
)  # fmt: skip
def test_matches_pattern(arguments: str, expected: bool) -> None:
    assert LUA.run(f"matches({arguments})") is expected


def test_a_table_cannot_be_matched_with_text() -> None:
    failure = "bad argument #1 to 'lower' (string expected, got table)"
    assert LUA.failure("local found = matches('x', {}) return found").endswith(failure)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{}", True), ("'Transfer'", True), ("'transfer'", False), ("5", False), ("nil", False),
        ("{Action = 'transfer'}", True), ("{Action = 'Transfer', From = 'Bob'}", False), ("{Quantity = '5'}", True),
        ("{Type = 'Message'}", True), ("{Missing = '_'}", False), ("{From = {'Bob', 'Alice'}}", True),
        ("{From = function(value, m) return m.Action == 'Transfer' and value == 'Alice' end}", True),
        ("{Missing = function() return true end}", False),
    ],
)  # fmt: skip
def test_matches_spec(spec: str, expected: bool) -> None:
    assert LUA.run(f"Utils.matchesSpec(msg, {spec})") is expected


def test_matches_spec_gives_what_a_function_gives() -> None:
    assert LUA.run("Utils.matchesSpec(msg, function(m) return m.Quantity end)") == 5
    assert LUA.run("Utils.matchesSpec(msg, function() return 'continue' end)") == "continue"


def test_matches_spec_falls_back_on_a_tag_that_differs() -> None:
    assert LUA.run("Utils.matchesSpec({ X = 'last', Tags = { X = 'first' } }, { X = 'first' })") is True
    assert LUA.run("Utils.matchesSpec({ X = 'last' }, { X = 'last' })") is True


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("curry(function(a, b, c) return a .. b .. c end)('x', 'y')('z')", "xyz"),
        ("curry(function(a, b, c) return a .. b .. c end)()('x')()('y', 'z')", "xyz"),
        ("curry(function(a, b) return tostring(a) .. tostring(b) end)(nil, 2)", "nil2"),
        ("curry(function(...) return select('#', ...) end, 2)(1, 2, 3)", 3),
        ("reduce(function(a, b) return a + b end)(1, {2, 3})", 6),
        ("reduce(function(a, b) return a + b end, nil, {2, 3})", 5),
        ("find(function(v) return v > 1 end, {1, 2, 3})", 2),
        ("find(function(v) return v == 'x' end)({k = 'x'})", "x"),
        ("select('#', Utils.find(function() end, {}))", 0),
        ("propEq('n', 'b', {n = 'b'})", True),
        ("find(Utils.propEq('n', 'b'), {{n = 'a'}, {n = 'b', v = 9}}).v", 9),
        ("propEq('n')('b')({n = 'c'})", False),
        ("prop('n')({n = 4})", 4),
        ("includes(2, {1, 2})", True),
        ("includes('2')({1, 2})", False),
        ("compose(string.upper, string.reverse)('abc')", "CBA"),
        ("isArray({1, 2}) and Utils.isArray({}) and Utils.isArray({[1.0] = 1})", True),
        ("isArray({a = 1}) or Utils.isArray({[0] = 1}) or Utils.isArray({[3] = 1}) or Utils.isArray({1, [1.5] = 2})",
         False),
    ],
)  # fmt: skip
def test_functions(expression: str, value: object) -> None:
    text = expression if expression.startswith("select") else "Utils." + expression
    assert LUA.run(text) == value


@pytest.mark.parametrize(
    ("expression", "failure"),
    [
        ("filter('x', {})", "first argument should be a unary function"),
        ("reduce('x', 0, {})", "first argument should be a function that accepts (result, value, key)"),
        ("find('x', {})", "first argument should be a unary function"),
        ("find(print, 'x')", "second argument should be a table that is an array"),
        ("propEq(1, 'b', {})", "first argument should be a string"),
        ("propEq('n', 2, {})", "second argument should be a string"),
        ("propEq('n', 'b', 'x')", "third argument should be a table<object>"),
        ("includes(1, 'x')", "argument needs to be a table"),
        ("includes(1, {a = 1})", "argument should be a table that is an array"),
        ("concat({1}, 'x')", "second argument should be a table that is an array"),
        ("concat({1}, {a = 1})", "second argument should be a table"),
        ("reverse({a = 1})", "argument needs to be a table that is an array"),
    ],
)
def test_failures(expression: str, failure: str) -> None:
    text = LUA.failure(f"return Utils.{expression}")
    assert text.endswith(f": {failure}")
    assert '".utils"' in text


def test_arrays_are_not_changed() -> None:
    code = """
    local a = {3, 1, 2}
    Utils.reverse(a) Utils.concat(a, {9}) Utils.map(function(v) return v + 1 end, a)
    return table.concat(a, ",")
    """
    assert LUA.run(code) == "3,1,2"
