"""Dot-commands that load Lua from disk, once or whenever it is saved."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.errors import NodeError, UsageError
from aos_cli.repl.commands.arguments import ALL, parse
from aos_cli.repl.commands.registry import command
from aos_cli.repl.commands.words import lua_files
from aos_cli.source.files import read_file

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl
    from aos_cli.source.bundle import Bundle


_STOP = "--stop"


@command(".load", "[--all] FILE...", "Evaluate Lua files with everything that they require.", lua_files)
def _load(repl: Repl, argument: str) -> None:
    arguments = parse(".load", argument, (ALL,))
    load_files(repl, _files_in(".load", arguments.rest, repl.cwd), everything=arguments.has(ALL))


@command(".watch-file", "[FILE...]", "Load Lua files now and at every save.", lua_files)
def _watch_file(repl: Repl, argument: str) -> None:
    arguments = parse(".watch-file", argument, (_STOP,))
    stop = arguments.has(_STOP)
    if arguments.rest and stop:
        raise UsageError("--stop ends the watching of all files", "It takes no words behind it")
    if arguments.rest:
        _watch(repl, _files_in(".watch-file", arguments.rest, repl.cwd))
        return
    if not repl.file_watches:
        repl.write("No file is watched.")
    for watch in repl.file_watches:
        repl.write(f"{'No longer watching' if stop else 'Watching'} {watch.name}")
    if stop:
        stop_watching(repl)


def _watch(repl: Repl, files: list[Path]) -> None:
    from aos_cli.repl.file_watch import FileWatch

    made = load_files(repl, files)
    for watch in [watch for watch in repl.file_watches if watch.files == tuple(files) and watch.is_open]:
        watch.stop()
        repl.file_watches.remove(watch)
    watch = FileWatch(repl, files, made)
    watch.start()
    repl.file_watches.append(watch)
    repl.write(f"Watching {watch.name}; .watch-file --stop ends it")


def stop_watching(repl: Repl) -> None:
    """Ends the watching of all files."""
    while repl.file_watches:
        repl.file_watches.pop().stop()


def _files_in(name: str, argument: str, cwd: Path) -> list[Path]:
    """The files that a line names behind a command: one path with blanks in it, or several, quoted where need be."""
    if not argument:
        raise UsageError(f"{name} needs a file", f"For example: {name} counter.lua")
    if os.path.exists(cwd / argument):  # a Path would raise for a name that is too long
        return [Path(argument)]
    try:
        return [Path(part) for part in shlex.split(argument)]
    except ValueError as error:
        raise UsageError(f"The file names cannot be read: {error}") from error


def inlined(repl: Repl, line: str) -> str | None:
    """What a line of `.editor` stands for: `.load FILE...` for the files as they are, `.load-blueprint NAME` for the
    program that comes with aos; None for any other line.

    Raises:
        UsageError: it names no file, or no blueprint. SourceError: a file cannot be read.
    """
    name, _, rest = line.partition(" ")
    if name == ".load-blueprint":
        from aos_cli.source.blueprints import find_blueprint

        return find_blueprint(rest.strip()).text.decode("utf-8")
    if name != ".load":
        return None
    texts = [read_file(repl.cwd / file, repl.cwd).text for file in _files_in(name, rest.strip(), repl.cwd)]
    return b"\n".join(texts).decode("utf-8", "surrogateescape")


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
    try:
        after = client.loaded_code(process_id)
    except NodeError as error:
        # The files are loaded all the same; a public network lets itself be looked into a few times a minute.
        repl.write(f"What became of the handlers cannot be seen: {error.message}")
        return made
    changes = handler_changes(after.handlers) if after.loads != before.loads else None
    if changes is not None:
        repl.print(changes)
    return made
