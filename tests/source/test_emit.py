"""The Lua text of a bundle, as text."""

from __future__ import annotations

import lupa.lua53
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.source.emit import Chunk, long_quoted, lua_program, quoted

LUA = lupa.lua53.LuaRuntime(encoding=None)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\n\nx", b"]", b"]]", b"]=", b"]==", b"a]]b]=]c", b"]=]==]]", b"\x00\xff", b"[[x]"]
)
def test_a_long_string_gives_its_content_back(content: bytes) -> None:
    assert LUA.execute(b"return " + long_quoted(content)) == content


@given(st.lists(st.sampled_from([b"]", b"=", b"[", b"\n", b"x"]), max_size=20).map(b"".join))
def test_any_brackets_are_given_back(content: bytes) -> None:
    assert LUA.execute(b"return " + long_quoted(content)) == content


@given(st.text(max_size=30))
def test_a_quoted_text_is_given_back_on_one_line(text: str) -> None:
    literal = quoted(text)
    assert b"\n" not in literal
    assert b"\r" not in literal
    assert LUA.execute(b"return " + literal) == text.encode()


def test_bytes_that_are_no_text_travel_as_surrogate_escapes() -> None:
    assert LUA.execute(b"return " + quoted("\udcff")) == b"\xff"


def test_the_text_never_compiles_behind_return() -> None:
    """The process tries `return <text>` first; a text that began with an expression would run halfway."""
    program = lua_program([Chunk("main.lua", (), b"return 1")], [0], None)
    attempt, message = LUA.execute(b"return load(...)", b"return " + program)
    assert attempt is None
    assert b"near 'local'" in message
    assert LUA.execute(program) == 1


def test_the_same_files_give_the_same_bytes() -> None:
    chunks = [Chunk("a.lua", ("a", ".a"), b"return 1"), Chunk("main.lua", (), b"return require 'a'")]
    assert lua_program(chunks, [1], ["x"]) == lua_program(list(chunks), (1,), ("x",))
