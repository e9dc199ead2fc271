"""The clients that keep the contract, each with a node behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from standing_clock import Clock

from aos_cli.clients.base import NodeClient
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import Network
from aos_cli.clients.local import LocalClient
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import Face
from aos_cli.units.keys import new_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.store import Store


@pytest.fixture(params=["local", "legacynet"])
def node_client(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[NodeClient]:
    """A client of each kind in turn."""
    if request.param == "local":
        local = LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)
        yield local
        local.close()
        return
    store = Store(tmp_path / "store.sqlite")
    face = Face(Node(store, new_unit_keys(), clock), clock)
    transport = httpx.WSGITransport(make_app(face))
    client = LegacynetClient(Network.at("http://node.example", "legacynet"), transport=transport)
    yield client
    client.close()
    face.close()
    store.close()
