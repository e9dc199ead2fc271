"""Answers to what never becomes a request: no HTTP at all, headers without end, a body that is far too large.

The library that serves answers these itself, in plain text that a page of another origin may not read. Here they look
like every other error of the node, and are told to the access log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped] # waitress has no types
from waitress.task import ErrorTask  # type: ignore[import-untyped]

from aos_cli.http_face.routing import CORS, TOO_LARGE, Access


def refusing_channel(log: Callable[[Access], None] | None) -> type:
    """The class of connections for a server of waitress.

    Args:
        log: gets what was refused.
    """

    class Refusal(ErrorTask):  # type: ignore[misc] # waitress has no types
        def execute(self) -> None:
            error: Any = self.request.error
            # The library's own limit is above that of items.
            problem = TOO_LARGE if error.code == 413 else f"{error.reason}: {error.body}"
            body = json.dumps({"error": problem}).encode()
            self.status = f"{error.code} {error.reason}"
            self.response_headers.extend((("Content-Type", "application/json; charset=utf-8"), *CORS.items()))
            self.set_close_on_finish()
            self.content_length = len(body)
            if log is not None:
                # What was not understood has neither.
                method, path = (getattr(self.request, name, "") or "-" for name in ("command", "path"))
                log(Access(self.channel.addr[0], method, path, error.code, len(body), 0.0))
            self.write(body)

    class Channel(HTTPChannel):  # type: ignore[misc] # waitress has no types
        error_task_class = Refusal

    return Channel
