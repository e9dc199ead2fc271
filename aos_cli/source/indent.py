"""How far a line of Lua is indented, for an editor: by the block, bracket or call that it stands in."""

from __future__ import annotations

from aos_cli.source.lexer import Token, tokenize

STEP = 2
"""Columns of one level."""

# What opens a level, and what ends it. `else` and `elseif` end the one of `then` and open another.
_OPENERS = frozenset({"function", "do", "then", "repeat", "{", "(", "[", "else"})
_CLOSERS = frozenset({"end", "until", "}", ")", "]", "else", "elseif"})


def next_indent(text: str) -> int:
    """Columns in front of the line that would follow `text`; 0 inside a long string or comment."""
    open_lines = _open_lines(tokenize(text))
    if open_lines is None:
        return 0
    return _columns(text, open_lines[-1]) + STEP if open_lines else _base(text)


def closing_indent(text: str) -> int | None:
    """Columns that the last line of `text` should have because it begins with a word that ends a level.

    None when it begins with something else.
    """
    tokens = tokenize(text)
    last_line = text.count("\n") + 1
    first = next((index for index, token in enumerate(tokens) if token.line == last_line), None)
    if first is None or tokens[first].text not in _CLOSERS or tokens[first].kind not in ("keyword", "operator"):
        return None
    open_lines = _open_lines(tokens[:first])
    return _columns(text, open_lines[-1]) if open_lines else None


def _open_lines(tokens: list[Token[str]]) -> list[int] | None:
    """The lines, from 1, of what is open behind the tokens, outermost first; None inside a string or comment."""
    if tokens and tokens[-1].kind == "unfinished":
        return None
    lines: list[int] = []
    for token in tokens:
        if token.kind not in ("keyword", "operator"):
            continue
        if token.text in _CLOSERS and lines:
            lines.pop()
        if token.text in _OPENERS:
            lines.append(token.line)
    return lines


def _columns(text: str, line: int) -> int:
    """Blanks in front of a line, from 1."""
    content = text.split("\n")[line - 1]
    return len(content) - len(content.lstrip(" "))


def _base(text: str) -> int:
    """Blanks in front of the first line: all others stand at least as far in."""
    return _columns(text, 1) if text.strip() else 0
