"""`aos result` and `aos assign`: messages that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aos_cli.background import run_interruptible
from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand, interrupted
from aos_cli.codec.ids import is_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.status import ExitStatus

if TYPE_CHECKING:
    from aos_cli.clients.base import LogPlace, NodeClient

_wallet_option = click.option("--wallet", metavar="NAME|FILE", help="Whose process NAME is: a wallet by name or file.")

# Fields that an assignment may leave out.
_EXCLUDABLE = ("Data", "Tags", "Signature", "Anchor")


@click.command("result", cls=AosCommand)
@click.option("--process", metavar="NAME|ID", help="The process that the message was sent to.")
@_wallet_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("message", metavar="ID")
@pass_app
def result_command(app: App, process: str | None, wallet: str | None, as_json: bool, message: str) -> int:
    """Print the result of a message that was sent, waiting for it if need be; nothing is sent.

    Output and exit status are those that `aos eval` would have given. A network may take a while to find a message by
    its id alone; --process says where it is.
    """
    from aos_cli.cli.report import Report
    from aos_cli.process_view import ProcessView

    if not is_id(message):
        raise UsageError(f"{message[:60]!a} is not the id of a message", "It has 43 characters")
    client = app.looking_client()
    place = _place(app, client, process, wallet, message)
    record = client.find_process(place.process_id)
    if record is None:
        raise NodeRefused(f"There is no process {place.process_id} on the {client.name} node", operation="result")
    try:
        slot = run_interruptible(lambda _: client.slot(place.process_id, place.slot))
    except KeyboardInterrupt:
        return interrupted(app.environment)
    Report(app, ProcessView(client, record), app.wallets.known_address(wallet), as_json).own(slot)
    return ExitStatus.OK if slot.result.error is None else ExitStatus.LUA_ERROR


def _place(app: App, client: NodeClient, process: str | None, wallet: str | None, message: str) -> LogPlace:
    """Where a message stands.

    Raises:
        NodeRefused: in no log that is known.
    """
    from aos_cli.clients.base import LogPlace

    if process is not None:
        record = app.existing(client, wallet, process)
        placed = client.placed(record.id, message)
        if placed is None:
            problem = f"There is no message {message} in the log of {process} on the {client.name} node"
            raise NodeRefused(problem, "`aos log NAME` lists the newest messages", operation="result")
        return LogPlace(placed.process_id, placed.slot)
    places = [place for found in client.find_messages(message, 1) for place in found.places]
    if not places:
        hint = "" if client.embedded else "It may be too new to be found by its id; --process NAME says where it is"
        raise NodeRefused(f"There is no message {message} on the {client.name} node", hint, operation="result")
    return places[0]


@click.command("assign", cls=AosCommand)
@click.option("--exclude", multiple=True, type=click.Choice(_EXCLUDABLE), help="A field that is left out (repeatable).")
@_wallet_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.argument("process", metavar="NAME|ID")
@click.argument("message", metavar="MESSAGE")
@pass_app
def assign_command(
    app: App, exclude: tuple[str, ...], wallet: str | None, as_json: bool, process: str, message: str
) -> None:
    """Put the message with the id MESSAGE, which is there already, into the log of a process as well.

    The process decides what it makes of it: programs accept an assignment with `ao.addAssignable`.
    """
    if not is_id(message):
        raise UsageError(f"{message[:60]!a} is not the id of a message", "It has 43 characters")
    client = app.client()
    record = app.existing(client, wallet, process)
    receipt = client.assign(record.id, message, exclude)
    if as_json:
        app.write_json({"process": record.id, "message": message, "slot": receipt.slot})
    else:
        app.environment.write_out(f"{message} is slot {receipt.slot} of {record.name or record.id}\n")
