"""`.trace` and `.show`: what a message set off, and everything about one. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.repl.commands.arguments import ALL, parse
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.clients.tracing import Subject
    from aos_cli.repl.loop import Repl


@command(".trace", "[SLOT] [--all]", "Show what a message set off, and what it came from.")
def _trace(repl: Repl, argument: str) -> None:
    from aos_cli.clients.tracing import EVERYTHING, Bounds, trace
    from aos_cli.render.trace import trace_view

    arguments = parse(".trace", argument, (ALL,), among_words=True)
    everything = arguments.has(ALL)
    subject = _subject(repl, arguments.rest)
    found = trace(repl.session.client, subject, EVERYTHING if everything else Bounds())
    repl.print(trace_view(found, repl.story, repl.environment.width, everything=everything))


@command(".show", "[SLOT]", "Show everything about one message: tags, data, place in the log, result.")
def _show(repl: Repl, argument: str) -> None:
    from aos_cli.render.message import message_view

    repl.print(message_view(_subject(repl, argument), repl.story))


def _subject(repl: Repl, text: str) -> Subject:
    """The message that a text means; the newest command when it is empty.

    Raises:
        NodeRefused: there is none.
    """
    from aos_cli.clients.tracing import find_subject, newest_command
    from aos_cli.processes import find_anybodys

    session = repl.session
    if not text:
        return newest_command(session.client, session.process)
    return find_subject(
        session.client, text, lambda name: find_anybodys(session.client, session.address, name), session.process
    )
