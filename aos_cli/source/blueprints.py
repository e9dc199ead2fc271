"""Blueprints: Lua programs that come with `aos`, ready to be loaded into a process or saved to a folder.

Each is a file in `lua_stdlib/blueprints`. The first line of its head comment says what it is.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import UsageError
from aos_cli.source.bundle import Bundle, bundle_text

# In a checkout and in an installed package alike, lua_stdlib stands beside aos_cli.
_FOLDER = Path(__file__).resolve().parents[2] / "lua_stdlib" / "blueprints"


class Blueprint(NamedTuple):
    """A program that comes with `aos`.

    Attributes:
        name: as the user types it.
        description: one sentence without a full stop.
        text: the Lua source.
    """

    name: str
    description: str
    text: bytes

    @property
    def file_name(self) -> str:
        """What it is called in a folder."""
        return f"{self.name}.lua"


def blueprint_names() -> list[str]:
    """The names of all blueprints, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.lua"))


def find_blueprint(name: str) -> Blueprint:
    """A blueprint by its name.

    Raises:
        UsageError: there is none of that name.
    """
    names = blueprint_names()
    # Only what is listed is read, so no name leads out of the folder.
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"Did you mean {close[0]}?" if close else f"The blueprints are {', '.join(names)}"
        raise UsageError(f"There is no blueprint {name}", hint)
    text = (_FOLDER / f"{name}.lua").read_bytes()
    return Blueprint(name, _description(text), text)


def _description(text: bytes) -> str:
    """The first line of a program's head comment."""
    return text.partition(b"\n")[0].decode("utf-8").lstrip("- ").rstrip(".")


def bundle_blueprint(name: str, known: Collection[str]) -> Bundle:
    """A blueprint as one message; errors in it name `blueprint/NAME.lua` and the line.

    Args:
        name: which one.
        known: names of all modules that the process has.

    Raises:
        UsageError: there is none of that name.
        SourceError: the process lacks a module that the blueprint requires.
    """
    found = find_blueprint(name)
    return bundle_text(found.text, f"blueprint/{found.file_name}", root=_FOLDER, known=known)
