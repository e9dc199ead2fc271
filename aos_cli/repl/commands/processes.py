"""Dot-commands for several processes: list them, go to another one, make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain, visible_id, visible_name
from aos_cli.repl.commands.registry import command
from aos_cli.repl.commands.words import process_names

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl
    from aos_cli.session import Session


@command(".ps", "", "List the processes of this node.")
def _ps(repl: Repl, argument: str) -> None:
    from aos_cli.processes import listed_processes
    from aos_cli.render.tables import process_table

    processes = listed_processes(repl.session.client, repl.session.address)
    repl.print(process_table(processes, repl.story, repl.environment.width))


@command(".switch", "NAME", "Go on with another process, by its name or id.", process_names)
def _switch(repl: Repl, argument: str) -> None:
    if not argument:
        raise UsageError(".switch needs a name or an id", ".ps lists the processes, .new NAME makes one")
    found = repl.host.find(argument)
    if not found:
        raise UsageError(f"There is no process {to_plain(argument)}; nothing was made", f".new {argument} makes one")
    session = found[0] if len(found) == 1 else repl.pick_process(found)
    if session is not None:
        _go_to(repl, session, "process")


@command(".new", "NAME", "Spawn a process and go on with it.")
def _new(repl: Repl, argument: str) -> None:
    if not argument:
        raise UsageError(".new needs a name")
    if repl.host.find(argument):
        raise UsageError(f"There is a process {to_plain(argument)} already", f".switch {argument} goes to it")
    if repl.agrees(f"This spawns {to_plain(argument)} on the {repl.session.client.name} node. Do it"):
        _go_to(repl, repl.host.spawn(argument), "new process")


def _go_to(repl: Repl, session: Session, what: str) -> None:
    process = session.process
    repl.write(f"{what} {visible_name(process.name)}  {visible_id(process.id)}")
    repl.switch(session)
