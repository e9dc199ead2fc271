"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from aos_cli.cli.app import App
from aos_cli.config import expanded
from aos_cli.settings import CU_URL, GATEWAY_URL, MU_URL, NODE, SU_URL, Option, Setting

_NODE_OPTIONS: Mapping[str, Setting[Any]] = {
    "node": NODE,
    "mu_url": MU_URL,
    "su_url": SU_URL,
    "cu_url": CU_URL,
    "gateway_url": GATEWAY_URL,
}


def node_options(given: Mapping[str, str | None]) -> list[Option]:
    """The options that choose the node, by the names of their parameters, as settings."""
    return [Option(setting, f"--{name.replace('_', '-')}", given.get(name)) for name, setting in _NODE_OPTIONS.items()]


def passphrase_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command --passphrase-file, which unlocks the wallet where nobody can be asked."""

    def remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        app = context.find_object(App)
        if value is not None and app is not None:
            app.wallets.passphrases.file = app.environment.cwd / expanded(value)

    add = click.option(
        "--passphrase-file",
        metavar="FILE",
        expose_value=False,
        callback=remember,
        help="Take the wallet's passphrase from the first line of this file.",
    )
    return add(command)


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command --yes, for where nobody can be asked."""

    def remember(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        app = context.find_object(App)
        if app is not None:
            app.agreed = value

    add = click.option(
        "-y", "--yes", is_flag=True, expose_value=False, callback=remember, help="Spawn on a network unasked."
    )
    return add(command)
