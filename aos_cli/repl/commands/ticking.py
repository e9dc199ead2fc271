"""Dot-commands for crons: whether what the ticks of the process send is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import visible_name
from aos_cli.render.ticking import rhythm
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".monitor", "", "Have what the process sends by its crons delivered, from now on.")
def _monitor(repl: Repl, argument: str) -> None:
    session = repl.session
    name = visible_name(session.process.name) or "The process"
    if session.client.is_monitored(session.process.id):
        repl.write(f"{name} is monitored already.")
        return
    session.monitor()
    sends = f"sends {rhythm(session.client.crons(session.process.id) or ())}"
    where = "while this shell or another program works on its node" if session.client.embedded else "by its node"
    repl.write(f"Monitored {where}: what {name} {sends} is delivered.")


@command(".unmonitor", "", "Deliver what the process sends by its crons no longer.")
def _unmonitor(repl: Repl, argument: str) -> None:
    session = repl.session
    name = visible_name(session.process.name) or "The process"
    if session.client.is_monitored(session.process.id) is False:
        repl.write(f"{name} is not monitored.")
        return
    session.monitor(wanted=False)
    repl.write(f"{name} is not monitored any more: what it sends by its crons goes nowhere.")
