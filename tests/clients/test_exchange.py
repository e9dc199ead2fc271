from __future__ import annotations

import _thread
import threading

import pytest

from aos_cli.clients.exchange import together


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
