"""What the scheduler and the compute units of a legacynet answer, made into our nouns.

Everything here raises ValueError, KeyError or TypeError for an answer of another shape; `transport.mapped` says whose.
Source: the JSON of the network's scheduler unit (message, assignment, page) and compute unit (result, connection).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, NamedTuple

from aos_cli.clients.base import Message
from aos_cli.codec.ids import is_id
from aos_cli.model import Tag, Tags, tag_value

LAST_TIME_MS = 253_402_300_800_000
"""The end of the year 9999, in milliseconds since 1970; what is later cannot be shown as a date."""

_RESULT_FIELDS = frozenset({"Output", "Error", "Messages", "Spawns", "Assignments"})


class Logged(NamedTuple):
    """One slot of a log as a scheduler tells it; the fields are those of `aos_cli.clients.base.Entry`.

    Attributes:
        message: None when only an assignment has the slot: the message is to be had elsewhere.
        message_id: of what has the slot.
        result_id: by what a compute unit is asked for the result.
    """

    process_id: str
    number: int
    message_id: str
    result_id: str
    message: Message | None
    signer: str
    anchor: str
    timestamp_ms: int
    block_height: int
    hash_chain: str
    assignment_id: str
    scheduler: str
    exclude: tuple[str, ...]


class Evaluation(NamedTuple):
    """An edge of a connection of results.

    Attributes:
        cursor: where it stands, as the unit writes it.
        number: the slot; None for a tick of a cron, and where the cursor does not say.
        raw: the result.
        tick: which tick of a cron it is; None for a slot.
    """

    cursor: str
    number: int | None
    raw: Mapping[str, Any]
    tick: TickPlace | None = None

    @property
    def slots(self) -> int:
        """How many slots were evaluated when this was; 0 when that is not known."""
        behind = self.tick.slot if self.tick else self.number
        return 0 if behind is None else behind + 1


class TickPlace(NamedTuple):
    """Where a tick stands.

    Attributes:
        cron: id of the cron.
        slot: the slot in front of it.
        timestamp_ms: when it was due.
    """

    cron: str
    slot: int
    timestamp_ms: int


class Evaluations(NamedTuple):
    """A page of results.

    Attributes:
        found: in the order that was asked for.
        more: whether there are further ones.
    """

    found: list[Evaluation]
    more: bool


def tags_from_json(tags: Any) -> Tags:
    """Tags as a list of names and values."""
    found = tuple(Tag(tag["name"], tag["value"]) for tag in tags)
    if not all(isinstance(tag.name, str) and isinstance(tag.value, str) for tag in found):
        raise ValueError("a tag that is no text")
    return found


def sender_of(signer: str, tags: Tags) -> str:
    """Whom a message is from, as a process sees it."""
    return tag_value(tags, "From-Process") or signer


def logged_from_json(answer: Any) -> Logged:
    """A slot: `{"message": ... or null, "assignment": ...}`."""
    assignment, given = answer["assignment"], answer.get("message")
    tags = tags_from_json(assignment["tags"])
    process_id = id_from_json(tag_value(tags, "Process"))
    message = _message(given) if given else None
    # The process's own assignment names no message.
    message_id = id_from_json(message.id if message else tag_value(tags, "Message") or process_id)
    assignment_id = id_from_json(assignment["id"])
    return Logged(
        process_id=process_id,
        number=_number(tags, "Nonce"),
        message_id=message_id,
        result_id=message_id if message else assignment_id,
        message=message,
        signer=text_from_json(given["owner"]["address"]) if given else "",
        anchor=text_from_json(given.get("anchor") or "") if given else "",
        timestamp_ms=time_from_json(_number(tags, "Timestamp")),
        block_height=_number(tags, "Block-Height"),
        hash_chain=tag_value(tags, "Hash-Chain"),
        assignment_id=assignment_id,
        scheduler=text_from_json(assignment["owner"]["address"]),
        exclude=tuple(tag.value for tag in tags if tag.name == "Exclude"),
    )


def logged_page(answer: Any) -> list[Logged]:
    """The slots of a page, in their order."""
    found = [logged_from_json(edge["node"]) for edge in answer["edges"]]
    numbers = [one.number for one in found]
    if numbers != sorted(set(numbers)):
        raise ValueError("slots out of their order")
    return found


def result_object(answer: Any) -> dict[str, Any]:
    """A result; everything that is none is an error of the unit, whatever status it came with."""
    if not isinstance(answer, dict) or not _RESULT_FIELDS & answer.keys():
        raise ValueError(json.dumps(answer, ensure_ascii=False)[:200])
    return answer


def evaluations_page(answer: Any) -> Evaluations:
    """A connection of results. The units of some nodes leave `pageInfo` out.

    One without a result is being evaluated; with it the page ends.
    """
    edges = takewhile(lambda edge: edge.get("node") is not None, answer["edges"])
    found = [_evaluation(edge) for edge in edges]
    return Evaluations(found, (answer.get("pageInfo") or {}).get("hasNextPage") is True)


def _evaluation(edge: Any) -> Evaluation:
    cursor, raw = text_from_json(edge["cursor"]), result_object(edge["node"])
    try:
        told = _told(cursor)
        slot, cron = int(told["ordinate"]), told.get("cron")
        if not cron:
            return Evaluation(cursor, slot, raw)
        return Evaluation(cursor, None, raw, TickPlace(text_from_json(cron), slot, time_from_json(told["timestamp"])))
    except (ValueError, KeyError, TypeError):
        return Evaluation(cursor, None, raw)


def _told(cursor: str) -> dict[str, Any]:
    """What a cursor says.

    Raises:
        ValueError: it is none that says something.
    """
    try:
        told = json.loads(base64.b64decode(cursor, validate=True))
    except RecursionError as error:
        raise ValueError("a cursor that is nested too deeply") from error
    if not isinstance(told, dict):
        raise ValueError("a cursor that is no object")
    return told


def sorted_cursor(cursor: str, *, newest_first: bool = False) -> str:
    """A cursor for asking in some order: the order that a cursor names wins over the one that is asked for."""
    try:
        told = {**_told(cursor), "sort": "DESC" if newest_first else "ASC"}
        return base64.b64encode(json.dumps(told).encode()).decode()
    except ValueError:
        return cursor


def _message(given: Any) -> Message:
    tags = tags_from_json(given["tags"])
    sender = sender_of(text_from_json(given["owner"]["address"]), tags)
    message_id, target, data = id_from_json(given["id"]), given.get("target") or "", given.get("data") or ""
    return Message(message_id, sender, text_from_json(target), tags, text_from_json(data))


def text_from_json(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError("a number or a table in place of a text")
    return value


def time_from_json(value: Any) -> int:
    """Milliseconds since 1970."""
    time_ms = int(value)
    if not 0 <= time_ms < LAST_TIME_MS:
        raise ValueError("a time that is in no calendar")
    return time_ms


def id_from_json(value: Any) -> str:
    """An id."""
    if not isinstance(value, str) or not is_id(value):
        raise ValueError("an id that is none")
    return value


def _number(tags: Tags, name: str) -> int:
    value = tag_value(tags, name)
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise ValueError(f"an assignment whose {name} is no number")
    return int(value)
