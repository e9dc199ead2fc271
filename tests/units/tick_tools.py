"""Processes that tick, and what their ticks came to."""

from __future__ import annotations

import json
from typing import Any

from node_tools import USER, message_item, process_item

from aos_cli.codec.ans104 import build_item
from aos_cli.units.node import Node
from aos_cli.units.records import TickEntry

SECOND = 1000
HOUR = 3_600_000

NOTES = """
Notes = Notes or {}
Handlers.add("noted", function(msg) return msg.Cron and "continue" end, function(msg)
  Notes[#Notes + 1] = msg.Timestamp .. " " .. tostring(msg.Kind)
end)
Handlers.add("all", "Cron", function(msg) print("tick " .. msg.Timestamp) end)
"""
"""Keeps the time and the tag Kind of every tick, and prints the time."""

SENDS = """
Handlers.add("sends", "Cron", function(msg)
  Send({Target = Peer or ao.id, Action = "Beat", Data = tostring(msg.Timestamp)})
end)
"""
"""Sends something at every tick."""


def spawn_ticking(node: Node, *intervals: str, name: str = "ticking") -> str:
    """A new process with a cron for each interval, whose messages have the action Cron; gives its id."""
    tags = [tag for text in intervals for tag in (("Cron-Interval", text), ("Cron-Tag-Action", "Cron"))]
    return node.submit(process_item(node, ("Name", name), *tags).raw).process_id


def monitor(node: Node, process_id: str, *, wanted: bool = True) -> bool:
    """Has what the ticks of a process send delivered, or no longer."""
    return node.monitor(build_item(USER, target=process_id, data=b" ").raw, wanted=wanted)


def tick_up_to(node: Node, process_id: str, until_ms: int) -> None:
    """Has the ticks of a process evaluated, as somebody does who looks."""
    while not node.is_ticked(process_id, until_ms):
        node.evaluate_next(process_id, until_ms)


def send(node: Node, process_id: str, action: str, data: str = "") -> int:
    """Sends a message; gives its slot."""
    record = node.record(process_id)
    anchor = f"{record.slots:032}".encode()
    return node.submit(message_item(process_id, data, ("Action", action), anchor=anchor).raw).slot


def stored(node: Node, process_id: str) -> list[TickEntry]:
    """The ticks of a process that were evaluated."""
    return list(node.store.ticks.between(process_id, (0, 0), (2**31, 0)))


def when(node: Node, process_id: str) -> list[tuple[int, int, str]]:
    """Where they stand: (slot in front, ms since the birth, id of the cron)."""
    born = node.record(process_id).spawned_ms
    return [(tick.mark.slot, tick.mark.timestamp_ms - born, tick.mark.cron) for tick in stored(node, process_id)]


def outputs(node: Node, process_id: str) -> list[str]:
    """What they printed."""
    return [json.loads(tick.result)["Output"]["data"] for tick in stored(node, process_id)]


def history(node: Node, process_id: str) -> list[tuple[Any, ...]]:
    """All results of a process in their order: (slot, number of the tick, what it was, result)."""
    slots = [(entry.slot, 0, entry.message_id, entry.result) for entry in node.store.entries(process_id)]
    ticks = [(tick.mark.slot, tick.mark.number, tick.mark, tick.result) for tick in stored(node, process_id)]
    return sorted([*slots, *ticks], key=lambda row: row[:2])
