"""Dot-commands that load Lua from disk."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".load", "FILE...", "Evaluate Lua files with everything that they require.")
def _load(repl: Repl, argument: str) -> None:
    repl.load(file_arguments(argument, repl.cwd))


def file_arguments(argument: str, cwd: Path) -> list[Path]:
    """The files that a line names: one path with blanks in it, or several, quoted where need be."""
    if not argument:
        raise UsageError(".load needs a file", "For example: .load counter.lua")
    if (cwd / argument).exists():
        return [Path(argument)]
    try:
        return [Path(part) for part in shlex.split(argument)]
    except ValueError as error:
        raise UsageError(f"The file names cannot be read: {error}") from error
