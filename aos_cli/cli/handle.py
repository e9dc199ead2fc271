"""`aos handle`: messages by hand, without a node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import UsageError


@click.command("handle", cls=AosCommand)
@click.argument("file", type=click.Path(), default="-", metavar="[FILE]")
@pass_app
def handle_command(app: App, file: str) -> None:
    """Apply messages to a fresh process and print what it answers.

    FILE (or standard input) has one JSON object a line: {"msg": {...}, "env": {...}}. Each is answered by a line:
    {"Output": ..., "Messages": ..., "Spawns": ..., "Assignments": ...}, {"Error": ...}, or {"Throws": "why"} when the
    message had no result and the state is the one before it. {"reset": true} begins with a fresh process and is not
    answered.
    """
    environment = app.environment
    if file == "-":
        _handle_all(app, environment.stdin, "standard input")
        return
    _handle_all(app, _lines_of(environment.cwd / file, file), file)


def _lines_of(path: Path, name: str) -> Iterator[str]:
    """The lines of a file. What fails while they are used is no failure of reading."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as lines:
            yield from lines
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error


def _handle_all(app: App, lines: Iterable[str], name: str) -> None:
    from aos_cli.machine.standalone import Machine
    from aos_cli.render.records import harmless_json

    ascii_only = not app.environment.unicode_for(app.environment.stdout)
    machine = Machine()
    for number, entry in _entries(lines, name):
        if entry == {"reset": True}:
            machine = Machine()
            continue
        msg, env = entry.get("msg"), entry.get("env")
        if not isinstance(msg, dict) or not isinstance(env, dict):
            raise UsageError(f'{name}, line {number}: there is no "msg" and "env", both objects')
        try:
            text = machine.evaluate(msg, env).text
        except RecursionError as error:
            raise UsageError(f"{name}, line {number} is nested too deeply") from error
        app.environment.write_out(harmless_json(text, ascii_only=ascii_only) + "\n")


def _entries(lines: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            raise UsageError(f"{name}, line {number} is not JSON: {error}") from error
        except RecursionError as error:
            raise UsageError(f"{name}, line {number} is nested too deeply") from error
        if not isinstance(entry, dict):
            raise UsageError(f"{name}, line {number} is not a JSON object")
        yield number, entry


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not a number of JSON")
