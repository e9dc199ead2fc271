"""What the tests of all areas share: a clock, wallets, a local node, and an environment without the developer's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from standing_clock import Clock

from aos_cli.clients.local import LocalClient
from aos_cli.wallet import Ed25519Wallet, Wallet, load_wallet

if TYPE_CHECKING:
    from network import Network

VECTORS = Path(__file__).parent / "vectors"

# What changes how programs behave, and differs between developers.
_VARIABLES = (
    "AOS_HOME", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES", "EDITOR",
    "VISUAL", "PAGER", "PYTHONHASHSEED",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.getbasetemp() / "nobody"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in (*_VARIABLES, *(name for name in os.environ if name.startswith(("XDG_", "AOS_")))):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wallet() -> Ed25519Wallet:
    """A wallet that signs fast."""
    return Ed25519Wallet(bytes(range(32)))


@pytest.fixture(scope="session")
def rsa_wallet() -> Wallet:
    """A wallet of the kind that users have."""
    loaded = load_wallet(VECTORS / "test-wallet.json")
    assert isinstance(loaded, Wallet)
    return loaded


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> Iterator[LocalClient]:
    """A local node over a store of its own."""
    client = LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)
    yield client
    client.close()


@pytest.fixture
def network() -> Iterator[Network]:
    """A network of one node, on the loopback."""
    # Only the tests that have one load what serves it.
    from network import Network

    network = Network()
    yield network
    network.close()
