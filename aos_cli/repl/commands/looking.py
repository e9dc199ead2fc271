"""Dot-commands that look back: the outbox and the log. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from aos_cli.repl.commands.arguments import ALL, ROWS, parse, rows_in, show_rows
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_ERRORS = "--errors"


def _outbox_words(repl: Repl, word: str) -> Iterable[str]:
    return (ALL, ROWS)


def _log_words(repl: Repl, word: str) -> Iterable[str]:
    return (ALL, _ERRORS, ROWS)


@command(".outbox", "[ROWS] [--all]", "Show what the process sent, and what became of it.", _outbox_words)
def _outbox(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import outbox_table

    arguments = parse(".outbox", argument, (ALL,), (ROWS,), among_words=True)
    entries = (
        (slot.number, sent)
        for slot in repl.session.backwards()
        for sent in reversed(slot.sent)
        if sent.kind != "notice"
    )
    rows = rows_in(arguments, arguments.rest)
    newest = list(islice(entries, rows))
    if not newest:
        repl.write("Nothing was sent.")
        return
    show_rows(repl, outbox_table(newest[::-1], repl.story), rows)


@command(
    ".log",
    "[ROWS] [--all] [--errors]",
    "Show the newest slots: who, action, ok or error, what was sent.",
    _log_words,
)
def _log(repl: Repl, argument: str) -> None:
    from aos_cli.render.tables import log_table

    arguments = parse(".log", argument, (ALL, _ERRORS), (ROWS,), among_words=True)
    errors = arguments.has(_ERRORS)
    wanted = (slot for slot in repl.session.backwards() if not errors or slot.result.error is not None)
    rows = rows_in(arguments, arguments.rest)
    slots = list(islice(wanted, rows))[::-1]
    if errors and not slots:
        repl.write("No message failed.")
        return
    show_rows(repl, log_table(slots, repl.story, repl.environment.width), rows)
