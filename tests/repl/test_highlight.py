"""Colours of what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import fragment_list_to_text

from aos_cli.repl.highlight import EntryLexer, shell_style


def styles(text: str) -> dict[str, str]:
    """The class of each word."""
    get_line = EntryLexer().lex_document(Document(text))
    parts = [part for number in range(text.count("\n") + 1) for part in get_line(number)]
    return {part[1].strip(): part[0].removeprefix("class:") for part in parts if part[1].strip()}


def test_lua_is_coloured_by_its_own_tokens() -> None:
    found = styles("local x = nil -- note\nprint('a', 12)")
    assert found["local"] == "pygments.keyword"
    assert found["nil"] == "pygments.keyword.constant"
    assert found["-- note"] == "pygments.comment"
    assert found["print"] == "pygments.name.builtin"
    assert found["'a'"] == "pygments.literal.string"
    assert found["12"] == "pygments.literal.number"
    assert found["x"] == ""


def test_an_unfinished_string_and_comment_have_their_colours() -> None:
    assert styles("x = [[ a\nb")["b"] == "pygments.literal.string"
    assert styles("--[[ a\nb")["b"] == "pygments.comment"


def test_a_command_that_exists_looks_unlike_one_that_does_not() -> None:
    assert styles(".load x")[".load"] == "aos.command"
    assert styles(".lood x")[".lood"] == "pygments.error"


@given(st.text(alphabet="ab .'\"[]-\n1={}", max_size=60))
def test_no_character_is_lost(text: str) -> None:
    get_line = EntryLexer().lex_document(Document(text))
    lines = text.split("\n")
    assert [fragment_list_to_text(get_line(number)) for number in range(len(lines))] == lines


@pytest.mark.parametrize("name", ["", "monokai", "no such style"])
def test_every_name_gives_a_style(name: str) -> None:
    assert shell_style(name).style_rules
