"""Work on a copy of this program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aos_cli.machine import Machine
from aos_cli.machine.copies import Copy, CopyLost
from aos_cli.machine.port import Limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes such copies")

SECONDS = 30.0


def until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def test_it_gives_what_the_work_gave_and_changes_nothing_here() -> None:
    here = [1]

    def work() -> tuple[int, list[int]]:
        here.append(2)
        return os.getpid(), here

    program, there = Copy(work).value()
    assert program != os.getpid()
    assert (here, there) == ([1], [1, 2])


def test_a_machine_goes_its_own_way_there() -> None:
    machine = Machine()

    def counted() -> str:
        return str(machine.eval("Count = (Count or 0) + 1 return Count")["Output"]["data"])

    assert counted() == "1"
    copies = [Copy(lambda: (counted(), counted())) for _ in range(3)]
    assert [copy.value() for copy in copies] == [("2", "3")] * 3
    assert counted() == "2"


def test_a_limit_holds_there() -> None:
    machine = Machine(Limits(compute=10_000_000))
    found = Copy(lambda: machine.eval("while true do end")).value()
    assert found == {"Throws": "compute limit of 10,000,000 instructions reached"}
    assert machine.eval("return 1")["Output"]["data"] == "1"


def fails() -> None:
    raise ValueError


def gives_what_cannot_be_pickled() -> object:
    return threading.Lock()


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaves_by_itself() -> None:
    os._exit(0)


@pytest.mark.parametrize("work", [fails, gives_what_cannot_be_pickled, is_killed, leaves_by_itself])
def test_work_that_gives_nothing_is_lost(work: Callable[[], object], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CopyLost):
        Copy(work).value()
    # What it would have written belongs to nobody's output.
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_a_system_that_makes_no_copy_says_so(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def refused() -> Any:
        raise BlockingIOError

    before = os.listdir("/proc/self/fd")
    with monkeypatch.context() as patched:
        patched.setattr(os, call, refused)
        with pytest.raises(CopyLost):
            Copy(os.getpid)
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_many_are_made_at_the_same_time_and_leave_nothing_behind() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(lambda number=number: Copy(lambda: bytes(number)).value()) for number in range(64)]
        assert [len(answer.result()) for answer in asked] == list(range(64))
    assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_what_it_gives_may_be_large() -> None:
    assert len(Copy(lambda: bytes(10_000_000)).value()) == 10_000_000


def test_who_waits_for_the_end_of_a_pipe_does_not_wait_for_a_copy() -> None:
    reader, writer = os.pipe()
    copy = Copy(lambda: time.sleep(SECONDS))
    os.close(writer)
    done = threading.Event()

    def wait() -> None:
        assert os.read(reader, 1) == b""
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    assert done.wait(SECONDS / 3)
    os.kill(copy._id, signal.SIGKILL)
    with pytest.raises(CopyLost):
        copy.value()
    os.close(reader)


PROGRAM = """
import sys, time
from aos_cli.machine import Machine
from aos_cli.machine.copies import Copy
copy = Copy(lambda: time.sleep(600))
print(copy._id, flush=True)
sys.stdin.read(1)
"""


def test_it_ends_with_a_program_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        process_id = int(program.stdout.readline())
        assert os.path.exists(f"/proc/{process_id}")
        program.kill()

    def gone() -> bool:
        try:
            return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    assert until(gone)


def test_ctrl_c_is_for_the_program_that_waits() -> None:
    def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "went on"

    assert Copy(work).value() == "went on"


def test_signals_reach_this_program_as_before() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    there = Copy(lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ())).value()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    # From its first moment on: Ctrl-C would raise there what this program's callers catch.
    assert {signal.SIGINT, signal.SIGTERM} <= there
