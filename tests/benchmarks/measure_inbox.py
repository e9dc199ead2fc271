"""Whether a full Inbox of 10,000 messages slows a process down."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import Figure, microseconds
from workload import REPLY_PROGRAM, BareProcess

# The runtime keeps that many and drops the oldest.
_INBOX_LIMIT = 10_000

# Nearly equal: what the aim of about 1 allows for noise.
_ABOUT_ONE = 1.25


# A heap with a full Inbox is collected every few thousand messages. Only runs that are longer than that show what a
# message costs with its share of the collector; a median of short ones would leave the collector out.
_MESSAGES = 8_000


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Microseconds per message that is handled, and that lands in the Inbox, each with little in it and with all."""
    messages, repetitions, kept = (20, 1, 100) if quick else (_MESSAGES, 3, _INBOX_LIMIT)
    empty, full = BareProcess(REPLY_PROGRAM), BareProcess(REPLY_PROGRAM)
    full.run(kept, "Nobody-Takes-This")

    def runs(process: BareProcess, action: str) -> Timing:
        return timed(partial(process.run, messages, action))

    def lands_with_room() -> Timing:
        return runs(BareProcess(REPLY_PROGRAM), "Nobody-Takes-This")

    taken = medians(
        {
            "inbox-empty-handled": partial(runs, empty, "Ping"),
            "inbox-full-handled": partial(runs, full, "Ping"),
            "inbox-light-lands": lands_with_room,
            "inbox-full-lands": partial(runs, full, "Nobody-Takes-This"),
        },
        repetitions,
    )

    def figure(name: str, meaning: str) -> Figure:
        return microseconds(name, meaning, taken[name], messages, repetitions)

    def ratio(name: str, meaning: str, above: str, below: str) -> Figure:
        value = taken[above].cpu / taken[below].cpu
        return Figure(name, meaning, "times, CPU", value, f"median of {repetitions}", _ABOUT_ONE)

    return [
        figure("inbox-empty-handled", "handled message, Inbox empty"),
        figure("inbox-full-handled", f"handled message, {kept:,} in the Inbox"),
        ratio("inbox-handled-ratio", "full over empty", "inbox-full-handled", "inbox-empty-handled"),
        figure("inbox-light-lands", "message that lands in an Inbox with room"),
        figure("inbox-full-lands", f"message that lands on {kept:,} others"),
        ratio("inbox-lands-ratio", "full over light", "inbox-full-lands", "inbox-light-lands"),
    ]
