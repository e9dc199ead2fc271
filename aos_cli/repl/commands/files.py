"""Dot-commands that load Lua from disk, once or whenever it is saved."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import command
from aos_cli.repl.commands.words import lua_files

if TYPE_CHECKING:
    from aos_cli.repl.file_watch import FileWatch
    from aos_cli.repl.loop import Repl
    from aos_cli.source.bundle import Bundle


@command(".load", "[--all] FILE...", "Evaluate Lua files with everything that they require.", lua_files)
def _load(repl: Repl, argument: str) -> None:
    names, everything = _without_option(argument, "--all")
    load_files(repl, file_arguments(".load", names, repl.cwd), everything=everything)


@command(".watch-file", "[FILE...]", "Load Lua files now and at every save.", lua_files)
def _watch_file(repl: Repl, argument: str) -> None:
    names, stop = _without_option(argument, "--stop")
    if names and stop:
        raise UsageError("--stop ends the watching of all files", "It takes no words behind it")
    watches = _watches.setdefault(repl, [])
    if names:
        _watch(repl, watches, file_arguments(".watch-file", names, repl.cwd))
        return
    if not watches:
        repl.write("No file is watched.")
    for watch in watches:
        repl.write(f"{'No longer watching' if stop else 'Watching'} {watch.name}")
    if stop:
        stop_watching(repl)


def _watch(repl: Repl, watches: list[FileWatch], files: list[Path]) -> None:
    from aos_cli.repl.file_watch import FileWatch

    made = load_files(repl, files)
    for watch in [watch for watch in watches if watch.files == tuple(files) and watch.is_open]:
        watch.stop()
        watches.remove(watch)
    watch = FileWatch(repl, files, made)
    watch.start()
    watches.append(watch)
    repl.write(f"Watching {watch.name}; .watch-file --stop ends it")


# The files that a shell watches concern nobody but the command here.
_watches: WeakKeyDictionary[Repl, list[FileWatch]] = WeakKeyDictionary()


def stop_watching(repl: Repl) -> None:
    """Ends the watching of all files."""
    for watch in _watches.pop(repl, []):
        watch.stop()


def file_arguments(name: str, argument: str, cwd: Path) -> list[Path]:
    """The files that a line names behind a command: one path with blanks in it, or several, quoted where need be."""
    if not argument:
        raise UsageError(f"{name} needs a file", f"For example: {name} counter.lua")
    if (cwd / argument).exists():
        return [Path(argument)]
    try:
        return [Path(part) for part in shlex.split(argument)]
    except ValueError as error:
        raise UsageError(f"The file names cannot be read: {error}") from error


def _without_option(argument: str, option: str) -> tuple[str, bool]:
    """A line without an option at its beginning, and whether it was there.

    Raises:
        UsageError: it begins with another one.
    """
    first, _, rest = argument.partition(" ")
    if first == option:
        return rest.strip(), True
    if first.startswith("--"):
        raise UsageError(f"There is no option {first} here", f"There is {option}; a file of that name is ./{first}")
    return argument, False


def load_files(repl: Repl, files: Sequence[Path], *, everything: bool = False) -> Bundle:
    """Evaluates Lua files with what they require; shows the files, and what became of the handlers.

    Args:
        repl: the shell; its process gets the files.
        files: in the order of their evaluation.
        everything: send modules again that the process has already.

    Raises:
        SourceError: a file or a module cannot be read or found; nothing was sent.
    """
    from aos_cli.render.loading import handler_changes, loading, loading_notes
    from aos_cli.source.changes import plan

    client, process_id = repl.session.client, repl.session.process.id
    made = repl.host.bundle(files, process_id)
    before = client.loaded_code(process_id)
    what = plan(made, before.digests, everything=everything)
    repl.print(loading(what))
    for note in loading_notes(made):
        repl.write(f"  {note}")
    repl.evaluate(what.data())
    if repl.status.dry or repl.session.pending():
        # Nothing was kept, or the user did not wait for the end.
        return made
    after = client.loaded_code(process_id)
    changes = handler_changes(after.handlers) if after.loads != before.loads else None
    if changes is not None:
        repl.print(changes)
    return made
