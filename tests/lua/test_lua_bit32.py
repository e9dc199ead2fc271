"""bit32: the library of Lua 5.2 over numbers modulo 2^32."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_loader import LuaLibrary

LUA = LuaLibrary("bit32 = require('bit32')")
MASK = 0xFFFFFFFF
NUMBERS = st.integers(-(2**63), 2**63 - 1)


def rotated(x: int, count: int) -> int:
    count %= 32
    x &= MASK
    return (x << count | x >> (32 - count)) & MASK


def shifted(x: int, count: int) -> int:
    x &= MASK
    return (x << count) & MASK if count >= 0 else x >> -count


def lua(expression: str, *arguments: int) -> object:
    for name, value in zip("xyz", arguments, strict=False):
        LUA.define(name, value)
    return LUA.run(expression)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_logic(x: int, y: int, z: int) -> None:
    assert lua("bit32.band(x, y, z)", x, y, z) == x & y & z & MASK
    assert lua("bit32.bor(x, y, z)") == (x | y | z) & MASK
    assert lua("bit32.bxor(x, y, z)") == (x ^ y ^ z) & MASK
    assert lua("bit32.bnot(x)") == ~x & MASK
    assert lua("bit32.btest(x, y)") is (x & y & MASK != 0)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, st.integers(-70, 70))
def test_shifts(x: int, count: int) -> None:
    signed = (x & MASK) - (2**32 if x & 0x80000000 else 0)
    assert lua("bit32.lshift(x, y)", x, count) == shifted(x, count)
    assert lua("bit32.rshift(x, y)") == shifted(x, -count)
    assert lua("bit32.arshift(x, y)") == (signed >> count & MASK if count >= 0 else shifted(x, -count))
    assert lua("bit32.lrotate(x, y)") == rotated(x, count)
    assert lua("bit32.rrotate(x, y)") == rotated(x, -count)


@settings(deadline=None, max_examples=60)
@given(NUMBERS, NUMBERS, st.integers(0, 31), st.integers(1, 32))
def test_fields(x: int, bits: int, field: int, width: int) -> None:
    width = min(width, 32 - field)
    mask = (1 << width) - 1
    assert lua(f"bit32.extract(x, {field}, {width})", x, bits) == (x & MASK) >> field & mask
    assert lua(f"bit32.replace(x, y, {field}, {width})") == (x & ~(mask << field) | (bits & mask) << field) & MASK


@pytest.mark.parametrize(
    ("call", "failure"),
    [
        ("bit32.extract(1, 32)", "trying to access non-existent bits"),
        ("bit32.extract(1, 30, 3)", "trying to access non-existent bits"),
        ("bit32.extract(1, -1)", "bad argument #2 to 'extract' (field cannot be negative)"),
        ("bit32.extract(1, 0, 0)", "bad argument #3 to 'extract' (width must be positive)"),
        ("bit32.replace(1, 1, 0, -1)", "bad argument #4 to 'replace' (width must be positive)"),
        ("bit32.replace(1, 1)", "bad argument #3 to 'replace' (number expected, got no value)"),
        ("bit32.band(1, {})", "bad argument #2 to 'band' (number expected, got table)"),
        ("bit32.bor('x')", "bad argument #1 to 'bor' (number expected, got string)"),
        ("bit32.bnot(1.5)", "bad argument #1 to 'bnot' (number has no integer representation)"),
    ],
)
def test_wrong_arguments_are_blamed_on_the_caller(call: str, failure: str) -> None:
    assert LUA.failure(f"local found = {call} return found") == f'[string "aos"]:1: {failure}'


def test_no_arguments_and_text() -> None:
    assert LUA.run("bit32.band()") == MASK
    assert LUA.run("bit32.bor()") == 0
    assert LUA.run("bit32.btest()") is True
    assert LUA.run("bit32.band('0xff', 15.0)") == 15
