"""Dry runs that are asked for at the same time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from face_tools import LONG_SECONDS, USER, Caller, error_of

from aos_cli.http_face import dry_runs
from aos_cli.http_face.face import Face, Patience
from aos_cli.units.dry import DryState

SLOW, QUICK = "slow", "quick"


class Held:
    """Dry runs as they are, but those with the data `SLOW` are evaluated when they are let go.

    Attributes:
        begun: given once for each of them that has begun.
        let_go: ends their wait.
        evaluated: how many there were of any data.
    """

    def __init__(self) -> None:
        self._evaluate = dry_runs.dry_fields
        self.begun, self.let_go, self.evaluated = threading.Semaphore(0), threading.Event(), 0

    def __call__(self, node: Any, record: Any, before_ms: Any, fields_in: Any) -> Any:
        self.evaluated += 1
        if fields_in(DryState.behind(node, record, before_ms))["Data"] == SLOW:
            self.begun.release()
            assert self.let_go.wait(LONG_SECONDS)
        return self._evaluate(node, record, before_ms, fields_in)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held()
    monkeypatch.setattr(dry_runs, "dry_fields", held)
    yield held
    held.let_go.set()


def born(caller: Caller) -> str:
    process_id = caller.spawn()
    caller.result(process_id, caller.eval(process_id, "return 1"))
    return process_id


def ask(caller: Caller, process_id: str, data: str, number: int = 0) -> Any:
    return caller.http.post("/dry-run", params={"process-id": process_id}, json={"Data": data, "Id": str(number)})


def test_what_many_ask_is_evaluated_once(caller: Caller, held: Held) -> None:
    process_id = born(caller)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, caller, process_id, SLOW) for _ in range(8)]
        assert held.begun.acquire(timeout=LONG_SECONDS)
        held.let_go.set()
        answers = {answer.result().text for answer in asked}
    assert (len(answers), held.evaluated) == (1, 1)


def test_dry_runs_of_one_process_leave_room_for_others(caller: Caller, face: Face, held: Held) -> None:
    busy, other = born(caller), born(caller)
    face.patience = Patience(result_seconds=0.01)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, caller, busy, SLOW, number) for number in range(2)]
        for _ in asked:
            assert held.begun.acquire(timeout=LONG_SECONDS)
        refused = ask(caller, busy, QUICK)
        assert error_of(refused) == (503, "The node is busy. Please try again later.")
        assert refused.headers["Retry-After"] == "1"
        assert ask(caller, other, QUICK).status_code == 200
        held.let_go.set()
        assert [answer.result().status_code for answer in asked] == [200, 200]
    assert ask(caller, busy, QUICK).status_code == 200


def test_a_dry_run_that_fails_makes_room(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    process_id = born(caller)

    def broken(*_: object) -> None:
        raise OSError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(dry_runs, "dry_fields", broken)
        for _ in range(3):
            assert ask(caller, process_id, QUICK).status_code == 500
    assert ask(caller, process_id, QUICK).status_code == 200


def test_an_answer_belongs_to_the_state_that_gave_it(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that comes while a question is asked may count; who asks for the state before it must not see that."""
    process_id = caller.spawn()
    newest = caller.eval(process_id, "Count = 1")
    caller.result(process_id, newest)
    question = {"Data": "return Count", "Owner": USER.address, "Tags": [{"name": "Action", "value": "Eval"}]}
    evaluate = dry_runs.dry_fields

    def after_another_message(*arguments: Any) -> Any:
        caller.result(process_id, caller.eval(process_id, "Count = Count + 1"))
        return evaluate(*arguments)

    def answer(**more: str) -> str:
        found = caller.http.post("/dry-run", params={"process-id": process_id, **more}, json=question).json()
        return str(found["Output"]["data"])

    with monkeypatch.context() as patched:
        patched.setattr(dry_runs, "dry_fields", after_another_message)
        meanwhile = answer()
    assert (answer(to=newest), answer()) == ("1", "2")
    assert meanwhile == ("2" if sys.platform == "linux" else "1")
