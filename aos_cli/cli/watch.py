"""`aos watch`: what arrives at a process and what comes of it, as it happens."""

from __future__ import annotations

import math
import time
from itertools import islice
from typing import TYPE_CHECKING

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import SECONDS, AosCommand
from aos_cli.errors import NodeTimeout, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aos_cli.clients.base import Cancelled, Slot
    from aos_cli.process_view import ProcessView
    from aos_cli.render.story import Story


@click.command("watch", cls=AosCommand)
@click.option("--wallet", metavar="NAME|FILE", help="Whose process NAME is: a wallet by name or file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per slot.")
@click.option("--from", "first", metavar="SLOT", type=click.IntRange(min=0), help="Begin with this slot of the log.")
@click.option("-n", "--count", type=click.IntRange(min=1), help="Stop after so many slots.")
@click.option("--timeout", metavar="SECONDS", type=SECONDS, help="Stop after so long; exit status 124.")
@click.argument("name")
@pass_app
def watch_command(
    app: App,
    wallet: str | None,
    as_json: bool,
    first: int | None,
    count: int | None,
    timeout: float | None,
    name: str,
) -> None:
    """Show what arrives at a process, and what comes of it, until Ctrl-C; the exit status is 130 then.

    NAME is the name or the id of any process of the node. Nothing is sent. What waits in its log is evaluated here if
    nobody else does.
    """
    from aos_cli.background import run_interruptible
    from aos_cli.process_view import ProcessView

    client = app.looking_client()
    record = app.existing(client, wallet, name)
    if first is not None and first > record.slots:
        raise UsageError(f"--from {first}: the log of {name} has the slots 0 to {record.slots - 1}")
    view = ProcessView(client, record)
    if first is not None:
        view.begin_with(first)
    if not as_json and app.environment.stderr_is_tty:
        app.note(f"Watching {name}; Ctrl-C ends it.")
    story = app.story(client, app.wallets.known_address(wallet))

    deadline = math.inf if timeout is None else time.monotonic() + timeout

    def work(cancelled: Cancelled) -> None:
        shown = 0
        for slot in islice(_slots(view, lambda: cancelled() or time.monotonic() >= deadline), count):
            _print(app, story, slot, as_json)
            shown += 1
        if shown != count and not cancelled():
            wanted = "" if count is None else f" of {count}"
            raise NodeTimeout(f"Time is up after {timeout:g} s; slots that came: {shown}{wanted}", operation="watch")

    run_interruptible(work)


def _slots(view: ProcessView, cancelled: Cancelled) -> Iterator[Slot]:
    for slots in view.new_slots():
        for slot in slots:
            if cancelled():
                return
            yield slot
        if cancelled():
            return


def _print(app: App, story: Story, slot: Slot, as_json: bool) -> None:
    if as_json:
        from aos_cli.render.records import slot_record

        app.write_json(slot_record(slot))
        return
    from aos_cli.render.watching import watched_lines

    console = app.environment.console(app.environment.stdout)
    for line in watched_lines(slot, story):
        console.print(line)
