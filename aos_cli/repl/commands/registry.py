"""The dot-commands by name, and how a line finds its command."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

Action = Callable[["Repl", str], None]

Complete = Callable[["Repl", str], Iterable[str]]
"""Gives the words that could stand at the end of a line; the second argument is what stands behind the command."""


@dataclass(frozen=True, slots=True)
class DotCommand:
    """A command.

    Attributes:
        name: with its dot.
        usage: its arguments; "" when it takes none.
        help: one line.
        action: gets the shell and the text behind the name.
        complete: gives words for its arguments; None when there are none to be known.
    """

    name: str
    usage: str
    help: str
    action: Action
    complete: Complete | None = None


COMMANDS: dict[str, DotCommand] = {}

# What users of the official console try here, and what to tell them.
_OFFICIAL = {
    ".update": "A process keeps the Lua runtime that it was born with; .new NAME makes one with this version's",
    **dict.fromkeys((".done", ".cancel", ".print", ".delete"), "It is a word of .editor"),
}


def command(name: str, usage: str, text: str, complete: Complete | None = None) -> Callable[[Action], Action]:
    """Registers a function as a dot-command."""

    def register(action: Action) -> Action:
        COMMANDS[name] = DotCommand(name, usage, text, action, complete)
        return action

    return register


class LeaveShell(Exception):
    """The one way out of the shell."""


def is_command(line: str) -> bool:
    """Whether a line is for the shell itself: it begins with a dot, and no Lua does."""
    return line.lstrip().startswith(".")


def run_command(repl: Repl, line: str) -> None:
    """Runs the dot-command of a line.

    Raises:
        UsageError: there is no such command, or its arguments are wrong.
        LeaveShell: the user wants to go.
    """
    if "\0" in line:
        # The operating system takes no such name, and Python says so with another error than for other bad names.
        raise UsageError("A command cannot have a NUL character in it; nothing was sent")
    name, argument = [*line.split(None, 1), ""][:2]
    found = find_command(name)
    if argument and not found.usage:
        raise UsageError(f"{found.name} takes no words behind it")
    found.action(repl, argument.strip())


def find_command(name: str) -> DotCommand:
    """A command by its name.

    Raises:
        UsageError: there is none; the nearest one is suggested.
    """
    found = COMMANDS.get(name)
    if found is None and name in _OFFICIAL:
        raise UsageError(f"There is no command {name}; nothing was sent", _OFFICIAL[name])
    if found is None:
        beginning = [known for known in COMMANDS if known.startswith(name) and len(name) > 1]
        close = beginning or difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"Did you mean {' or '.join(close)}?" if close else ".help lists the commands"
        raise UsageError(f"There is no command {name}; nothing was sent", hint)
    return found
