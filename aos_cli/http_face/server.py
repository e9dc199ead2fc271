"""The node as a server: waitress on one port, or on one port for each unit."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aos_cli.errors import NodeUnreachable
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.routing import Access
from aos_cli.units.scheduler import MAX_ITEM_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"

_MAX_PORT = 65_535

# Whoever listens at every address of a computer is reached from there by the loopback.
_LOOPBACK_OF = {"0.0.0.0": LOOPBACK, "": LOOPBACK, "::": "::1"}  # noqa: S104 - it is not the default

# Beside those that may wait, so that messages are taken and pages read while all of these wait.
_THREADS_THAT_DO_NOT_WAIT = 8

# How long the answers to requests may take that are being served when the server is closed.
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Server:
    """A node that is served.

    Attributes:
        urls: where each unit is reached.
    """

    urls: Mapping[Unit, str]
    _face: Face
    _listeners: Sequence[_Listener]

    def close(self) -> None:
        """Stops to listen, answers what was asked, and ends the node's work; the store stays open."""
        for listener in self._listeners:
            listener.refuse()
        # Whoever waits for a result is told to ask again.
        self._face.close()
        for listener in self._listeners:
            listener.close()


def serve(
    face: Face,
    ports: int | Mapping[Unit, int] = 0,
    host: str = LOOPBACK,
    log: Callable[[Access], None] | None = None,
) -> Server:
    """Begins to serve a node, in threads of its own.

    Args:
        face: the node; it learns its addresses, and is closed with the server.
        ports: one for all units, or one for each unit that is to be served; 0 takes any that is free.
        host: an address of this computer. Other ones than the loopback let everybody in the network send messages.
        log: gets every request once it is answered.

    Raises:
        NodeUnreachable: an address cannot be listened at.
    """
    parts: list[tuple[tuple[Unit, ...], int]]
    parts = [(UNITS, ports)] if isinstance(ports, int) else [((unit,), port) for unit, port in ports.items()]
    listeners: list[_Listener] = []
    urls: dict[Unit, str] = dict(face.urls)
    try:
        for units, port in parts:
            listeners.append(_Listener(make_app(face, units, log), host, port, face.patience.waiting))
            urls.update(dict.fromkeys(units, listeners[-1].url))
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    face.urls = urls
    for listener in listeners:
        listener.start()
    return Server(urls, face, tuple(listeners))


class _Listener:
    """One port.

    Args:
        application: answers.
        host, port: where.
        waiting: requests that may wait at the same time.

    Raises:
        NodeUnreachable: it cannot be listened there.
    """

    def __init__(self, application: WSGIApplication, host: str, port: int, waiting: int) -> None:
        # waitress and what it loads are needed by a server only.
        from waitress import create_server, wasyncore  # type: ignore[import-untyped] # it has no types

        self._wasyncore = wasyncore
        # It warns of every request that waits for a thread, which is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            application,
            map=self._sockets,
            sockets=[_bound(host, port)],
            threads=waiting + _THREADS_THAT_DO_NOT_WAIT,
            # The application says what is too large, with headers that let a page read it; this is for the rest.
            max_request_body_size=MAX_ITEM_BYTES + 2**20,
            clear_untrusted_proxy_headers=True,
            ident="aos",
        )
        reached = _LOOPBACK_OF.get(host, host)
        self.url = f"http://{f'[{reached}]' if ':' in reached else reached}:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, name=f"aos-serve-{port}", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def refuse(self) -> None:
        """Takes no more connections; those that there are stay."""
        self._in_loop(self._stop_listening)

    def close(self) -> None:
        """Ends when what is being answered is answered, or when that takes too long."""
        self._server.task_dispatcher.shutdown(timeout=_GRACE_SECONDS)
        if self._thread.is_alive():
            self._in_loop(lambda: self._wasyncore.close_all(self._sockets))
            self._thread.join(_GRACE_SECONDS)
        else:
            self._wasyncore.close_all(self._sockets)

    def _in_loop(self, work: Callable[[], None]) -> None:
        """Has something done by the thread that the sockets belong to."""
        self._server.trigger.pull_trigger(work)

    def _stop_listening(self) -> None:
        # The server's own `close` takes its wake-up call away as well, which is needed once more.
        self._wasyncore.dispatcher.close(self._server)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens.

    waitress can bind one itself, but leaves pieces behind when it cannot.

    Raises:
        NodeUnreachable: there is nothing to listen at.
    """
    if not 0 <= port <= _MAX_PORT:
        raise NodeUnreachable(f"There is no port {port}", f"Ports go up to {_MAX_PORT}", operation="serve")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        problem = f"Cannot listen at {host} port {port}: {error.strerror or error}"
        hint = "Another program has that port, or the address is not one of this computer"
        raise NodeUnreachable(problem, hint, operation="serve") from error
