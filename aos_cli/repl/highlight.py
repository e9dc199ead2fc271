"""Colours for what is being typed, by our own tokens: exact for Lua 5.3, and nothing is imported for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import BaseStyle, Style, merge_styles

from aos_cli.repl.commands import COMMANDS, is_command
from aos_cli.source.lexer import Token, tokenize

if TYPE_CHECKING:
    from prompt_toolkit.document import Document

# Classes of Pygments, so that every style of Pygments fits.
_CLASSES = {
    "keyword": "class:pygments.keyword",
    "number": "class:pygments.literal.number",
    "string": "class:pygments.literal.string",
    "unfinished": "class:pygments.literal.string",
    "comment": "class:pygments.comment",
    "shebang": "class:pygments.comment",
    "label": "class:pygments.name.label",
    "unknown": "class:pygments.error",
}
_CONSTANTS = frozenset({"true", "false", "nil"})

# What a process of this network has, and Lua's own library.
_BUILT_IN_WORDS = """_G assert collectgarbage error getmetatable ipairs load next pairs pcall print rawequal rawget
rawlen rawset require select setmetatable tonumber tostring type xpcall coroutine math os package string table utf8
debug bit32 ao Handlers Inbox Owner Name Send Spawn Assign Receive Prompt Utils Errors Colors Dump"""
_BUILT_IN = frozenset(_BUILT_IN_WORDS.split())

# Colours that can be read on light and on dark: yellow and cyan vanish on white, blue on black.
_OWN_STYLE = Style.from_dict(
    {
        "pygments.keyword": "ansimagenta",
        "pygments.keyword.constant": "ansimagenta",
        "pygments.literal.number": "ansigreen",
        "pygments.literal.string": "ansigreen",
        "pygments.comment": "dim italic",
        "pygments.name.label": "ansimagenta",
        "pygments.name.builtin": "bold",
        "pygments.error": "ansired underline",
        "aos.command": "bold",
        "matching-bracket.cursor": "bold underline",
        "matching-bracket.other": "bold underline",
        "auto-suggestion": "dim",
        "bottom-toolbar": "noreverse dim",
        "bottom-toolbar.good": "noreverse ansigreen",
        "bottom-toolbar.warning": "noreverse ansimagenta bold",
        "bottom-toolbar.bad": "noreverse ansired bold",
    }
)


def shell_style(name: str) -> BaseStyle:
    """The colours of the shell.

    Args:
        name: of a style of Pygments; "" or one that does not exist stands for our own.
    """
    if not name:
        return _OWN_STYLE
    from prompt_toolkit.styles.pygments import style_from_pygments_cls
    from pygments.styles import get_style_by_name
    from pygments.util import ClassNotFound

    try:
        return merge_styles([_OWN_STYLE, style_from_pygments_cls(get_style_by_name(name))])
    except ClassNotFound:
        return _OWN_STYLE


class EntryLexer(Lexer):
    """Colours Lua, and the name of a dot-command."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """Gives the parts of a line, by its number from 0."""
        text = document.text
        lines = _lines(_command_parts(text) if is_command(text) else _lua_parts(text))
        return lambda number: lines[number] if number < len(lines) else []


def _command_parts(text: str) -> Iterator[tuple[str, str]]:
    blank = text[: len(text) - len(text.lstrip())]
    name = text.split(None, 1)[0]
    yield "", blank
    yield ("class:aos.command" if name in COMMANDS else "class:pygments.error"), name
    yield "", text[len(blank) + len(name) :]


def _lua_parts(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for token in tokenize(text):
        yield "", text[end : token.offset]
        yield _class_of(token), token.text
        end = token.end
    yield "", text[end:]


def _class_of(token: Token[str]) -> str:
    if token.kind == "name":
        return "class:pygments.name.builtin" if token.text in _BUILT_IN else ""
    if token.text in _CONSTANTS:
        return "class:pygments.keyword.constant"
    if token.kind == "unfinished" and token.text.startswith("--"):
        return _CLASSES["comment"]
    return _CLASSES.get(token.kind, "")


def _lines(parts: Iterator[tuple[str, str]]) -> list[StyleAndTextTuples]:
    """The parts by line."""
    lines: list[StyleAndTextTuples] = [[]]
    for style, text in parts:
        first, *others = text.split("\n")
        lines[-1].append((style, first))
        lines.extend([(style, other)] for other in others)
    return lines
