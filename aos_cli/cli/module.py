"""`aos module`: the programs that processes are born with."""

from __future__ import annotations

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import UsageError

_PIPED_WIDTH = 80


@click.group("module", invoke_without_command=True, subcommand_metavar="[COMMAND] ...")
@click.pass_context
def module_command(context: click.Context) -> None:
    """List the modules that processes can be spawned with, as `aos module list` does.

    A module is the runtime that a process is born with and keeps. `aos open NAME --module ID` spawns one with it.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_command, as_json=False)


@module_command.command("list", cls=AosCommand, short_help="List the modules.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_app
def list_command(app: App, as_json: bool) -> None:
    """List the bundled module, those in the store of the node, and the network's ids that are answered.

    Programs of the network name aos modules by their ids. The bundled module stands in for these as long as the store
    has no module of that id.
    """
    from aos_cli.clients.local import LocalClient
    from aos_cli.units.modules import known_modules

    client = app.looking_client()
    if not isinstance(client, LocalClient):
        hint = "`aos --node local module list` lists those of this computer"
        raise UsageError(f"The modules of the node {client.name} cannot be listed from here", hint)
    modules = known_modules(client.node.store)
    if as_json:
        for module in modules:
            app.write_json(module._asdict())
        return
    from aos_cli.render.tables import module_table

    console = app.environment.console(app.environment.stdout)
    if not app.environment.stdout_is_tty:
        # Who cuts ids out of the lines gets whole ones.
        console.width = max(console.width, _PIPED_WIDTH)
    console.print(module_table(modules, console.width))
