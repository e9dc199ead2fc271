"""Words for the arguments of dot-commands, for completion. A word that cannot be found out now is just not there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.repl.commands.registry import COMMANDS

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


def last_word(argument: str) -> str:
    """The word that is being written."""
    return argument.rpartition(" ")[2]


def command_names(repl: Repl, argument: str) -> Iterable[str]:
    """The dot-commands, without their dot."""
    return (name[1:] for name in sorted(COMMANDS))


def process_names(repl: Repl, argument: str) -> Iterable[str]:
    """The names of the user's processes on this node, then the ids of all."""
    processes = repl.session.client.acquaintances()
    own = [process.name for process in processes if process.name and process.owner == repl.session.address]
    return [*dict.fromkeys(own), *(process.id for process in processes)]


def wallet_names(repl: Repl, argument: str) -> Iterable[str]:
    """The user's wallets by name."""
    return repl.host.wallets()


def lua_files(repl: Repl, argument: str) -> Iterable[str]:
    """Lua files and folders below the current directory, or below what the word begins with."""
    return _files(repl.cwd, last_word(argument), (".lua",))


def _files(cwd: Path, word: str, suffixes: tuple[str, ...]) -> Iterable[str]:
    folder, slash, beginning = word.rpartition("/")
    try:
        entries = sorted((cwd / Path(folder + slash).expanduser()).iterdir())
    except (OSError, RuntimeError):
        return
    for entry in entries:
        if entry.name.startswith(".") and not beginning.startswith("."):
            continue
        if entry.is_dir():
            yield f"{folder}{slash}{entry.name}/"
        elif not suffixes or entry.suffix in suffixes:
            yield f"{folder}{slash}{entry.name}"
