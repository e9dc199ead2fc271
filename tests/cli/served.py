"""`aos node serve` as a program of its own, for tests that talk to it."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from program import Program

# Longer than any test waits for it; without it a mistake would wait for ever.
LONG_SECONDS = 60.0


class Served:
    """A node that is served by a program of its own.

    Args:
        aos: whose node.
        arguments: of `aos node serve`; words before it are for the program itself.

    Attributes:
        told: the line of JSON.
        err: the lines of standard error so far.
    """

    def __init__(self, aos: Program, *arguments: str, front: tuple[str, ...] = ()) -> None:
        self.process = aos.start(*front, "node", "serve", "--json", *arguments)
        self.err: list[str] = []
        self._said = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self._wait()
        assert line, "".join(self.err)
        self.told: dict[str, Any] = json.loads(line)

    def _read(self) -> None:
        # A pipe that nobody reads would stop the program.
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._said:
                self.err.append(line)
                self._said.notify_all()

    def wait_for(self, text: str) -> None:
        """Waits for a line of standard error that has a text in it."""
        with self._said:
            assert self._said.wait_for(lambda: any(text in line for line in self.err), LONG_SECONDS), self.err

    @property
    def url(self) -> str:
        """Where the messenger is."""
        return str(self.told["urls"]["mu"])

    def http(self) -> httpx.Client:
        """A client of the messenger's address."""
        return httpx.Client(base_url=self.url, timeout=LONG_SECONDS)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and gives the exit status."""
        self.process.send_signal(number)
        return self._wait()

    def _wait(self) -> int:
        status = self.process.wait(LONG_SECONDS)
        self._reader.join(LONG_SECONDS)
        return status

    def close(self) -> None:
        """Ends it if nobody has."""
        if self.process.poll() is None:
            self.process.kill()
        self._wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def served(aos: Program, *arguments: str, front: tuple[str, ...] = ()) -> Iterator[Served]:
    """A node that is served at a free port, unless the arguments say another one."""
    named = any(word in ("--port", "--ports") for word in arguments)
    node = Served(aos, *arguments, *(() if named else ("--port", "0")), front=front)
    try:
        yield node
    finally:
        node.close()
