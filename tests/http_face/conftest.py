"""A node over a store file of its own, reached without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from face_tools import KEYS, Caller
from standing_clock import Clock

from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import Face
from aos_cli.units.node import Node
from aos_cli.units.store import Store


@pytest.fixture
def face(tmp_path: Path, clock: Clock) -> Iterator[Face]:
    """A node that evaluates in the background."""
    store = Store(tmp_path / "store.sqlite")
    face = Face(Node(store, KEYS, clock), clock)
    yield face
    face.close()
    store.close()


@pytest.fixture
def http(face: Face) -> Iterator[httpx.Client]:
    """All units on one port."""
    with httpx.Client(transport=httpx.WSGITransport(make_app(face)), base_url="http://node.test") as client:
        yield client


@pytest.fixture
def caller(face: Face, http: httpx.Client) -> Caller:
    return Caller(face, http)
