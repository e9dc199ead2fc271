"""A node that is really served, over a store on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aos_cli.http_face.face import Face, Patience
from aos_cli.http_face.routing import Access
from aos_cli.http_face.server import serve
from aos_cli.units.keys import kept_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.store import Store


def clock_ms() -> int:
    """Milliseconds since 1970: peers compare times with their own clock."""
    return time.time_ns() // 1_000_000


@contextmanager
def served(
    folder: Path, patience: Patience | None = None, log: Callable[[Access], None] | None = None
) -> Iterator[str]:
    """The address of a node with all units on one port.

    Args:
        folder: for its store and its keys.
        patience: how long requests may wait.
        log: gets every request once it is answered.
    """
    store = Store(folder / "store.sqlite")
    node = Node(store, kept_unit_keys(folder / "keys"), clock_ms)
    server = serve(Face(node, clock_ms, patience=patience or Patience()), log=log)
    try:
        yield server.urls["mu"]
    finally:
        server.close()
        store.close()
