"""Slots, messages and processes as plain data, for `--json`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aos_cli.render.sanitiser import HIDDEN, to_plain

if TYPE_CHECKING:
    from aos_cli.clients.base import Message, Sent, Slot
    from aos_cli.units.records import ProcessRecord


# Deeper values are left as the process wrote them: whatever walks through one, `json` included, calls itself.
_MAX_DEPTH = 100

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")


def json_line(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """A record as one line of JSON; see `harmless_json`."""
    return harmless_json(json.dumps(record, ensure_ascii=False), ascii_only=ascii_only)


def harmless_json(text: str, *, ascii_only: bool = False) -> str:
    """JSON text of the same value, in which escapes stand for what acts on a terminal or cannot be seen.

    Args:
        text: JSON; such characters stand in its strings only.
        ascii_only: write everything beyond ASCII as escapes, for a stream that cannot encode it.
    """
    return (_BEYOND_ASCII if ascii_only else HIDDEN).sub(lambda match: json.dumps(match[0])[1:-1], text)


def process_record(process: ProcessRecord) -> dict[str, Any]:
    """A line of `aos ps`."""
    return {
        "id": process.id,
        "name": process.name,
        "owner": process.owner,
        "module": process.module_id,
        "slots": process.slots,
        "evaluated": process.evaluated,
        "spawned_ms": process.spawned_ms,
    }


def message_record(message: Message) -> dict[str, Any]:
    """A message; of repeated tags the first counts."""
    tags: dict[str, str] = {}
    for tag in message.tags:
        tags.setdefault(tag.name, tag.value)
    return {
        "id": message.id,
        "from": message.sender,
        "target": message.target,
        "action": message.action,
        "tags": tags,
        "data": message.data,
    }


def sent_record(sent: Sent) -> dict[str, Any]:
    """An entry of an outbox."""
    record = {"kind": sent.kind, "state": sent.state, "slot": sent.slot, **message_record(sent.message)}
    return {**record, "problem": sent.problem} if sent.problem else record


def error_record(text: str, trace: str = "") -> dict[str, Any]:
    """An error text taken apart; `trace` is Lua's traceback where the text has none."""
    from aos_cli.lua_error import parse_error

    error = parse_error(text, trace)
    return {
        "message": to_plain(error.message),
        "file": error.file or None,
        "line": error.line or None,
        "handler": error.handler or None,
        "traceback": error.traceback or None,
    }


def slot_record(slot: Slot, *, inbox: int | None = None, time_ms: float | None = None) -> dict[str, Any]:
    """The result of a slot.

    Args:
        slot: the slot.
        inbox: messages in the process's inbox, if it was looked at.
        time_ms: how long the caller waited, if it was measured.
    """
    result = slot.result
    record: dict[str, Any] = {
        "ok": result.error is None,
        "process": slot.process.id,
        "name": slot.process.name,
        "slot": slot.number,
        "cron": slot.cron or None,
        "action": slot.message.action,
        "from": slot.message.sender,
        "message": slot.message.id,
        "value": _value(slot.raw),
        "output": to_plain(result.output),
        "messages": [sent_record(sent) for sent in slot.sent if sent.kind == "message"],
        "spawns": [sent_record(sent) for sent in slot.sent if sent.kind == "spawn"],
        "assignments": [sent_record(sent) for sent in slot.sent if sent.kind == "assignment"],
        "error": error_record(result.error, result.trace) if result.error is not None else None,
        "rolled_back": result.rolled_back,
        "timestamp_ms": slot.timestamp_ms,
        "instructions": slot.instructions,
    }
    if inbox is not None:
        record["inbox"] = inbox
    if time_ms is not None:
        record["time_ms"] = round(time_ms, 1)
    return record


def _value(raw: Mapping[str, Any]) -> Any:
    """The value of an evaluation, if any; processes of other runtimes do not give it apart from what they printed."""
    output = raw.get("Output")
    text = output.get("value") if isinstance(output, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if is_deep(value) else value


def is_deep(value: object) -> bool:
    """Whether a value is nested deeper than `_MAX_DEPTH`."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for table in level
            if isinstance(table, dict | list)
            for child in (table.values() if isinstance(table, dict) else table)
        ]
        if not level:
            return False
    return True
