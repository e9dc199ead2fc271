"""The user's own editor, for what is too long for a line."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aos_cli.errors import UsageError


def editor_command(wanted: str, variables: Mapping[str, str]) -> list[str]:
    """The words that start the editor.

    Args:
        wanted: what the user configured; "" leaves it to VISUAL and EDITOR, then `vi`.
        variables: the environment.

    Raises:
        UsageError: the words cannot be taken apart.
    """
    text = wanted or variables.get("VISUAL") or variables.get("EDITOR") or "vi"
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"The editor {text!r} cannot be read: {error}", _HINT) from error
    if not words:
        raise UsageError("The editor has no name", _HINT)
    return words


_HINT = "Set VISUAL or EDITOR, or `.set editor COMMAND`"


def edit_text(command: list[str], text: str) -> str:
    """A text as the editor leaves it; it stands in a file of the user's only, which is gone afterwards.

    Raises:
        UsageError: the editor cannot be started, or ends with a failure; or there is no room for the file, or none left
            of it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="aos-") as folder:
            file = Path(folder) / "entry.lua"
            file.write_text(text, "utf-8", "surrogateescape")
            edit_file(command, file)
            return file.read_text("utf-8", "surrogateescape").rstrip("\n")
    except OSError as error:
        raise UsageError(f"The text cannot be edited: {error.strerror}; it stays as it was") from error


def edit_file(command: list[str], file: Path) -> None:
    """Lets the user edit a file.

    Raises:
        UsageError: the editor cannot be started, or ends with a failure.
    """
    try:
        status = subprocess.run([*command, str(file)], check=False).returncode  # noqa: S603 - the user's own words
    except OSError as error:
        raise UsageError(f"The editor {command[0]} cannot be started: {error.strerror}", _HINT) from error
    if status != 0:
        raise UsageError(f"The editor {command[0]} ended with status {status}; the text stays as it was")
