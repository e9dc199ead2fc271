"""What the shell asks of a node, whichever kind it is, and the nouns of its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from aos_cli.model import Result, Tags, tag_value
from aos_cli.units.records import DeliveryState, ParcelKind, ProcessRecord

Cancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a process's log, or in its outbox.

    Attributes:
        id: "" when it was never made into an item.
        sender: the process or wallet that it is from.
        target: whom it is for; "" for nobody.
        tags: as they travel.
        data: the content; bytes that are not UTF-8 are replaced.
    """

    id: str
    sender: str
    target: str
    tags: Tags
    data: str

    @property
    def action(self) -> str:
        """Value of the Action tag, or ""."""
        return tag_value(self.tags, "Action")


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry of an outbox, and what became of it.

    Attributes:
        kind: message, spawn, notice (of a birth to the parent) or assignment.
        message: what was sent.
        state: delivered, kept (nobody here has that id), duplicate or refused.
        slot: in the target's log, when it was delivered.
        problem: why it was refused.
    """

    kind: ParcelKind
    message: Message
    state: DeliveryState
    slot: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a process's log with its result.

    Attributes:
        process: whose log.
        number: the slot.
        message: what the process was given.
        timestamp_ms: by the scheduler's clock.
        result: the process's answer.
        sent: what it sent.
        instructions: Lua instructions that it took, in steps of a thousand.
        raw: the result as the node has it, JSON decoded.
    """

    process: ProcessRecord
    number: int
    message: Message
    timestamp_ms: int
    result: Result
    sent: tuple[Sent, ...]
    instructions: int
    raw: Mapping[str, Any]


class Receipt(NamedTuple):
    """A message that is in the log."""

    process_id: str
    message_id: str
    slot: int


class NodeClient(Protocol):
    """A node, as the shell sees it. Every call may raise NodeError or StoreError."""

    name: str
    authority: str
    scheduler: str

    def default_module(self) -> str:
        """Id of the module for processes that name none."""

    def find_process(self, process_id: str) -> ProcessRecord | None:
        """A process by its id."""

    def find_named(self, name: str, owner: str) -> list[ProcessRecord]:
        """The processes of that name and owner, oldest first."""

    def processes(self) -> list[ProcessRecord]:
        """Every process that the node knows, oldest first."""

    def spawn(self, item: bytes) -> ProcessRecord:
        """Makes a process of a signed item; gives the older one when the owner has one of that name."""

    def send(self, item: bytes) -> Receipt:
        """Sends a signed message."""

    def slot(self, process_id: str, slot: int) -> Slot:
        """A slot with its result, waiting for the evaluation if need be."""

    def slots(self, process_id: str, first: int, last: int | None = None) -> list[Slot]:
        """Slots that have a result, in order."""

    def follow(self, limit: int, cancelled: Cancelled, origin: Receipt | None = None) -> Iterable[Slot]:
        """What the slot of `origin` set off, in any log; without one, everything that waits on the node.

        A node that works by itself gives nothing here. At most `limit` slots are evaluated.
        """

    def inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest of them, oldest first."""

    def known_modules(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in a process."""

    def changed(self) -> bool:
        """Whether something may have happened on the node since the last call; cheap."""

    def close(self) -> None:
        """Gives back what the client holds."""


def result_from_json(raw: Mapping[str, Any]) -> Result:
    """A result as a node gives it, of this generation (`Output.data` is text) or the older ones."""
    if "Throws" in raw:
        return Result(error=str(raw["Throws"]), rolled_back=True)
    error = raw.get("Error")
    if error is not None:
        return Result(error=error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))
    output = raw.get("Output")
    data: object = output
    prompt: object = ""
    shown = False
    if isinstance(output, Mapping):
        data, prompt, shown = output.get("data"), output.get("prompt"), bool(output.get("print"))
        if isinstance(data, Mapping):
            prompt = data.get("prompt") or prompt
            data = data.get("output")
    return Result(
        output=_text(data),
        prompt=_text(prompt),
        print=shown,
        messages=_entries(raw, "Messages"),
        spawns=_entries(raw, "Spawns"),
        assignments=_entries(raw, "Assignments"),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _entries(raw: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    entries = raw.get(name)
    return tuple(entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()
