"""compat: the functions that Lua 5.3 dropped from `math`, against those of the C library."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lua_loader import LuaLibrary

LUA = LuaLibrary("m = setmetatable({}, {__index = function() end}) require('.compat')(m)")
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def lua(expression: str, x: float, y: float = 0) -> Any:
    LUA.define("x", x)
    LUA.define("y", y)
    return LUA.run(expression)


@settings(deadline=None, max_examples=100)
@given(FLOATS)
@example(5e-324)
@example(-0.0)
def test_frexp_splits_exactly(x: float) -> None:
    found = lua("m.frexp(x)", x)
    assert found == math.frexp(x)
    assert math.copysign(1, found[0]) == math.copysign(1, x)
    assert lua("math.type(select(2, m.frexp(x)))", x) == "integer"


@settings(deadline=None, max_examples=150)
@given(FLOATS, st.integers(-2200, 2200))
@example(1.5, -1074)
@example(0.75, -1074)
@example(0.5, -1074)
@example(1.9999999999999998, 1023)
def test_ldexp_rounds_once(x: float, exponent: int) -> None:
    try:
        expected = math.ldexp(x, exponent)
    except OverflowError:
        expected = math.copysign(math.inf, x)
    found = lua("m.ldexp(x, y)", x, exponent)
    assert found == expected
    assert math.copysign(1, found) == math.copysign(1, expected)


@pytest.mark.parametrize("exponent", [2**63 - 1, -(2**63)])
def test_ldexp_takes_any_exponent(exponent: int) -> None:
    assert lua("m.ldexp(x, y)", 1.0, exponent) == (math.inf if exponent > 0 else 0.0)


@settings(deadline=None, max_examples=100)
@given(st.floats(-700, 700))
@example(1e-12)
@example(0.99999)
def test_hyperbolic_functions(x: float) -> None:
    assert lua("m.sinh(x)", x) == pytest.approx(math.sinh(x), rel=2e-15, abs=0)
    assert lua("m.cosh(x)", x) == pytest.approx(math.cosh(x), rel=2e-15, abs=0)
    assert lua("m.tanh(x)", x) == pytest.approx(math.tanh(x), rel=2e-15, abs=0)


@pytest.mark.parametrize(("x", "tanh"), [(math.inf, 1.0), (-math.inf, -1.0), (1e6, 1.0), (-0.0, -0.0)])
def test_hyperbolic_functions_at_the_ends(x: float, tanh: float) -> None:
    assert lua("m.tanh(x)", x) == tanh
    assert lua("m.cosh(x)", x) == math.cosh(x) if abs(x) < 700 else math.inf
    assert lua("m.sinh(x)", x) == (x if x == 0 else math.copysign(math.inf, x))


def test_pow_and_log10() -> None:
    assert LUA.run("m.pow(2, 10), m.pow('3', 2), m.log10(1000), m.log10(0.001)") == (1024.0, 9.0, 3.0, -3.0)
    assert LUA.run("math.type(m.pow(2, 10))") == "float"


@pytest.mark.parametrize("name", ["pow", "log10", "frexp", "ldexp", "sinh", "cosh", "tanh"])
def test_wrong_arguments_are_blamed_on_the_caller(name: str) -> None:
    failure = f"bad argument #1 to '{name}' (number expected, got no value)"
    assert LUA.failure(f"local found = m.{name}() return found") == f'[string "aos"]:1: {failure}'


def test_what_a_table_has_already_is_kept() -> None:
    assert LUA.run("local own = {pow = 'mine'} require('.compat')(own) return own.pow, type(own.cosh)") == (
        "mine",
        "function",
    )


@pytest.mark.parametrize(
    ("call", "failure"),
    [
        ("ldexp(1)", "bad argument #2 to 'ldexp' (number expected, got no value)"),
        ("ldexp(1, {})", "bad argument #2 to 'ldexp' (number expected, got table)"),
        ("ldexp(1, 1.5)", "bad argument #2 to 'ldexp' (number has no integer representation)"),
        ("pow(2, 'x')", "bad argument #2 to 'pow' (number expected, got string)"),
    ],
)
def test_second_arguments(call: str, failure: str) -> None:
    assert LUA.failure(f"local found = m.{call} return found") == f'[string "aos"]:1: {failure}'
