"""A store that is only looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from standing_clock import Clock

from aos_cli.clients.local import LocalClient
from aos_cli.errors import StoreError
from aos_cli.machine.module import bundled_module
from aos_cli.processes import spawn_process
from aos_cli.units.database import SCHEMA_VERSION
from aos_cli.units.read_only import ReadOnlyStore
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def writing(path: Path, tmp_path: Path, clock: Clock, wallet: Ed25519Wallet) -> Iterator[LocalClient]:
    """A program that has the store open, with one process in it."""
    client = LocalClient(path, tmp_path / "node", clock)
    spawn_process(client, wallet, "alice")
    yield client
    client.close()


def beside(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def test_what_another_program_has_just_written_is_seen(path: Path, writing: LocalClient) -> None:
    with closing(ReadOnlyStore(path)) as store:
        assert [process.name for process in store.processes()] == ["alice"]
        assert store.facts().ahead_bytes > 0


def test_a_store_that_nobody_has_open_stays_as_it_is(path: Path, writing: LocalClient) -> None:
    writing.close()
    before = beside(path)
    assert set(before) == {"store.sqlite"}
    with closing(ReadOnlyStore(path)) as store:
        assert [process.slots for process in store.processes()] == [1]
        assert store.facts() == (SCHEMA_VERSION, len(before["store.sqlite"]), 0)
    assert beside(path) == before


def test_it_cannot_be_written_to(path: Path, writing: LocalClient) -> None:
    with closing(ReadOnlyStore(path)) as store, pytest.raises(StoreError, match="it is read-only"):
        store.put_item(bundled_module())


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_store_is_said_to_be_none(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with closing(ReadOnlyStore(path)) as store, pytest.raises(StoreError, match=r"no store of aos|is damaged"):
        store.facts()
    assert path.read_bytes() == content


def test_damage_is_found(path: Path, writing: LocalClient) -> None:
    writing.close()
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    path.write_bytes(content)
    with closing(ReadOnlyStore(path)) as store, pytest.raises(StoreError, match="is damaged"):
        store.facts()


def test_a_store_of_a_newer_program_is_named_so(path: Path, writing: LocalClient) -> None:
    writing.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with closing(ReadOnlyStore(path)) as store, pytest.raises(StoreError, match="newer aos"):
        store.facts()
