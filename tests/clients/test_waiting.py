"""Who waits long is told what for."""

from __future__ import annotations

import threading

from aos_cli.background import run_interruptible
from aos_cli.clients.waiting import Notices

NEVER = 3600.0


class Reader:
    """Hears what is told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.anything = threading.Event()

    def __call__(self, text: str) -> None:
        self.heard.append(text)
        self.anything.set()


def test_a_long_wait_is_told_once() -> None:
    reader = Reader()
    notices = Notices(reader, 0.0)

    def work(_: object) -> None:
        with notices.of("for a unit"), notices.of("for something in it"):
            assert reader.anything.wait(10)

    run_interruptible(work)
    assert reader.heard == ["Waiting for a unit; Ctrl-C stops that, and what was sent goes on."]
    reader.anything.clear()
    with notices.of("for another"):
        assert reader.anything.wait(10)
    assert len(reader.heard) == 2


def test_a_short_wait_is_not_told() -> None:
    reader = Reader()
    notices = Notices(reader, NEVER)
    with notices.of("for a unit"):
        pass
    assert reader.heard == []


def test_what_nobody_waits_for_is_not_told() -> None:
    reader = Reader()
    notices = Notices(reader, 0.0)
    timers: list[threading.Thread] = []

    def look() -> None:
        with notices.of("for a unit"):
            timers.extend(thread for thread in threading.enumerate() if getattr(thread, "function", None) is reader)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert timers == []
