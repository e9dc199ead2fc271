"""What a served node says while it serves: a line for each request, and what went wrong."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import to_plain

if TYPE_CHECKING:
    from rich.console import Console

    from aos_cli.environment import Environment
    from aos_cli.http_face.routing import Access

# Whose messages are shown: our own, and those of the library that serves.
_SOURCES = ("aos_cli", "waitress")


class Journal(logging.Handler):
    """Writes to standard error, line by line, from any thread.

    Args:
        environment: where to, in which colours, and how much: nothing but errors when it is quiet, and how the
            program came to them when it is verbose.
        with_client: say of each request where it came from.
    """

    def __init__(self, environment: Environment, *, with_client: bool) -> None:
        super().__init__(logging.WARNING)
        self._environment = environment
        self._with_client = with_client
        self._lines = threading.Lock()

    @functools.cached_property
    def _console(self) -> Console:
        # One for all lines: they are never broken, so that nothing depends on the width of the window.
        return self._environment.console(self._environment.stderr)

    def request(self, access: Access) -> None:
        """A request that was answered."""
        from aos_cli.render.serving import access_line, access_text

        environment = self._environment
        if environment.quiet:
            return
        now_ms = environment.clock_ms()
        if environment.colour_for(environment.stderr):
            text = access_text(access, now_ms, with_client=self._with_client)
            with self._lines:
                self._console.print(text)
        else:
            self._write(access_line(access, now_ms, with_client=self._with_client))

    def emit(self, record: logging.LogRecord) -> None:
        """Something that went wrong, in one line; with the traceback for whoever asked for details."""
        said = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            said = f"{said}: {type(error).__name__}: {error}" if str(error) else f"{said}: {type(error).__name__}"
        # One line each, whatever a client put into a path.
        text = f"aos: {' '.join(to_plain(said).split())}"
        if self._environment.verbose and record.exc_info:
            text += "\n" + to_plain(logging.Formatter().formatException(record.exc_info))
        self._write(text)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """While it lasts, what goes wrong is written here."""
        loggers = [logging.getLogger(name) for name in _SOURCES]
        for logger in loggers:
            logger.addHandler(self)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeHandler(self)

    def _write(self, line: str) -> None:
        with self._lines:
            self._environment.write_err(line + "\n")
