"""Dot-commands for what arrived and no handler took: look at it, read it, answer it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.mailbox import InboxMessage, Wanted
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.commands.arguments import ALL, ROWS, number_in, parse, rows_in, show_rows
from aos_cli.repl.commands.registry import command
from aos_cli.source.reply import reply_code

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_FROM, _ACTION, _UNREAD, _TAG = "--from", "--action", "--unread", "--tag"
_NUMBER = "the number of a message"


def _inbox_words(repl: Repl, word: str) -> Iterable[str]:
    return (_ACTION, ALL, _FROM, _UNREAD, ROWS)


@command(
    ".inbox",
    "[N] [--from WHO] [--action A] [--unread] [-n ROWS] [--all]",
    "List the newest messages that no handler took, or show message N in full.",
    _inbox_words,
)
def _inbox(repl: Repl, argument: str) -> None:
    arguments = parse(".inbox", argument, (_UNREAD, ALL), (_FROM, _ACTION, ROWS), among_words=True)
    if not arguments.rest:
        wanted = Wanted(arguments.value(_FROM), arguments.value(_ACTION), arguments.has(_UNREAD))
        _list(repl, wanted, rows_in(arguments))
        return
    if arguments.values:
        raise UsageError(".inbox shows one message or filters the list, not both")
    from aos_cli.render.inbox import inbox_message_view

    message = repl.session.mailbox.message(number_in(arguments.rest, _NUMBER))
    repl.show(inbox_message_view(message, repl.story))
    _mark(repl, [message])


def _list(repl: Repl, wanted: Wanted, rows: int | None) -> None:
    from aos_cli.render.tables import inbox_table

    messages, total, more = repl.session.mailbox.chosen(wanted, repl.story.who, rows)
    if not messages:
        repl.write("No message fits." if total and wanted else "The inbox is empty.")
        return
    show_rows(repl, inbox_table(messages, repl.story), rows)
    if more:
        repl.write("Older ones are not shown; --all shows them.")
    _mark(repl, messages)


def _mark(repl: Repl, messages: list[InboxMessage]) -> None:
    """What was shown has been read."""
    mailbox = repl.session.mailbox
    mailbox.mark(messages)
    tally = mailbox.tally()
    if tally is not None:
        repl.status.inbox, repl.status.unread = tally


def _reply_words(repl: Repl, word: str) -> Iterable[str]:
    return (_ACTION, _TAG)


@command(
    ".reply",
    "N [--action A] [--tag NAME=VALUE] DATA",
    "Have the process answer message N of its inbox.",
    _reply_words,
)
def _reply(repl: Repl, argument: str) -> None:
    number, _, rest = argument.partition(" ")
    if not number:
        raise UsageError(".reply needs the number of a message and the answer", "`.inbox` lists the messages")
    arguments = parse(".reply", rest, (), (_ACTION, _TAG))
    if not arguments.rest:
        raise UsageError(".reply needs the data of the answer", f"For example: `.reply {to_plain(number)} thank you`")
    session = repl.session
    if not session.is_owner:
        owner = f"{to_plain(session.process.name)} is owned by {session.process.owner}"
        raise UsageError(f"{owner}, who alone can answer in its name", "Send a message of your own instead")
    message = session.mailbox.message(number_in(number, _NUMBER))
    tags = [_tag(text) for text in arguments.values.get(_TAG, [])]
    if arguments.has(_ACTION):
        tags.insert(0, ("Action", arguments.value(_ACTION)))
    place = message.fields.get("Nonce")
    repl.evaluate(reply_code(message.text("Id"), place, message.text("From"), tags, arguments.rest))


def _tag(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--tag {to_plain(text)} is not of the form NAME=VALUE")
    return name, value
