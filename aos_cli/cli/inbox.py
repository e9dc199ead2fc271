"""`aos inbox`: the messages that no handler took; listed, in full, or waited for."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import SECONDS, AosCommand
from aos_cli.errors import NodeTimeout, UsageError

if TYPE_CHECKING:
    from aos_cli.clients.base import Cancelled
    from aos_cli.mailbox import InboxMessage, Mailbox, Wanted
    from aos_cli.process_view import ProcessView
    from aos_cli.render.story import Story

_DEFAULT_COUNT = 20


@click.command("inbox", cls=AosCommand)
@click.option("--wallet", metavar="NAME|FILE", help="Whose process NAME is: a wallet by name or file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("-n", "--count", type=click.IntRange(min=1), help="How many, from the newest back; 20 by default.")
@click.option("--from", "sender", metavar="WHO", default="", help="Only from this process or wallet, by name or id.")
@click.option("--action", metavar="ACTION", default="", help="Only messages with this action.")
@click.option("--unread", is_flag=True, help="Only messages that were not read.")
@click.option("--number", metavar="N", type=click.IntRange(min=1), help="Show message N in full.")
@click.option("--wait", is_flag=True, help="Wait for the next message that fits, and show it in full.")
@click.option("--after", metavar="SLOT", type=click.IntRange(min=0), help="With --wait: one of a later slot will do.")
@click.option("--timeout", metavar="SECONDS", type=SECONDS, help="Stop waiting; exit status 124.")
@click.argument("name")
@pass_app
def inbox_command(
    app: App,
    wallet: str | None,
    as_json: bool,
    count: int | None,
    sender: str,
    action: str,
    unread: bool,
    number: int | None,
    wait: bool,
    after: int | None,
    timeout: float | None,
    name: str,
) -> None:
    """Show the newest messages that no handler of a process took.

    What is shown on a terminal has been read; --json and a pipe leave it unread. --wait counts from its own start;
    with --after, from a slot such as that of the command that asks for the message.
    """
    from aos_cli.mailbox import Wanted
    from aos_cli.process_view import ProcessView
    from aos_cli.read_marks import ReadMarks

    wanted = Wanted(sender, action, unread)
    _check(wanted, count, number, wait, [("--after", after), ("--timeout", timeout)])
    client = app.looking_client()
    view = ProcessView(client, app.existing(client, wallet, name))
    view.mailbox.marks = ReadMarks(app.home.read_marks / view.process.id)
    story = app.story(client, app.wallets.known_address(wallet))
    if number is not None:
        _show(app, view.mailbox, story, view.mailbox.message(number), as_json)
    elif wait:
        _show(app, view.mailbox, story, _waited_for(view, wanted, story, after, timeout), as_json)
    else:
        _list(app, view.mailbox, story, wanted, count or _DEFAULT_COUNT, as_json)


def _check(
    wanted: Wanted, count: int | None, number: int | None, wait: bool, of_waiting: Sequence[tuple[str, float | None]]
) -> None:
    """Refuses options that do not go together; `of_waiting` are those that need --wait, by name."""
    if number is not None and (wanted or count or wait):
        raise UsageError("--number shows one message: it goes with no filter, count or --wait")
    if wait and count:
        raise UsageError("--wait waits for one message: it goes without --count")
    for name, value in of_waiting:
        if value is not None and not wait:
            raise UsageError(f"{name} needs --wait")


def _list(app: App, mailbox: Mailbox, story: Story, wanted: Wanted, count: int, as_json: bool) -> None:
    messages, total, more = mailbox.chosen(wanted, story.who, count)
    if as_json:
        from aos_cli.render.inbox import inbox_record

        for message in messages:
            app.write_json(inbox_record(message))
        return
    if not messages:
        app.note("No message fits." if total and wanted else "The inbox is empty.")
        return
    from aos_cli.render.tables import inbox_table

    app.environment.console(app.environment.stdout).print(inbox_table(messages, story))
    if more and wanted:
        app.note(f"Older ones are not shown; --count {total} shows all.")
    elif more:
        app.note(f"{total - len(messages)} older ones are not shown; --count {total} shows all.")
    _mark(app, mailbox, messages)


def _show(app: App, mailbox: Mailbox, story: Story, message: InboxMessage, as_json: bool) -> None:
    from aos_cli.render.inbox import inbox_message_view, inbox_record

    if as_json:
        app.write_json(inbox_record(message))
        return
    app.environment.console(app.environment.stdout).print(inbox_message_view(message, story))
    _mark(app, mailbox, [message])


def _mark(app: App, mailbox: Mailbox, messages: Sequence[InboxMessage]) -> None:
    """The user has read messages, if it was he who they were shown to."""
    if app.environment.stdout_is_tty:
        mailbox.mark(messages)


def _waited_for(
    view: ProcessView, wanted: Wanted, story: Story, after: int | None, timeout: float | None
) -> InboxMessage:
    """The next message that fits: one that lands in the inbox, or one of a slot behind `after` that lies there.

    Raises:
        NodeTimeout: none came in time.
    """
    from aos_cli.background import run_interruptible

    seconds = math.inf if timeout is None else timeout
    deadline = time.monotonic() + seconds

    def work(cancelled: Cancelled) -> InboxMessage:
        for message in view.landing(after):
            if message is not None and wanted.takes(message, story.who):
                return message
            if cancelled() or time.monotonic() >= deadline:
                break
        raise NodeTimeout(f"No message came in {seconds:g} seconds", operation="wait")

    return run_interruptible(work)
