"""`aos tour`: the guided tour, over a node, a wallet and a folder that end with it."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.cli.shell import shell_host
from aos_cli.errors import StoreError, UsageError
from aos_cli.settings import COMPUTE_LIMIT, FOLLOW_LIMIT, MEMORY_LIMIT, MODULE, Setting

if TYPE_CHECKING:
    from aos_cli.repl.tour.guide import TourShell

_FIRST_PROCESS = "tour"
_NODE_NAME = "throw-away"

# The tour is written for processes as they are when nobody says anything.
_AS_USUAL: tuple[Setting[Any], ...] = (COMPUTE_LIMIT, FOLLOW_LIMIT, MEMORY_LIMIT, MODULE)


@click.command("tour", cls=AosCommand)
@pass_app
def tour_command(app: App) -> int:
    """Take the guided tour: AO in five minutes, at a prompt.

    It needs no network and no wallet, and its processes are thrown away at the end.
    """
    if not (app.environment.stdin_is_tty and app.environment.stdout_is_tty):
        raise UsageError("The tour needs a terminal to type at", "`aos help` lists topics to read")
    take_tour(app)
    return 0


def take_tour(app: App) -> None:
    """Runs the tour until the user leaves it.

    Raises:
        StoreError: its folder cannot be made.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="aos-tour-", ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(f"The tour has no folder for its files: {error.strerror}") from error
    with folder as name:
        own = _TourApp(app, Path(name))
        try:
            shell = _open_shell(own, app.shown_path(app.home.data))
            shell.guide.begin()
            shell.run()
        finally:
            own.close()
    shell.guide.end()


def _open_shell(own: _TourApp, kept_in: str) -> TourShell:
    from aos_cli.machine.native import check_syntax
    from aos_cli.repl.tour.guide import TourShell
    from aos_cli.wallet import create_wallet, generate_ed25519

    for setting in _AS_USUAL:
        own.settings.set(setting, setting.default)
    client = own.throw_away_client()
    client.name = _NODE_NAME
    host = shell_host(own, client, create_wallet(own.home.wallet, generate_ed25519))
    session = host.spawn(_FIRST_PROCESS)
    session.evaluate_pending()
    return TourShell(own.environment, host, session, check_syntax, own.settings, own.home.data, kept_in)


class _TourApp(App):
    """The program with the user's settings, and with everything else in a folder of its own.

    Args:
        app: the program.
        folder: its home and its current directory.
    """

    def __init__(self, app: App, folder: Path) -> None:
        environment = copy.copy(app.environment)
        environment.cwd = folder
        super().__init__(environment, str(folder), options=app._options)
        self.config_file = app.config_file
