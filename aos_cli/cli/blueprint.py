"""`aos blueprint`: the Lua programs that come with `aos`, listed, shown and saved to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.config import expanded
from aos_cli.errors import StoreError, UsageError
from aos_cli.source.blueprints import Blueprint, blueprint_names, find_blueprint


@click.group("blueprint", invoke_without_command=True, subcommand_metavar="[COMMAND] ...")
@click.pass_context
def blueprint_command(context: click.Context) -> None:
    """List, show and save the Lua programs that come with aos; without a command, list them.

    `.load-blueprint NAME` in the shell evaluates one in a process.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_command, as_json=False)


@blueprint_command.command("list", cls=AosCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@pass_app
def list_command(app: App, as_json: bool) -> None:
    """List the blueprints and what they are."""
    found = [find_blueprint(name) for name in blueprint_names()]
    if as_json:
        for blueprint in found:
            app.write_json({"name": blueprint.name, "description": blueprint.description})
        return
    formatter = click.HelpFormatter(width=app.environment.width)
    formatter.write_dl([(blueprint.name, blueprint.description) for blueprint in found])
    app.environment.write_out(formatter.getvalue())


@blueprint_command.command("show", cls=AosCommand)
@click.argument("name")
@pass_app
def show_command(app: App, name: str) -> None:
    """Print the Lua source of a blueprint."""
    app.environment.write_out(find_blueprint(name).text.decode("utf-8"))


@blueprint_command.command("save", cls=AosCommand)
@click.option("--to", "folder", metavar="FOLDER", default=".", help="Where to; the current directory by default.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@pass_app
def save_command(app: App, folder: str, force: bool, names: tuple[str, ...]) -> None:
    """Write blueprints to Lua files.

    Without a NAME it writes all of them. Nothing is written when one of the files is there already, unless you say
    --force. The names of the written files go to standard output.
    """
    shown_folder = expanded(folder)
    place = app.folder() / shown_folder
    found = [find_blueprint(name) for name in dict.fromkeys(names or blueprint_names())]
    _check_free(place, found, force)
    place.mkdir(parents=True, exist_ok=True)
    for blueprint in found:
        _write(place / blueprint.file_name, blueprint.text, force)
        app.environment.write_out(f"{shown_folder / blueprint.file_name}\n")


def _write(path: Path, content: bytes, force: bool) -> None:
    """Writes a file, or leaves none.

    Raises:
        StoreError: the operating system refuses it.
    """
    opened = False
    try:
        with path.open("wb" if force else "xb") as file:
            opened = True
            file.write(content)
    except OSError as error:
        if opened:
            # Half a program would be taken for a whole one.
            path.unlink(missing_ok=True)
        raise StoreError(f"{path} cannot be written: {error.strerror}", "--to names another folder") from error


def _check_free(place: Path, found: Sequence[Blueprint], force: bool) -> None:
    """Sees that all files can be written before the first one is."""
    if place.exists() and not place.is_dir():
        raise UsageError(f"{place} is a file, not a folder", "--to names the folder to save to")
    for blueprint in found:
        path = place / blueprint.file_name
        if path.is_dir():
            raise UsageError(f"{path} is a folder; nothing was written", "--to names another folder to save to")
        if path.exists() and not force:
            raise UsageError(
                f"{path} is there already; nothing was written", "--force replaces it, --to names another folder"
            )
