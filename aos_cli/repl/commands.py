"""Dot-commands: what the shell does by itself, without sending anything to the process."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

Action = Callable[["Repl", str], None]

_DEFAULT_ROWS = 20
_ROWS = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class DotCommand:
    """A command.

    Attributes:
        name: with its dot.
        usage: its arguments.
        help: one line.
        action: gets the shell and the text behind the name.
    """

    name: str
    usage: str
    help: str
    action: Action


COMMANDS: dict[str, DotCommand] = {}


def command(name: str, usage: str, text: str) -> Callable[[Action], Action]:
    """Registers a function as a dot-command."""

    def register(action: Action) -> Action:
        COMMANDS[name] = DotCommand(name, usage, text, action)
        return action

    return register


class LeaveShell(Exception):
    """The one way out of the shell."""


def run_command(repl: Repl, line: str) -> None:
    """Runs the dot-command of a line.

    Raises:
        UsageError: there is no such command, or its arguments are wrong.
        LeaveShell: the user wants to go.
    """
    name, argument = [*line.split(None, 1), ""][:2]
    found = COMMANDS.get(name)
    if found is None:
        close = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"Did you mean {close[0]}?" if close else ".help lists the commands"
        raise UsageError(f"There is no command {name}; nothing was sent", hint)
    if argument and not found.usage:
        raise UsageError(f"{name} takes no words behind it")
    found.action(repl, argument.strip())


def _rows(argument: str) -> int:
    if not argument:
        return _DEFAULT_ROWS
    if not _ROWS.fullmatch(argument):
        raise UsageError(f"{argument!r} is not a number of rows from 1 to 999999")
    return int(argument)


@command(".help", "[COMMAND]", "List the commands, or explain one.")
def _help(repl: Repl, argument: str) -> None:
    if argument:
        name = argument if argument.startswith(".") else "." + argument
        if name not in COMMANDS:
            raise UsageError(f"There is no command {name}", ".help lists the commands")
        shown = [COMMANDS[name]]
    else:
        shown = list(COMMANDS.values())
    width = max(len(f"{entry.name} {entry.usage}") for entry in shown)
    for entry in shown:
        repl.write(f"  {entry.name + ' ' + entry.usage:{width}}  {entry.help}")
    if not argument:
        repl.write("Everything else is Lua and goes to the process.")
        repl.write("Enter sends a whole chunk and continues an unfinished one; Esc Enter sends it as it is.")
        repl.write("Ctrl-C clears the line or stops waiting; Ctrl-D leaves.")


@command(".load", "FILE...", "Evaluate Lua files with everything that they require.")
def _load(repl: Repl, argument: str) -> None:
    repl.load(file_arguments(argument, repl.cwd))


def file_arguments(argument: str, cwd: Path) -> list[Path]:
    """The files that a line names: one path with blanks in it, or several, quoted where need be."""
    if not argument:
        raise UsageError(".load needs a file", "For example: .load counter.lua")
    if (cwd / argument).exists():
        return [Path(argument)]
    try:
        return [Path(part) for part in shlex.split(argument)]
    except ValueError as error:
        raise UsageError(f"The file names cannot be read: {error}") from error


@command(".inbox", "[ROWS]", "Show the newest messages that no handler took.")
def _inbox(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import inbox_table

    total, messages = repl.session.inbox(_rows(argument))
    if not messages:
        repl.write("The inbox is empty.")
        return
    repl.print(inbox_table(messages, total - len(messages) + 1, repl.story))


@command(".outbox", "[ROWS]", "Show what the process sent, and what became of it.")
def _outbox(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import outbox_table

    entries = (
        (slot.number, sent)
        for slot in repl.session.backwards()
        for sent in reversed(slot.sent)
        if sent.kind != "notice"
    )
    newest = list(islice(entries, _rows(argument)))
    if not newest:
        repl.write("Nothing was sent.")
        return
    repl.print(outbox_table(newest[::-1], repl.story))


@command(".log", "[ROWS]", "Show the newest slots: who, action, ok or error, what was sent.")
def _log(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import log_table

    slots = list(islice(repl.session.backwards(), _rows(argument)))[::-1]
    repl.print(log_table(slots, repl.story, repl.environment.width))


@command(".ps", "", "List the processes of this node.")
def _ps(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import process_table

    processes = repl.session.client.processes()
    repl.print(process_table(processes, repl.story, repl.environment.width))


@command(".quit", "", "Leave the shell.")
@command(".exit", "", "Leave the shell.")
def _leave(repl: Repl, argument: str) -> None:
    raise LeaveShell
