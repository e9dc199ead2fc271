"""A process's whole state as far as it can be told, for comparing it with the state after one more message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal, NamedTuple

MAX_ENTRIES = 100_000
"""Entries of tables that a summary tells; a million would take seconds."""

MAX_DEPTH = 12
"""Levels of tables below the globals, these included."""

ROOT = 1
"""The number of the table of globals."""

# Longer texts are known by their beginning and a digest.
_MAX_TEXT_BYTES = 200


class LongText(NamedTuple):
    """A text that is too long to be kept whole; two are equal if the texts are."""

    beginning: bytes
    length: int
    digest: bytes


class Held(NamedTuple):
    """A table, by its number in the summary."""

    table: int


class Marked(NamedTuple):
    """A function, a coroutine or a handler.

    Attributes:
        kind: which of them.
        mark: the same for the same object as long as the machine lives.
        place: its file and line, such as `token.lua:12`; "" when it has none.
    """

    kind: Literal["function", "handler"]
    mark: str
    place: str


Key = bytes | int | float | str
"""A key of a table: bytes for a text, "true" and "false" for the booleans."""

Value = bytes | int | float | bool | LongText | Held | Marked


class Table(NamedTuple):
    """A table.

    Attributes:
        total: number of its entries.
        entries: those that a program can name; None when they are only counted.
        too_large: whether they are only counted because they are too many.
    """

    total: int
    entries: Mapping[Key, Value] | None
    too_large: bool


Summary = Mapping[int, Table]
"""Tables by number. One that is held and is not here lies too deep."""


def summary_from(flat: Iterator[Any]) -> Summary:
    """A summary from the list that summary.lua gives; its layout is told there."""
    tables: dict[int, Table] = {}
    for number, told, total, following in iter(lambda: tuple(islice(flat, 4)), ()):
        entries = dict(_entry(flat) for _ in range(following))
        tables[number] = Table(total, entries if told == 0 else None, told == 1)
    return tables


def _entry(flat: Iterator[Any]) -> tuple[Key, Value]:
    key, kind, value = next(flat), next(flat), next(flat)
    if isinstance(key, bool):
        key = "true" if key else "false"
    if kind == b"t":
        return key, Held(value)
    if kind == b"v":
        return key, _shortened(value) if isinstance(value, bytes) else value
    mark = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return key, Marked("handler" if kind == b"h" else "function", mark, next(flat).decode("utf-8", "replace"))


def _shortened(text: bytes) -> bytes | LongText:
    if len(text) <= _MAX_TEXT_BYTES:
        return text
    return LongText(text[:_MAX_TEXT_BYTES], len(text), hashlib.blake2b(text).digest())
