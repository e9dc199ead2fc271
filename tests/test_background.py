from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from aos_cli import background
from aos_cli.background import run_interruptible, work_is_left

requires_posix = pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to a thread there")


@pytest.fixture(autouse=True)
def _forget_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "abandoned", [])


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What stubborn work waits for; it ends with the test."""
    event = threading.Event()
    yield event
    event.set()


def _waits(frame: FrameType | None) -> bool:
    """Whether a thread stands in the waiting of `run_interruptible`, and not still in its starting of the thread."""
    names = []
    while frame is not None and frame.f_code.co_name != "run_interruptible":
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return frame is not None and names[-1:] == ["wait"]


def interrupt() -> None:
    """Presses Ctrl-C, which goes to the main thread, once that thread waits for the work."""
    main = threading.main_thread().ident
    assert main is not None
    while not _waits(sys._current_frames()[main]):
        time.sleep(0.001)
    signal.pthread_kill(main, signal.SIGINT)


def test_the_value_of_the_work_comes_out() -> None:
    assert run_interruptible(lambda _: threading.current_thread().name) == "aos-work"
    assert not work_is_left()


@pytest.mark.parametrize("failure", [ValueError("wrong"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_work_raises_comes_out(failure: BaseException) -> None:
    def work(_: Callable[[], bool]) -> None:
        raise failure

    with pytest.raises(type(failure)) as caught:
        run_interruptible(work)
    assert caught.value is failure
    assert not work_is_left()


@requires_posix
def test_work_is_told_of_ctrl_c_and_ends() -> None:
    ended = []

    def work(cancelled: Callable[[], bool]) -> None:
        interrupt()
        while not cancelled():
            time.sleep(0.001)
        ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_interruptible(work)
    assert ended
    assert not work_is_left()


@requires_posix
def test_work_that_does_not_listen_is_left_alone(released: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_GRACE_SECONDS", 0.01)

    def work(_: Callable[[], bool]) -> None:
        interrupt()
        released.wait(30)

    with pytest.raises(KeyboardInterrupt):
        run_interruptible(work)
    assert work_is_left()
    (thread,) = background.abandoned
    assert thread.daemon  # it never keeps the program from ending
    released.set()
    thread.join(30)
    assert not work_is_left()


def test_a_thread_that_ends_is_not_left(released: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_GRACE_SECONDS", 0.01)
    thread = threading.Thread(target=released.wait, args=(30,), daemon=True)
    thread.start()
    background.leave(thread)
    assert work_is_left()
    released.set()
    thread.join(30)
    assert not work_is_left()
