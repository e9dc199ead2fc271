"""Which process a name means, and how a new one is born: shared by the commands that work in lasting processes."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from aos_cli.cli.app import App
from aos_cli.cli.main import COMMAND_NAMES, looks_like_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag
from aos_cli.settings import CONFIRM, MODULE

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


class Birth(NamedTuple):
    """What somebody wants of a process that is spawned.

    Attributes:
        module: its name or id; "" for the settings' or the node's own.
        scheduler: its address; "" for the node's own.
        tags, data: of the process message.
        monitored: whether what its ticks send is to be delivered, whether it is new or not.
    """

    module: str = ""
    scheduler: str = ""
    tags: tuple[Tag, ...] = ()
    data: bytes = b""
    monitored: bool = False


_ANYHOW = Birth()


def open_or_spawn(
    app: App,
    wallet: str | None,
    name: str,
    birth: Birth = _ANYHOW,
    *,
    may_be_command: bool = True,
) -> tuple[NodeClient, AnyWallet, ProcessRecord, bool]:
    """The node, who speaks, the process of that name or id, spawned if the name is new, and whether it was.

    What has to be refused is refused before a wallet is made.

    Args:
        app: the program.
        wallet: what the user named; whose it is owns the process.
        name: its name or id.
        birth: what is wanted of it if it is spawned.
        may_be_command: whether the name stands where a command could, so that it may be a mistyped one.

    Raises:
        NodeRefused: there is no process of that id, or several have that name and nobody can say which is meant.
        UsageError: the name looks like a mistyped command, or nobody agreed to a spawn that has to be agreed to.
    """
    from aos_cli.processes import check_ticking, find_processes, the_only

    owner = "" if app.wallets.file(wallet) is None else app.wallets.open(wallet).address
    client = app.client()
    found = find_processes(client, owner, name)
    record = (_picked(app, found) if len(found) > 1 else None) or the_only(found, name)
    if record is not None:
        if birth.monitored:
            check_ticking(client, record.id)
        return client, app.wallets.open(wallet), record, False
    return (client, *_spawned(app, client, wallet, name, birth, may_be_command), True)


def _spawned(
    app: App, client: NodeClient, wallet: str | None, name: str, birth: Birth, may_be_command: bool
) -> tuple[AnyWallet, ProcessRecord]:
    from aos_cli.processes import birth_tags, spawn_tagged

    if looks_like_id(name):
        hint = "`aos ps` lists the processes of this node"
        raise NodeRefused(f"There is no process {name} on the {client.name} node", hint, operation="open")
    commands = [*COMMAND_NAMES, "--help", "--version"] if may_be_command else []
    close = difflib.get_close_matches(name, commands, 1, 0.75)
    if close and not birth.tags:
        hint = f"Did you mean `aos {close[0]}`? `aos open {name} --tag X=Y` makes a process of this name all the same"
        raise UsageError(f"There is no process {name}", hint)
    if birth.monitored and not any(tag.name == "Cron-Interval" for tag in birth.tags):
        raise UsageError(f"{name} would not tick, so --monitor has nothing to deliver", "--cron 10-minutes has it tick")
    module_id, own = module_of(app, client, birth.module), [*birth.tags, *app.limit_tags()]
    tags = birth_tags(client, name, module=module_id, scheduler=birth.scheduler, tags=own)
    _agree_to_spawn(app, client, name)
    signer = app.wallets.open(wallet)
    return signer, spawn_tagged(client, signer, tags, birth.data)


def module_of(app: App, client: NodeClient, named: str = "") -> str:
    """The id of the module for a new process; "" when the node may choose.

    Args:
        app: the program.
        client: the node.
        named: what the user named, by name or id; "" for nothing.

    Raises:
        NodeRefused: no module has that name, or several have it and nobody can say which is meant.
    """
    if not named or looks_like_id(named):
        return named or app.settings[MODULE]
    found = client.find_module(named)
    if not found:
        hint = "Name it by its id, or leave --module out for the node's own"
        raise NodeRefused(f"There is no module {named} on the {client.name} node", hint, operation="spawn")
    if len(found) == 1:
        return found[0]
    # Anybody may publish a module of any name, so the newest one is not taken for the one that is meant.
    chosen = _chosen(app, f"{len(found)} modules have that name, the newest first; which one", found)
    if chosen is None:
        ids = ", ".join(found)
        raise NodeRefused(f"{len(found)} modules are called {named}: {ids}", "Name one by its id", operation="spawn")
    return found[chosen]


def _agree_to_spawn(app: App, client: NodeClient, name: str) -> None:
    """Asks before a process is made where it stays for ever.

    Raises:
        UsageError: the answer was no, or there is nobody to ask.
    """
    wanted = app.settings[CONFIRM]
    if app.agreed or wanted == "never" or (client.embedded and wanted != "always"):
        return
    environment = app.environment
    if environment.stdin_is_tty and environment.stderr_is_tty:
        from aos_cli.asking import confirm

        if confirm(environment, f"There is no process {name} of yours on {client.name}. Spawn it"):
            return
        raise UsageError("Nothing was spawned")
    if not client.embedded:
        problem = f"There is no process {name} of yours on {client.name}; nothing was spawned"
        raise UsageError(problem, "--yes spawns it")


def _picked(app: App, found: Sequence[ProcessRecord]) -> ProcessRecord | None:
    """The one of several processes that the user means; None when nobody can be asked, or does not say."""
    from aos_cli.render.sanitiser import visible_id

    rows = [f"{visible_id(record.id)}  {record.slots} slots" for record in found]
    chosen = _chosen(app, f"{len(found)} processes have that name; which one", rows)
    return None if chosen is None else found[chosen]


def _chosen(app: App, question: str, rows: Sequence[str]) -> int | None:
    """Which of several things the user means; None when nobody can be asked, or does not say."""
    from aos_cli.asking import choose

    if not (app.environment.stdin_is_tty and app.environment.stderr_is_tty):
        return None
    return choose(app.environment, question, rows)


def lasting(app: App, name: str, wallet: str | None) -> tuple[NodeClient, AnyWallet, ProcessRecord]:
    """A lasting process, spawned if its name is new, which is then said; and who speaks to it on which node."""
    check_name(app, name)
    client, signer, record, born = open_or_spawn(app, wallet, name, may_be_command=False)
    if born:
        app.note_birth(record)
    return client, signer, record
