"""`aos run` and `aos eval`: Lua from a file, standard input or the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from aos_cli.background import run_interruptible
from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand, interrupted
from aos_cli.cli.options import passphrase_option, yes_option
from aos_cli.cli.processes import lasting
from aos_cli.cli.report import Report
from aos_cli.errors import UsageError
from aos_cli.settings import FOLLOW_LIMIT
from aos_cli.status import ExitStatus

if TYPE_CHECKING:
    from aos_cli.clients.base import Cancelled, NodeClient
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle

_wallet_option = click.option("--wallet", metavar="NAME|FILE", help="The wallet that signs, by name or file.")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object per result.")


@click.command("run", cls=AosCommand, context_settings={"allow_interspersed_args": False})
@click.option("--process", metavar="NAME", help="Run in this lasting process instead of a throw-away one.")
@click.option("--watch", is_flag=True, help="Run again whenever the file or what it requires is saved.")
@_wallet_option
@passphrase_option
@yes_option
@_json_option
@click.argument("file")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
@pass_app
def run_command(
    app: App,
    process: str | None,
    watch: bool,
    wallet: str | None,
    as_json: bool,
    file: str,
    arguments: tuple[str, ...],
) -> int:
    """Evaluate a Lua file with everything that it requires, and follow its messages until they settle.

    FILE is a Lua file, or - for standard input. ARGS are in the Lua global `arg`. What the process prints goes to
    standard output, everything else to standard error. Exit status: 0, 1 for a Lua error, 2 to 6 as README says.
    With --watch the process keeps its state from save to save, and Ctrl-C ends the program with status 130.
    """
    from aos_cli.processes import spawn_process
    from aos_cli.render.loading import loading_notes
    from aos_cli.session import Session
    from aos_cli.wallet import generate_ed25519

    if watch and file == "-":
        raise UsageError("--watch needs a file; standard input is read once")
    if process is None:
        client = app.throw_away_client()
        signer = generate_ed25519() if wallet is None else app.wallets.open(wallet)
        made = _bundle(app, file)
        record = spawn_process(client, signer, "run", tags=app.limit_tags())
    else:
        client, signer, record = lasting(app, process, wallet)
        made = _bundle(app, file, client, record.id)
    for note in loading_notes(made):
        app.note(f"aos: {note}")
    session = Session(client, signer, record)
    if watch:
        from aos_cli.cli.rerun import evaluate_on_save

        return evaluate_on_save(app, session, made, file, arguments, as_json)
    return evaluate_in(app, client, session, made.data(arguments), as_json)


@click.command("eval", cls=AosCommand)
@click.option("--dry-run", "--dryrun", is_flag=True, help="Show what it would do, and keep nothing.")
@click.option("--each", is_flag=True, help="Evaluate standard input entry by entry, as if it were typed.")
@click.option(
    "--on-error",
    type=click.Choice(["stop", "continue"]),
    help="Whether --each ends at an entry that fails, or goes on.",
)
@_wallet_option
@passphrase_option
@yes_option
@_json_option
@click.argument("name")
@click.argument("code")
@pass_app
def eval_command(
    app: App,
    dry_run: bool,
    each: bool,
    on_error: Literal["stop", "continue"] | None,
    wallet: str | None,
    as_json: bool,
    name: str,
    code: str,
) -> int:
    """Evaluate CODE in the process NAME (a name or an id); - reads it from standard input.

    With --each every entry of standard input is a message of its own and is evaluated as soon as it is whole, so that
    another program can write a line and read the answer.
    """
    from aos_cli.session import Session

    if each:
        if code != "-" or dry_run:
            raise UsageError("--each reads standard input: CODE is - then, and there is no --dry-run")
        client, signer, record = lasting(app, name, wallet)
        return _evaluate_each(app, client, Session(client, signer, record), as_json, stops=on_error != "continue")
    if on_error:
        raise UsageError("--on-error needs --each")
    program = (app.environment.stdin.read() if code == "-" else code).encode("utf-8", "surrogateescape")
    if dry_run:
        from aos_cli.cli.dry import dry_eval

        return dry_eval(app, name, program, wallet, as_json)
    client, signer, record = lasting(app, name, wallet)
    return evaluate_in(app, client, Session(client, signer, record), program, as_json)


def _bundle(app: App, file: str, client: NodeClient | None = None, process_id: str = "") -> Bundle:
    if file != "-":
        return app.bundle([Path(file)], client, process_id)
    from aos_cli.machine.module import known_modules
    from aos_cli.source.bundle import bundle_text

    cwd = app.folder()
    text = app.environment.stdin.read().encode("utf-8", "surrogateescape")
    loaded = client.loaded_code(process_id).digests if client else {}
    known = client.known_modules(process_id) if client else known_modules()
    return bundle_text(text, root=cwd, cwd=cwd, known=known - set(loaded), loaded=loaded)


def _evaluate_each(app: App, client: NodeClient, session: Session, as_json: bool, *, stops: bool) -> int:
    """Evaluates standard input entry by entry; the exit status is that of the first one that failed."""
    from aos_cli.machine.native import check_syntax
    from aos_cli.repl.entry import whole_entries

    first_failure: int = ExitStatus.OK
    for line, text in whole_entries(app.environment.stdin, check_syntax):
        status = evaluate_in(app, client, session, text.encode("utf-8", "surrogateescape"), as_json)
        if status == ExitStatus.INTERRUPTED:
            return status
        if status != ExitStatus.OK:
            app.note(f"aos: what begins in line {line} of standard input failed")
            first_failure = first_failure or status
            if stops:
                break
    return first_failure


def evaluate_in(app: App, client: NodeClient, session: Session, program: bytes, as_json: bool) -> int:
    """Evaluates Lua in a process, prints what comes of it, and gives the exit status."""
    report = Report(app, session, session.address, as_json)
    if not session.is_owner:
        report.note(f"{session.process.name or session.process.id} is {session.not_a_command()}")
    limit = app.settings[FOLLOW_LIMIT]
    try:
        failed = run_interruptible(lambda cancelled: _run(session, program, report, limit, cancelled))
    except KeyboardInterrupt:
        status = interrupted(app.environment)
        if session.handed_over:
            from aos_cli.session import fetching

            command = fetching(client, session.process.id, session.handed_over)
            report.note(f"the message goes on; `{command}` fetches its result")
        return status
    return ExitStatus.LUA_ERROR if failed else ExitStatus.OK


def _run(session: Session, program: bytes, report: Report, limit: int, cancelled: Cancelled) -> bool:
    """Evaluates and follows; True when something of the process's own failed."""
    began = time.monotonic()
    receipt = session.eval(program)
    first = session.outcome(receipt)
    time_ms = _milliseconds_since(began)
    report.own(first, time_ms)
    report.costs(first, time_ms)
    failed = first.result.error is not None
    followed = 0
    began = time.monotonic()
    for slot in session.client.follow(limit, cancelled, receipt):
        followed += 1
        time_ms = _milliseconds_since(began)
        if slot.process.id == session.process.id:
            report.own(slot, time_ms)
            failed = failed or slot.result.error is not None
        else:
            report.other(slot)
        report.costs(slot, time_ms)
        began = time.monotonic()
    if followed >= limit:
        report.note(f"stopped following after {limit} messages; the rest waits in the log")
    return failed


def _milliseconds_since(began: float) -> float:
    return (time.monotonic() - began) * 1000
