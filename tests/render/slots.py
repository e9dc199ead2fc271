"""Slots, messages and outboxes to be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rich.console import Console, RenderableType

from aos_cli.clients.base import Message, Sent, Slot
from aos_cli.model import Result, Tag
from aos_cli.render.story import Story
from aos_cli.units.records import DeliveryState, ParcelKind, ProcessRecord

ALICE, BOB, USER = "A" * 43, "B" * 43, "U" * 43
NAMES = {ALICE: "alice", BOB: "bob"}


def process(process_id: str = ALICE, **changes: Any) -> ProcessRecord:
    fields = {
        "id": process_id,
        "name": NAMES.get(process_id, ""),
        "owner": USER,
        "module_id": "m" * 43,
        "slots": 3,
        "evaluated": 3,
        "spawned_ms": 1_700_000_000_000,
    }
    return ProcessRecord(**{**fields, **changes})


def message(action: str = "Eval", data: str = "1 + 1", sender: str = USER, target: str = ALICE) -> Message:
    tags = (Tag("Action", action),) if action else ()
    return Message("i" * 43, sender, target, tags, data)


def sent(
    what: Message | None = None, kind: ParcelKind = "message", state: DeliveryState = "delivered", problem: str = ""
) -> Sent:
    what = message("Note", "milk", ALICE, BOB) if what is None else what
    return Sent(kind, what, state, 1 if state == "delivered" else None, problem)


def slot(
    received: Message | None = None,
    number: int = 1,
    outbox: tuple[Sent, ...] = (),
    raw: dict[str, Any] | None = None,
    owner: ProcessRecord | None = None,
    **result: Any,
) -> Slot:
    return Slot(
        process=process() if owner is None else owner,
        number=number,
        message=message() if received is None else received,
        timestamp_ms=1_700_000_000_000,
        result=Result(**result),
        sent=outbox,
        instructions=1000,
        raw={} if raw is None else raw,
    )


def tick(number: int = 1, action: str = "Cron", cron: str = "0-10-seconds", **fields: Any) -> Slot:
    """A tick behind a slot."""
    received = replace(message(action, "", **fields.pop("received", {})), id="")
    left_out = fields.pop("left_out", False)
    return replace(slot(received, number, **fields), cron=cron, left_out=left_out)


def story(own: str = "") -> Story:
    return Story(lambda process_id: NAMES.get(process_id, ""), own=own)


def shown(renderable: RenderableType, width: int = 100) -> str:
    """What a person sees, without colours and blanks at line ends."""
    console = Console(width=width, color_system=None, force_terminal=False, soft_wrap=True, legacy_windows=False)
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
