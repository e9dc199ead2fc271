"""`aos node serve` as a program of its own, for tests that talk to it, and items to send to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.model import DataItem, Tag
from aos_cli.wallet import Ed25519Wallet

ROOT = Path(__file__).parents[1]

# Longer than any test waits for it; without it a mistake would wait for ever.
LONG_SECONDS = 60.0

USER = Ed25519Wallet(bytes(31) + b"u")
AO_TAGS = (Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"))


class Served:
    """A node that is served by a program of its own.

    Args:
        home: AOS_HOME of the program.
        arguments: of `aos node serve`.
        front: of the program itself.

    Attributes:
        process: the program.
        told: the line of JSON.
        err: the lines of standard error so far.
    """

    def __init__(self, home: Path, *arguments: str, front: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aos_cli", *front, "node", "serve", "--json", *arguments],
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "AOS_HOME": str(home),
                "HOME": str(home.parent),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
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

    def wait_until_busy(self) -> None:
        """Waits until it works although nobody asks for anything any more."""
        before, end = self._processor_ticks(), time.monotonic() + LONG_SECONDS
        while self._processor_ticks() < before + 20:
            assert time.monotonic() < end

    def _processor_ticks(self) -> int:
        """Processor time of the program, in hundredths of a second."""
        return int(Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")")[1].split()[11])

    @property
    def url(self) -> str:
        """Where the messenger is."""
        return str(self.told["urls"]["mu"])

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
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def served(home: Path, *arguments: str, front: tuple[str, ...] = ()) -> Iterator[Served]:
    """A node that is served at a free port, unless the arguments say another one."""
    named = any(word in ("--port", "--ports") for word in arguments)
    node = Served(home, *arguments, *(() if named else ("--port", "0")), front=front)
    try:
        yield node
    finally:
        node.close()


class Remote:
    """A client of a served node that knows no more than HTTP.

    Args:
        node: the node.
        signer: signs what is sent.
    """

    def __init__(self, node: Served, signer: Signer = USER) -> None:
        self.http = httpx.Client(base_url=node.url, timeout=LONG_SECONDS)
        self._told = node.told
        self._signer = signer
        self._sent = 0

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def spawn(self, *tags: tuple[str, str]) -> str:
        """A new process; gives its id."""
        named = (("Type", "Process"), ("Module", self._told["module"]), ("Scheduler", self._told["scheduler"]))
        return self._posted("", b" ", (*tags, *named, ("Authority", self._told["authority"])))

    def send(self, process_id: str, data: str = "", *tags: tuple[str, str]) -> str:
        """Sends a message; gives its id."""
        return self._posted(process_id, data.encode(), (*tags, ("Type", "Message")))

    def evaluated(self, process_id: str, code: str) -> str:
        """What Lua text prints or returns."""
        return str(self.result(process_id, self.send(process_id, code, ("Action", "Eval")))["Output"]["data"])

    def result(self, process_id: str, message_id: str) -> dict[str, Any]:
        """The result of a message."""
        answer = self.http.get(f"/result/{message_id}", params={"process-id": process_id})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def item(self, target: str, data: bytes, tags: tuple[tuple[str, str], ...]) -> DataItem:
        """A signed item, which no other one is like."""
        self._sent += 1
        own = (Tag("Number", str(self._sent)), *(Tag(*tag) for tag in tags))
        return build_item(self._signer, target=target, tags=(*own, *AO_TAGS), data=data)

    def _posted(self, target: str, data: bytes, tags: tuple[tuple[str, str], ...]) -> str:
        item = self.item(target, data, tags)
        answer = self.http.post("/", content=item.raw)
        assert answer.status_code == 202, answer.text
        return item.id
