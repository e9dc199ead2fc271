"""Dry runs of the compute unit: its messages are JSON that nobody signed.

Pages ask the same question again and again, so answers are kept: the same question to the same state has the same
answer, and nothing has to be forgotten in time. Who asks what is being answered waits for that answer. Few are
evaluated at the same time, so that they leave the evaluation of messages its share of the processor, and memory for
it; of one process fewer still.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any

from aos_cli.http_face.failure import BUSY, Failure
from aos_cli.model import Tag, tag_value
from aos_cli.units.dry import DryState, dry_fields
from aos_cli.units.node import Node
from aos_cli.units.records import ProcessRecord

# Answers that are kept, and how large one may be.
_KEPT = 256
_MAX_KEPT_CHARACTERS = 100_000

# Dry runs that are evaluated at the same time: as many as messages are, and of one process.
_AT_ONCE = 4
_AT_ONCE_OF_ONE = 2

_TEXTS = ("Id", "Owner", "Signature", "Anchor")
_TARGET = "Target"  # it is the process that is asked, whatever it says
_NUMBERS = {"Timestamp": "timestamp_ms", "Block-Height": "block_height"}

Answer = tuple[dict[str, Any], int]
"""A result, decoded, and the instructions that it took."""

_Question = tuple[DryState, bytes]
"""The state that is asked, and a digest of the message."""


class DryRuns:
    """Answers questions to processes, and remembers the last answers."""

    def __init__(self) -> None:
        self._answers: OrderedDict[_Question, Answer] = OrderedDict()
        self._running: list[_Question] = []
        # Its lock guards both.
        self._change = threading.Condition()

    def result(
        self, node: Node, record: ProcessRecord, before_ms: int | None, body: bytes, seconds: float
    ) -> Answer:  # fmt: skip
        """The result of a message behind the last slot of a process; nothing of it is kept in the process.

        Args:
            node: has the process.
            record: the process; its `slots` say which state is asked.
            before_ms: ticks that are due in front of this time belong to that state; None for none behind these slots.
            body: the message as JSON.
            seconds: the longest wait for others.

        Raises:
            Failure: the body is no message, or so many ask that its turn does not come.
            StoreError: the process cannot be evaluated.
        """
        digest = hashlib.sha256(body).digest()
        question = DryState.behind(node, record, before_ms), digest
        known = self._known_or_begun(question, seconds)
        if known is not None:
            return known
        found: tuple[_Question, Answer] | None = None
        try:
            tried = dry_fields(node, record, before_ms, partial(_fields, body))
            answer = tried.result, tried.evaluation.instructions
            if len(tried.evaluation.text) <= _MAX_KEPT_CHARACTERS:
                found = (tried.state, digest), answer
            return answer
        finally:
            self._end(question, found)

    def _known_or_begun(self, question: _Question, seconds: float) -> Answer | None:
        """The answer to a question; None when it is the caller's turn to find it, who says then when that has ended.

        Raises:
            Failure: its turn did not come.
        """

        def decided() -> bool:
            others = [state.process_id for state, _ in self._running]
            free = len(others) < _AT_ONCE and others.count(question[0].process_id) < _AT_ONCE_OF_ONE
            return question in self._answers or (free and question not in self._running)

        with self._change:
            if not self._change.wait_for(decided, seconds):
                raise Failure(503, BUSY, retry_seconds=1)
            known = self._answers.get(question)
            if known is None:
                self._running.append(question)
            else:
                self._answers.move_to_end(question)
            return known

    def _end(self, question: _Question, found: tuple[_Question, Answer] | None) -> None:
        """Lets others have their turn.

        Args:
            question: its turn has ended.
            found: the answer that is kept, and what it answers: a newer state may have been asked; None for nothing.
        """
        with self._change:
            self._running.remove(question)
            if found is not None:
                self._answers[found[0]] = found[1]
                if len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
            self._change.notify_all()


def _fields(body: bytes, state: DryState) -> dict[str, Any]:
    """The message as its process sees it.

    Source: the network's compute unit; it comes at the time of the last slot or tick unless it says another one, and
    has no place in the log.

    Raises:
        Failure: says which field is wrong.
    """
    message = _message(body)
    tags = _tags(message)
    owner = message.get("Owner") or ""
    fields: dict[str, Any] = {name: message[name] for name in _TEXTS if message.get(name) is not None}
    fields |= {
        "Data": _data(message.get("Data")),
        "Owner": owner,
        "From": tag_value(tags, "From-Process") or owner,
        "Target": state.process_id,
        "Tags": [{"name": tag.name, "value": tag.value} for tag in tags if tag.name not in ("From", "Owner")],
        "Cron": False,
        "Read-Only": True,
    }
    for name, known in _NUMBERS.items():
        given = message.get(name)
        fields[name] = getattr(state, known) if given is None else _number(name, given)
    return fields


def _message(body: bytes) -> Mapping[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Failure(400, "'body': A message as JSON must be provided as the body.") from error
    if not isinstance(message, Mapping):
        raise Failure(400, "'body': A message as JSON must be provided as the body.")
    for name in (*_TEXTS, _TARGET):
        if not isinstance(message.get(name, ""), str | None):
            raise Failure(400, f"'{name}': Expected string.")
    return message


def _data(data: object) -> str:
    """Data as text: clients also write numbers, or whole objects."""
    if data is None:
        return ""
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)


def _tags(message: Mapping[str, Any]) -> tuple[Tag, ...]:
    found = message.get("Tags")
    if found is None:
        return ()
    if not isinstance(found, list):
        raise Failure(400, "'Tags': Expected array.")
    for tag in found:
        parts = (tag.get("name"), tag.get("value")) if isinstance(tag, Mapping) else (None,)
        if not all(isinstance(part, str) for part in parts):
            raise Failure(400, "'Tags': Expected a name and a value, both of them strings.")
    return tuple(Tag(tag["name"], tag["value"]) for tag in found)


def _number(name: str, given: object) -> int:
    """A number of a message, which clients also write as text."""
    text = str(given)
    if isinstance(given, bool) or not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Failure(400, f"'{name}': Expected number.")
    return int(text)
