"""What the HTTP units answer from: a node, its clock, and where the units are reached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from aos_cli.http_face.dry_runs import DryRuns
from aos_cli.http_face.failure import BUSY, Failure
from aos_cli.http_face.worker import Worker
from aos_cli.units.node import Node

Unit = Literal["mu", "su", "cu", "gateway"]

UNITS: tuple[Unit, ...] = ("mu", "su", "cu", "gateway")

_UNBOUND = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long requests may keep a thread of the server.

    Attributes:
        result_seconds: a request for a result waits for its evaluation so long, then it is told to ask again.
        waiting: requests that may wait or evaluate at the same time; it must be fewer than the server has threads, so
            that messages are always taken.
    """

    result_seconds: float = 30.0
    waiting: int = 120


@dataclass(slots=True)
class Face:
    """A node as its HTTP units see it. It evaluates in the background from the start, until it is closed.

    Attributes:
        node: the units themselves.
        clock_ms: milliseconds since 1970.
        urls: where others reach each unit, without a slash at the end; the server fills them in once it is bound.
        patience: how long requests may wait.
        module_id: the bundled module, which is put into the store if it is new.
        worker: evaluates whatever waits.
        dry_runs: answers what messages would do.
    """

    node: Node
    clock_ms: Callable[[], int]
    urls: Mapping[Unit, str] = field(default_factory=lambda: dict.fromkeys(UNITS, _UNBOUND))
    patience: Patience = Patience()
    module_id: str = field(init=False)
    worker: Worker = field(init=False)
    dry_runs: DryRuns = field(default_factory=DryRuns, init=False)
    _room: threading.BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self.module_id = self.node.publish_module()
        self.worker = Worker(self.node)
        self._room = threading.BoundedSemaphore(self.patience.waiting)

    def identity(self) -> dict[str, str]:
        """What a client has to name in the processes that it spawns here."""
        return {"scheduler": self.node.scheduler, "authority": self.node.authority, "module": self.module_id}

    def introduction(self, unit: Unit) -> dict[str, str]:
        """What a unit tells of itself to everybody: the identity, and where it is reached."""
        return {**self.identity(), "url": self.urls[unit]}

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Room for a request that waits or evaluates.

        Raises:
            Failure: so many do already that the server would have no thread left for others.
        """
        if not self._room.acquire(blocking=False):
            raise Failure(503, BUSY, retry_seconds=1)
        try:
            yield
        finally:
            self._room.release()

    def close(self) -> None:
        """Ends the work in the background. The node's store stays open: it belongs to whoever opened it."""
        self.worker.close()
