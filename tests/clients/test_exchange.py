from __future__ import annotations

import threading

import httpx
import pytest

from aos_cli.clients.exchange import within


def test_work_gives_its_value_and_its_exceptions() -> None:
    assert within(60, lambda late: late()) is False
    with pytest.raises(ZeroDivisionError):
        within(60, lambda late: 1 / 0)


def test_a_timeout_of_the_work_itself_is_its_own() -> None:
    def fails(_: object) -> None:
        raise TimeoutError("of the work")

    with pytest.raises(TimeoutError, match="of the work"):
        within(60, fails)


def test_work_that_takes_too_long_is_told_so_and_left_alone() -> None:
    told, done = threading.Event(), threading.Event()

    def works(late: object) -> None:
        told.wait(10)
        assert callable(late)
        if late():
            done.set()

    with pytest.raises(httpx.ReadTimeout, match="takes too long"):
        within(0.01, works)
    told.set()
    assert done.wait(10)
