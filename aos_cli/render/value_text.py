"""Values as source text of Lua or JSON, whole and without limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from aos_cli.render.records import harmless_json
from aos_cli.render.sanitiser import HIDDEN, written_out

if TYPE_CHECKING:
    from rich.text import Text

Language = Literal["lua", "json"]

KEY_STYLE, TEXT_STYLE, SCALAR_STYLE = "red", "green", "blue"
"""The colours that processes write their values in."""

_INDENT = {"lua": 4, "json": 2}

_LUA_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LUA_SPECIAL = re.compile(r'[\\"\n]')
_LUA_WORDS = frozenset(
    {
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    }
)  # fmt: skip


class Bare(str):
    """What stands without quotes: a number in the digits of the process, a function, a boolean."""

    __slots__ = ()


def source_text(value: Any, language: Language) -> Text:
    """A value with a line for each entry, to be read, copied and evaluated again.

    Args:
        value: dictionaries, lists, texts, booleans, None and `Bare`; not nested so deeply that a function of Python
            cannot call itself for each level.
    """
    from rich.text import Text

    text = Text()
    for piece, style in _written(value, language, 0):
        text.append(piece, style=style)
    return text


def _written(value: Any, language: Language, depth: int) -> Iterator[tuple[str, str]]:
    """A value as pieces of text, each with its style."""
    if not isinstance(value, dict | list):
        yield scalar_text(value, language)
        return
    is_list = isinstance(value, list)
    opening, closing = "[]" if is_list and language == "json" else "{}"
    if not value:
        yield opening + closing, ""
        return
    line_end = "\n" + " " * (_INDENT[language] * depth)
    inner = line_end + " " * _INDENT[language]
    yield opening, ""
    for position, entry in enumerate(value):
        yield ("," if position else "") + inner, ""
        if not is_list:
            yield _key_text(entry, language), KEY_STYLE
            yield ": " if language == "json" else " = ", ""
        yield from _written(entry if is_list else value[entry], language, depth + 1)
    yield line_end + closing, ""


def scalar_text(value: Any, language: Language) -> tuple[str, str]:
    """A value that is no table, and its style."""
    if isinstance(value, Bare):
        return str(value), SCALAR_STYLE
    if isinstance(value, str):
        return (_lua_quoted(value) if language == "lua" else _json_quoted(value)), TEXT_STYLE
    if value is None:
        return ("nil" if language == "lua" else "null"), SCALAR_STYLE
    return ("true" if value else "false"), SCALAR_STYLE


def _key_text(key: str, language: Language) -> str:
    if language == "json":
        return _json_quoted(key)
    is_name = _LUA_NAME.fullmatch(key) and key not in _LUA_WORDS
    return key if is_name else f"[{_lua_quoted(key)}]"


def _json_quoted(text: str) -> str:
    return harmless_json(json.dumps(text, ensure_ascii=False))


def _lua_quoted(text: str) -> str:
    """A text in Lua's quotes. What the sanitiser would write out stands as an escape, in a form that Lua knows."""
    quoted = _LUA_SPECIAL.sub(lambda found: r"\n" if found[0] == "\n" else "\\" + found[0], text)
    return '"' + HIDDEN.sub(lambda found: written_out(found[0]), quoted) + '"'
