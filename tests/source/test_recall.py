"""Source found again in a process's log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.errors import StoreError
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.source.bundle import bundle
from aos_cli.source.emit import Chunk, lua_program
from aos_cli.source.recall import Recall, bundled_text
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return Session(client, wallet, spawn_process(client, wallet, "recalling"))


def load(session: Session, folder: Path, text: str) -> Slot:
    (folder / "app.lua").write_text(text, "utf-8")
    return session.slot(session.eval(bundle([folder / "app.lua"], cwd=folder).data()).slot)


def test_the_newest_text_of_a_file_up_to_the_slot_is_found(session: Session, tmp_path: Path) -> None:
    first = load(session, tmp_path, "return 1")
    between = session.slot(session.eval("between = 1").slot)
    second = load(session, tmp_path, "return 2")
    recall = Recall(session.client.slots)
    assert [recall.file(slot, "app.lua") for slot in (first, between, second)] == ["return 1", "return 1", "return 2"]
    assert recall.file(second, "other.lua") is None


def test_typed_text_is_found_before_the_slot_only(session: Session, tmp_path: Path) -> None:
    typed = session.slot(session.eval("function f() end -- here").slot)
    load(session, tmp_path, "-- here, in a file")
    last = session.slot(session.eval("f() -- here").slot)
    recall = Recall(session.client.slots)
    assert recall.typed(last, lambda text: "here" in text) == ("function f() end -- here", typed.number)
    assert recall.typed(typed, lambda text: "here" in text) is None


def test_the_search_ends(session: Session) -> None:
    asked: list[tuple[int, int | None]] = []

    def slots(process_id: str, first: int, last: int | None = None) -> list[Slot]:
        asked.append((first, last))
        return []

    late = replace(session.slot(session.eval("1").slot), number=100_000)
    assert Recall(slots).file(late, "app.lua") is None
    assert asked[0] == (99_950, 99_999)
    assert len(asked) == 10


def test_a_store_that_cannot_be_read_is_no_trouble(session: Session) -> None:
    def slots(process_id: str, first: int, last: int | None = None) -> list[Slot]:
        raise StoreError("damaged")

    assert Recall(slots).file(session.slot(session.eval("1").slot), "app.lua") is None


_SOURCES = strategies.text(alphabet=']=[\n{}"a\\ -', max_size=40)


@given(
    strategies.lists(_SOURCES, min_size=1, max_size=4),
    strategies.sampled_from(["m%d.lua", 'a "b"\\%d.lua', "ä%d\x01.lua"]),
)
def test_every_file_of_a_bundle_is_found(texts: list[str], name: str) -> None:
    chunks = [Chunk(name % number, (f"m{number}", "}, text = [["), text.encode()) for number, text in enumerate(texts)]
    program = lua_program(chunks, [0], None).decode()
    for number, text in enumerate(texts):
        assert bundled_text(program, name % number) == text


def test_a_bundle_inside_a_file_is_not_looked_into() -> None:
    inner = lua_program([Chunk("inner.lua", (), b"return 1")], [0], None)
    outer = lua_program([Chunk("outer.lua", (), inner)], [0], None).decode()
    assert bundled_text(outer, "inner.lua") is None
    assert bundled_text(outer, "outer.lua") == inner.decode()


def test_a_long_name_is_known_by_its_end() -> None:
    path = "a/very/long/path/" * 5 + "app.lua"
    program = lua_program([Chunk(path, (), b"return 1")], [0], None).decode()
    assert bundled_text(program, "..." + path[-56:]) == "return 1"
    assert bundled_text(program, "...other.lua") is None


@pytest.mark.parametrize(
    "text", ["", "return 1", "local files = {\n", 'local files = {\n{path = "a", names = {}, text = [[\nx']
)
def test_what_is_no_bundle_has_no_files(text: str) -> None:
    assert bundled_text(text, "a") is None
