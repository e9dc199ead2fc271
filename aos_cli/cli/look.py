"""`aos ps` and `aos log`: what there is, seen from outside. Nothing is sent and nothing is spawned."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient, Slot
    from aos_cli.units.records import ProcessRecord

_wallet_option = click.option("--wallet", metavar="NAME|FILE", help="Whose process NAME is: a wallet by name or file.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
_count = click.IntRange(min=1)


@click.command("ps", cls=AosCommand)
@_json_option
@pass_app
def ps_command(app: App, as_json: bool) -> None:
    """List the processes of the node, oldest first."""
    from aos_cli.processes import listed_processes

    client = app.looking_client()
    own = app.wallets.known_address(None)
    processes = listed_processes(client, own)
    if as_json:
        from aos_cli.render.records import process_record

        _write_lines(app, map(process_record, processes))
        return
    if not processes:
        where = f" of yours is known on {client.name}" if client.options else ""
        app.note(f"No process{where} yet; `{' '.join(('aos', client.options)).strip()}` makes one.")
        return
    from aos_cli.render.tables import process_table

    table = process_table(processes, app.story(client, own), app.environment.width)
    app.environment.console(app.environment.stdout).print(table)


@click.command("log", cls=AosCommand)
@_wallet_option
@_json_option
@click.option("-n", "--count", type=_count, default=20, show_default=True, help="How many slots, from the newest back.")
@click.option("--errors", is_flag=True, help="Only slots that failed.")
@click.argument("name")
@pass_app
def log_command(app: App, wallet: str | None, as_json: bool, count: int, errors: bool, name: str) -> None:
    """Show the newest slots of a process: who, action, ok or error, what was sent."""
    client = app.looking_client()
    process = app.existing(client, wallet, name)
    slots = _failed(client, process, count) if errors else client.slots(process.id, max(0, process.evaluated - count))
    if as_json:
        from aos_cli.render.records import slot_record

        _write_lines(app, map(slot_record, slots))
        return
    from aos_cli.render.tables import log_table

    if not slots:
        app.note("No message failed." if process.evaluated else "No slot is evaluated yet.")
        return
    own = app.wallets.known_address(wallet)
    table = log_table(slots, app.story(client, own), app.environment.width)
    app.environment.console(app.environment.stdout).print(table)
    if process.evaluated > len(slots) and not errors:
        app.note(f"{process.evaluated - len(slots)} older slots are not shown; --count {process.evaluated} shows all.")
    if process.slots > process.evaluated:
        app.note(f"{process.slots - process.evaluated} slots wait to be evaluated.")


def _failed(client: NodeClient, process: ProcessRecord, count: int) -> list[Slot]:
    """The newest slots whose result is an error, oldest first."""
    from aos_cli.process_view import ProcessView

    failed = (slot for slot in ProcessView(client, process).backwards() if slot.result.error is not None)
    return list(islice(failed, count))[::-1]


def _write_lines(app: App, records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        app.write_json(record)
