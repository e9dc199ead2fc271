"""Dot-commands that show what there is: inbox, outbox, log and processes. Nothing is sent."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_DEFAULT_ROWS = 20
_ROWS = re.compile(r"[1-9][0-9]{0,5}")


def _rows(argument: str) -> int:
    if not argument:
        return _DEFAULT_ROWS
    if not _ROWS.fullmatch(argument):
        raise UsageError(f"{argument!r} is not a number of rows from 1 to 999999")
    return int(argument)


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
