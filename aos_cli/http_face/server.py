"""The node as a server: waitress on one port, or on one port for each unit."""

from __future__ import annotations

import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aos_cli.background import abandoned
from aos_cli.errors import NodeUnreachable
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.routing import Access
from aos_cli.units.scheduler import MAX_ITEM_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "localhost"
"""Stands for both loopback addresses: programs differ in which of them they take it for, and some try no other."""

MAX_PORT = 65_535

_IPV4, _IPV6 = "127.0.0.1", "::1"

# Whoever listens at every address of a computer is reached from there by the loopback.
_REACHED = {LOOPBACK: _IPV4, "0.0.0.0": _IPV4, "": _IPV4, "::": _IPV6}  # noqa: S104 - it is not the default

# Beside those that may wait, so that messages are taken and pages read while all of these wait.
_THREADS_THAT_DO_NOT_WAIT = 8

# Connections that may be open at the same time. Browsers and pools keep theirs for a while without using them.
_CONNECTIONS = 1000

# Files of the program that are no connections. Where none is left, the server would try to accept without end.
_OTHER_FILES = 100

# How long a connection may do nothing while nothing is being answered.
_IDLE_SECONDS = 30

# How long the answers to requests may take that are being served when the server is closed.
_GRACE_SECONDS = 5.0

# How soon it is seen that the server has ended by itself.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Server:
    """A node that is served.

    Attributes:
        urls: where others reach each unit.
        local_urls: where this computer does; the same, unless another address was given.
    """

    urls: Mapping[Unit, str]
    local_urls: Mapping[Unit, str]
    _face: Face
    _listeners: Sequence[_Listener]

    def wait(self) -> None:
        """Waits as long as it is served; Ctrl-C raises KeyboardInterrupt here."""
        while all(listener.is_alive() for listener in self._listeners):
            self._listeners[0].join(_LOOK_SECONDS)

    def close(self) -> None:
        """Stops to listen, answers what was asked, and ends the node's work; the store stays open.

        What takes too long is left behind, among the abandoned work of `aos_cli.background`.
        """
        for listener in self._listeners:
            listener.refuse()
        # Whoever waits for a result is told to ask again.
        self._face.close()
        until = time.monotonic() + _GRACE_SECONDS
        for listener in self._listeners:
            listener.close(until)


def serve(
    face: Face,
    ports: int | Mapping[Unit, int] = 0,
    host: str = LOOPBACK,
    log: Callable[[Access], None] | None = None,
    url: str = "",
) -> Server:
    """Begins to serve a node, in threads of its own.

    Args:
        face: the node; it learns its addresses, and is closed with the server.
        ports: one for all units, or one for each unit that is to be served; units may share one, and 0 takes any that
            is free.
        host: an address of this computer. Other ones than the loopback let everybody in the network send messages.
        log: gets every request once it is answered.
        url: where others reach all units, without a slash at the end; "" for where this computer does.

    Raises:
        NodeUnreachable: an address cannot be listened at.
    """
    listeners: list[_Listener] = []
    local_urls: dict[Unit, str] = dict(face.urls)
    shared = _shared(ports)
    connections = _connections(len(shared))
    try:
        for units, port in shared:
            application = make_app(face, units, log)
            listeners.append(_Listener(application, host, port, face.patience.waiting, connections, log))
            local_urls.update(dict.fromkeys(units, listeners[-1].url))
    except BaseException:
        for listener in listeners:
            listener.close(time.monotonic() + _GRACE_SECONDS)
        raise
    face.urls = dict.fromkeys(UNITS, url) if url else local_urls
    for listener in listeners:
        listener.start()
    return Server(face.urls, local_urls, face, tuple(listeners))


def _shared(ports: int | Mapping[Unit, int]) -> list[tuple[tuple[Unit, ...], int]]:
    """The ports to listen at, each with the units that are reached there."""
    if isinstance(ports, int):
        return [(UNITS, ports)]
    named = {port: tuple(unit for unit in ports if ports[unit] == port) for port in ports.values() if port}
    return [*((units, port) for port, units in named.items()), *(((unit,), 0) for unit in ports if not ports[unit])]


def _connections(listeners: int) -> int:
    """How many connections each of some ports may have open: no more than the system lets a program have files."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return _CONNECTIONS
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return _CONNECTIONS
    return max(1, min(_CONNECTIONS, (files - _OTHER_FILES) // listeners))


class _Listener:
    """One port.

    Args:
        application: answers.
        host, port: where.
        waiting: requests that may wait at the same time.
        connections: that may be open at the same time.
        log: gets what is refused before the application sees it.

    Raises:
        NodeUnreachable: it cannot be listened there.
    """

    def __init__(
        self,
        application: WSGIApplication,
        host: str,
        port: int,
        waiting: int,
        connections: int,
        log: Callable[[Access], None] | None = None,
    ) -> None:
        # waitress and what it loads are needed by a server only.
        from waitress import create_server, wasyncore  # type: ignore[import-untyped] # it has no types

        from aos_cli.http_face.refusals import refusing_channel

        self._wasyncore = wasyncore
        # It warns of every request that waits for a thread, which is what a queue is for.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._sockets: dict[int, Any] = {}
        sockets = _bound(host, port)
        before = set(threading.enumerate())
        self._server = create_server(
            application,
            map=self._sockets,
            sockets=sockets,
            threads=waiting + _THREADS_THAT_DO_NOT_WAIT,
            connection_limit=connections,
            channel_timeout=_IDLE_SECONDS,
            # `select` knows the first 1024 files of a program only.
            asyncore_use_poll=True,
            # The application says what is too large, with headers that let a page read it; this is for the rest.
            max_request_body_size=MAX_ITEM_BYTES + 2**20,
            clear_untrusted_proxy_headers=True,
            ident="aos",
        )
        self._answering = [
            thread for thread in set(threading.enumerate()) - before if thread.name.startswith("waitress-")
        ]
        # One for each socket; they share the threads.
        self._accepting = [one for one in self._sockets.values() if getattr(one, "accepting", False)]
        for one in self._accepting:
            one.channel_class = refusing_channel(log)
        reached = _REACHED.get(host, host)
        number = sockets[0].getsockname()[1]
        self.url = f"http://{f'[{reached}]' if ':' in reached else reached}:{number}"
        self._thread = threading.Thread(target=self._server.run, name=f"aos-serve-{number}", daemon=True)

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it answers."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Waits for its end, but not longer."""
        self._thread.join(seconds)

    def refuse(self) -> None:
        """Takes no more connections; those that there are stay."""
        self._in_loop(self._stop_listening)

    def close(self, until: float) -> None:
        """Ends when what is being answered is answered, or at a time of the monotonic clock; what it leaves then is
        abandoned."""
        dispatcher = self._server.task_dispatcher
        dispatcher.shutdown(timeout=max(0.0, until - time.monotonic()))
        left = {f"waitress-{number}" for number in tuple(dispatcher.threads)}
        abandoned.extend(thread for thread in self._answering if thread.name in left)
        # Nobody closes them under the loop: whoever wakes it up writes into one of them.
        sockets: dict[int, Any] = {}
        if self._thread.is_alive():
            self._in_loop(lambda: self._end_loop(sockets))
            self._thread.join(_GRACE_SECONDS)
        self._wasyncore.close_all(sockets or self._sockets)

    def _end_loop(self, sockets: dict[int, Any]) -> None:
        """Takes all sockets from the loop, which ends when it has none."""
        sockets.update(self._sockets)
        self._sockets.clear()

    def _in_loop(self, work: Callable[[], None]) -> None:
        """Has something done by the thread that the sockets belong to."""
        self._accepting[0].trigger.pull_trigger(work)

    def _stop_listening(self) -> None:
        # The server's own `close` takes its wake-up call away as well, which is needed once more.
        for one in self._accepting:
            self._wasyncore.dispatcher.close(one)


def _bound(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen, all at the same port.

    waitress can bind them itself, but leaves pieces behind when it cannot.

    Raises:
        NodeUnreachable: there is nothing to listen at.
    """
    if not 0 <= port <= MAX_PORT:
        raise NodeUnreachable(f"There is no port {port}", f"Ports go up to {MAX_PORT}", operation="serve")
    if host != LOOPBACK:
        return [_listening(host, port)]
    first = _listening(_IPV4, port)
    try:
        return [first, _listening(_IPV6, first.getsockname()[1])]
    except NodeUnreachable as error:
        # Another program at the one address would get what is meant for the node; a computer may lack the other one.
        if port and isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            first.close()
            raise
        return [first]


_ADVICE = {
    errno.EADDRINUSE: "Another program listens there; `--port` names another port, and 0 takes any that is free",
    errno.EACCES: "Ports below 1024 are for the administrator; `--port` names another one",
}


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        # Python adds to the text of the system what is said here already.
        reason = os.strerror(number) if number in errno.errorcode else "there is no such address"
        hint = _ADVICE.get(number, "`--host` names an address of this computer")
        raise NodeUnreachable(f"Cannot listen at {host} port {port}: {reason}", hint, operation="serve") from error
