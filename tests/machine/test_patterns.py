# ruff: noqa: E501 - the Lua programs are tables of one line each
"""The machine's find, match, gmatch and gsub give what C's functions give, and stay under the limit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pattern_functions import pattern_calls

from aos_cli.machine import Machine
from aos_cli.machine.port import Limits

call = pattern_calls()

PIECES = [
    *(
        "a",
        "b",
        "c",
        ".",
        "%a",
        "%A",
        "%s",
        "%d",
        "[ab]",
        "[^a]",
        "[a-b]",
        "[%a]",
        "[]a]",
        "[^]]",
        "[a-]",
        "%.",
        "-",
        "^",
    ),
    *("(", ")", "()", "(a)", "(.-)", "(a*)", "%1", "%2", "%0", "$", "%b()", "%bab", "%f[a]", "%f[^a]", "%f[%z]"),
    *("[", "[a", "[^", "[%", "%", "%f", "%b", "%ba", "\0", "\xff", "]", "%%"),
]
QUANTIFIED = [piece + quantifier for piece in ("a", "b", ".", "[ab]", "%s", "%A") for quantifier in "*+-?"]

patterns = st.lists(st.sampled_from(PIECES + QUANTIFIED * 2), max_size=7).map("".join)
anchored = st.tuples(st.sampled_from(["", "", "^"]), patterns).map("".join)
subjects = st.text(alphabet="aabbc ()%.\0\xff1", max_size=14)
starts = st.none() | st.integers(-16, 16)
replacements = st.lists(st.sampled_from(["x", "%0", "%1", "%2", "%%", "%", "%x", ""]), max_size=3).map("".join)


def agree(name: str, *arguments: Any) -> None:
    """C's function, the wrapped one and the matcher in Lua answer alike, errors included."""
    given_arguments = [value.encode("latin-1") if isinstance(value, str) else value for value in arguments]
    expected = call(b"c", name.encode(), *given_arguments)
    assert call(b"slow", name.encode(), *given_arguments) == expected
    assert call(b"wrapped", name.encode(), *given_arguments) == expected


@settings(max_examples=1500, deadline=None)
@given(subjects, anchored, starts)
def test_find_and_match_are_as_in_c(subject: str, pattern: str, start: int | None) -> None:
    agree("find", subject, pattern, start)
    agree("match", subject, pattern, start)


@settings(max_examples=600, deadline=None)
@given(subjects, anchored)
def test_gmatch_is_as_in_c(subject: str, pattern: str) -> None:
    agree("gmatch", subject, pattern)


@settings(max_examples=800, deadline=None)
@given(subjects, anchored, replacements, st.none() | st.integers(-1, 4))
def test_gsub_with_a_text_is_as_in_c(subject: str, pattern: str, replacement: str, limit: int | None) -> None:
    agree("gsub", subject, pattern, replacement, limit)


@settings(max_examples=300, deadline=None)
@given(subjects, st.text(alphabet="ab c", max_size=4), starts)
def test_plain_find_is_as_in_c(subject: str, wanted: str, start: int | None) -> None:
    agree("find", subject, wanted, start, True)


@pytest.mark.parametrize("name", ["find", "match"])
@pytest.mark.parametrize(
    ("subject", "pattern"),
    [
        ("a" * 300, "a?" * 250 + "a"),
        ("a" * 40, "()" * 33),
        ("a" * 40, "(a)" * 33),
        ("a" * 40, "(a)" * 32),
        ("abc", "((((((a"),
        ("k = v", "^(%w+)%s*=%s*(%w+)$"),
        ("THE (quick) fox", "%f[%a]%a+%f[%A]"),
        ("x" * 3000 + "y" * 50, "x+y+$"),
        ("  padded  " * 200, "^%s*(.-)%s*$"),
        ("a,b,,c" * 400, "([^,]*),([^,]*)"),
        ("long" * 300, "long" * 60 + "x?"),
        ("needle" * 200 + "needles", "needles"),
    ],
)
def test_patterns_near_the_limits_are_as_in_c(name: str, subject: str, pattern: str) -> None:
    agree(name, subject, pattern)
    agree("gmatch", subject, pattern)
    agree("gsub", subject, pattern, "<%0>")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('local a, b = pcall(string.find, "a", "[a") return b', "malformed pattern (missing ']')"),
        ('local a, b = pcall(string.find, "a", "%") return b', "malformed pattern (ends with '%')"),
        (
            'local a, b = pcall(function() local x = ("a"):find("[") end) return b',
            "[string \"aos\"]:1: malformed pattern (missing ']')",
        ),
        (
            'local a, b = pcall(function() local x = ("a"):find({}) end) return b',
            "[string \"aos\"]:1: bad argument #1 to 'find' (string expected, got table)",
        ),
        (
            'local a, b = pcall(function() local x = ("a"):gsub("a", true) end) return b',
            "[string \"aos\"]:1: bad argument #2 to 'gsub' (string/function/table expected)",
        ),
        (
            'local a, b = pcall(function() local x = ("a"):gsub("a", function() return {} end) end) return b',
            '[string "aos"]:1: invalid replacement value (a table)',
        ),
        (
            'local a, b = pcall(function() local x = ("a"):gsub("a", function() error("mine", 0) end) end) return b',
            "mine",
        ),
        ('return (("hello world"):gsub("o", {o = "0"}))', "hell0 w0rld"),
        ('return (("hello"):gsub("l+", function(l) return #l end))', "he2o"),
        ('return (("abc"):gsub("%w", function(c) if c == "b" then return false end return c .. c end))', "aabcc"),
        ("return (string.find(12345, 3))", "3"),
        ('return (string.find("abc", "c", "2"))', "3"),
        ('return (string.match("abc", "b", 2.0))', "b"),
    ],
)
def test_errors_and_odd_arguments(code: str, expected: str) -> None:
    assert Machine().eval(code)["Output"]["data"] == expected


@pytest.mark.parametrize(
    "code",
    [
        'string.find(("a"):rep(400000), ".-b")',
        'string.match(("a"):rep(3000), "a*a*a*b")',
        'string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(41))',
        'string.gsub(("("):rep(400000), "%b()", "")',
        'for word in string.gmatch(("a"):rep(400000), "a-b") do end',
        'string.gsub(("a"):rep(400000), ".-b", "x")',
        'local s = ("a"):rep(1000000) string.find(s, s:sub(1, 500000) .. "b", 1, true)',
        'local s = ("a"):rep(1000000) while true do s:find("b") end',
        'local s = ("a"):rep(4000) while true do s:find("a*b") end',
    ],
)
def test_a_slow_pattern_meets_the_limit(code: str) -> None:
    """Each of them would take minutes, or for ever, in C alone."""
    machine = Machine(limits=Limits(compute=10_000_000))
    assert machine.eval(code) == {"Throws": "compute limit of 10,000,000 instructions reached"}
    assert machine.eval("1 + 1")["Output"]["data"] == "2"


@pytest.mark.parametrize(
    "code",
    [
        'local s = ("key = value\\n"):rep(5000) local n = 0 for k, v in s:gmatch("(%w+)%s*=%s*(%w+)") do n = n + 1 end return n',
        'local s = ("  word  "):rep(5000) return #s:match("^%s*(.-)%s*$") // 8 + 1',
        'local s = ("word word "):rep(2500) local n, at = 0, 1 while at do local _, stop = s:find("^%s*[%w_]+%s*", at) at = stop and stop + 1 n = n + (stop and 1 or 0) end return n',
    ],
)
def test_everyday_patterns_on_long_texts_stay_cheap(code: str) -> None:
    assert Machine(limits=Limits(compute=10_000_000)).eval(code)["Output"]["data"] == "5000"
