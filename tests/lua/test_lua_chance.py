"""chance: the Mersenne Twister, which Python's own generator is too."""

from __future__ import annotations

import random

import pytest
from lua_loader import LuaLibrary

WORD = 0xFFFFFFFF


def reference(seed: int) -> random.Random:
    """Python's generator, started with the initialisation that `chance` uses."""
    state = [seed & WORD]
    for index in range(1, 624):
        state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + index) & WORD)
    generator = random.Random()  # noqa: S311 - a reference, not a secret
    generator.setstate((3, (*state, 624), None))
    return generator


@pytest.mark.parametrize("seed", [0, 1, 42, 10009876, 2**32 + 7, -1])
def test_numbers_are_those_of_the_reference(seed: int) -> None:
    library = LuaLibrary(f"chance = require('.chance') chance.seed({seed})")
    generator = reference(seed)
    for _ in range(1500):
        assert library.run("chance.random()") == generator.getrandbits(32) / 2**32


def test_the_first_numbers_of_seed_42() -> None:
    library = LuaLibrary("chance = require('.chance') chance.seed(42)")
    assert library.run("tostring(chance.random())") == "0.37454011430964"
    assert library.run("chance.integer(1, 1000000)") == 796543


def test_the_first_number_of_a_process_of_the_real_module() -> None:
    """Block height 999, and 8998 as the sum of the bytes that the seed is made of: the corpus has the number."""
    library = LuaLibrary("chance = require('.chance') chance.seed(9998998)")
    assert library.run("chance.integer(1, 1000000)") == 277276


def test_without_a_seed_the_default_counts() -> None:
    library = LuaLibrary("chance = require('.chance')")
    assert library.run("chance.random()") == reference(5489).getrandbits(32) / 2**32


def test_integers_stay_in_their_range() -> None:
    library = LuaLibrary("chance = require('.chance') chance.seed(7)")
    drawn = {library.run("chance.integer(-2, 2)") for _ in range(200)}
    assert drawn == {-2, -1, 0, 1, 2}
    assert library.run("math.type(chance.integer(1, 6))") == "integer"
    assert library.run("chance.integer(3, 3)") == 3


def test_a_range_that_ends_before_it_begins() -> None:
    assert LuaLibrary().failure("return require('.chance').integer(1, 0)").endswith("max must bigger than min")


def test_the_seed_is_a_number() -> None:
    library = LuaLibrary("chance = require('.chance')")
    assert library.failure("chance.seed('x')").endswith("seed must be a number")
    assert library.run("chance.seed('42') return tostring(chance.random())") == "0.37454011430964"
    assert library.run("chance.seed(42.0) return tostring(chance.random())") == "0.37454011430964"
