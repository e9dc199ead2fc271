"""Whether a text is for the pager, and which pager that is; `aos_cli.environment` starts it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

DEFAULT_PAGER = "less -SRXF '-PSpace goes on, q goes back'"
"""Chops long lines, shows colours, leaves the text on the screen, and ends at once when it fits. Not everybody who is
in a pager has asked for one, so it says how to leave."""

# What a pager of the user's own choice needs for coloured text, as git sets it; less alone reads it.
_LESS_OPTIONS = "FRX"

_TAB_CELLS = 8
_SEQUENCE = re.compile(r"\x1b\[[0-9;]*m")


def screen_rows(text: str, width: int) -> int:
    """Rows of a terminal that a text takes; an estimate that is exact but for tabs.

    Args:
        text: harmless text, as it would be written; colour sequences take no room.
        width: columns of the terminal, 1 or more.
    """
    plain = _SEQUENCE.sub("", text).removesuffix("\n")
    if not plain:
        return 0
    return sum(max(1, -(-_cells(line) // width)) for line in plain.split("\n"))


def _cells(line: str) -> int:
    if line.isascii():
        return len(line) + line.count("\t") * (_TAB_CELLS - 1)
    from rich.cells import cell_len

    return cell_len(line) + line.count("\t") * (_TAB_CELLS - 1)


def is_longer_than_screen(text: str, width: int, height: int) -> bool:
    """Whether a text does not fit on the screen together with a prompt below it.

    Args:
        text: as for `screen_rows`.
        width, height: of the terminal; 0 or less when nobody knows, and then nothing is too long.
    """
    return width > 0 and height > 0 and screen_rows(text, width) >= height


def pager_command(wanted: str, variables: Mapping[str, str]) -> list[str]:
    """The words of the pager's command; none when the user wants no pager, or none that can be read.

    Args:
        wanted: `never`, a command, or `auto`, which leaves it to PAGER.
        variables: the environment.
    """
    if wanted == "never":
        return []
    try:
        return shlex.split(variables.get("PAGER", DEFAULT_PAGER) if wanted == "auto" else wanted)
    except ValueError:
        return []


def pager_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of the pager."""
    return {"LESS": _LESS_OPTIONS, **variables}
