"""Lua files as they lie on disk: reading them, naming them for people, and finding the file of a module."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import SourceError

FileIdentity = tuple[int, int]

_LINE_END = re.compile(rb"\r\n|\n\r|\r")
_ABSOLUTE_NAME = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


class LuaFile(NamedTuple):
    """One Lua file.

    Attributes:
        display: how errors and the user call it: with `/`, relative to the working folder when it lies inside.
        path: absolute; None for a text that came from elsewhere, such as standard input.
        text: the source, as `clean_source` gives it.
    """

    display: str
    path: Path | None
    text: bytes


def read_file(path: Path, cwd: Path, required_at: str = "") -> LuaFile:
    """The Lua file at an absolute path.

    Args:
        required_at: `file:line` of the `require` that asks for it; empty for a file that the user named.

    Raises:
        SourceError: it is missing, a folder, unreadable or compiled.
    """
    display = display_name(path, cwd)
    place = f", required at {required_at}" if required_at else ""
    if os.path.isdir(path):
        raise SourceError(f"{display} is a folder, not a Lua file{place}")
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        hint = f"Paths are taken from {cwd}" if isinstance(error, FileNotFoundError) else ""
        raise SourceError(f"cannot read {display}: {reason}{place}", hint) from error
    if content.startswith(b"\x1bLua"):
        raise SourceError(f"{display} is compiled Lua{place}", "A process takes source text only")
    return LuaFile(display, path, clean_source(content))


def clean_source(content: bytes) -> bytes:
    r"""The Lua source without what only a file may have; its lines keep their numbers.

    A byte order mark goes, a first line that begins with `#` becomes blank, and every line end becomes `\n` as Lua's
    own reader would make it, so that a checkout with other line ends gives the same bundle.
    """
    source = _LINE_END.sub(b"\n", content.removeprefix(b"\xef\xbb\xbf"))
    if source.startswith(b"#"):
        line_end = source.find(b"\n")
        return source[line_end:] if line_end >= 0 else b""
    return source


def absolute_path(path: str | Path, cwd: Path) -> Path:
    """A path that the user typed, made absolute and free of `..`; symbolic links stay when they can.

    `link/../x` lies beside the folder that the link means, so a path with `..` is resolved and not just shortened.
    """
    joined = cwd / path
    return joined.resolve() if ".." in joined.parts else Path(os.path.abspath(joined))


def display_name(path: Path, cwd: Path) -> str:
    """The absolute path as the user would type it: relative inside the working folder, with `/`."""
    return path.relative_to(cwd).as_posix() if path.is_relative_to(cwd) else path.as_posix()


def first_file(candidates: Sequence[Path]) -> Path | None:
    """The first of the paths that is a file."""
    return next((path for path in candidates if os.path.isfile(path)), None)


def file_identity(path: Path) -> FileIdentity | None:
    """What two names of one physical file have in common; None when there is no file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def name_fault(name: str) -> str:
    """Why a module of this name is never looked for on disk; empty when it may be."""
    if not name.strip("./"):
        return "has an empty name"
    if ".." in name:
        return "has '..' in its name"
    if _ABSOLUTE_NAME.match(name):
        return "has an absolute path as its name"
    return ""


def module_candidates(name: str, folder: Path) -> list[Path]:
    """The files that may hold module `name` under the root folder, best first.

    Dots and slashes part the name, so `.d`, `d` and `./d` are one file.
    """
    stem = _stem(name)
    return [folder / f"{stem}.lua", folder / stem / "init.lua"]


def search_candidates(name: str, search: Sequence[str | Path], cwd: Path) -> list[Path]:
    """The files that may hold module `name` in additional places, best first.

    Args:
        search: folders, or patterns in which `?` stands for the name as in Lua's `package.path`; relative to `cwd`.
    """
    found: list[Path] = []
    for entry in search:
        if "?" in str(entry):
            found.append(absolute_path(str(entry).replace("?", _stem(name)), cwd))
        else:
            found.extend(module_candidates(name, absolute_path(entry, cwd)))
    return found


def _stem(name: str) -> str:
    return "/".join(part for part in name.replace(".", "/").split("/") if part)
