"""Dot-commands for how results are shown; each is short for a setting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import command
from aos_cli.settings import FORMAT, PAGER, TIMING

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


def _formats(repl: Repl, word: str) -> Iterable[str]:
    return FORMAT.kind.words


def _on_or_off(repl: Repl, word: str) -> Iterable[str]:
    return ("on", "off")


@command(".format", "[FORMAT]", "Say how values are shown, or choose: pretty, table, lua, json or raw.", _formats)
def _format(repl: Repl, argument: str) -> None:
    if argument:
        repl.settings.set(FORMAT, FORMAT.parse(argument, ".format", repl.cwd))
    repl.write(f"Values are shown as {repl.settings[FORMAT]}.")


@command(".timing", "[on|off]", "Show how long each evaluation takes, or stop it.", _on_or_off)
def _timing(repl: Repl, argument: str) -> None:
    repl.settings.set(TIMING, _wanted(".timing", argument, repl.settings[TIMING]))
    repl.write(f"Timing is {'on' if repl.settings[TIMING] else 'off'}.")


@command(".pager", "[on|off]", "Show what is longer than the screen in a pager, or stop it.", _on_or_off)
def _pager(repl: Repl, argument: str) -> None:
    is_on = repl.settings[PAGER] != "never"
    if _wanted(".pager", argument, is_on) != is_on:
        # What the user's files say comes back, if that is a pager.
        repl.settings.reset(PAGER)
        if is_on or repl.settings[PAGER] == "never":
            repl.settings.set(PAGER, "never" if is_on else "auto")
    repl.write(f"The pager is {'off' if repl.settings[PAGER] == 'never' else 'on'}.")


def _wanted(name: str, argument: str, now: bool) -> bool:
    """What a word asks for; without one, the opposite of what is."""
    if argument not in ("", "on", "off"):
        raise UsageError(f"{name} takes on or off, not {argument}")
    return argument == "on" if argument else not now
