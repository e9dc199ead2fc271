"""A node over a store file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from node_tools import node_over

from aos_cli.units.node import Node


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def node(path: Path) -> Iterator[Node]:
    node = node_over(path)
    yield node
    node.store.close()
