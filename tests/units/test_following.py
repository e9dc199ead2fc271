"""What comes of a message, and what has nothing to do with it."""

from pathlib import Path

import pytest
from node_tools import change, eval_slot, evaluate, node_over, spawn

from aos_cli.errors import StoreError
from aos_cli.units.consequences import consequences
from aos_cli.units.node import Node
from aos_cli.units.rounds import BATCH_SLOTS

_RUNAWAY = """
Handlers.add("again", "Again", function(msg) Send({Target = ao.id, Action = "Again"}) end)
Send({Target = ao.id, Action = "Again"})
"""


def sent(node: Node, process: str, code: str) -> tuple[str, int]:
    """Evaluates code; gives where it stands."""
    slot = eval_slot(node, process, code)
    node.result(process, slot)
    return process, slot


def test_only_what_a_message_set_off_is_evaluated(node: Node) -> None:
    runaway, alice, bob = spawn(node, name="runaway"), spawn(node, name="alice"), spawn(node, name="bob")
    evaluate(node, runaway, _RUNAWAY)
    evaluate(node, bob, "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong'}) end)")
    before = node.record(runaway)

    found = list(consequences(node, *sent(node, alice, f"Send({{Target = '{bob}', Action = 'Ping'}})"), 1000))

    assert [(step.process.id, step.message.tags[2].value) for step in found] == [(bob, "Ping"), (alice, "Pong")]
    assert node.record(runaway) == before


def test_a_runaway_is_followed_as_far_as_the_limit(node: Node) -> None:
    process = spawn(node)
    assert len(list(consequences(node, *sent(node, process, _RUNAWAY), 25))) == 25


def test_what_another_program_evaluated_is_given_all_the_same(node: Node, path: Path) -> None:
    alice, bob = spawn(node, name="alice"), spawn(node, name="bob")
    evaluate(node, bob, "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong'}) end)")
    origin = sent(node, alice, f"Send({{Target = '{bob}', Action = 'Ping'}})")
    other = node_over(path)
    assert len(list(other.settle(100))) == 2  # Ping and Pong
    other.store.close()
    assert [step.process.id for step in consequences(node, *origin, 100)] == [bob, alice]


def test_a_process_that_cannot_be_evaluated_does_not_stop_the_others(node: Node, path: Path) -> None:
    broken, well = spawn(node, name="broken"), spawn(node, name="well")
    evaluate(node, broken, "return 1")
    change(path, "UPDATE slot SET result = replace(result, '\"1\"', '\"2\"') WHERE process = 1 AND slot = 1")
    other = node_over(path)
    eval_slot(other, broken, "return 2")
    last = eval_slot(other, well, "return 3")
    with pytest.raises(StoreError, match=broken):
        list(other.settle(100))
    assert other.record(well).evaluated == last + 1
    other.store.close()


def test_many_processes_all_get_their_turn(node: Node) -> None:
    processes = [spawn(node, name=f"p{number}") for number in range(BATCH_SLOTS + 3)]
    for process in processes:
        evaluate(node, process, _RUNAWAY)
    before = {process: node.record(process).evaluated for process in processes}
    assert len(list(node.settle(4 * len(processes)))) == 4 * len(processes)
    assert min(node.record(process).evaluated - before[process] for process in processes) >= 3
