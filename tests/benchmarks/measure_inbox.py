"""Whether a full Inbox of 10,000 messages slows a process down: on the whole node, and in its bare machine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import Figure, microseconds
from workload import REPLY_PROGRAM, BareProcess, evaluated, local_client, new_process

from aos_cli.model import Tag
from aos_cli.wallet import generate_ed25519

# The runtime keeps that many and drops the oldest.
_INBOX_LIMIT = 10_000

# Nearly equal: what the aim of about 1 allows for noise.
_ABOUT_ONE = 1.25

# A heap with a full Inbox is collected every few thousand messages. Only runs that are longer than that show what a
# message costs with its share of the collector; a median of short ones would leave the collector out.
_MESSAGES = 8_000
_NODE_MESSAGES = 4_000

_TAKEN, _LANDS = "Ping", "Nobody-Takes-This"


class _Receiver:
    """A process of a node, which answers pings and leaves all else in its Inbox.

    Args:
        folder: for the store.
        kept: messages that lie in the Inbox to begin with.
    """

    def __init__(self, folder: Path, kept: int) -> None:
        folder.mkdir()
        self._client = local_client(folder)
        self._session = new_process(self._client, generate_ed25519(), "receiver", REPLY_PROGRAM)
        for number in range(kept):
            last = self._session.send(str(number), (Tag("Action", _LANDS),))
            if number == kept - 1:
                self._session.slot(last.slot)

    def run(self, messages: int, action: str) -> None:
        """Signs, stores and evaluates messages one by one."""
        for number in range(messages):
            receipt = self._session.send(str(number), (Tag("Action", action),))
            self._session.slot(receipt.slot)

    def empty_inbox(self) -> None:
        evaluated(self._session, "Inbox = {}")

    def close(self) -> None:
        self._client.close()


def _ratio(name: str, meaning: str, above: Timing, below: Timing, repetitions: int) -> Figure:
    # What users wait for is the node, so the aim is the node's.
    aim = _ABOUT_ONE if name.startswith("inbox-node") else None
    return Figure(name, meaning, "times, CPU", above.cpu / below.cpu, f"median of {repetitions}", aim)


def _measure_node(folder: Path, messages: int, repetitions: int, kept: int) -> list[Figure]:
    empty, light, full = (
        _Receiver(folder / name, messages_kept) for name, messages_kept in (("empty", 0), ("light", 0), ("full", kept))
    )

    def runs(receiver: _Receiver, action: str) -> Timing:
        return timed(partial(receiver.run, messages, action))

    def lands_with_room() -> Timing:
        light.empty_inbox()
        return runs(light, _LANDS)

    try:
        taken = medians(
            {
                "inbox-node-empty-handled": partial(runs, empty, _TAKEN),
                "inbox-node-full-handled": partial(runs, full, _TAKEN),
                "inbox-node-light-lands": lands_with_room,
                "inbox-node-full-lands": partial(runs, full, _LANDS),
            },
            repetitions,
        )
    finally:
        for receiver in (empty, light, full):
            receiver.close()
    return _figures("inbox-node-", "whole node", taken, messages, repetitions, kept)


def _measure_machine(messages: int, repetitions: int, kept: int) -> list[Figure]:
    """The same without signatures, store and delivery.

    What lands on a full Inbox moves all others by one place, so its ratio is far from 1 by nature.
    """
    empty, full = BareProcess(REPLY_PROGRAM), BareProcess(REPLY_PROGRAM)
    full.run(kept, _LANDS)

    def runs(process: BareProcess, action: str) -> Timing:
        return timed(partial(process.run, messages, action))

    taken = medians(
        {
            "inbox-empty-handled": partial(runs, empty, _TAKEN),
            "inbox-full-handled": partial(runs, full, _TAKEN),
            "inbox-light-lands": lambda: runs(BareProcess(REPLY_PROGRAM), _LANDS),
            "inbox-full-lands": partial(runs, full, _LANDS),
        },
        repetitions,
    )

    return _figures("inbox-", "machine alone", taken, messages, repetitions, kept)


def _figures(
    prefix: str, where: str, taken: dict[str, Timing], messages: int, repetitions: int, kept: int
) -> list[Figure]:
    """Four times and the two ratios that matter."""

    def figure(name: str, meaning: str) -> Figure:
        return microseconds(prefix + name, f"{where}, {meaning}", taken[prefix + name], messages, repetitions)

    def ratio(name: str, meaning: str, above: str, below: str) -> Figure:
        return _ratio(prefix + name, meaning, taken[prefix + above], taken[prefix + below], repetitions)

    return [
        figure("empty-handled", "handled message, Inbox empty"),
        figure("full-handled", f"handled message, {kept:,} in the Inbox"),
        ratio("handled-ratio", "full over empty", "full-handled", "empty-handled"),
        figure("light-lands", "message that lands in an Inbox with room"),
        figure("full-lands", f"message that lands on {kept:,} others"),
        ratio("lands-ratio", "full over light", "full-lands", "light-lands"),
    ]


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Microseconds per message that is handled, and that lands in the Inbox, each with little in it and with all."""
    messages, in_node, repetitions, kept = (20, 10, 1, 100) if quick else (_MESSAGES, _NODE_MESSAGES, 3, _INBOX_LIMIT)
    return [
        *_measure_node(folder, in_node, repetitions, kept),
        *_measure_machine(messages, repetitions, kept),
    ]
