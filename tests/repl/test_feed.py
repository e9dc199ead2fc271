"""The feed by itself; how it looks in a terminal is in the tests of talking and of live commands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from standing_clock import Clock
from ticking import SECOND, ticking_session

from aos_cli import background
from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.errors import AosError, StoreError
from aos_cli.mailbox import Tally
from aos_cli.process_view import ProcessView
from aos_cli.processes import spawn_process
from aos_cli.repl import feed
from aos_cli.repl.feed import Feed
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

_DEADLINE_SECONDS = 10.0


class Heard:
    """An audience that writes down what it is told, and can be waited for."""

    def __init__(self) -> None:
        self.is_live = True
        self.told: list[tuple[str, object]] = []
        self._more = threading.Condition()

    def _note(self, what: str, about: object) -> None:
        with self._more:
            self.told.append((what, about))
            self._more.notify_all()

    def arrived(self, slots: Sequence[Slot]) -> None:
        self._note("arrived", [slot.number for slot in slots])

    def held_back(self, slots: Sequence[Slot]) -> None:
        self._note("held", [slot.number for slot in slots])

    def given_back(self, slots: Sequence[Slot], total: int) -> None:
        self._note("given", ([slot.number for slot in slots], total))

    def arrived_elsewhere(self, slots: Sequence[Slot]) -> None:
        self._note("elsewhere", [(slot.process.name, slot.number) for slot in slots])

    def counted(self, tally: Tally) -> None:
        self._note("unread", tally.unread)

    def failed(self, error: AosError) -> None:
        self._note("failed", error.message)

    def recovered(self) -> None:
        self._note("recovered", None)

    def about(self, what: str) -> list[object]:
        """What was told of one thing, in order."""
        return [about for told, about in self.told if told == what]

    def wait(self, what: str, about: object) -> None:
        """Waits until it was told something."""
        with self._more:
            assert self._more.wait_for(lambda: (what, about) in self.told, _DEADLINE_SECONDS), self.told

    def wait_for_batch(self, what: str, about: object) -> None:
        """Waits until something was among what it was told."""
        with self._more:
            found = lambda: any(told == what and about in batch for told, batch in self.told)  # type: ignore[operator] # noqa: E731 - short
            assert self._more.wait_for(found, _DEADLINE_SECONDS), self.told

    def wait_for_any(self, what: str) -> None:
        """Waits until it was told something of a kind."""
        with self._more:
            assert self._more.wait_for(lambda: bool(self.about(what)), _DEADLINE_SECONDS), self.told


class Watched(Session):
    """A session whose evaluation of what waits is of the test's making."""

    evaluation: Callable[[], None] | None = None

    def evaluate_pending(self) -> None:
        if self.evaluation is None:
            super().evaluate_pending()
        else:
            self.evaluation()


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_INTERVAL_SECONDS", 0.001)
    monkeypatch.setattr(background, "_GRACE_SECONDS", 0.01)
    monkeypatch.setattr(background, "abandoned", [])


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Watched:
    """A process whose first slot waits for its evaluation."""
    return Watched(client, wallet, spawn_process(client, wallet, "test"))


@pytest.fixture
def other(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return Session(client, wallet, spawn_process(client, wallet, "other"))


@pytest.fixture
def start(session: Watched, heard: Heard) -> Iterator[Callable[..., Feed]]:
    """Starts a feed; it has ended when the test has."""
    started: list[Feed] = []

    def start(watched: dict[str, ProcessView] | None = None, limit: int = 0, own: Session = session) -> Feed:
        started.append(Feed(own, watched or {}, heard, limit))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.stop()
        one._thread.join(_DEADLINE_SECONDS)


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What a long evaluation waits for; it ends with the test."""
    event = threading.Event()
    yield event
    event.set()


def test_what_nobody_evaluates_is_evaluated_and_told(
    session: Watched, heard: Heard, start: Callable[..., Feed]
) -> None:
    start()
    heard.wait("arrived", [0])
    for number in range(1, 4):
        session.slot(session.eval(f"return {number}").slot)
        heard.wait("arrived", [number])
    session.send("hello", ())
    heard.wait("unread", 1)
    assert [number for batch in heard.about("arrived") for number in batch] == [0, 1, 2, 3, 4]  # type: ignore[attr-defined] # lists


def test_a_long_evaluation_does_not_keep_the_shell_waiting(
    session: Watched, start: Callable[..., Feed], released: threading.Event
) -> None:
    began = threading.Event()

    def evaluate() -> None:
        began.set()
        released.wait(_DEADLINE_SECONDS)

    session.evaluation = evaluate
    watching = start()
    assert began.wait(_DEADLINE_SECONDS)
    assert watching.pause().acquire(timeout=_DEADLINE_SECONDS / 2)
    watching.pause().release()
    watching.stop()
    assert background.work_is_left()  # so that the program leaves without pulling the Lua state from under it
    released.set()
    background.abandoned[0].join(_DEADLINE_SECONDS)
    assert not background.work_is_left()


def test_what_cannot_be_evaluated_is_told_once_and_not_tried_without_end(
    session: Watched, heard: Heard, start: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[None] = []
    looks = threading.Semaphore(0)
    monkeypatch.setattr(session.client, "changed", _counted(session.client.changed, looks))

    def evaluate() -> None:
        attempts.append(None)
        raise StoreError("damaged")

    session.evaluation = evaluate
    watching = start()
    for _ in range(40):
        assert looks.acquire(timeout=_DEADLINE_SECONDS)
    assert len(attempts) == 1
    assert heard.told == [("failed", "damaged")]
    assert watching.health == "failing"
    session.evaluation = None
    session.eval("return 1")  # something has changed: another attempt
    heard.wait("recovered", None)
    assert watching.health == "live"
    assert heard.about("failed") == ["damaged"]


def test_a_node_that_cannot_be_asked_is_told_once_and_its_return_too(
    session: Watched, heard: Heard, start: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = start()
    heard.wait("arrived", [0])
    looks = threading.Semaphore(0)

    def fail() -> bool:
        looks.release()
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(session.client, "changed", fail)
        for _ in range(5):
            assert looks.acquire(timeout=_DEADLINE_SECONDS)
        assert watching.health == "failing"
        session.slot(session.eval("return 1").slot)
    heard.wait("recovered", None)
    heard.wait("arrived", [1])
    assert heard.about("failed") == ["gone"]
    assert watching.health == "live"


def test_a_defect_of_the_feed_is_told_and_does_not_look_like_quiet(
    session: Watched, heard: Heard, start: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = start()
    heard.wait("arrived", [0])

    def fail() -> bool:
        raise RuntimeError("a defect")

    monkeypatch.setattr(session.client, "changed", fail)
    heard.wait("failed", "The feed has stopped: RuntimeError: a defect")
    assert watching.health == "failing"


def test_a_pause_holds_back_and_gives_back_in_order(session: Watched, heard: Heard, start: Callable[..., Feed]) -> None:
    watching = start()
    heard.wait("arrived", [0])
    heard.is_live = False
    assert watching.health == "paused"
    for number in (1, 2):
        session.slot(session.eval("return 1").slot)
        heard.wait("held", [number])
    with watching.pause():  # a command runs, and finds a slot that came before it
        slot = session.slot(session.eval("return 1").slot)
        assert [one.number for one in session.unshown()] == [3]
        watching.hold_back([slot])
    assert heard.about("arrived") == [[0]]
    heard.is_live = True
    heard.wait("given", ([1, 2, 3], 3))
    assert heard.about("arrived") == [[0]]
    session.slot(session.eval("return 1").slot)
    heard.wait("arrived", [4])


def test_of_a_long_pause_the_newest_are_given_back(
    session: Watched, heard: Heard, start: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "_MOST_GIVEN_BACK", 2)
    watching = start()
    heard.wait("arrived", [0])
    with watching.pause():
        heard.is_live = False
        for _ in range(4):
            session.eval("return 1")
        session.evaluate_pending()
    heard.wait("held", [1, 2, 3, 4])
    heard.is_live = True
    heard.wait("given", ([3, 4], 4))


def test_watched_processes_are_told_of_each_slot_once(
    session: Watched, other: Session, heard: Heard, start: Callable[..., Feed]
) -> None:
    watched: dict[str, ProcessView] = {other.process.id: ProcessView(session.client, other.process)}
    watching = start(watched)
    heard.wait("elsewhere", [("other", 0)])
    with watching.pause():
        watching.told(other.slot(other.eval("return 'shown by the command that caused it'").slot))
    other.eval("return 2")
    heard.wait("elsewhere", [("other", 2)])
    heard.is_live = False
    other.slot(other.eval("return 3").slot)
    session.send("mark", ())
    heard.wait("held", [1])
    heard.is_live = True
    heard.wait("elsewhere", [("other", 3)])
    assert heard.about("elsewhere") == [[("other", number)] for number in (0, 2, 3)]


def test_the_open_process_is_not_told_twice_when_it_is_watched(
    session: Watched, heard: Heard, start: Callable[..., Feed]
) -> None:
    view = ProcessView(session.client, session.process)
    start({session.process.id: view})
    heard.wait("arrived", [0])
    session.slot(session.eval("return 1").slot)
    heard.wait("arrived", [1])
    assert heard.about("elsewhere") == []
    assert view.shown >= 1  # so that nothing comes again when another process is opened


def test_resting_it_evaluates_nothing(
    session: Watched, heard: Heard, start: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = start()
    heard.wait("arrived", [0])
    watching.rest(True)
    assert watching.health == "resting"
    session.eval("return 1")
    looks = threading.Semaphore(0)
    monkeypatch.setattr(session.client, "changed", _counted(session.client.changed, looks))
    for _ in range(20):
        assert looks.acquire(timeout=_DEADLINE_SECONDS)
    assert session.pending()
    watching.rest(False)
    session.eval("return 2")
    heard.wait("arrived", [1, 2])


def _counted(function: Callable[[], bool], calls: threading.Semaphore) -> Callable[[], bool]:
    def counted() -> bool:
        calls.release()
        return function()

    return counted


# Ticks


@pytest.fixture
def ticking(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    """A monitored process that sends something to itself every ten seconds."""
    session = ticking_session(client, wallet, "10-seconds")
    session.monitor()
    return session


def test_ticks_come_by_the_clock_and_what_they_set_off_too(
    ticking: Session, heard: Heard, start: Callable[..., Feed], clock: Clock
) -> None:
    start(limit=100, own=ticking)
    for slot in (2, 3, 4):
        clock.now += 10 * SECOND
        # A tick stands behind the slot before.
        heard.wait_for_batch("arrived", slot - 1)
        heard.wait_for_batch("arrived", slot)
    told = [number for batch in heard.about("arrived") for number in batch]  # type: ignore[attr-defined] # lists
    assert told == [1, 2, 2, 3, 3, 4]


def test_ticks_are_held_back_with_the_rest(
    ticking: Session, heard: Heard, start: Callable[..., Feed], clock: Clock
) -> None:
    heard.is_live = False
    start(limit=1000, own=ticking)
    clock.now += 2000 * SECOND
    heard.wait_for_batch("held", 201)
    heard.is_live = True
    heard.wait("given", (list(range(102, 202)), 400))


def test_a_feed_that_rests_ticks_and_follows_nothing(
    ticking: Session, heard: Heard, start: Callable[..., Feed], clock: Clock, client: LocalClient
) -> None:
    feed = start(limit=100, own=ticking)
    heard.wait_for_any("unread")  # what was left over is done
    feed.rest(True)
    clock.now += 10 * SECOND
    heard.wait_for_batch("arrived", 1)
    record = client.find_process(ticking.process.id)
    assert record is not None
    assert (record.slots, record.evaluated) == (3, 2)
    feed.rest(False)
    clock.now += 10 * SECOND
    heard.wait_for_batch("arrived", 2)


def test_ticks_that_cannot_be_evaluated_are_told_of_once(
    ticking: Session, heard: Heard, start: Callable[..., Feed], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Semaphore(0)
    keep_time = ticking.client.keep_time

    def not_now(*_: object, **__: object) -> Iterator[Slot]:
        tried.release()
        raise StoreError("the disk is full")

    monkeypatch.setattr(ticking.client, "keep_time", not_now)
    feed = start(limit=100, own=ticking)
    heard.wait("failed", "the disk is full")
    for _ in range(3):
        assert tried.acquire(timeout=_DEADLINE_SECONDS)
    assert heard.about("failed") == ["the disk is full"]
    assert feed.health == "failing"
    monkeypatch.setattr(ticking.client, "keep_time", keep_time)
    heard.wait("recovered", None)
    clock.now += 10 * SECOND
    heard.wait_for_batch("arrived", 2)
    assert feed.health == "live"


def test_a_watched_process_shows_its_ticks(
    ticking: Session, session: Watched, heard: Heard, start: Callable[..., Feed], clock: Clock
) -> None:
    start({ticking.process.id: ticking}, limit=100)
    clock.now += 10 * SECOND
    heard.wait_for_batch("elsewhere", ("ticking", 2))
    told = [one for batch in heard.about("elsewhere") for one in batch]  # type: ignore[attr-defined] # lists
    assert told == [("ticking", 1), ("ticking", 2)]
