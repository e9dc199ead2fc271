"""Dot-commands of the shell itself: help and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import COMMANDS, LeaveShell, command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


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


@command(".quit", "", "Leave the shell.")
@command(".exit", "", "Leave the shell.")
def _leave(repl: Repl, argument: str) -> None:
    raise LeaveShell
