"""Which modules a Lua source asks for, and when.

Read from tokens, not from a syntax tree: a `require` in a comment or a string is not one, and a source with mistakes
still says what it needs. A program that gives the name `require` another meaning is not seen through.
"""

from __future__ import annotations

from typing import NamedTuple

from aos_cli.source.lexer import Token, source_bytes, tokenize


class Require(NamedTuple):
    """One call of `require`.

    Attributes:
        name: the module's name; bytes that are not UTF-8 are carried as surrogate escapes. "" when dynamic.
        line, column: of the word `require`, from 1; the column counts bytes.
        lazy: it stands in a function's body, so it runs when the function does and not while the file loads.
        optional: `pcall` or `xpcall` catches its failure.
        dynamic: the name is computed while the program runs.
    """

    name: str
    line: int
    column: int
    lazy: bool = False
    optional: bool = False
    dynamic: bool = False


class _Argument(NamedTuple):
    """What is passed to `require`: a literal, or something computed (None)."""

    literal: Token[bytes] | None


_PROTECTED_CALLS = (b"pcall", b"xpcall")
_COMPUTED = _Argument(None)
# Stands before the first and behind the last token, so that looking a few tokens around needs no bounds.
_EDGE = Token("unknown", b"", 0, 0, 0)
_EDGE_WIDTH = 4


def find_requires(source: bytes | str) -> list[Require]:
    """The calls of `require` in a Lua source, in its order.

    Seen are `require "x"`, `require('x')`, `require [[x]]`, `_G.require("x")`, `pcall(require, "x")` and
    `xpcall(require, handler, "x")`; other functions called `require` (`foo.require`, `foo:require`) are not.
    """
    code = source_bytes(source)
    if b"require" not in code:
        return []
    edge = [_EDGE] * _EDGE_WIDTH
    tokens = [*edge, *(token for token in tokenize(code) if token.kind not in ("comment", "shebang")), *edge]
    blocks = _Blocks()
    requires = []
    for index in range(_EDGE_WIDTH, len(tokens) - _EDGE_WIDTH):
        token = tokens[index]
        if token.kind == "keyword":
            blocks.follow(tokens, index)
        elif token.kind == "name" and token.text == b"require":
            found = _read_require(tokens, index, blocks)
            if found is not None:
                requires.append(found)
    return requires


class _Blocks:
    """The blocks open at a token; each entry says of itself and all around it: in a function, run by `pcall`."""

    def __init__(self) -> None:
        self._open: list[tuple[bool, bool]] = [(False, False)]

    def follow(self, tokens: list[Token[bytes]], index: int) -> None:
        """Enter or leave the block that the keyword at `index` begins or ends."""
        word = tokens[index].text
        if word == b"function":
            called_by_pcall = tokens[index - 1].text == b"(" and tokens[index - 2].text in _PROTECTED_CALLS
            self._open.append((True, called_by_pcall or self.protected))
        elif word in (b"if", b"do", b"repeat"):  # the blocks of `for` and `while` begin with their `do`
            self._open.append(self._open[-1])
        elif word in (b"end", b"until") and len(self._open) > 1:
            self._open.pop()

    @property
    def in_function(self) -> bool:
        return self._open[-1][0]

    @property
    def protected(self) -> bool:
        return self._open[-1][1]


def _read_require(tokens: list[Token[bytes]], index: int, blocks: _Blocks) -> Require | None:
    """The call that the word `require` at `index` belongs to, or None when nothing is called there."""
    first = _start_of_name(tokens, index)
    if first is None:
        return None
    protected_argument = _protected_argument(tokens, first, index)
    argument = protected_argument or _direct_argument(tokens, index + 1)
    if argument is None:
        return None
    return Require(
        name=argument.literal.value.decode("utf-8", "surrogateescape") if argument.literal else "",
        line=tokens[index].line,
        column=tokens[index].column,
        lazy=blocks.in_function,
        optional=protected_argument is not None or blocks.protected,
        dynamic=argument.literal is None,
    )


def _start_of_name(tokens: list[Token[bytes]], index: int) -> int | None:
    """Where `require` or `_G.require` begins; None for a field, a method or a definition of that name."""
    first = index
    if tokens[index - 1].text == b"." and tokens[index - 2].text in (b"_G", b"_ENV"):
        first = index - 2
    return None if tokens[first - 1].text in (b".", b":", b"function") else first


def _direct_argument(tokens: list[Token[bytes]], index: int) -> _Argument | None:
    """The argument of `require "x"` or `require("x")` whose tokens after the word begin at `index`."""
    if tokens[index].kind == "string":
        return _Argument(tokens[index])
    if tokens[index].text == b"(":
        return _literal_argument(tokens, index + 1)
    return _COMPUTED if tokens[index].text == b"{" else None


def _protected_argument(tokens: list[Token[bytes]], first: int, index: int) -> _Argument | None:
    """The argument of `pcall(require, "x")` or `xpcall(require, handler, "x")`; a handler written in place hides it."""
    caller = tokens[first - 2].text
    if tokens[first - 1].text != b"(" or caller not in _PROTECTED_CALLS or tokens[index + 1].text != b",":
        return None
    comma = index + 1
    if caller == b"xpcall":
        comma += 1
        while tokens[comma].kind == "name" or tokens[comma].text == b".":
            comma += 1
        if tokens[comma].text != b",":
            return _COMPUTED
    return _literal_argument(tokens, comma + 1)


def _literal_argument(tokens: list[Token[bytes]], index: int) -> _Argument:
    """The argument at `index` inside parentheses: a literal only when nothing is joined to it."""
    if tokens[index].kind == "string" and tokens[index + 1].text in (b")", b","):
        return _Argument(tokens[index])
    return _COMPUTED
