"""What stands at the cursor, for completion: a name, a field of something, a text in a call, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aos_cli.source.lexer import Token, tokenize

Kind = Literal["name", "field", "key", "text", "nothing"]

_QUOTES = ("'", '"')
_WORD_KINDS = ("name", "keyword")


@dataclass(frozen=True, slots=True)
class Context:
    """What is being written.

    Attributes:
        kind: `name` of a global or local; `field` behind `.` or `:`; `key` in a table that is given to a function;
            `text` in a quoted string; `nothing` that could be completed.
        prefix: what of it is there.
        path: for a field, the names in front of it, and for an index `a["` too; () when they are no plain names.
        separator: `.` or `:` in front of a field.
        call: for a key, the function; for a text that is an argument, the function, such as ("Handlers", "remove").
        key: for a text that is a value in a table, its key, such as "Action".
    """

    kind: Kind
    prefix: str = ""
    path: tuple[str, ...] = ()
    separator: str = ""
    call: tuple[str, ...] = ()
    key: str = ""


def context_of(before: str) -> Context:
    """What stands at the end of `before`, the text in front of the cursor."""
    tokens = tokenize(before)
    last = tokens[-1] if tokens else None
    touching = last is not None and last.end == len(before)
    if last is None:
        return Context("name")
    if last.kind == "comment" and "\n" not in before[last.offset :]:
        return Context("nothing")
    if last.kind == "unfinished" and touching:
        return _text_context(tokens, last)
    if not touching:
        return _fresh(tokens, "")
    if last.kind in _WORD_KINDS:
        return _word_context(tokens)
    if last.text in (".", ":"):
        return Context("field", "", _path_before(tokens[:-1]), last.text)
    return Context("nothing") if last.kind in ("number", "string", "label") else _fresh(tokens, "")


def _word_context(tokens: Sequence[Token[str]]) -> Context:
    word = tokens[-1].text
    before = tokens[-2] if len(tokens) > 1 else None
    if before is not None and before.text in (".", ":") and before.kind == "operator":
        return Context("field", word, _path_before(tokens[:-2]), before.text)
    return _fresh(tokens[:-1], word)


def _fresh(tokens: Sequence[Token[str]], prefix: str) -> Context:
    """A word that begins here: a key of a table in a call, or a name."""
    if tokens and tokens[-1].kind == "operator" and tokens[-1].text in ("{", ",", ";"):
        opener = _opener(tokens)
        if opener is not None and tokens[opener].text == "{":
            call = _path_before(_without_paren(tokens[:opener]))
            if call:
                return Context("key", prefix, call=call)
    return Context("name", prefix)


def _text_context(tokens: Sequence[Token[str]], last: Token[str]) -> Context:
    if not last.text.startswith(_QUOTES):
        return Context("nothing")
    prefix = last.text[1:]
    before = tokens[:-1]
    what = before[-1].text if before else ""
    if what == "[":
        return Context("field", prefix, _path_before(before[:-1]), "[")
    if what in ("=", "==", "~=") and len(before) > 1 and before[-2].kind == "name":
        # `Action = "` in a table, or `msg.Action == "`: the last name says what the text is.
        return Context("text", prefix, key=before[-2].text)
    call = _path_before(_without_paren(before))
    return Context("text", prefix, call=call) if call else Context("nothing")


def _opener(tokens: Sequence[Token[str]]) -> int | None:
    """The index of the innermost bracket that is open behind the tokens."""
    depth = 0
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.kind != "operator":
            continue
        if token.text in ("}", ")", "]"):
            depth += 1
        elif token.text in ("{", "(", "["):
            if depth == 0:
                return index
            depth -= 1
    return None


def _without_paren(tokens: Sequence[Token[str]]) -> Sequence[Token[str]]:
    return tokens[:-1] if tokens and tokens[-1].text == "(" else tokens


def _path_before(tokens: Sequence[Token[str]]) -> tuple[str, ...]:
    """The chain of plain names, fields and text indices that ends the tokens, outermost first; () when it is none."""
    names: list[str] = []
    index = len(tokens) - 1
    while index >= 0:
        token = tokens[index]
        if token.kind == "name":
            names.append(token.text)
            if index == 0 or tokens[index - 1].text not in (".", ":"):
                return tuple(reversed(names))
            index -= 2
        elif (
            token.text == "]"
            and index >= 3
            and tokens[index - 2].text == "["
            and tokens[index - 1].kind
            in (
                "string",
                "number",
            )
        ):
            names.append(tokens[index - 1].value.decode("utf-8", "replace"))
            index -= 3
        else:
            return ()
    return ()
