from __future__ import annotations

from pathlib import Path

import pytest
from node_tools import KEYS, change, evaluate, message_item, node_over, rows, settled, spawn

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.codec.ids import decode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.units.node import Node
from aos_cli.units.records import LogHead
from aos_cli.units.scheduler import assign
from aos_cli.units.verify import verify_log


@pytest.fixture
def process(node: Node) -> str:
    process = spawn(node)
    for number in range(4):
        evaluate(node, process, f"Send({{Target = ao.id, Data = '{number}'}})")
    settled(node)
    return process


def test_a_whole_log_holds(node: Node, process: str) -> None:
    assert node.verify(process) == 9


def test_an_unknown_process_has_no_log(node: Node) -> None:
    with pytest.raises(NodeRefused, match="There is no process"):
        node.verify("A" * 43)


def failing(node: Node, process: str) -> str:
    with pytest.raises(StoreError) as caught:
        node.verify(process)
    assert process in caught.value.message
    return caught.value.message


def raw_at(path: Path, slot: int) -> bytes:
    (raw,) = (row[4] for row in rows(path, ["slot"])["slot"] if row[2] == slot)
    assert isinstance(raw, bytes)
    return raw


def flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]


def test_a_flipped_bit_in_an_assignment_is_found(node: Node, process: str, path: Path) -> None:
    raw = raw_at(path, 3)
    change(path, "UPDATE slot SET assignment = ? WHERE slot = 3", flipped(raw, len(raw) - 2))
    assert "Slot 3" in failing(node, process)


def test_a_flipped_bit_in_a_message_is_found(node: Node, process: str, path: Path) -> None:
    raw, number = next(
        (row[2], row[0])
        for row in rows(path, ["item"])["item"]
        if row[1] == next(node.store.entries(process, 5)).message_id
    )
    change(path, "UPDATE item SET raw = ? WHERE number = ?", flipped(raw, len(raw) - 1), number)
    assert "Slot 5" in failing(node, process)


def test_a_message_that_was_exchanged_is_found(node: Node, process: str, path: Path) -> None:
    """The other one is genuine, too: only its id tells."""
    entry = next(node.store.entries(process, 4))
    other = message_item(process, "another")
    change(path, "UPDATE item SET raw = ? WHERE id = ?", other.raw, entry.message_id)
    assert failing(node, process).startswith("Slot 4")


@pytest.mark.parametrize("slot", [0, 4])
def test_a_missing_slot_is_found(node: Node, process: str, path: Path, slot: int) -> None:
    change(path, "DELETE FROM slot WHERE slot = ?", slot)
    assert f"{slot} must be" in failing(node, process)


def test_a_missing_end_is_found(node: Node, process: str, path: Path) -> None:
    change(path, "DELETE FROM slot WHERE slot = 8")
    assert "ends in front of slot 8" in failing(node, process)


def test_two_exchanged_slots_are_found(node: Node, process: str, path: Path) -> None:
    third, fourth = raw_at(path, 3), raw_at(path, 4)
    change(path, "UPDATE slot SET assignment = ? WHERE slot = 3", fourth)
    change(path, "UPDATE slot SET assignment = ? WHERE slot = 4", third)
    assert "has slot 4 where 3 must be" in failing(node, process)


def test_a_log_of_another_scheduler_is_found(node: Node, process: str) -> None:
    entries = node.store.entries(process)
    with pytest.raises(StoreError, match=r"Slot 0 .* is not signed by this node's scheduler"):
        verify_log(process, entries, KEYS.messenger.address)


def test_a_log_of_another_process_is_found(node: Node, process: str) -> None:
    other = spawn(node, "other")
    with pytest.raises(StoreError, match=r"Slot 0 .* breaks the hash chain"):
        verify_log(other, node.store.entries(process), node.scheduler)


def test_a_broken_chain_is_found_though_every_signature_fits(node: Node, process: str, path: Path) -> None:
    """Whoever has the scheduler's key cannot take a message back without writing all later ones anew."""
    entry = next(node.store.entries(process, 5))
    forged = assign(
        LogHead(process, 5, "A" * 43, bytes(32), 2 * 10**12), entry.message_id, (), now_ms=0, signer=KEYS.scheduler
    )
    change(path, "UPDATE slot SET assignment = ? WHERE slot = 5", forged.item.raw)
    assert "Slot 5" in failing(node, process)
    assert "breaks the hash chain" in failing(node, process)


def test_time_that_runs_back_is_found(node: Node, process: str, path: Path) -> None:
    before, entry = (next(node.store.entries(process, slot)) for slot in (7, 8))
    last = decode_assignment(decode_item(before.assignment))
    head = LogHead(process, 8, last.item.id, decode_base64url(last.hash_chain), 0)
    forged = assign(head, entry.message_id, (), now_ms=last.timestamp_ms, signer=KEYS.scheduler)
    change(path, "UPDATE slot SET assignment = ? WHERE slot = 8", forged.item.raw)
    assert "is not later than the slot before it" in failing(node, process)


def test_anyone_with_the_store_can_verify(process: str, path: Path) -> None:
    other = node_over(path)
    assert other.verify(process) == 9
    other.store.close()
