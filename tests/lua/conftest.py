"""A Lua state with the library, for the tests of its files."""

from __future__ import annotations

import pytest
from lua_loader import LuaLibrary


@pytest.fixture(scope="module")
def lua() -> LuaLibrary:
    """A state that the tests of one file share; they set no globals that others read."""
    return LuaLibrary()
