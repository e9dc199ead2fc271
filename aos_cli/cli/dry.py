"""`aos eval --dry-run`: what Lua text would do in a process. Nothing is made or kept, not even a wallet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aos_cli.background import run_interruptible
from aos_cli.cli.app import App
from aos_cli.cli.main import interrupted
from aos_cli.cli.processes import check_name
from aos_cli.render.sanitiser import to_ansi, to_plain
from aos_cli.status import ExitStatus

if TYPE_CHECKING:
    from aos_cli.clients.base import DryRun
    from aos_cli.render.story import Story


def dry_eval(app: App, name: str, program: bytes, wallet: str | None, as_json: bool) -> int:
    """Evaluates Lua in a process that is there, prints what would come of it, and gives the exit status.

    Raises:
        NodeRefused: there is no such process.
    """
    from aos_cli.session import Session
    from aos_cli.wallet import generate_ed25519

    check_name(app, name)
    client = app.looking_client()
    record = app.existing(client, wallet, name)
    file = app.wallets.file(wallet)
    # Somebody without a wallet can look at a process by its id; to it he is a stranger whichever key he has.
    session = Session(client, generate_ed25519() if file is None else app.wallets.unlocked(file), record)
    if not session.is_owner:
        app.note(f"aos: {record.name or record.id} is {session.not_a_command()}")
    began = time.monotonic()
    try:
        dry = run_interruptible(lambda _: session.dry_run(program))
    except KeyboardInterrupt:
        return interrupted(app.environment)
    if as_json:
        from aos_cli.render.changes import dry_record

        app.write_json(dry_record(dry, time_ms=(time.monotonic() - began) * 1000))
    else:
        _print(app, dry, app.story(client, session.address))
    return ExitStatus.OK if dry.slot.result.error is None else ExitStatus.LUA_ERROR


def _print(app: App, dry: DryRun, story: Story) -> None:
    """The output to stdout, everything else to stderr."""
    from aos_cli.lua_error import parse_error
    from aos_cli.render.changes import dry_lines

    environment, result = app.environment, dry.slot.result
    output = result.output if result.error is None else parse_error(result.error).printed
    if output:
        colour = environment.colour_for(environment.stdout)
        environment.write_out((to_ansi(output) if colour else to_plain(output)) + "\n")
    console = environment.console(environment.stderr)
    if result.error is not None:
        console.print(story.failure(dry.slot))
    if not environment.quiet:
        for line in dry_lines(dry, story):
            console.print(line)
