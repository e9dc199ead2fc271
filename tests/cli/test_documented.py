"""Every command, option and dot-command has help, and a line in README.md."""

from __future__ import annotations

import re

import click
import pytest
from program import ROOT, Program

from aos_cli.cli.main import COMMAND_NAMES, cli
from aos_cli.repl.commands import COMMANDS as DOT_COMMANDS

README = (ROOT / "README.md").read_text("utf-8")


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


OPTIONS = sorted(
    {
        option
        for name in COMMAND_NAMES
        for parameter in (*command(name).params, *cli.params)
        if isinstance(parameter, click.Option)
        for option in parameter.opts
        if option.startswith("--")
    }
)


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_a_command_has_help(newcomer: Program, name: str) -> None:
    whole = newcomer("--help").out
    [line] = re.findall(rf"^  {name} +(\S.*)$", whole, re.MULTILINE)
    assert line.endswith(".")
    own = newcomer(name, "--help").out
    assert own.startswith(f"Usage: aos {name} ")
    assert command(name).help


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_an_option_has_help(name: str) -> None:
    for parameter in (*command(name).params, *cli.params):
        if isinstance(parameter, click.Option) and parameter.name != "version":
            assert parameter.help, parameter.opts


@pytest.mark.parametrize("name", sorted(DOT_COMMANDS))
def test_a_dot_command_has_help(name: str) -> None:
    found = DOT_COMMANDS[name]
    assert found.name == name
    assert found.help.endswith(".")


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_a_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"`?\baos {name}\b", README)


@pytest.mark.parametrize("name", sorted(DOT_COMMANDS))
def test_a_dot_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"(?<![\w.]){re.escape(name)}\b", README)


@pytest.mark.parametrize("option", [option for option in OPTIONS if option != "--help"])
def test_an_option_is_in_the_readme(option: str) -> None:
    assert re.search(rf"(?<!-){option}\b", README)


def test_help_fits_a_narrow_window(newcomer: Program) -> None:
    """Nothing of the help is cut off, and no line is longer than 100 columns."""
    for words in (["--help"], *([name, "--help"] for name in COMMAND_NAMES)):
        lines = newcomer(*words).out.splitlines()
        assert max(map(len, lines)) <= 100
        assert not any(line.endswith("...") and "[" not in line for line in lines)
