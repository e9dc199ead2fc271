"""How long `aos` takes to start: to say its version, to run a file, and to its first prompt. Linux only (/proc)."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import BenchmarkBroken, Figure, seconds

_AOS = (sys.executable, "-m", "aos_cli")
_WALLET = Path(__file__).parents[1] / "vectors" / "test-wallet.json"

# The end of the process's prompt. The blank behind it may arrive as a movement of the cursor.
_PROMPT = re.compile(rb"@aos-[^\r\n]*>")
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_PROMPT_SECONDS = 30

# Given figures: the official console 2.0.4 on another computer, with network servers that answer at once.
_OFFICIAL_VERSION_SECONDS, _OFFICIAL_RUN_SECONDS = 1.7, 2.1


class _Starts:
    """Starts `aos` in homes of its own.

    Args:
        folder: for the homes and the Lua file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "hello.lua"
        self._file.write_text('print("hello")\n', "utf-8")
        self._homes = 0
        self._kept = self._new_home()

    def _new_home(self) -> Path:
        """A home with a wallet: making one takes a second, once in a user's life."""
        self._homes += 1
        home = self._folder / f"home-{self._homes}"
        home.mkdir()
        shutil.copy(_WALLET, home / "wallet.json")
        (home / "wallet.json").chmod(0o600)
        return home

    def version(self) -> Timing:
        """`aos --version`."""
        return timed(partial(self._command, ["--version"], "aos "))

    def run_file(self) -> Timing:
        """`aos run hello.lua`."""
        return timed(partial(self._command, ["run", str(self._file)], "hello"))

    def _command(self, arguments: Sequence[str], expected: str) -> None:
        done = subprocess.run(
            [*_AOS, *arguments], capture_output=True, text=True, env=_variables(self._kept), check=False
        )
        if done.returncode or expected not in done.stdout:
            raise BenchmarkBroken(f"aos {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def first_prompt(self) -> Timing:
        """`aos` until the prompt of a new process stands in the terminal."""
        return _until_prompt(_variables(self._new_home()))

    def next_prompt(self) -> Timing:
        """`aos` until the prompt of a process that was there before."""
        return _until_prompt(_variables(self._kept))


def _variables(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AOS_", "XDG_"))}
    return {**kept, "HOME": str(home), "AOS_HOME": str(home), "TERM": "xterm-256color"}


def _until_prompt(variables: dict[str, str]) -> Timing:
    ours, theirs = pty.openpty()
    began = time.perf_counter()
    child = subprocess.Popen(_AOS, stdin=theirs, stdout=theirs, stderr=theirs, env=variables, start_new_session=True)
    os.close(theirs)
    try:
        _await_prompt(ours, began + _PROMPT_SECONDS)
        return Timing(_cpu_seconds_of(child.pid), time.perf_counter() - began)
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def _await_prompt(terminal: int, deadline: float) -> None:
    shown = b""
    while not _PROMPT.search(_ESCAPES.sub(b"", shown)):
        readable, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))
        try:
            read = os.read(terminal, 65536) if readable else b""
        except OSError:  # Linux's way of saying that the other end is closed
            read = b""
        if not read:
            raise BenchmarkBroken(f"aos showed no prompt but {shown!r}")
        shown += read


def _cpu_seconds_of(process_number: int) -> float:
    """User and system time of a running program and all its threads.

    Source: proc(5), /proc/[pid]/stat, fields 14 and 15, in ticks.
    """
    fields = Path(f"/proc/{process_number}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, quick: bool) -> list[Figure]:
    """CPU seconds of each start, with the official console's beside them."""
    repetitions = 1 if quick else 7
    starts = _Starts(folder)
    starts.next_prompt()  # makes the process, and fills the computer's caches
    taken = medians(
        {
            "start-version": starts.version,
            "start-run": starts.run_file,
            "start-first-prompt": starts.first_prompt,
            "start-next-prompt": starts.next_prompt,
        },
        repetitions,
    )

    def figure(name: str, meaning: str, at_most: float) -> Figure:
        return seconds(name, meaning, taken[name], repetitions, at_most=at_most)

    return [
        figure("start-version", "aos --version", 0.10),
        _given("official-version", "official console --version", _OFFICIAL_VERSION_SECONDS),
        figure("start-run", "aos run hello.lua", 0.35),
        _given("official-run", "official console --run '1+1'", _OFFICIAL_RUN_SECONDS),
        figure("start-first-prompt", "aos to the prompt, new process", 0.6),
        figure("start-next-prompt", "aos to the prompt, known process", 0.6),
    ]


def _given(name: str, meaning: str, value: float) -> Figure:
    return Figure(name, meaning, "s CPU", value, "given, not measured here")
