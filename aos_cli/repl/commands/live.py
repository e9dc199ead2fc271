"""Dot-commands for the feed: what is shown while the user types, and of which processes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.process_view import ProcessView
from aos_cli.processes import find_anybodys
from aos_cli.render.sanitiser import to_plain, visible_id, visible_name
from aos_cli.repl.commands.registry import command
from aos_cli.repl.commands.words import process_names
from aos_cli.repl.feed import MOST_TICKS
from aos_cli.settings import LIVE

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".live", "", "Show what arrives while you type.")
def _live(repl: Repl, argument: str) -> None:
    repl.settings.set(LIVE, True)
    repl.write("Live: what arrives is shown.")


@command(".pause", "", "Only count what arrives, until .live shows it.")
def _pause(repl: Repl, argument: str) -> None:
    repl.settings.set(LIVE, False)
    repl.write("Paused: what arrives is only counted; .live shows it.")


@command(".watch", "[NAME]", "Show what arrives at another process, by its name or id; list those.", process_names)
def _watch(repl: Repl, argument: str) -> None:
    if not argument:
        _list(repl)
        return
    session = repl.session
    record = find_anybodys(session.client, session.address, argument)
    if record is None:
        raise UsageError(f"There is no process {to_plain(argument)}", ".ps lists the processes")
    if record.id == session.process.id:
        raise UsageError("This is the process that is open; what arrives there is shown anyway")
    shown = f"{visible_name(record.name)}  {visible_id(record.id)}".strip()
    if record.id in repl.watched:
        repl.write(f"{shown} is watched already.")
        return
    view = repl.watched[record.id] = ProcessView(session.client, record)
    view.most_ticks = MOST_TICKS
    repl.write(f"Watching {shown}; .unwatch ends it.")


def _list(repl: Repl) -> None:
    if not repl.watched:
        repl.write("No other process is watched; .watch NAME does.")
    for view in repl.watched.values():
        repl.write(f"  {visible_name(view.process.name) or '(no name)'}  {visible_id(view.process.id)}")


def _watched_names(repl: Repl, word: str) -> Iterable[str]:
    return (view.process.name or view.process.id for view in repl.watched.values())


@command(".unwatch", "[NAME]", "Stop watching a process, or all that are watched.", _watched_names)
def _unwatch(repl: Repl, argument: str) -> None:
    meant = [view for view in repl.watched.values() if not argument or argument in (view.process.name, view.process.id)]
    if not meant and not argument:
        repl.write("No other process is watched.")
    elif not meant:
        raise UsageError(f"{to_plain(argument)} is not watched", ".watch lists those that are")
    for view in meant:
        del repl.watched[view.process.id]
        repl.write(f"{visible_name(view.process.name) or visible_id(view.process.id)} is not watched any more.")
