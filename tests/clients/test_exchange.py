from __future__ import annotations

import _thread
import threading

import httpx
import pytest

from aos_cli.clients.exchange import together, within


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


def test_what_is_made_together_comes_in_order() -> None:
    barrier = threading.Barrier(3, timeout=60)

    def work(number: int) -> int:
        barrier.wait()
        return number * 2

    assert together(work, range(9), 3) == [number * 2 for number in range(9)]
    assert together(abs, [], 3) == []
    assert together(lambda _: threading.current_thread(), [1], 3) == [threading.current_thread()]


def test_the_first_failure_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        together(lambda number: 1 // number, [1, 0, 2], 2)


def test_ctrl_c_does_not_wait_for_what_hangs() -> None:
    released = threading.Event()

    def work(number: int) -> None:
        if number == 1:
            _thread.interrupt_main()
        released.wait(60)

    try:
        with pytest.raises(KeyboardInterrupt):
            together(work, [0, 1, 2], 2)
        left = [thread for thread in threading.enumerate() if thread.name == "aos-together"]
        assert left
        assert all(thread.daemon for thread in left)
    finally:
        released.set()
