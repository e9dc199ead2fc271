"""`aos module list`: the modules that processes can be spawned with."""

from __future__ import annotations

import pytest
from program import Program

from aos_cli.codec.ans104 import build_item
from aos_cli.machine.module import FORMAT, bundled_module
from aos_cli.model import DataItem, Tag
from aos_cli.units.aliases import STAND_INS
from aos_cli.units.modules import known_modules
from aos_cli.units.read_only import ReadOnlyStore
from aos_cli.units.store import Store
from aos_cli.wallet import Ed25519Wallet

BUNDLED = bundled_module().id


def other_module(name: str) -> DataItem:
    tags = (("Data-Protocol", "ao"), ("Type", "Module"), ("Module-Format", FORMAT), ("Name", name))
    return build_item(Ed25519Wallet(bytes(32)), tags=tuple(Tag(*tag) for tag in tags), data=bundled_module().data)


def keep(aos: Program, item: DataItem) -> None:
    store = Store(aos.home / "store.sqlite")
    store.put_item(item)
    store.close()


def test_the_bundled_one_and_those_that_it_stands_in_for(newcomer: Program) -> None:
    records = newcomer("module", "list", "--json").json
    assert records[0] == {
        "id": BUNDLED, "name": "aos", "kind": "bundled", "format": FORMAT, "runs": BUNDLED, "processes": 0,
    }  # fmt: skip
    assert {record["id"]: record["name"] for record in records[1:]} == STAND_INS
    assert {(record["kind"], record["runs"]) for record in records[1:]} == {("stand-in", BUNDLED)}
    assert newcomer.files() == set()


def test_those_in_the_store_and_how_many_processes_run_them(aos: Program) -> None:
    aos("eval", "alice", "1")
    module = other_module("mine")
    keep(aos, module)
    assert aos("open", "bob", "--module", module.id, stdin="").status == 0
    assert aos("open", "carol", "--module", next(iter(STAND_INS)), stdin="").status == 0
    kinds = {record["id"]: (record["kind"], record["processes"]) for record in aos("module", "list", "--json").json}
    assert kinds[module.id] == ("stored", 1)
    assert kinds[BUNDLED] == ("bundled", 2)


def test_one_that_is_there_needs_no_stand_in(aos: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    module = other_module("the real one")
    monkeypatch.setitem(STAND_INS, module.id, "aos 9")  # type: ignore[arg-type] # a dict, which others may not change
    aos("eval", "alice", "1")
    keep(aos, module)
    records = aos("module", "list", "--json").json
    assert [(record["kind"], record["runs"]) for record in records if record["id"] == module.id] == [
        ("stored", module.id)
    ]


def test_a_store_that_cannot_be_written_to_gives_those_in_use(aos: Program) -> None:
    module = other_module("mine")
    aos("eval", "alice", "1")
    keep(aos, module)
    aos("open", "bob", "--module", module.id, stdin="")
    store = ReadOnlyStore(aos.home / "store.sqlite")
    kinds = {info.id: info.kind for info in known_modules(store)}
    store.close()
    assert (kinds[BUNDLED], kinds[module.id]) == ("bundled", "stored")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_for_people(aos: Program, width: int) -> None:
    aos("eval", "alice", "1")
    keep(aos, other_module("a name \x1b[31m that is far too long for a table"))
    out = aos("module", tty=True, width=width, NO_COLOR="1").out
    assert max(map(len, out.splitlines())) <= width
    assert "\x1b" not in out
    assert "stand-in" in out


def test_ids_are_whole_in_a_pipe(aos: Program) -> None:
    out = aos("module", "list", width=40).out
    assert all(module_id in out for module_id in (BUNDLED, *STAND_INS))


def test_a_network_s_modules_are_not_listed(newcomer: Program) -> None:
    ended = newcomer("--node", "http://127.0.0.1:1", "module", "list")
    assert (ended.status, ended.out) == (2, "")
    assert "`aos --node local module list`" in ended.err
