"""A network for tests: a node in memory that is served on the loopback."""

from __future__ import annotations

import time

from aos_cli.background import abandoned
from aos_cli.clients.local import LocalClient
from aos_cli.http_face.face import Face
from aos_cli.http_face.server import serve


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Network:
    """A node, served from the start.

    Attributes:
        node: what is behind the addresses.
        url: of all units.
    """

    def __init__(self) -> None:
        self.node = LocalClient(None, None, clock_ms)
        self._server = serve(Face(self.node.node, clock_ms))
        self._serves = True
        self.url = self._server.urls["mu"]

    def stop(self) -> None:
        """Ends the server; the node is there all the same."""
        if self._serves:
            self._serves = False
            self._server.close()

    def close(self) -> None:
        """Ends everything, evaluations that were abandoned too: while one runs, a later run of the program in this
        Python would not close what it opened."""
        self.stop()
        for thread in abandoned:
            thread.join(60)
        self.node.close()
