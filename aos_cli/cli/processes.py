"""Which process a name means, and how a new one is born: shared by the commands that work in lasting processes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aos_cli.cli.app import App
from aos_cli.cli.main import COMMAND_NAMES, looks_like_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag
from aos_cli.settings import MODULE

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.units.records import ProcessRecord
    from aos_cli.wallet import AnyWallet

_MAX_NAME_CHARACTERS = 100


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
        NodeRefused: there is no process of that id, or several have that name and nobody can say which is meant.
        UsageError: the name looks like a mistyped command.
    """
    from aos_cli.session import find_processes, spawn_process, the_only

    found = find_processes(client, signer.address, name)
    record = (_picked(app, found) if len(found) > 1 else None) or the_only(found, name)
    if record is not None:
        return record, False
    if looks_like_id(name):
        hint = "`aos ps` lists the processes of this node"
        raise NodeRefused(f"There is no process {name} on the {client.name} node", hint, operation="open")
    close = difflib.get_close_matches(name, [*COMMAND_NAMES, "--help", "--version"], 1, 0.75)
    if close and not tags:
        hint = f"Did you mean `aos {close[0]}`? `aos open {name} --tag X=Y` makes a process of this name all the same"
        raise UsageError(f"There is no process {name}", hint)
    record = spawn_process(
        client, signer, name, module=module or app.settings[MODULE], tags=[*tags, *app.limit_tags()], data=data
    )
    return record, True


def _picked(app: App, found: Sequence[ProcessRecord]) -> ProcessRecord | None:
    """The one of several processes that the user means; None when nobody can be asked, or does not say."""
    from aos_cli.asking import choose
    from aos_cli.render.sanitiser import visible_id

    if not (app.environment.stdin_is_tty and app.environment.stderr_is_tty):
        return None
    rows = [f"{visible_id(record.id)}  {record.slots} slots" for record in found]
    chosen = choose(app.environment, f"{len(found)} processes have that name; which one", rows)
    return None if chosen is None else found[chosen]


def lasting(app: App, name: str, wallet: str | None) -> tuple[NodeClient, AnyWallet, ProcessRecord]:
    """A lasting process, spawned if its name is new, which is then said; and who speaks to it on which node."""
    check_name(app, name)
    signer = app.wallet(wallet)
    client = app.client()
    record, born = open_or_spawn(app, client, signer, name)
    if born:
        app.note_birth(record)
    return client, signer, record
