"""The clients that keep the contract, each with a node behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
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
from aos_cli.http_face.server import serve
from aos_cli.units.keys import new_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.store import Store

Another = Callable[[], NodeClient]


@pytest.fixture(params=["local", "legacynet", "served"])
def another(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Another]:
    """Makes clients of one node, which have met nobody: inside the program, of its routes, and over the loopback."""
    with ExitStack() as opened:
        if request.param == "local":
            yield lambda: opened.enter_context(
                closing(LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock))
            )
            return
        face = Face(
            Node(opened.enter_context(closing(Store(tmp_path / "store.sqlite"))), new_unit_keys(), clock), clock
        )
        transport: httpx.BaseTransport | None = None
        url = "http://node.example"
        if request.param == "served":
            server = opened.enter_context(closing(serve(face)))
            url = server.urls["mu"]
        else:
            opened.enter_context(closing(face))
            transport = httpx.WSGITransport(make_app(face))
        network = Network.at(url, "legacynet")
        yield lambda: opened.enter_context(closing(LegacynetClient(network, transport=transport)))


@pytest.fixture
def node_client(another: Another) -> NodeClient:
    """A client of each kind in turn."""
    return another()
