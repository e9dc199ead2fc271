"""`aos [NAME]`: opens a process and lets the user type at it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.cli.options import passphrase_option, yes_option
from aos_cli.cli.processes import Birth, check_name, module_of, open_or_spawn
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag
from aos_cli.repl.host import speaker_of
from aos_cli.settings import STARTUP, WALLET

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.read_marks import ReadMarks
    from aos_cli.render.story import Story
    from aos_cli.repl.host import Host
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle
    from aos_cli.wallet import AnyWallet

DEFAULT_NAME = "default"


@click.command("open", cls=AosCommand)
@click.option("--wallet", metavar="NAME|FILE", help="The wallet that signs and owns, by name or file.")
@passphrase_option
@click.option("--tag", "tags", metavar="NAME=VALUE", multiple=True, help="A tag of the process, when it is spawned.")
@click.option("--data", metavar="FILE", help="The data of the process, when it is spawned.")
@click.option("--load", "files", metavar="FILE", multiple=True, help="Evaluate this Lua file first (repeatable).")
@click.option("--module", metavar="NAME|ID", help="The module of the process, when it is spawned.")
@click.option("--scheduler", metavar="ID", help="The scheduler of the process, when it is spawned.")
@click.option("--cron", "crons", metavar="N-UNIT", multiple=True, help="Have it tick, 10-minutes say, when spawned.")
@click.option("--monitor", is_flag=True, help="Have what its ticks send delivered, as .monitor does.")
@yes_option
@click.argument("process", required=False, default=DEFAULT_NAME, metavar="[NAME | ID]")
@pass_app
def open_command(
    app: App,
    wallet: str | None,
    tags: tuple[str, ...],
    data: str | None,
    files: tuple[str, ...],
    module: str | None,
    scheduler: str | None,
    crons: tuple[str, ...],
    monitor: bool,
    process: str,
) -> int:
    """Open a process by its name or id and type Lua at it; a name that is new is spawned.

    What comes on standard input when that is no terminal is evaluated as one chunk.
    """
    spawn_tags = (*map(_parse_tag, tags), *_cron_tags(crons))
    content = _read_data(app, data) if data else b""
    for file in files:
        if not os.path.isfile(app.environment.cwd / file):  # unlike a Path, it has no name that it stumbles over
            raise UsageError(f"--load {file}: there is no such file")
    check_name(app, process)
    birth = Birth(module or "", scheduler or "", spawn_tags, content, monitored=monitor)
    client, signer, record, born = open_or_spawn(app, wallet, process, birth)
    if not born and birth._replace(monitored=False) != Birth():
        app.note(f"aos: {process} is there already; --tag, --data, --module, --scheduler, --cron are for new ones")
    from aos_cli.session import Session

    session = Session(client, signer, record)
    if monitor:
        session.monitor()
    if not app.environment.stdin_is_tty:
        if born:
            app.note_birth(record)
        return _evaluate_input(app, client, session, files)
    host = shell_host(app, client, signer, speaker_of(wallet or app.settings[WALLET]))
    _converse(app, host, session, [Path(file) for file in files], born)
    return 0


def _parse_tag(text: str) -> Tag:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageError(f"--tag {text} is not of the form NAME=VALUE")
    return Tag(name, value)


def _cron_tags(intervals: Sequence[str]) -> list[Tag]:
    """The tags of a process that ticks, with messages of the action Cron.

    Raises:
        UsageError: an interval is none.
    """
    from aos_cli.units.cron import crons_of

    found: list[Tag] = []
    for interval in intervals:
        made = [Tag("Cron-Interval", interval), Tag("Cron-Tag-Action", "Cron")]
        try:
            crons_of(tuple(made))
        except NodeRefused as error:
            raise UsageError(f"--cron: {error.message}", error.hint) from error
        found += made
    return found


def _read_data(app: App, file: str) -> bytes:
    try:
        return (app.environment.cwd / file).read_bytes()
    except OSError as error:
        raise UsageError(f"--data {file} cannot be read: {error.strerror}") from error


def _evaluate_input(app: App, client: NodeClient, session: Session, files: Sequence[str]) -> int:
    """What scripts do: files first, then standard input as one chunk; stops at the first error."""
    from aos_cli.cli.run import evaluate_in

    status = 0
    if files:
        made = app.bundle([Path(file) for file in files], client, session.process.id)
        status = evaluate_in(app, client, session, made.data(), as_json=False)
    text = app.environment.stdin.read()
    if status == 0 and text.strip():
        status = evaluate_in(app, client, session, text.encode("utf-8", "surrogateescape"), as_json=False)
    return status


class _Host:
    """The program, as the shell sees it; see `aos_cli.repl.host.Host`.

    Args:
        app: the program.
        client: the node.
        signer: whose processes are found by name, and who owns new ones.
        speaker: what the signer is called; "" for the user's default wallet.
    """

    def __init__(self, app: App, client: NodeClient, signer: AnyWallet, speaker: str) -> None:
        self.speaker = speaker
        self._app = app
        self._client = client
        self._signer = signer

    def wallet(self, name: str) -> AnyWallet:
        return self._app.wallets.open(name)

    def wallets(self) -> Sequence[str]:
        return self._app.wallets.keyring.names()

    def find(self, name_or_id: str) -> list[Session]:
        from aos_cli.processes import find_processes
        from aos_cli.session import Session

        records = find_processes(self._client, self._signer.address, name_or_id)
        return [Session(self._client, self._signer, record) for record in records]

    def spawn(self, name: str) -> Session:
        from aos_cli.processes import spawn_process
        from aos_cli.session import Session

        check_name(self._app, name)
        module_id = module_of(self._app, self._client)
        record = spawn_process(self._client, self._signer, name, module=module_id, tags=self._app.limit_tags())
        return Session(self._client, self._signer, record)

    def bundle(self, files: Sequence[Path], process_id: str) -> Bundle:
        return self._app.bundle(files, self._client, process_id)

    def story(self, client: NodeClient, own: str) -> Story:
        return self._app.story(client, own)

    def history(self, process_id: str) -> Path:
        return self._app.home.histories / process_id

    def read_marks(self, process_id: str) -> ReadMarks:
        from aos_cli.read_marks import ReadMarks

        return ReadMarks(self._app.home.read_marks / process_id)

    def pad(self, process_id: str) -> Path:
        folder = self._app.home.pads
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"The folder {folder} cannot be made: {error.strerror}") from error
        return folder / f"{process_id}.lua"

    def take_tour(self) -> None:
        from aos_cli.cli.tour import take_tour

        take_tour(self._app)


def shell_host(app: App, client: NodeClient, signer: AnyWallet, speaker: str = "") -> Host:
    """The program, as a shell on a node sees it; see `_Host` for the arguments."""
    return _Host(app, client, signer, speaker)


def _converse(app: App, host: Host, session: Session, files: Sequence[Path], born: bool) -> None:
    from aos_cli.machine.native import check_syntax
    from aos_cli.render.sanitiser import visible_name
    from aos_cli.repl.loop import Repl

    repl = Repl(app.environment, host, session, check_syntax, app.settings)
    verb = "new process" if born else "process"
    if not app.environment.quiet:
        repl.write(f"aos {app.version}  {verb} {visible_name(session.process.name)}  {session.process.id}")
        repl.write(f"On the {session.client.name} node. Type Lua; .help lists the commands, .exit leaves.")
        if app.wallets.made_default:
            repl.write("New to AO? .tour shows it in five minutes.")
    if app.settings.project is not None:
        project = app.shown_path(app.settings.project)
        repl.write(f"Settings of the project hold: {visible_name(project)}; .set lists them.")
    crons = session.client.crons(session.process.id)
    if crons:
        from aos_cli.render.ticking import rhythm

        monitored = session.client.is_monitored(session.process.id)
        sent = "what it sends then is delivered" if monitored else ".monitor has delivered what it sends then"
        repl.write(f"It ticks {rhythm(crons)}; {sent}.")
    if not session.is_owner:
        repl.write(f"  it is {session.not_a_command()}")
    startup = app.settings[STARTUP]
    repl.run([Path(startup), *files] if startup else files)
