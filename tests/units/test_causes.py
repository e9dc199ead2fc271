"""What brought a message into a log is kept beside it, and found by look-ups."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from node_tools import change, eval_slot, evaluate, message_item, node_over, settled, spawn

from aos_cli.errors import NodeRefused
from aos_cli.units.node import Node
from aos_cli.units.store import Store
from aos_cli.units.trace import standing

PING = "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong'}) end)"


@pytest.fixture
def talk(node: Node) -> tuple[str, str]:
    """Two processes, of which the first sent a ping in slot 1 and has the answer in slot 2."""
    alice, bob = spawn(node, "alice"), spawn(node, "bob")
    evaluate(node, bob, PING)
    evaluate(node, alice, f"Send({{Target = '{bob}', Action = 'Ping'}})")
    settled(node)
    return alice, bob


def test_a_message_knows_the_slot_that_sent_it(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    assert node.store.cause(bob, 2) == (alice, 1)
    assert node.store.cause(alice, 2) == (bob, 2)


def test_what_comes_from_outside_has_no_cause(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    assert [node.store.cause(*place) for place in ((alice, 0), (alice, 1), (bob, 1), (alice, 99))] == [None] * 4
    assert node.store.cause("A" * 43, 0) is None


def test_a_spawned_process_its_notice_and_an_assignment_have_causes(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    slot = eval_slot(node, alice, "Spawn(ao.env.Module.Id, {Name = 'child'})")
    assigning = eval_slot(node, alice, f"Assign({{Processes = {{'{bob}'}}, Message = ao.id}})")
    settled(node)
    [child] = node.store.processes(name="child")
    assert node.store.cause(child.id, 0) == (alice, slot)
    notice = node.store.process(alice).slots - 1  # type: ignore[union-attr] # it is there
    assert node.store.cause(alice, notice) == (alice, slot)
    assert node.store.slots_of(alice) == [(alice, 0), (bob, 3)]
    assert node.store.cause(bob, 3) == (alice, assigning)


def test_a_message_that_comes_again_keeps_its_first_cause(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    send = f"Send({{Target = '{bob}', Action = 'Once'}})"
    slot = eval_slot(node, alice, f"{send} ao.reference = ao.reference - 1 {send}")
    states = [delivery.state for delivery in node.result(alice, slot).deliveries]
    assert states == ["delivered", "duplicate"]
    assert node.store.cause(bob, 3) == (alice, slot)


def test_the_newest_message_from_outside(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    assert node.store.newest_from_outside(alice) == 1
    assert node.store.newest_from_outside(bob) == 1
    assert node.store.newest_from_outside("A" * 43) is None
    eval_slot(node, alice, "1")
    assert node.store.newest_from_outside(alice) == 3  # though nobody has evaluated it


def test_a_slot_stands_in_its_log_before_it_is_evaluated(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    slot = eval_slot(node, alice, "late = true")
    found = standing(node, alice, slot)
    assert (found.entry.slot, found.message.data, found.evaluated) == (slot, b"late = true", None)
    assert node.store.process(alice).evaluated == slot  # type: ignore[union-attr] # it is there
    found = standing(node, alice, 2)
    assert found.evaluated is not None
    assert found.evaluated.entry == found.entry
    assert found.cause == (bob, 2)
    with pytest.raises(NodeRefused, match=f"has no slot {slot + 1}; its last one is {slot}"):
        standing(node, alice, slot + 1)
    with pytest.raises(NodeRefused, match="no process"):
        standing(node, "A" * 43, 0)


def test_ids_are_found_by_their_beginning(node: Node, talk: tuple[str, str]) -> None:
    alice, bob = talk
    assert node.store.ids_beginning(alice, 5) == node.store.ids_beginning(alice[:8], 5) == [alice]
    assert set(node.store.ids_beginning("", 1000)) > {alice, bob}
    assert len(node.store.ids_beginning("", 2)) == 2
    assert node.store.ids_beginning("%", 5) == node.store.ids_beginning(alice + "A", 5) == []


def test_a_store_from_before_causes_gets_them_on_opening(path: Path) -> None:
    node = node_over(path)
    bob = spawn(node, "bob")
    evaluate(node, bob, PING)
    alice = spawn(node, "alice")
    evaluate(node, alice, f"Send({{Target = '{bob}', Action = 'Ping'}}) Spawn(ao.env.Module.Id, {{Name = 'child'}})")
    settled(node)
    node.store.close()
    causes = kept_causes(path)
    assert len([cause for cause in causes if cause is not None]) == 4
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE slot DROP COLUMN cause")
        connection.execute("PRAGMA user_version = 1")
    connection.close()

    store = Store(path)
    assert store.cause(bob, 2) == (alice, 1)
    store.close()
    assert kept_causes(path) == causes


def test_nothing_is_written_when_a_store_with_causes_is_opened(path: Path) -> None:
    node = node_over(path)
    process = spawn(node)
    node.submit(message_item(process).raw)
    node.store.close()
    change(path, "UPDATE slot SET cause = 7 WHERE slot = 1")  # no true one: it would be written over
    Store(path).close()
    assert kept_causes(path) == [None, 7]


def kept_causes(path: Path) -> list[int | None]:
    with sqlite3.connect(path) as connection:
        causes = [row[0] for row in connection.execute("SELECT cause FROM slot ORDER BY key")]
    connection.close()
    return causes
