"""Dot-commands for what is longer than a line, and for what was typed before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.block import BLOCK_HELP
from aos_cli.repl.commands.arguments import DEFAULT_ROWS, number_in
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".editor", "", "Type several lines; .done sends them, .cancel drops them.")
def _editor(repl: Repl, argument: str) -> None:
    repl.write(BLOCK_HELP)
    text = repl.read_block()
    if text is None:
        repl.write("Dropped; nothing was sent.")
    elif text.strip():
        repl.evaluate(text)


@command(".edit", "[N]", "Edit the newest entry, or the N-th newest, in your editor; it comes back to the prompt.")
def _edit(repl: Repl, argument: str) -> None:
    number = number_in(argument, "the number of an entry") if argument else 1
    # The line `.edit` itself is the newest one.
    entries = repl.entries()[:-1]
    if number > len(entries):
        raise UsageError(f"There are only {len(entries)} entries before this one")
    repl.next_text = repl.edit(entries[-number]) or ""


@command(".pad", "", "Edit this process's pad in your editor; what was changed there is sent.")
def _pad(repl: Repl, argument: str) -> None:
    file = repl.host.pad(repl.session.process.id)
    before = _content(file)
    repl.edit_file(file)
    after = _content(file)
    if after == before:
        repl.write("The pad was not changed; nothing was sent.")
    elif after.strip():
        repl.evaluate(after)


def _content(pad: Path) -> bytes:
    """What stands in a pad; nothing before it was made."""
    try:
        return pad.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"The pad {pad} cannot be read: {error.strerror}") from error


@command(".history", "[N] [TEXT]", "List the newest entries, or those with a text in them.")
def _history(repl: Repl, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    limit, text = DEFAULT_ROWS, argument
    if first.isdecimal():
        limit, text = number_in(first, "a number of entries"), rest.strip()
    shown = [entry for entry in repl.entries()[:-1] if text in entry][-limit:]
    if not shown:
        repl.write(f"No entry has {to_plain(text)!r} in it." if text else "There is no entry yet.")
    for entry in shown:
        repl.write("  " + to_plain(entry).replace("\n", "\n    "))


@command(".clear", "", "Clear the screen.")
def _clear(repl: Repl, argument: str) -> None:
    repl.clear()
