"""`aos run --watch`: a file that is evaluated again whenever it is saved, in the same process."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.cli.main import report
from aos_cli.cli.run import evaluate_in
from aos_cli.errors import AosError
from aos_cli.render.loading import file_name, handler_changes
from aos_cli.source.changes import changed_files, plan
from aos_cli.source.watch import saves
from aos_cli.status import ExitStatus

if TYPE_CHECKING:
    from aos_cli.cli.app import App
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle


def evaluate_on_save(
    app: App, session: Session, made: Bundle, file: str, arguments: Sequence[str], as_json: bool
) -> int:
    """Evaluates a file, and what changed of it and what it requires after each save, until Ctrl-C.

    Args:
        app: the program.
        session: whose process gets the files; it keeps its state.
        made: the file and what it requires, bundled.
        file: the main file.
        arguments: what it gets as `...` and in `arg`.
        as_json: print results as JSON.

    Returns:
        The exit status, which is that of Ctrl-C during an evaluation: nothing else ends it.

    Raises:
        KeyboardInterrupt: Ctrl-C came between evaluations.
        SourceError: the operating system does not let files be watched.
    """
    client, process_id = session.client, session.process.id
    status = evaluate_in(app, client, session, made.data(arguments), as_json)
    if status != ExitStatus.INTERRUPTED:
        app.note(f"aos: watching {file}; Ctrl-C ends it")
        for attempt in saves(lambda: app.bundle([Path(file)], client, process_id), made, threading.Event()):
            try:
                if isinstance(attempt, AosError):
                    raise attempt
                changed, made = ", ".join(map(file_name, changed_files(made, attempt))), attempt
                status = _reload(app, session, made, file, changed, arguments, as_json)
            except AosError as error:
                # A network may be back when the file is saved again.
                report(app.environment, error.message, error.hint)
            if status == ExitStatus.INTERRUPTED:
                break
    return status


def _reload(
    app: App, session: Session, made: Bundle, file: str, changed: str, arguments: Sequence[str], as_json: bool
) -> int:
    """Evaluates what changed, and says what became of it; gives the exit status of that.

    Raises:
        AosError: the node does not do it.
    """
    client, process_id = session.client, session.process.id
    if not changed:
        app.note(f"aos: {file} is there again and as it was")
        return ExitStatus.OK
    before = client.loaded_code(process_id)
    status = evaluate_in(app, client, session, plan(made, before.digests).data(arguments), as_json)
    if status == ExitStatus.INTERRUPTED:
        return status
    after = client.loaded_code(process_id)
    if after.loads == before.loads:
        app.note(f"aos: {file} failed (changed: {changed}); still watching")
        return status
    app.note(f"aos: reloaded {file} (changed: {changed})")
    handlers = handler_changes(after.handlers)
    if handlers is not None:
        app.note(f"aos: {handlers.plain}")
    return status
