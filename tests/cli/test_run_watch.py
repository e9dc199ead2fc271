"""`aos run --watch`: a file is evaluated again whenever it is saved."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from network import Network
from program import Program

from aos_cli.cli import rerun
from aos_cli.source.bundle import Bundle

GREETER = "return { word = %r }"
MAIN = 'Runs = (Runs or 0) + 1 print(Runs .. " " .. require(".greeter").word)'


class Watching:
    """`aos run --watch`, with what it says on the side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def says(self, words: str) -> str:
        """The next line on standard error that has these words; it reads on until then."""
        assert self._process.stderr is not None
        while line := self._process.stderr.readline():
            if words in line:
                return line
        raise AssertionError(f"it ended with {self._process.wait()} and never said {words}")

    def prints(self) -> str:
        """The next line of standard output."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def ends(self) -> int:
        """The exit status behind a Ctrl-C."""
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=30)
        return self._process.returncode


@contextmanager
def watching(aos: Program, *words: str) -> Iterator[Watching]:
    aos.write("greeter.lua", GREETER % "hello")
    aos.write("main.lua", MAIN)
    with aos.start("run", "--watch", *words, "main.lua") as process:
        try:
            yield Watching(process)
        finally:
            process.kill()


def test_a_save_is_evaluated_in_the_same_process(aos: Program) -> None:
    with watching(aos) as program:
        assert program.prints() == "1 hello\n"
        program.says("aos: watching main.lua; Ctrl-C ends it")
        aos.write("greeter.lua", GREETER % "good day")
        assert program.prints() == "2 good day\n"
        assert program.says("reloaded") == "aos: reloaded main.lua (changed: greeter.lua)\n"
        assert program.ends() == 130


def test_what_cannot_be_loaded_is_said_and_watched_on(aos: Program) -> None:
    with watching(aos) as program:
        program.says("watching")
        aos.write("greeter.lua", "return {")
        assert "greeter.lua:1" in program.says("greeter.lua")
        aos.write("greeter.lua", "error('no luck')")
        assert program.says("failed") == "aos: main.lua failed (changed: greeter.lua); still watching\n"
        aos.write("greeter.lua", GREETER % "again")
        program.says("reloaded")
        assert [program.prints(), program.prints()] == ["1 hello\n", "2 again\n"]
        assert program.ends() == 130


@pytest.fixture
def away(aos: Program, network: Network) -> Program:
    """A user with a process on a network."""
    aos.variables["AOS_NODE"] = network.url
    assert aos("open", "--yes", "alice").status == 0
    return aos


def test_a_network_that_has_gone_is_said_and_watched_on(away: Program, network: Network) -> None:
    with watching(away, "--process", "alice") as program:
        program.says("watching")
        network.stop()
        away.write("greeter.lua", GREETER % "good day")
        assert "cannot be reached" in program.says("aos: ")
        assert program.ends() == 130


def test_a_network_that_goes_while_a_save_is_sent_ends_nothing(
    away: Program, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real file is not saved in just that instant."""
    seen: list[str] = []

    def saves(make: Callable[[], Bundle], *_: object) -> Iterator[Bundle]:
        away.write("greeter.lua", GREETER % "good day")
        made = make()
        network.stop()
        yield made
        seen.append("went on")
        raise KeyboardInterrupt

    monkeypatch.setattr(rerun, "saves", saves)
    away.write("greeter.lua", GREETER % "hello")
    away.write("main.lua", MAIN)
    ended = away("run", "--watch", "--process", "alice", "main.lua")
    assert (ended.status, seen) == (130, ["went on"])
    assert "cannot be reached" in ended.err
