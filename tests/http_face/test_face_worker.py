"""What waits in the logs is evaluated in the background, beside other programs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from face_tools import KEYS, LONG_SECONDS, NOBODY, SLOW, Caller, error_of, message_item
from standing_clock import Clock

from aos_cli.background import abandoned
from aos_cli.errors import StoreError
from aos_cli.http_face.face import Face
from aos_cli.http_face.worker import Worker
from aos_cli.units.node import Node
from aos_cli.units.store import Store


def done(face: Face, process_id: str, slots: int) -> bool:
    node = face.node
    return face.worker.wait_until(process_id, lambda: node.record(process_id).evaluated == slots, LONG_SECONDS)


def test_what_another_program_writes_is_evaluated_here(caller: Caller, tmp_path: Path, clock: Clock) -> None:
    process_id = caller.spawn()
    store = Store(tmp_path / "store.sqlite")
    Node(store, KEYS, clock).submit(message_item(process_id, "return 1", ("Action", "Eval")).raw)
    assert done(caller.face, process_id, 2)
    store.close()


def test_what_another_program_evaluates_is_a_result_here(caller: Caller, tmp_path: Path, clock: Clock) -> None:
    face = caller.face
    process_id = caller.spawn()
    assert done(face, process_id, 1)
    face.worker.close()
    message_id = caller.eval(process_id, "return 6 * 7")
    store = Store(tmp_path / "store.sqlite")
    Node(store, KEYS, clock).result(process_id, 1)
    store.close()
    assert caller.result(process_id, message_id)["Output"]["data"] == "42"


def test_two_nodes_share_a_store(caller: Caller, tmp_path: Path, clock: Clock) -> None:
    store = Store(tmp_path / "store.sqlite")
    with Worker(Node(store, KEYS, clock)) as other:
        processes = [caller.spawn() for _ in range(5)]
        for number in range(8):
            for process_id in processes:
                caller.eval(process_id, f"Total = (Total or 0) + {number}")
        for process_id in processes:
            assert caller.value(process_id, "return Total") == "28"
            assert other.problem(process_id) is None
            assert caller.face.worker.problem(process_id) is None
    store.close()


def test_a_process_that_takes_long_does_not_keep_the_others(caller: Caller) -> None:
    slow, fast = caller.spawn(("Compute-Limit", "200000000")), caller.spawn()
    caller.eval(slow, SLOW)
    assert caller.value(fast, "return 1") == "1"
    assert caller.face.node.record(slow).evaluated <= 1


def test_a_process_that_takes_long_keeps_nothing_that_was_claimed_with_it(caller: Caller) -> None:
    """Neither those in front of it, which are evaluated already, nor those behind it."""
    face = caller.face
    processes = [caller.spawn(("Compute-Limit", "200000000")) for _ in range(8)]
    for process_id in processes:
        assert done(face, process_id, 1)
    face.worker.close()
    slow = processes.pop(3)
    for process_id in (*processes[:3], slow, *processes[3:]):
        caller.eval(process_id, SLOW if process_id == slow else "return 1")
    with Worker(face.node, threads=2) as worker:
        face.worker = worker
        for process_id in processes:
            assert done(face, process_id, 2)
        assert face.node.record(slow).evaluated == 1
        assert done(face, slow, 2)


def test_a_process_that_cannot_be_evaluated_says_why(
    caller: Caller, tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, well = caller.spawn(), caller.spawn()
    caller.result(broken, caller.eval(broken, "return 1"))
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("UPDATE slot SET result = replace(result, '\"1\"', '\"2\"') WHERE slot = 1")
    connection.close()
    # Another node, whose machines stand nowhere yet, finds that the log gives another result than the stored one.
    caller.face.worker.close()
    store = Store(tmp_path / "store.sqlite")
    face = Face(Node(store, KEYS, clock), clock)
    other = Caller(face, caller.http)
    message_id = caller.eval(broken, "return 2")
    assert face.worker.wait_until(broken, lambda: face.worker.problem(broken) is not None, LONG_SECONDS)
    caller.face.worker = face.worker
    status, text = error_of(caller.http.get(f"/result/{message_id}", params={"process-id": broken}))
    assert status == 500
    assert "evaluated to another result" in text
    assert other.value(well, "return 3") == "3"
    assert f"Process {broken} is not evaluated" in caplog.text
    face.close()
    store.close()


def test_a_process_is_tried_again_after_a_rest(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aos_cli.http_face.worker._REST_SECONDS", 0.0)
    node, tries = caller.face.node, []
    evaluate_some = node.evaluate_some

    def at_first_not(*args: object) -> object:
        tries.append(args)
        if len(tries) < 3:
            raise OSError("a disk that is asleep")
        return evaluate_some(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(node, "evaluate_some", at_first_not)
    process_id = caller.spawn()
    assert done(caller.face, process_id, 1)
    assert caller.face.worker.wait_until(
        process_id, lambda: caller.face.worker.problem(process_id) is None, LONG_SECONDS
    )
    assert "a disk that is asleep" in caplog.text
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1


def test_a_store_that_fails_is_said_once_and_looked_at_again(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("aos_cli.http_face.worker._REST_SECONDS", 0.0)
    node, tries = caller.face.node, []
    waiting = node.waiting

    def at_first_not() -> object:
        tries.append(1)
        if len(tries) < 20:
            raise StoreError("The disk is full")
        return waiting()

    monkeypatch.setattr(node, "waiting", at_first_not)
    assert done(caller.face, caller.spawn(), 1)
    assert [record.getMessage() for record in caplog.records] == ["Nothing is evaluated: The disk is full"]


def test_a_wait_ends_with_the_work(face: Face) -> None:
    face.worker.close()
    assert not face.worker.wait_until(NOBODY, lambda: False, LONG_SECONDS)


def test_the_end_does_not_wait_for_a_long_evaluation(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.http_face.worker._GRACE_SECONDS", 0.0)
    monkeypatch.setattr("aos_cli.http_face.worker._ASK_SECONDS", 0.01)
    face = caller.face
    process_id = caller.spawn(("Compute-Limit", "400000000"))
    assert done(face, process_id, 1)
    caller.eval(process_id, SLOW)
    assert face.worker.wait_until(process_id, lambda: face.node.look(process_id, lambda _: True) is None, LONG_SECONDS)
    known = len(abandoned)
    face.worker.close()
    left = abandoned[known:]
    assert any(thread.is_alive() for thread in left)
    for thread in left:
        thread.join(LONG_SECONDS)
    assert not any(thread.is_alive() for thread in left)
