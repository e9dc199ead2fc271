"""`aos trace` and `aos show`: what a message set off, and everything about one. Nothing is evaluated or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import UsageError

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.clients.tracing import Subject
    from aos_cli.units.records import ProcessRecord

_wallet_option = click.option("--wallet", metavar="NAME|FILE", help="Whose process NAME is: a wallet by name or file.")
_message = click.argument("message", metavar="ID | NAME SLOT")
_slot = click.argument("slot", required=False, metavar="")


@click.command("trace", cls=AosCommand)
@_wallet_option
@click.option("--all", "everything", is_flag=True, help="Show all of it, however much that is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with nested children.")
@_message
@_slot
@pass_app
def trace_command(
    app: App, wallet: str | None, everything: bool, as_json: bool, message: str, slot: str | None
) -> None:
    """Show what a message set off, in all processes of the local node, and what it came from.

    Name the message by its id, 6 characters of it at least, as NAME SLOT or as NAME:SLOT; NAME alone is the newest
    message that no process sent it.
    """
    from aos_cli.clients.tracing import EVERYTHING, Bounds, trace
    from aos_cli.render.trace import trace_json, trace_view

    environment = app.environment
    client = app.looking_client()
    subject = _subject(app, client, wallet, message, slot)
    found = trace(client, subject, EVERYTHING if everything else Bounds())
    if as_json:
        environment.write_out(trace_json(found, ascii_only=not environment.unicode_for(environment.stdout)) + "\n")
        return
    story = app.story(client, app.wallets.known_address(wallet))
    console = environment.console(environment.stdout)
    console.print(trace_view(found, story, environment.width, everything=everything))
    for place in subject.elsewhere:
        app.note(f"It is also in the log of {story.who(place.process_id)}, slot {place.slot}.")


@click.command("show", cls=AosCommand)
@_wallet_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_message
@_slot
@pass_app
def show_command(app: App, wallet: str | None, as_json: bool, message: str, slot: str | None) -> None:
    """Show everything about one message: tags, data, its place in the log, the result, and what was sent.

    Name the message as for `aos trace`.
    """
    client = app.looking_client()
    subject = _subject(app, client, wallet, message, slot)
    if as_json:
        from aos_cli.render.message import subject_record

        app.write_json(subject_record(subject))
        return
    from aos_cli.render.message import message_view

    story = app.story(client, app.wallets.known_address(wallet))
    app.environment.console(app.environment.stdout).print(message_view(subject, story))


def _subject(app: App, client: NodeClient, wallet: str | None, message: str, slot: str | None) -> Subject:
    """The message that the words of the command mean.

    Raises:
        UsageError: the second word is no number. NodeRefused: there is no such message.
    """
    from aos_cli.clients.tracing import find_subject
    from aos_cli.processes import find_anybodys

    if slot is not None and not (slot.isascii() and slot.isdigit()):
        raise UsageError(f"{slot!r} is not the number of a slot", "For example: `aos trace alice 4`")

    def named(name: str) -> ProcessRecord | None:
        return find_anybodys(client, app.wallets.known_address(wallet), name)

    return find_subject(client, message if slot is None else f"{message}:{slot}", named)
