"""Lua files that go to a process of the shell whenever they are saved.

A thread of its own waits for saves, bundles and has the process evaluate, so that typing never stops for it; what is
shown goes through `Repl.post`.
"""

from __future__ import annotations

import atexit
import copy
import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.background import leave
from aos_cli.errors import AosError
from aos_cli.render.loading import file_name, handler_changes, loading_notes
from aos_cli.render.sanitiser import visible_name
from aos_cli.source.changes import changed_files, plan
from aos_cli.source.watch import Attempt, saves

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aos_cli.clients.base import Receipt
    from aos_cli.repl.loop import Repl
    from aos_cli.source.bundle import Bundle

# Slots that one save may set off.
_MOST_FOLLOWED = 1000


class FileWatch:
    """Watches files for the process that is open now, as the user who speaks now; both may change later.

    Args:
        repl: the shell.
        files: main files, as the user named them.
        made: what became of them when they were loaded just now.

    Attributes:
        files: as given.
    """

    def __init__(self, repl: Repl, files: Sequence[Path], made: Bundle) -> None:
        self.files = tuple(files)
        self._repl = repl
        self._session = copy.copy(repl.session)
        self._made = made
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="aos-watch", daemon=True)

    @property
    def is_open(self) -> bool:
        """Whether the files go to the process that is typed at."""
        return self._repl.session.process.id == self._session.process.id

    @property
    def name(self) -> str:
        """The files for people, and their process when it is not the open one."""
        files = ", ".join(file_name(file.as_posix()) for file in self.files)
        return files if self.is_open else f"{files} for {visible_name(self._session.process.name)}"

    def start(self) -> None:
        """Begins to wait for saves."""
        # The watcher is native code, and must not be at work any more when Python ends.
        atexit.register(self.stop)
        self._thread.start()

    def stop(self) -> None:
        """Ends the waiting; an evaluation that is under way is left at work."""
        atexit.unregister(self.stop)
        self._stopped.set()
        leave(self._thread)

    def _run(self) -> None:
        process_id = self._session.process.id
        try:
            for attempt in saves(lambda: self._repl.host.bundle(self.files, process_id), self._made, self._stopped):
                try:
                    self._take(attempt)
                except AosError as error:
                    self._post(functools.partial(self._repl.report, error))
        except AosError as error:
            self._post(functools.partial(self._repl.report, error))

    def _post(self, action: functools.partial[None]) -> None:
        if not self._stopped.is_set():
            self._repl.post(action)

    def _show(self, *lines: RenderableType | None) -> None:
        """Has lines shown, those that are there."""

        def show() -> None:
            for line in lines:
                if line:
                    self._repl.print(line)

        self._post(functools.partial(show))

    def _take(self, attempt: Attempt) -> None:
        """Has the process evaluate what was saved.

        Raises:
            AosError: it makes no bundle, or the node did not do it.
        """
        if isinstance(attempt, AosError):
            raise attempt
        changed = ", ".join(map(file_name, changed_files(self._made, attempt)))
        if not changed:
            self._show(f"{self.name} is there again and as it was")
        elif self._repl.status.dry:
            self._show(f"{self.name} was saved; in dry mode it is not loaded")
        else:
            self._made = attempt
            self._evaluate(attempt, changed)

    def _evaluate(self, made: Bundle, changed: str) -> None:
        client, process_id = self._session.client, self._session.process.id
        before = client.loaded_code(process_id)
        receipt = self._send(plan(made, before.digests).data())
        slot = self._session.slot(receipt.slot)
        after = client.loaded_code(process_id)
        loaded = after.loads != before.loads
        story = self._repl.story
        self._show(
            f"Reloaded {self.name} (changed: {changed})" if loaded else f"{self.name} failed (changed: {changed})",
            *(f"  {note}" for note in loading_notes(made)),
            story.result(slot),
            *story.sent(slot),
            handler_changes(after.handlers) if loaded else None,
        )
        if self.is_open:
            self._post(functools.partial(self._repl.note, [slot]))
        for followed in client.follow(_MOST_FOLLOWED, self._stopped.is_set, receipt):
            # Those of the open process are shown by the shell itself.
            if followed.process.id != self._repl.session.process.id:
                self._show(*story.elsewhere(followed))

    def _send(self, program: bytes) -> Receipt:
        send = functools.partial(self._session.eval, program)
        return self._repl.session.leave_out(send) if self.is_open else send()
