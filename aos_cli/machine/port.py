"""What the node asks of a machine: evaluate one process, look into it, be closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from aos_cli.machine.summary import Summary

DEFAULT_COMPUTE_LIMIT = 1_000_000_000
"""Instructions per message. A tight loop of them takes some ten seconds."""

DEFAULT_MEMORY_LIMIT = 512 * 1024 * 1024
"""Bytes that one process may hold, its library included (0.4 MB)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use.

    Attributes:
        compute: Lua instructions per message.
        memory_bytes: bytes held by the whole process.
    """

    compute: int = DEFAULT_COMPUTE_LIMIT
    memory_bytes: int = DEFAULT_MEMORY_LIMIT


class Evaluation(NamedTuple):
    """What became of one message.

    Attributes:
        text: the result as JSON text, equal to the byte in every evaluation of the same log:
            `{"Output":...,"Messages":...,"Spawns":...,"Assignments":...}`, `{"Error":...}`,
            or `{"Throws":"why"}` when the message had no result.
        failed: True when there was no result. The machine's state is then undefined: it has to be closed and the
            process to be built anew from the messages before this one.
        instructions: Lua instructions used, in steps of a thousand.
    """

    text: str
    failed: bool
    instructions: int


class Inspection(NamedTuple):
    """A look at a value inside a process.

    Attributes:
        type: the Lua type.
        text: the value as text for strings, numbers and booleans; "" for others.
        length: of a table's array part.
        total: number of its named fields.
        fields: name -> type of the named fields, sorted by name, as many as were asked for.
    """

    type: str
    text: str
    length: int
    total: int
    fields: dict[str, str]


class Signature(NamedTuple):
    """What a function takes.

    Attributes:
        parameters: their names, `...` included.
        place: its file and line; "" when it is in no file.
        known: False for Lua's own functions, which do not say.
    """

    parameters: tuple[str, ...]
    place: str
    known: bool


class Machine(Protocol):
    """One process's evaluator."""

    def evaluate(self, message: Mapping[str, Any]) -> Evaluation:
        """Handles one message as it stands in the log : fields by name, Tags as a list of name and value."""

    def inspect(self, path: Sequence[str], limit: int = 1000) -> Inspection | None:
        """Looks at a global, or a field of one; changes nothing. None when there is no such value."""

    def length(self, path: Sequence[str]) -> int:
        """The number of entries of an array; 0 when there is none."""

    def read(self, path: Sequence[str], first: int, last: int) -> list[Any]:
        """Entries `first` to `last` of an array (from 1) as plain data; functions are left out, depth is bounded."""

    def summary(self) -> Summary:
        """The whole state, within bounds; changes nothing."""

    def handlers(self) -> list[str]:
        """The names of the handlers in the order in which they are asked; changes nothing."""

    def signature(self, path: Sequence[str]) -> Signature | None:
        """What the function at a path takes; None when there is no function."""

    def close(self) -> None:
        """Gives the process's memory back."""
