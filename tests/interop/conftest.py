"""Nodes that are really served, over stores on disk, and the peers that speak to them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aoconnect_client import AoConnect

from aos_cli.http_face.face import Face, Patience
from aos_cli.http_face.server import serve
from aos_cli.units.keys import kept_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.store import Store


def clock_ms() -> int:
    """Milliseconds since 1970: peers compare times with their own clock."""
    return time.time_ns() // 1_000_000


@contextmanager
def served(folder: Path, patience: Patience = Patience()) -> Iterator[str]:  # noqa: B008 - it cannot be changed
    """The address of a node with all units on one port."""
    store = Store(folder / "store.sqlite")
    node = Node(store, kept_unit_keys(folder / "keys"), clock_ms)
    server = serve(Face(node, clock_ms, patience=patience))
    try:
        yield server.urls["mu"]
    finally:
        server.close()
        store.close()


@pytest.fixture(scope="module")
def node_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("node")) as url:
        yield url


@pytest.fixture(scope="module")
def ao(node_url: str) -> Iterator[AoConnect]:
    """The official client library, connected to the node."""
    ao = AoConnect(node_url)
    yield ao
    ao.close()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[AoConnect]:
    """The same library, connected to a node where no request waits for an evaluation."""
    with served(tmp_path, Patience(result_seconds=0)) as url:
        ao = AoConnect(url)
        yield ao
        ao.close()
