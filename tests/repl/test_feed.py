"""The feed by itself; how it looks in a terminal is in the tests of talking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from aos_cli import background
from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.errors import AosError, StoreError
from aos_cli.repl import feed
from aos_cli.repl.feed import Feed
from aos_cli.session import Session, spawn_process
from aos_cli.wallet import Ed25519Wallet

_DEADLINE_SECONDS = 10.0


class Watched(Session):
    """A session whose evaluation of what waits is of the test's making."""

    evaluation: Callable[[], None]

    def evaluate_pending(self) -> None:
        self.evaluation()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_INTERVAL_SECONDS", 0.001)
    monkeypatch.setattr(background, "_GRACE_SECONDS", 0.01)
    monkeypatch.setattr(background, "abandoned", [])


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Watched:
    """A process whose first slot waits for its evaluation."""
    return Watched(client, wallet, spawn_process(client, wallet, "test"))


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What a long evaluation waits for; it ends with the test."""
    event = threading.Event()
    yield event
    event.set()


def shown_nothing(slots: list[Slot]) -> None:
    raise AssertionError(f"shown: {slots}")


def test_a_long_evaluation_does_not_keep_the_shell_waiting(session: Watched, released: threading.Event) -> None:
    began = threading.Event()

    def evaluate() -> None:
        began.set()
        released.wait(_DEADLINE_SECONDS)

    session.evaluation = evaluate
    watching = Feed(session, shown_nothing, lambda error: None, 0)
    watching.start()
    assert began.wait(_DEADLINE_SECONDS)
    assert watching.pause().acquire(timeout=_DEADLINE_SECONDS / 2)
    watching.pause().release()
    watching.stop()
    assert background.work_is_left()  # so that the program leaves without pulling the Lua state from under it
    released.set()
    background.abandoned[0].join(_DEADLINE_SECONDS)
    assert not background.work_is_left()


def test_what_cannot_be_evaluated_is_told_once_and_not_tried_without_end(session: Watched) -> None:
    attempts: list[None] = []
    errors: list[AosError] = []
    looks = threading.Semaphore(0)
    session.client.changed = _counted(session.client.changed, looks)  # type: ignore[method-assign] # counts the looks

    def evaluate() -> None:
        attempts.append(None)
        raise StoreError("damaged")

    session.evaluation = evaluate
    watching = Feed(session, shown_nothing, errors.append, 0)
    watching.start()
    for _ in range(40):
        assert looks.acquire(timeout=_DEADLINE_SECONDS)
    watching.stop()
    assert len(attempts) == 1
    assert [error.message for error in errors] == ["damaged"]


def _counted(function: Callable[[], bool], calls: threading.Semaphore) -> Callable[[], bool]:
    def counted() -> bool:
        calls.release()
        return function()

    return counted
