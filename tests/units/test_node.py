"""What a node evaluates: order, rollback, limits, and modules that stay."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from node_tools import (
    change,
    eval_slot,
    evaluate,
    log_texts,
    message_item,
    module_item,
    node_over,
    process_item,
    rows,
    settled,
    spawn,
    standing_clock,
    throw_results_away,
    value_of,
)  # fmt: skip

from aos_cli.errors import NodeRefused, StoreError
from aos_cli.machine import module as machine_module
from aos_cli.machine.module import bundled_module, bundled_sources
from aos_cli.units import evaluator
from aos_cli.units.node import Node
from aos_cli.units.records import Outcome


def test_slots_are_evaluated_in_order_up_to_the_one_asked_for(node: Node) -> None:
    process = spawn(node)
    slots = [eval_slot(node, process, f"X = (X or '') .. '{number}' return X") for number in range(5)]
    assert node.result(process, slots[2]).result["Output"]["data"] == "012"
    record = node.store.process(process)
    assert record is not None
    assert (record.slots, record.evaluated) == (6, 4)
    assert [found.entry.slot for found in node.evaluated(process, 0)] == [0, 1, 2, 3]
    assert [found.entry.slot for found in node.evaluated(process, 1, 2)] == [1, 2]
    assert node.result(process, slots[4]).result["Output"]["data"] == "01234"


def test_a_slot_that_is_not_there_is_refused(node: Node) -> None:
    process = spawn(node)
    with pytest.raises(NodeRefused, match="has no slot 1; its last one is 0"):
        node.result(process, 1)
    with pytest.raises(NodeRefused, match="There is no process"):
        node.result("A" * 43, 0)
    assert node.evaluate_next(process)
    assert not node.evaluate_next(process)


def test_two_evaluations_alike_are_two_messages(node: Node) -> None:
    process = spawn(node)
    for _ in range(3):
        evaluate(node, process, "N = (N or 0) + 1")
    assert value_of(node, process, "N") == "3"


def test_a_message_that_raises_keeps_what_it_changed_like_the_network(node: Node) -> None:
    """The runtime catches what a program raises: the message has a result, and the state is the one at the error."""
    process = spawn(node)
    result = evaluate(node, process, "X = 1 error('boom')")
    assert "boom" in result["Error"]
    assert value_of(node, process, "X") == "1"


# A message without a result, by each way that there is.
THROWS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a result that cannot be written": ("X = 'lost' ao.send({Target = ao.id, Value = 0/0})", ()),
    "a result that is too deep": (
        "X = 'lost' local t = {} local a = t for i = 1, 500 do a[1] = {} a = a[1] end ao.send({Target = ao.id, V = t})",
        (),
    ),
    "no end of instructions": ("X = 'lost' while true do end", (("Compute-Limit", "3000000"),)),
    "no end of memory": (
        "X = 'lost' local t = {} for i = 1, 1e7 do t[i] = ('x'):rep(1000) .. i end",
        (("Memory-Limit", "4-mb"),),
    ),
}


@pytest.fixture(params=list(THROWS.values()), ids=list(THROWS))
def rolled_back(request: pytest.FixtureRequest, node: Node) -> str:
    """A process in whose log a message without a result stands between others."""
    code, tags = request.param
    process = spawn(node, "test", *tags)
    evaluate(node, process, "X = 'kept' Send({Target = ao.id, Data = 'first'})")
    result = evaluate(node, process, code)
    assert set(result) == {"Throws"}
    evaluate(node, process, "Y = X .. ' and used'")
    evaluate(node, process, "Send({Target = ao.id, Data = 'second'})")
    settled(node)
    return process


def test_a_message_without_a_result_never_happened(node: Node, rolled_back: str) -> None:
    assert value_of(node, rolled_back, "X") == "kept"
    assert value_of(node, rolled_back, "Y") == "kept and used"
    assert value_of(node, rolled_back, "ao.reference") == "2"


def test_a_message_without_a_result_is_skipped_when_the_log_is_replayed(
    node: Node, rolled_back: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = value_of(node, rolled_back, "X .. Y .. #Inbox .. ao.reference")
    other = node_over(path)
    assert value_of(other, rolled_back, "X .. Y .. #Inbox .. ao.reference") == before
    failed = [entry.slot for entry in other.store.entries(rolled_back) if entry.failed]
    assert failed == [next(slot for slot, text in enumerate(log_texts(other, rolled_back)) if "Throws" in str(text))]
    other.store.close()


def test_a_message_without_a_result_sends_nothing(node: Node) -> None:
    process = spawn(node)
    evaluate(node, process, "Send({Target = ao.id, Data = 'x'}) ao.send({Target = ao.id, Value = 0/0})")
    record = node.store.process(process)
    assert record is not None
    assert (record.slots, settled(node)) == (2, 0)


def test_a_machine_that_is_ahead_of_the_log_is_built_anew(node: Node, path: Path) -> None:
    """The store was full when a result was to be kept: the message must not be handled twice by one state."""
    process = spawn(node)
    evaluate(node, process, "N = 0")
    database = node.store._database
    slot = eval_slot(node, process, "N = N + 1 return ('x'):rep(60000) .. N")
    with database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        node.result(process, slot)
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert node.result(process, slot).result["Output"]["data"].endswith("x1")
    other = node_over(path)
    assert value_of(other, process, "N") == "1"
    other.store.close()


def test_machines_that_are_put_away_come_back(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "_OPEN_MACHINES", 2)
    processes = [spawn(node, f"p{number}") for number in range(5)]
    for turn in range(2):
        for number, process in enumerate(processes):
            evaluate(node, process, f"X = (X or '') .. '{number}{turn}'")
    assert [value_of(node, process, "X") for process in processes] == [f"{n}0{n}1" for n in range(5)]


def test_settling_stops_at_its_limit_and_goes_on(node: Node) -> None:
    one, two = spawn(node, "one"), spawn(node, "two")
    for process, other in ((one, two), (two, one)):
        handler = f"Handlers.add('p', 'Ping', function() Send({{Target = '{other}', Action = 'Ping'}}) end)"
        evaluate(node, process, handler)
    evaluate(node, one, f"Send({{Target = '{two}', Action = 'Ping'}})")
    assert settled(node, 30) == 30
    assert settled(node, 7) == 7
    assert len(node.store.pending()) == 1
    asked = iter([False] * 5 + [True] * 100)
    assert len(list(node.settle(1000, lambda: next(asked)))) == 5
    assert node.verify(one) + node.verify(two) > 40


def test_one_process_that_fails_does_not_keep_others_from_settling(node: Node) -> None:
    loud, quiet = spawn(node, "loud", ("Compute-Limit", "2000000")), spawn(node, "quiet")
    eval_slot(node, loud, "while true do end")
    eval_slot(node, quiet, "X = 'done'")
    eval_slot(node, loud, "X = 'done, too'")
    settled(node)
    assert [value_of(node, process, "X") for process in (loud, quiet)] == ["done, too", "done"]


# Rule 5: a module is content


def changed_sources() -> dict[str, bytes]:
    sources = dict(bundled_sources())
    sources[".host"] = b"Runtime = 'second'\n" + sources[".host"]
    return sources


def test_a_process_keeps_the_module_it_was_born_with(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = node_over(path)
    old = spawn(node, "old")
    evaluate(node, old, "X = 1")
    first = bundled_module().id
    node.store.close()

    sources = changed_sources()
    machine_module.bundled_module.cache_clear()
    monkeypatch.setattr(machine_module, "bundled_sources", lambda: sources)
    try:
        node = node_over(path)
        new = spawn(node, "new")
        assert bundled_module().id != first
        assert value_of(node, old, "tostring(Runtime) .. X .. ao.env.Module.Id") == f"nil1{first}"
        assert value_of(node, new, "tostring(Runtime) .. ao.env.Module.Id") == f"second{bundled_module().id}"
        assert node.verify(old) == 3
        node.store.close()
    finally:
        machine_module.bundled_module.cache_clear()


def test_two_modules_live_in_one_store(node: Node) -> None:
    module = module_item({**changed_sources(), ".extra": b"return 'extra'"})
    node.store.put_item(module)
    own = node.submit(process_item(node, ("Name", "own"), module=module.id).raw).process_id
    bundled = spawn(node)
    assert [value_of(node, process, "Runtime") for process in (own, bundled)] == ["second", "nil"]
    assert value_of(node, own, "require('.extra')") == "extra"
    assert node.module_names(own) - node.module_names(bundled) == {".extra"}
    evaluate(node, own, "Spawn(ao.env.Module.Id, {Name = 'child'})")
    settled(node)
    (child,) = node.store.processes(name="child")
    assert child.module_id == module.id
    assert value_of(node, bundled, "#Inbox") == "1"


# Threads


def in_threads(count: int, work: Callable[[int], object]) -> None:
    """Runs `work` in threads that begin together; what one of them raises comes out here."""
    barrier, failures = threading.Barrier(count), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # it is raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]


def test_threads_share_a_node(node: Node) -> None:
    processes = [spawn(node, f"p{number}") for number in range(3)]

    def work(number: int) -> None:
        for turn in range(8):
            process = processes[(number + turn) % 3]
            code = "N = (N or 0) + 1 Send({Target = ao.id, Action = 'Tick'}) return N"
            item = message_item(process, code, ("Action", "Eval"), anchor=f"{number:016}{turn:016}".encode())
            receipt = node.submit(item.raw)
            assert int(node.result(process, receipt.slot).result["Output"]["data"]) > 0
            settled(node)

    in_threads(4, work)
    settled(node)
    assert sum(int(value_of(node, process, "N")) for process in processes) == 32
    for process in processes:
        record = node.store.process(process)
        assert record is not None
        assert node.verify(process) == record.slots == record.evaluated


def test_two_nodes_evaluate_one_process_at_the_same_time(node: Node, path: Path) -> None:
    process, other = spawn(node), node_over(path)
    for number in range(20):
        eval_slot(node, process, f"X = (X or 0) + {number} Send({{Target = ao.id, Action = 'Tick'}}) return X")
    in_threads(2, lambda number: settled((node, other)[number]))
    record = node.store.process(process)
    assert record is not None
    assert record.slots == record.evaluated == 41
    assert [value_of(one, process, "X") for one in (node, other)] == ["190", "190"]
    other.store.close()


# The log is the only truth


def test_a_tampered_result_is_a_loud_error(node: Node, path: Path) -> None:
    process = spawn(node)
    for number in range(3):
        evaluate(node, process, f"return {number}")
    change(path, "UPDATE slot SET result = replace(result, '\"1\"', '\"9\"') WHERE slot = 2")
    other = node_over(path)
    slot = eval_slot(other, process, "return 'next'")
    before = rows(path)
    for _ in range(2):
        with pytest.raises(StoreError, match=f"Slot 2 of process {process} evaluated to another result"):
            other.result(process, slot)
    assert rows(path) == before
    other.store.close()


def test_a_result_that_another_program_recorded_otherwise_is_a_loud_error(node: Node, path: Path) -> None:
    process = spawn(node)
    assert node.evaluate_next(process)
    before = rows(path)
    with pytest.raises(StoreError, match="another result"):
        node.store.record([Outcome(process, 0, "{}", False, 0)], node.schedule)
    with pytest.raises(StoreError, match="was evaluated before"):
        node.store.record([Outcome(process, 5, "{}", False, 0)], node.schedule)
    assert rows(path) == before


def test_a_result_that_cannot_be_recorded_does_not_keep_the_others(node: Node, path: Path) -> None:
    """Another program has recorded something else for the one that was evaluated first."""
    first, second = spawn(node, "first"), spawn(node, "second")
    settled(node)
    slots = [eval_slot(node, process, "return 1") for process in (first, second)]
    record = node.store.record

    def behind_another_program(outcomes, schedule):  # type: ignore[no-untyped-def]
        node.store.record = record  # type: ignore[method-assign]
        other = node_over(path)
        other.result(first, slots[0])
        other.store.close()
        change(path, "UPDATE slot SET result = replace(result, '\"1\"', '\"9\"') WHERE result LIKE '%\"1\"%'")
        return record(outcomes, schedule)

    node.store.record = behind_another_program  # type: ignore[method-assign]
    with pytest.raises(StoreError, match=f"Slot 1 of process {first} evaluated to another result"):
        settled(node)
    assert node.evaluated(second, slots[1])[0].result["Output"]["data"] == "1"
    # The state that it had reached is not gone on from.
    with pytest.raises(StoreError, match=f"Slot 1 of process {first} evaluated to another result"):
        evaluate(node, first, "return 2")


def test_a_log_of_large_slots_is_read_in_parts(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    process = spawn(node)
    for number in range(5):
        evaluate(node, process, f"return {number}")
    whole = list(node.store.entries(process))
    monkeypatch.setattr("aos_cli.units.store._PAGE_BYTES", 1)
    read: list[int] = []
    monkeypatch.setattr("aos_cli.units.store.log_entry", lambda _, row: read.append(row[0]) or row[0])
    assert [*node.store.entries(process)] == [entry.slot for entry in whole] == read
    assert [*node.store.entries(process, 2, 3)] == [2, 3]


def test_results_may_be_thrown_away(node: Node, path: Path) -> None:
    process = spawn(node)
    for number in range(5):
        evaluate(node, process, f"Send({{Target = '{process}', Data = '{number}'}}) return {{a = 1, b = {{}}}}")
    settled(node)
    before = log_texts(node, process)
    throw_results_away(path)
    other = node_over(path)
    settled(other)
    assert log_texts(other, process) == before
    record = other.store.process(process)
    assert record is not None
    assert record.slots == len(before)  # nothing was delivered a second time
    other.store.close()


def test_a_clock_that_stands_still_gives_increasing_timestamps(node: Node) -> None:
    process = spawn(node)
    for _ in range(3):
        evaluate(node, process, "return 1")
    times = [found.entry.place.timestamp_ms for found in node.evaluated(process, 0)]
    assert times == [standing_clock() + slot for slot in range(4)]
