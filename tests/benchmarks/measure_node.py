"""The whole node: messages that are signed, stored durably, ordered, evaluated and delivered, through the client."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import Figure, rate
from workload import follow, local_client, new_process, ping

from aos_cli.wallet import generate_ed25519

# What the store writes for one delivered message, measured by the growth of its write-ahead log.
_COMMIT_BYTES = 50_000


class _Pinging:
    """A store in which one ping is always under way.

    Args:
        folder: for the store.
        processes: 2 that answer each other, or 1 that answers itself.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        folder.mkdir()
        self._client = local_client(folder)
        signer = generate_ed25519()
        sessions = [new_process(self._client, signer, f"ping-{index}") for index in range(processes)]
        ping(sessions[0], sessions[-1])

    def hop(self, hops: int) -> Timing:
        """Evaluates and delivers the next pings."""
        return timed(partial(follow, self._client, hops))

    def close(self) -> None:
        self._client.close()


def _sync(file: Path, times: int) -> None:
    """What a durable message asks of the disk alone: on a busy disk it is most of the wall time above."""
    with file.open("wb", buffering=0) as stream:
        for _ in range(times):
            stream.write(bytes(_COMMIT_BYTES))
            os.fsync(stream.fileno())


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Messages per second between two processes, and of one to itself."""
    hops, syncs, repetitions = (20, 2, 1) if quick else (2000, 50, 3)
    two, one = _Pinging(folder / "two", 2), _Pinging(folder / "one", 1)
    try:
        taken = medians(
            {
                "ping-pong": partial(two.hop, hops),
                "ping-self": partial(one.hop, hops),
                "disk-sync": partial(timed, partial(_sync, folder / "synced", syncs)),
            },
            repetitions,
        )
    finally:
        two.close()
        one.close()
    sync = taken["disk-sync"].wall * 1e6 / syncs
    return [
        rate("ping-pong", "ping-pong of two, whole node", taken["ping-pong"], hops, repetitions, at_least=1000),
        rate("ping-self", "one to itself, whole node", taken["ping-self"], hops, repetitions),
        Figure(
            "disk-sync", "this disk: 50 kB written and synced", "us wall", sync, f"{syncs}, median of {repetitions}"
        ),
    ]
