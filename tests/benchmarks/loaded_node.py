"""A node that `aos node serve` serves, and programs that load it with requests."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from figures import BenchmarkBroken
from load_client import write_requests

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.model import DataItem, Tag

_AO = (Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"))

# Keeps nothing but a number, so that what grows is not the process.
_PROGRAM = b"Count = 0 Handlers.add('count', 'Count', function(msg) Count = Count + 1 end)"

_LONG_SECONDS = 300.0


class Sent(NamedTuple):
    """A message, and the process that it goes to."""

    process_id: str
    item: DataItem


class Load(NamedTuple):
    """How requests went.

    Attributes:
        seconds: from the first one to the last answer.
        latencies: seconds of each.
    """

    seconds: float
    latencies: Sequence[float]


class ServedNode:
    """A node in a program of its own, with processes that count, and clients in another program.

    Args:
        folder: for the store and all else.
        signer: whose processes and messages they are.
        processes: how many.
    """

    def __init__(self, folder: Path, signer: Signer, processes: int) -> None:
        folder.mkdir()
        self._folder = folder
        self._signer = signer
        self._sent = 0
        self._programs = ExitStack()
        try:
            self._start(processes)
        except BaseException:
            self.close()
            raise

    def _start(self, processes: int) -> None:
        environment = {**os.environ, "HOME": str(self._folder), "AOS_HOME": str(self._folder)}
        command = [sys.executable, "-m", "aos_cli", "-q", "node", "serve", "--port", "0", "--json"]
        self._server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        self._programs.callback(self._server.communicate)
        self._programs.callback(self._server.terminate)
        self._identity = self._line(self._server)
        self._url: str = self._identity["urls"]["mu"]
        client = [
            sys.executable,
            str(Path(__file__).with_name("load_client.py")),
            *urlsplit(self._url).netloc.split(":"),
        ]
        self._clients = subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._programs.callback(self._clients.communicate)
        born = [self._process(number) for number in range(processes)]
        self.process_ids = [item.id for item in born]
        self._post(1, born)
        self._post(1, [self._item(process_id, "Eval", _PROGRAM) for process_id in self.process_ids])

    def messages(self, count: int) -> list[Sent]:
        """New messages, to all processes in turn."""
        targets = (self.process_ids[number % len(self.process_ids)] for number in range(count))
        return [Sent(target, self._item(target, "Count", b"1")) for target in targets]

    def post(self, clients: int, messages: Iterable[Sent]) -> Load:
        """Posts messages from many clients at once."""
        return self._post(clients, [sent.item for sent in messages])

    def results(self, clients: int, messages: Iterable[Sent]) -> Load:
        """Asks for results from many clients at once."""
        paths = (f"/result/{sent.item.id}?process-id={sent.process_id}" for sent in messages)
        return self._load(clients, [f"GET {path} HTTP/1.1\r\nHost: node\r\n\r\n".encode() for path in paths])

    def settle(self, messages: Sequence[Sent]) -> None:
        """Waits until messages are evaluated: the last one of each process."""
        for sent in {sent.process_id: sent for sent in messages}.values():
            result = self._evaluated(sent)
            if "Error" in result:
                raise BenchmarkBroken(result["Error"])

    def resident_bytes(self) -> int:
        """What the server holds in memory. Source: proc(5), /proc/[pid]/statm, field 2, in pages."""
        statm = Path(f"/proc/{self._server.pid}/statm").read_text("ascii")
        return int(statm.split()[1]) * resource.getpagesize()

    def close(self) -> None:
        """Ends both programs."""
        self._programs.close()

    def _process(self, number: int) -> DataItem:
        identity = (Tag("Module", self._identity["module"]), Tag("Scheduler", self._identity["scheduler"]))
        return build_item(self._signer, tags=(Tag("Name", str(number)), *_AO, Tag("Type", "Process"), *identity))

    def _item(self, target: str, action: str, data: bytes) -> DataItem:
        self._sent += 1
        tags = (Tag("Action", action), *_AO, Tag("Type", "Message"))
        return build_item(self._signer, target=target, anchor=f"{self._sent:032}".encode(), tags=tags, data=data)

    def _post(self, clients: int, items: Iterable[DataItem]) -> Load:
        head = "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/octet-stream\r\nContent-Length: "
        return self._load(clients, [f"{head}{len(item.raw)}\r\n\r\n".encode() + item.raw for item in items])

    def _load(self, clients: int, requests: Sequence[bytes]) -> Load:
        file = self._folder / "requests"
        write_requests(file, requests)
        assert self._clients.stdin is not None
        self._clients.stdin.write(json.dumps({"clients": clients, "requests": str(file)}) + "\n")
        self._clients.stdin.flush()
        done = self._line(self._clients)
        if len(done["latencies"]) != len(requests):
            raise BenchmarkBroken(f"{len(done['latencies'])} answers to {len(requests)} requests")
        return Load(done["seconds"], done["latencies"])

    def _evaluated(self, sent: Sent) -> dict[str, Any]:
        until = time.monotonic() + _LONG_SECONDS
        pause = threading.Event()
        url = f"{self._url}/result/{sent.item.id}?process-id={sent.process_id}&no-busy=1"
        while time.monotonic() < until:
            try:
                with urlopen(url, timeout=_LONG_SECONDS) as answer:  # noqa: S310 - a server of ours
                    found: dict[str, Any] = json.load(answer)
                    return found
            except HTTPError as error:
                if error.code != 503:
                    raise
            pause.wait(0.05)
        raise BenchmarkBroken("Messages are not evaluated")

    @staticmethod
    def _line(program: subprocess.Popen[str]) -> dict[str, Any]:
        assert program.stdout is not None
        line = program.stdout.readline()
        if not line:
            raise BenchmarkBroken("A program ended without an answer")
        found: dict[str, Any] = json.loads(line)
        return found
