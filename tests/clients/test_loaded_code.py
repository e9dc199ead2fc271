"""What files left in a process, seen through the node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aos_cli.clients.base import HandlerChanges
from aos_cli.clients.local import LocalClient
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.source.bundle import Bundle, bundle
from aos_cli.source.changes import plan
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return Session(client, wallet, spawn_process(client, wallet, "test"))


class Folder:
    """Lua files on disk that are loaded into a process."""

    def __init__(self, folder: Path, session: Session) -> None:
        self.folder = folder
        self.session = session

    def bundled(self, **files: str) -> Bundle:
        """Writes files, named without their ending, and bundles main.lua for the process."""
        for name, content in files.items():
            (self.folder / f"{name}.lua").write_text(content)
        client, process_id = self.session.client, self.session.process.id
        loaded = client.loaded_code(process_id).digests
        known = client.known_modules(process_id) - set(loaded)
        return bundle(["main.lua"], cwd=self.folder, known=known, loaded=loaded)

    def statuses(self, made: Bundle) -> Sequence[str]:
        return plan(made, self.session.client.loaded_code(self.session.process.id).digests).statuses

    def load(self, made: Bundle) -> str | None:
        """Sends what the process does not have; gives its error."""
        digests = self.session.client.loaded_code(self.session.process.id).digests
        return evaluated(self.session, plan(made, digests).data())


def evaluated(session: Session, code: str | bytes) -> str | None:
    return session.slot(session.eval(code).slot).result.error


@pytest.fixture
def folder(tmp_path: Path, session: Session) -> Folder:
    return Folder(tmp_path, session)


def test_a_fresh_process_has_nothing_from_files(client: LocalClient, session: Session) -> None:
    found = client.loaded_code(session.process.id)
    assert (dict(found.digests), found.loads, found.handlers) == ({}, "", HandlerChanges())


def test_modules_are_known_by_their_digests(client: LocalClient, folder: Folder) -> None:
    made = folder.bundled(main="return require('a')", a="return 'a'")
    assert folder.load(made) is None
    digest = made.chunks[0].digest
    assert client.loaded_code(folder.session.process.id).digests == {"a": digest, ".a": digest}
    assert folder.statuses(made) == ("unchanged", "main")
    assert folder.statuses(folder.bundled(a="return 'A'")) == ("changed", "main")


@pytest.mark.parametrize("code", ["package.loaded.a = nil", "package.loaded.a = 'mine'", "package.loaded.a = false"])
def test_a_module_that_somebody_took_out_is_not_known(client: LocalClient, folder: Folder, code: str) -> None:
    made = folder.bundled(main="return require('a')", a="return 'a'")
    folder.load(made)
    evaluated(folder.session, code)
    assert "a" not in client.loaded_code(folder.session.process.id).digests
    assert folder.load(made) is None


def test_a_second_load_shadows_nothing_and_gives_all_spellings_the_new_value(folder: Folder) -> None:
    folder.load(folder.bundled(main="return require('a')", a="return 'a'"))
    made = folder.bundled(a="return 'A'")
    assert made.shadowed == ()
    assert folder.load(made) is None
    assert evaluated(folder.session, "assert(require('.a') == 'A' and require('a') == 'A')") is None


def test_handlers_are_told_by_what_became_of_them(client: LocalClient, folder: Folder) -> None:
    process_id = folder.session.process.id
    add = "Handlers.add('{0}', '{0}', function(msg) print(msg.Id) end) "
    folder.load(folder.bundled(main=add.format("A") + add.format("B")))
    first = client.loaded_code(process_id)
    assert first.handlers == HandlerChanges(added=("A", "B"))
    folder.load(folder.bundled(main="Handlers.remove('A') Handlers.prepend('C', 'C', print) " + add.format("B")))
    second = client.loaded_code(process_id)
    assert second.handlers == HandlerChanges(added=("C",), replaced=("B",), removed=("A",))
    assert second.loads != first.loads
    assert folder.load(folder.bundled(main="Handlers.remove('C') error('boom')")) is not None
    assert client.loaded_code(process_id) == second


@pytest.mark.parametrize(
    "code",
    [
        "package = nil",
        "package.bundled = 'mine'",
        "package.bundled = {modules = 5, handlers = 5, loads = {}}",
        "package.bundled = {modules = {a = {digest = {}}, b = 7}, handlers = {added = {{}, 5, 'x'}}}",
        "package.bundled = setmetatable({}, {__index = error})",
    ],
)
def test_a_process_may_claim_what_it_likes(client: LocalClient, folder: Folder, code: str) -> None:
    evaluated(folder.session, code)
    found = client.loaded_code(folder.session.process.id)
    assert dict(found.digests) == {}
    assert found.handlers.added in ((), ("x",))


def test_the_record_is_replayed_from_the_log(tmp_path: Path, wallet: Ed25519Wallet) -> None:
    """Another program over the same store finds the same."""

    def opened() -> LocalClient:
        return LocalClient(tmp_path / "store.sqlite", tmp_path / "node", lambda: 1_800_000_000_000)

    first = opened()
    folder = Folder(tmp_path, Session(first, wallet, spawn_process(first, wallet, "test")))
    folder.load(folder.bundled(main="return require('a')", a="return {}"))
    before = first.loaded_code(folder.session.process.id)
    first.close()
    second = opened()
    after = second.loaded_code(folder.session.process.id)
    second.close()
    assert after == before
    assert set(after.digests) == {"a", ".a"}


def test_a_slot_that_its_sender_shows_is_given_out_to_nobody_else(session: Session) -> None:
    evaluated(session, "X = 1")
    left_out = session.leave_out(lambda: session.eval("X = 2"))
    evaluated(session, "X = 3")
    assert [slot.number for slot in session.unshown()] == [0, 1, 3]
    assert left_out.slot == 2
