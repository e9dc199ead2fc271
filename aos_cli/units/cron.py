"""Crons: by which tags a process asks for messages by the clock, and which of these are due.

Everything follows from the log: the tags are those of the process message, and a tick stands at a set time behind the
process's birth. Nothing here reads a clock, and nothing steps from second to second: what is due is arithmetic, however
long a process has slept.

Source: the network's compute unit. `Cron-Interval: N-UNIT` begins a cron, each `Cron-Tag-NAME` behind it gives its
messages the tag NAME. Ticks come between the slots of a log and behind its last one; never with the birth itself; at
one instant those that count blocks come first, then the others, the shortest interval first.

The network looks at every second, beginning with the slot in front, so that there the fraction of a second of that slot
enters into the times. Here they count from the birth alone: no message, however it falls, moves a tick, swallows it or
has it come twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import NamedTuple

from aos_cli.errors import NodeRefused
from aos_cli.model import Tag, Tags
from aos_cli.units.records import TickMark
from aos_cli.units.scheduler import block_time_ms

_INTERVAL = "Cron-Interval"
_TAG = "Cron-Tag-"

_TEXT = re.compile(r"([0-9]{1,15})-([a-z]+?)s?", re.ASCII | re.IGNORECASE)
_UNITS_MS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 7 * 86_400_000,
    "month": 30 * 86_400_000,
    "year": 365 * 86_400_000,
}
_UNITS = ", ".join(f"{unit}s" for unit in (*_UNITS_MS, "block"))


class Cron(NamedTuple):
    """One cron of a process.

    Attributes:
        id: its number among the crons of the process and its interval, such as `0-10-seconds`.
        interval: as the process's tag says it, such as `10-seconds`.
        seconds: between two ticks; 0 when it counts blocks.
        blocks: between two ticks; 0 when it counts seconds.
        tags: of its messages.
    """

    id: str
    interval: str
    seconds: int
    blocks: int
    tags: Tags


def crons_of(tags: Tags) -> tuple[Cron, ...]:
    """The crons that the tags of a process message ask for, in the order in which they tick at one instant.

    Raises:
        NodeRefused: a tag asks for none that there could be.
    """
    crons: list[Cron] = []
    for tag in tags:
        if tag.name == _INTERVAL:
            seconds, blocks = _interval(tag.value)
            crons.append(Cron(f"{len(crons)}-{tag.value}", tag.value, seconds, blocks, ()))
        elif tag.name.startswith(_TAG):
            name = tag.name.removeprefix(_TAG)
            if not crons:
                problem = f"Tag {tag.name} stands in front of any Cron-Interval; it belongs behind the one it is for"
                raise NodeRefused(problem, operation="spawn")
            if not name:
                raise NodeRefused("Tag Cron-Tag- lacks the name of a tag at its end", operation="spawn")
            crons[-1] = crons[-1]._replace(tags=(*crons[-1].tags, Tag(name, tag.value)))
    return tuple(sorted(crons, key=lambda cron: (not cron.blocks, cron.seconds)))


def known_crons(tags: Tags) -> tuple[Cron, ...]:
    """As `crons_of`, for a process that is there; none where its tags would be refused today."""
    try:
        return crons_of(tags)
    except NodeRefused:
        # It was born when nobody looked at these tags.
        return ()


def _interval(text: str) -> tuple[int, int]:
    """The seconds and the blocks of an interval, of which one is 0.

    Raises:
        NodeRefused: it is none, or too short.
    """
    match = _TEXT.fullmatch(text)
    unit = match[2].lower() if match else ""
    if match is None or unit not in (*_UNITS_MS, "block"):
        problem = f"Cron-Interval is {text[:60]!a}, not a number and a unit such as 10-minutes"
        raise NodeRefused(problem, f"Units are {_UNITS}", operation="spawn")
    count = int(match[1])
    # Parts of a second do not count, as on the network.
    seconds = count * _UNITS_MS.get(unit, 0) // 1000
    blocks = count if unit == "block" else 0
    if not seconds and not blocks:
        least = "block" if unit == "block" else "second"
        raise NodeRefused(f"Cron-Interval {text} is less than a {least}", operation="spawn")
    return seconds, blocks


class Timetable:
    """When the crons of a process tick.

    Args:
        crons: in the order in which they tick at one instant.
        born_ms: timestamp of the process's own assignment.
        born_height: its block height.
        first_slot: the first slot that ticks come behind.
    """

    def __init__(self, crons: Sequence[Cron], born_ms: int, born_height: int, first_slot: int = 0) -> None:
        self.crons = tuple(crons)
        self._first_slot = first_slot
        self._ranks = {cron.id: rank for rank, cron in enumerate(self.crons)}
        # Of each cron, the time that its ticks count from and the time from one to the next.
        self._beats: list[tuple[int, int]] = []
        for cron in self.crons:
            first = block_time_ms(born_height) if cron.blocks else born_ms
            following = block_time_ms(born_height + cron.blocks) if cron.blocks else born_ms + cron.seconds * 1000
            self._beats.append((first, following - first))

    def cron(self, cron_id: str) -> Cron | None:
        """A cron by its id."""
        rank = self._ranks.get(cron_id)
        return None if rank is None else self.crons[rank]

    def behind(
        self, slot: int, timestamp_ms: int, newest: TickMark | None = None, before_ms: int | None = None
    ) -> Iterator[TickMark]:
        """The ticks behind a slot, in their order.

        Args:
            slot: the slot.
            timestamp_ms: its timestamp; a tick of the same time comes behind it.
            newest: the last tick behind that slot that is known already; None for none.
            before_ms: the time in front of which they end, as that of the next slot; None for no end.
        """
        number = 0
        since = (timestamp_ms, -1)
        if newest is not None:
            number = newest.number
            since = (newest.timestamp_ms, self._ranks.get(newest.cron, -1))
        ranks = range(len(self.crons)) if slot >= self._first_slot else ()
        for moment, rank in merge(*(self._moments(rank, since) for rank in ranks)):
            if before_ms is not None and moment >= before_ms:
                return
            number += 1
            yield TickMark(slot, number, self.crons[rank].id, moment)

    def _moments(self, rank: int, since: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """The moments (ms, rank) of a cron that are later than `since`, without end."""
        first, step = self._beats[rank]
        count = max(1, (since[0] - first) // step)
        while (first + count * step, rank) <= since:
            count += 1
        while True:
            yield first + count * step, rank
            count += 1

    def newest_ms(self, before_ms: int) -> int:
        """The time of the last tick in front of a time; 0 when there is none."""
        counts = [((before_ms - 1 - first) // step, first, step) for first, step in self._beats]
        return max((first + count * step for count, first, step in counts if count > 0), default=0)
