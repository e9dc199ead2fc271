"""The outbox of a result, as the process wrote it, in the shell's nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aos_cli.clients.base import Message, Sent, SentState
from aos_cli.model import Tag, Tags
from aos_cli.units.records import ParcelKind

_OUTBOX: tuple[tuple[str, ParcelKind], ...] = (
    ("Messages", "message"), ("Spawns", "spawn"), ("Assignments", "assignment")
)  # fmt: skip


def sent_entries(process_id: str, raw: Mapping[str, Any], state: SentState) -> Iterator[Sent]:
    """The entries of an outbox of which no more is known than what the process wrote.

    Args:
        process_id: who sent it.
        raw: the result as the node has it, JSON decoded.
        state: what became of all of them.
    """
    for field, kind in _OUTBOX:
        entries = raw.get(field)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            if kind != "assignment":
                data = entry.get("Data")
                message = Message("", process_id, _text(entry.get("Target")), _tags(entry), _text(data))
                yield Sent(kind, message, state, None, "")
                continue
            processes = entry.get("Processes")
            for target in processes if isinstance(processes, list) else ():
                message = Message(_text(entry.get("Message")), "", _text(target), (), "")
                yield Sent(kind, message, state, None, "")


def _tags(entry: Mapping[str, Any]) -> Tags:
    listed = entry.get("Tags")
    found = [tag for tag in listed if isinstance(tag, dict)] if isinstance(listed, list) else []
    return tuple(Tag(_text(tag.get("name")), _text(tag.get("value"))) for tag in found)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
