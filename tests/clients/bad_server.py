"""A server on loopback that does what its script says, one step for each request: units at their worst."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

Step = bytes | Callable[[socket.socket, threading.Event], None]
"""Bytes that are sent before the connection is closed, or a function that does it all."""


class Received(NamedTuple):
    """A request as it came."""

    line: str
    body: bytes
    head: str


def reply(status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None, kind: str = "") -> bytes:
    """A whole answer of HTTP."""
    content = body.encode() if isinstance(body, str) else body
    given = {"Content-Length": str(len(content)), "Connection": "close", **(headers or {})}
    if kind:
        given["Content-Type"] = kind
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status} Any\r\n{lines}\r\n".encode() + content


def json_answer(document: object, status: int = 200, **headers: str) -> bytes:
    """A whole answer with JSON."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply(status, json.dumps(document), given, "application/json")


def hang(_: socket.socket, stopped: threading.Event) -> None:
    """Says nothing until the server ends."""
    stopped.wait(60)


def trickle(connection: socket.socket, stopped: threading.Event) -> None:
    """Begins an answer of a million bytes, and gives it byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    try:
        while not stopped.wait(0.005):
            connection.sendall(b"x")
    except OSError:
        return


def trickle_headers(connection: socket.socket, stopped: threading.Event) -> None:
    """Begins a header, and gives it byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    try:
        while not stopped.wait(0.005):
            connection.sendall(b"x")
    except OSError:
        return


def refuse(connection: socket.socket, _: threading.Event) -> None:
    """Ends the connection at once, with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def endless(connection: socket.socket, stopped: threading.Event) -> None:
    """An answer without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    try:
        while not stopped.is_set():
            connection.sendall(b"x" * 65536)
    except OSError:
        return


def _plain(connection: socket.socket) -> socket.socket:
    """A connection as it is."""
    return connection


class BadServer:
    """Follows a script; its last step is repeated.

    Args:
        script: the steps.
        wrap: makes of a connection what is spoken through, as for TLS.

    Attributes:
        requests: what came, in order.
    """

    def __init__(self, *script: Step, wrap: Callable[[socket.socket], socket.socket] = _plain) -> None:
        self._script = list(script)
        self._wrap = wrap
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests: list[Received] = []
        self.url = f"http{'' if wrap is _plain else 's'}://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._workers: list[threading.Thread] = []
        self._thread.start()

    def __enter__(self) -> BadServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # A thread that waits in accept is not woken by closing the socket.
        socket.create_connection(self._socket.getsockname()).close()
        for thread in (self._thread, *self._workers):
            thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            if self._stopped.is_set():
                connection.close()
                return
            worker = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._workers.append(worker)
            worker.start()

    def _answer(self, raw: socket.socket) -> None:
        try:
            connection = self._wrap(raw)
        except OSError:
            raw.close()
            return
        with connection:
            try:
                request = _received(connection)
            except OSError:
                return
            step = self._script[min(len(self.requests), len(self._script) - 1)]
            self.requests.append(request)
            if callable(step):
                step(connection, self._stopped)
            else:
                connection.sendall(step)


def _received(connection: socket.socket) -> Received:
    """A request with its whole body."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += _some(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    sizes = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
    while len(body) < sum(sizes):
        body += _some(connection)
    return Received(lines[0], body, head.decode("latin-1"))


def _some(connection: socket.socket) -> bytes:
    read = connection.recv(65536)
    if not read:
        raise OSError("the client is gone")
    return read


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
