"""Nodes, and the peers that speak to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from aoconnect_client import AoConnect
from npm_peer import NpmPeer
from served_node import served

from aos_cli.http_face.face import Patience


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


@pytest.fixture(scope="module")
def peer() -> Iterator[NpmPeer]:
    """The library of data items."""
    peer = NpmPeer("arbundles_peer.mjs")
    yield peer
    peer.close()


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[AoConnect]:
    """The same library, connected to a node where no request waits for an evaluation."""
    with served(tmp_path, Patience(result_seconds=0)) as url:
        ao = AoConnect(url)
        yield ao
        ao.close()
