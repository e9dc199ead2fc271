"""`aos [NAME]`: opens a process and lets the user type at it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import COMMAND_NAMES, AosCommand, looks_like_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from aos_cli.clients.base import NodeClient
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle
    from aos_cli.units.records import ProcessRecord
    from aos_cli.wallet import AnyWallet

DEFAULT_NAME = "default"
_MAX_NAME_CHARACTERS = 100


@click.command("open", cls=AosCommand)
@click.option("--wallet", metavar="FILE", help="The key that signs and owns (an Arweave JWK).")
@click.option("--tag", "tags", metavar="NAME=VALUE", multiple=True, help="A tag of the process, when it is spawned.")
@click.option("--data", metavar="FILE", help="The data of the process, when it is spawned.")
@click.option("--load", "files", metavar="FILE", multiple=True, help="Evaluate this Lua file first (repeatable).")
@click.option("--module", metavar="ID", help="The module of the process, when it is spawned.")
@click.argument("process", required=False, default=DEFAULT_NAME, metavar="[NAME | ID]")
@pass_app
def open_command(
    app: App,
    wallet: str | None,
    tags: tuple[str, ...],
    data: str | None,
    files: tuple[str, ...],
    module: str | None,
    process: str,
) -> int:
    """Open a process by its name or id and type Lua at it; a name that is new is spawned.

    What comes on standard input when that is no terminal is evaluated as one chunk.
    """
    spawn_tags = [_parse_tag(text) for text in tags]
    content = _read_data(app, data) if data else b""
    for file in files:
        if not (app.environment.cwd / file).is_file():
            raise UsageError(f"--load {file}: there is no such file")
    check_name(app, process)
    signer = app.wallet(wallet)
    client = app.client()
    record, born = open_or_spawn(app, client, signer, process, module or "", spawn_tags, content)
    if not born and (spawn_tags or content or module):
        app.note(f"aos: {process} is there already; --tag, --data and --module are for new processes")
    from aos_cli.session import Session

    session = Session(client, signer, record)
    if not app.environment.stdin_is_tty:
        if born:
            app.note_birth(record)
        return _evaluate_input(app, client, session, files)
    _converse(app, client, session, [Path(file) for file in files], born)
    return 0


def _parse_tag(text: str) -> Tag:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise UsageError(f"--tag {text} is not of the form NAME=VALUE")
    return Tag(name, value)


def _read_data(app: App, file: str) -> bytes:
    try:
        return (app.environment.cwd / file).read_bytes()
    except OSError as error:
        raise UsageError(f"--data {file} cannot be read: {error.strerror}") from error


def check_name(app: App, name: str) -> None:
    """Refuses what cannot be a name, and what was meant as something else.

    Raises:
        UsageError: it is empty, too long, has control characters, or is a Lua file.
    """
    if not name.strip() or len(name) > _MAX_NAME_CHARACTERS or not name.isprintable():
        raise UsageError(f"{name[:60]!a} cannot be the name of a process")
    if name.endswith(".lua") and (app.environment.cwd / name).is_file():
        raise UsageError(f"{name} is a Lua file", f"`aos run {name}` runs it, `aos --load {name}` loads it")


def open_or_spawn(
    app: App,
    client: NodeClient,
    signer: AnyWallet,
    name: str,
    module: str = "",
    tags: Sequence[Tag] = (),
    data: bytes = b"",
) -> tuple[ProcessRecord, bool]:
    """The process of that name or id, spawned if the name is new; and whether it was.

    Raises:
        NodeRefused: there is no process of that id. UsageError: the name looks like a mistyped command.
    """
    from aos_cli.session import find_process, spawn_process

    record = find_process(client, signer.address, name)
    if record is not None:
        return record, False
    if looks_like_id(name):
        hint = "`aos ps` lists the processes of this node"
        raise NodeRefused(f"There is no process {name} on the local node", hint, operation="open")
    close = difflib.get_close_matches(name, [*COMMAND_NAMES, "--help", "--version"], 1, 0.75)
    if close and not tags:
        hint = f"Did you mean `aos {close[0]}`? `aos open {name} --tag X=Y` makes a process of this name all the same"
        raise UsageError(f"There is no process {name}", hint)
    record = spawn_process(client, signer, name, module=module, tags=[*tags, *app.limit_tags()], data=data)
    return record, True


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


def _converse(app: App, client: NodeClient, session: Session, files: Sequence[Path], born: bool) -> None:
    from aos_cli.machine.native import check_syntax
    from aos_cli.render.sanitiser import visible_name
    from aos_cli.repl.loop import Repl
    from aos_cli.repl.reading import open_history, prompt_session

    def reader(prompt: Callable[[], str]) -> PromptSession[str]:
        history = open_history(app.home.histories / session.process.id)
        return prompt_session(history, check_syntax, prompt)

    def bundle(paths: Sequence[Path]) -> Bundle:
        return app.bundle(paths, client, session.process.id)

    repl = Repl(app.environment, session, app.story(client, session.address), reader, bundle, app.config.follow_limit)
    verb = "new process" if born else "process"
    repl.write(f"aos {app.version}  {verb} {visible_name(session.process.name)}  {session.process.id}")
    repl.write("On the local node. Type Lua; .help lists the commands, .exit leaves.")
    if not session.is_owner:
        repl.write(f"  it is owned by {session.process.owner}: what you type arrives as messages, not as commands")
    repl.run(files)
