"""Finding `require` in Lua sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.source.requires import Require, find_requires


def names(source: str) -> list[str]:
    return [require.name for require in find_requires(source)]


@pytest.mark.parametrize(
    "source",
    [
        'require "x"',
        "require 'x'",
        'require("x")',
        "require[[x]]",
        "require([==[x]==])",
        "require\n  ( --[[ why ]] 'x'\n)",
        "require -- a comment\n 'x'",
        'local s = "--" local x = require("x")',
        'require("x").field.call()',
        'require "x" .. "y"',
        'return f(require("x"), 1)',
        '_G.require("x")',
        '_ENV.require "x"',
        'require("\\x78")',
        'require("x", 1)',
        '#!/usr/bin/lua\nrequire "x"',
        'require "x" local broken = = "',
    ],
)
def test_every_spelling_of_a_call_is_seen(source: str) -> None:
    """L03, L04 (c) and (d): a string with `--` in front hides nothing, long strings count."""
    assert names(source) == ["x"]
    assert not find_requires(source)[0].dynamic


@pytest.mark.parametrize(
    "source",
    [
        '-- require "x"',
        '--[[ require("x")\nrequire("y") ]]',
        "local s = 'require(\"x\")'",
        'local s = [[require "x"]]',
        'foo.require("x")',
        'foo:require "x"',
        'a._G.b.require("x")',
        'function require("x") end',
        "function require(name) end",
        "local function require(name) end",
        "function M.require(name) end",
        "local require = require",
        "require = nil",
        "local t = {require = 1}",
        "f(require, 'x')",
        "my_require 'x'",
        "::require:: goto require",
        "print(require)",
    ],
)
def test_what_is_no_call_is_not_seen(source: str) -> None:
    """L04 (b): block comments, and strings, fields and definitions, ask for nothing."""
    assert find_requires(source) == []


def test_two_requires_on_one_line_are_both_found() -> None:
    """L04 (a)."""
    assert names('local a,b = require("a"), require("b")') == ["a", "b"]


def test_mixed_quotes_are_no_string() -> None:
    """L04 (e)."""
    assert names("require('x\")\nrequire 'y'") == ["", "y"]
    assert find_requires("require('x\")")[0].dynamic


@pytest.mark.parametrize(
    "source",
    [
        "require(name)",
        'require("a" .. b)',
        "require(f('x'))",
        "require{}",
        "require()",
        "pcall(require, name)",
        "xpcall(require, function() end, 'x')",
    ],
)
def test_a_computed_name_is_dynamic(source: str) -> None:
    (require,) = find_requires(source)
    assert require.dynamic
    assert require.name == ""


@pytest.mark.parametrize(
    "source",
    [
        'pcall(require, "x")',
        'local ok, x = pcall(_G.require, "x")',
        'xpcall(require, print, "x")',
        'xpcall(require, debug.traceback, "x")',
        'pcall(function() return require("x") end)',
        'xpcall(function() if y then require("x") end end, print)',
    ],
)
def test_a_protected_require_is_optional(source: str) -> None:
    (require,) = find_requires(source)
    assert (require.name, require.optional, require.dynamic) == ("x", True, False)


@pytest.mark.parametrize(
    "source", ['pcall(require("x"))', 'pcall(f, require("x"))', 'pcall(function() end) require "x"']
)
def test_a_require_beside_a_protected_call_is_not_optional(source: str) -> None:
    (require,) = find_requires(source)
    assert not require.optional


@pytest.mark.parametrize(
    ("source", "lazy"),
    [
        ('require "x"', False),
        ('function f() require "x" end', True),
        ('function f() end require "x"', False),
        ('local f = function(...) return function() end, require "x" end', True),
        ('if a then require "x" elseif b then else end', False),
        ('function f() if a then elseif b then else end require "x" end', True),
        ('function f() for i = 1, 2 do end while a do end repeat until b do end end require "x"', False),
        ('for i = 1, 2 do while a do repeat require "x" until b end end', False),
        ('function f() repeat local function g() end until g require "x" end', True),
        ('end end function f() require "x"', True),
        ('function f() end end until require "x"', False),
    ],
)
def test_lazy_is_what_stands_in_a_function(source: str, lazy: bool) -> None:
    (require,) = find_requires(source)
    assert require.lazy is lazy


def test_line_and_column_are_those_of_the_word() -> None:
    source = "local a = 1\n--[[\n]]  local b = _G.require\n('x')"
    assert find_requires(source) == [Require("x", line=3, column=18)]


def test_names_are_bytes_that_text_can_carry() -> None:
    assert names('require "gr\u00fcn"') == ["grün"]
    assert find_requires(b'require "\xff"')[0].name == "\udcff"


WORDS = ["require", "pcall", "xpcall", "(", ")", ",", ".", "'x'", "function", "end", "_G", "y"]


@given(st.lists(st.sampled_from(WORDS)))
def test_no_order_of_words_is_too_strange(words: list[str]) -> None:
    found = find_requires(" ".join(words))
    assert len(found) <= words.count("require")
    assert all(require.dynamic or require.name == "x" for require in found)
