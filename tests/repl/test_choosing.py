"""A name that several processes have: the user chooses, scripts are told the ids."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal

from aos_cli.codec.ans104 import build_item
from aos_cli.model import Tag
from aos_cli.units.keys import kept_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.store import Store
from aos_cli.wallet import load_wallet


@pytest.fixture
def twins(home: Path) -> list[str]:
    """Two processes of the user's with one name, as networks have them; the shell itself would make one only."""
    store = Store(home / "store.sqlite")
    node = Node(store, kept_unit_keys(home / "node"), lambda: time.time_ns() // 1_000_000)
    signer = load_wallet(home / "wallet.json")
    ids = []
    for number in range(2):
        tags = {
            "Name": "twin", "Authority": node.authority, "Data-Protocol": "ao", "Variant": "ao.TN.1", "Type": "Process",
            "Module": node.publish_module(), "Scheduler": node.scheduler,
        }  # fmt: skip
        item = build_item(
            signer, anchor=f"{number:032}".encode(), tags=[Tag(name, value) for name, value in tags.items()], data=b" "
        )
        ids.append(node.submit(item.raw).process_id)
    store.close()
    return ids


def test_the_user_chooses_when_a_name_is_opened(twins: list[str], open_terminal: Open) -> None:
    terminal = open_terminal("twin")
    terminal.wait_for("2 processes have that name; which one (1-2, Enter for none):")
    assert [process_id in terminal.text for process_id in twins] == [True, True]
    terminal.type("2\r")
    terminal.wait_for_prompt("twin")
    assert terminal.ask("ao.id", "twin") == twins[1]


def test_who_does_not_choose_gets_the_ids(twins: list[str], open_terminal: Open, outside: Outside) -> None:
    terminal = open_terminal("twin")
    terminal.wait_for("which one")
    terminal.type("\r")
    assert terminal.wait_for_end() == 3
    assert "2 processes are called twin" in terminal.text
    assert len(outside("ps")) == 2


def test_the_user_chooses_where_to_switch_to(twins: list[str], terminal: Terminal) -> None:
    terminal.enter(".switch twin")
    terminal.wait_for("Which one")
    terminal.type("1\r")
    terminal.wait_for_prompt("twin")
    assert terminal.ask("ao.id", "twin") == twins[0]
