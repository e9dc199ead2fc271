"""Dot-commands for what is longer than a line, and for what was typed before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.block import BLOCK_HELP
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_DEFAULT_ENTRIES = 20


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
    number = _number(argument) if argument else 1
    # The line `.edit` itself is the newest one.
    entries = repl.entries()[:-1]
    if number > len(entries):
        raise UsageError(f"There are only {len(entries)} entries before this one")
    repl.next_text = repl.edit(entries[-number]) or ""


@command(".pad", "", "Edit this process's pad in your editor; what was changed there is sent.")
def _pad(repl: Repl, argument: str) -> None:
    file = repl.host.pad(repl.session.process.id)
    before = file.read_bytes() if file.exists() else b""
    repl.edit_file(file)
    after = file.read_bytes() if file.exists() else b""
    if after == before:
        repl.write("The pad was not changed; nothing was sent.")
    elif after.strip():
        repl.evaluate(after)


@command(".history", "[N] [TEXT]", "List the newest entries, or those with a text in them.")
def _history(repl: Repl, argument: str) -> None:
    first, _, rest = argument.partition(" ")
    limit, text = (int(first), rest.strip()) if first.isdecimal() and first.isascii() else (_DEFAULT_ENTRIES, argument)
    entries = [entry for entry in repl.entries()[:-1] if text in entry]
    shown = entries[max(len(entries) - limit, 0) :]
    if not shown:
        repl.write(f"No entry has {to_plain(text)!r} in it." if text else "There is no entry yet.")
    for entry in shown:
        repl.write("  " + to_plain(entry).replace("\n", "\n    "))


@command(".clear", "", "Clear the screen.")
def _clear(repl: Repl, argument: str) -> None:
    repl.clear()


def _number(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and 0 < int(text) < 1_000_000):
        raise UsageError(f"{text!r} is not a number from 1 to 999999")
    return int(text)
