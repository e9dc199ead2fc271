"""config.toml and aos.toml: where they are, and what they say."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from aos_cli.errors import ConfigError
from aos_cli.settings.declared import is_section, setting_named, suggestion
from aos_cli.settings.kinds import Setting
from aos_cli.settings.layers import Given

PROJECT_FILE = "aos.toml"

_MOST_BYTES = 65_536
_TOML_PLACE = r" \(at (?:line (\d+), column \d+|end of document)\)$"
# Stands for a word that is looked for; a name that nobody gives.
_CHANGED_WORD = "aos-changed-word"


def find_project_file(cwd: Path, user_folder: Path) -> Path | None:
    """The aos.toml of the current folder or of the nearest one above it, not above the user's home folder.

    A folder such as /tmp, where anybody may put a file, is passed over.
    """
    if not cwd.is_absolute():
        return None
    last = {user_folder, user_folder.resolve()}
    for folder in (cwd, *cwd.parents):
        file = folder / PROJECT_FILE
        try:
            if file.is_file() and not _is_shared(folder):
                return file
        except OSError:
            # A folder above that nobody may look into has nothing to say.
            return None
        if folder in last:
            return None
    return None


def _is_shared(folder: Path) -> bool:
    shared = stat.S_ISVTX | stat.S_IWOTH
    return os.name == "posix" and folder.stat().st_mode & shared == shared


def shown_path(path: Path, cwd: Path, user_folder: Path) -> str:
    """A path as a reader likes it: relative inside the current folder, with `~` inside the home folder."""
    if path.is_relative_to(cwd):
        return str(path.relative_to(cwd))
    if path.is_relative_to(user_folder):
        return str(Path("~") / path.relative_to(user_folder))
    return str(path)


class Line(NamedTuple):
    """The line of a file on which something is set; looked for when it is shown.

    Attributes:
        file: as readers know it.
        text: the whole of it.
        path: section and name.
    """

    file: str
    text: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        number = line_of(self.text, self.path)
        return f"{self.file}:{number}" if number else self.file


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line of a TOML text on which a name stands, from 1; 0 when it is written in an unusual way.

    tomllib tells no lines. The name stands where a change of its last word makes it vanish, and nothing above it.
    """
    import tomllib

    word = re.compile(rf"(?<![\w-]){re.escape(path[-1])}(?![\w-])")
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not word.search(line):
            continue
        changed = [*lines[:at], word.sub(_CHANGED_WORD, line), *lines[at + 1 :]]
        try:
            content = tomllib.loads("\n".join(changed))
        except tomllib.TOMLDecodeError:
            continue
        if _has(content, path[:-1]) and not _has(content, path):
            return at + 1
    return 0


def _has(content: object, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(content, Mapping) or name not in content:
            return False
        content = content[name]
    return True


def read_text(path: Path, shown: str) -> str | None:
    """The text of a settings file; None when there is none.

    Raises:
        ConfigError: it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{shown} cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"{shown} is larger than {_MOST_BYTES} bytes, too large for settings")
    try:
        # Editors on Windows may begin a file with a mark of its encoding.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{shown}:{line} is not UTF-8") from error


def parse_toml(text: str, shown: str) -> dict[str, Any]:
    """The content of a settings file.

    Raises:
        ConfigError: it is not TOML; the line is named.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(_TOML_PLACE, str(error))
        line = found[1] if found and found[1] else text.rstrip().count("\n") + 1
        problem = re.sub(_TOML_PLACE, "", str(error))
        raise ConfigError(
            f"{shown}:{line} is not TOML: {problem}", 'A setting is written as `name = "value"`'
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{shown} is nested too deeply") from error


def read_layer(path: Path, shown: str, *, of_project: bool) -> dict[str, Given] | None:
    """What a file gives; None when there is no file.

    Args:
        path: absolute; relative paths in the file are relative to its folder.
        shown: the path as readers know it.
        of_project: whether somebody else may have written it.

    Raises:
        ConfigError: the file cannot be read, or a name or value in it is wrong; the line is named.
    """
    text = read_text(path, shown)
    if text is None:
        return None
    given = {}
    for setting, names, value in _values((), parse_toml(text, shown), shown, text):
        line = Line(shown, text, names)
        if of_project and not setting.from_project:
            hint = f"`aos config set {setting.name} VALUE` sets it for you alone"
            raise ConfigError(f"{line}: {setting.name} cannot be set by a project", hint)
        given[setting.name] = Given(setting.kind.located(setting.check(value, line), path.parent), line)
    return given


def _values(
    names: tuple[str, ...], value: object, shown: str, text: str
) -> Iterator[tuple[Setting[Any], tuple[str, ...], object]]:
    """The settings in a part of a file, each with the names that lead to it."""
    setting = None if any("." in name for name in names) else setting_named(".".join(names))
    if setting is not None:
        yield setting, names, value
    elif isinstance(value, dict) and is_section(names):
        for name, inner in value.items():
            yield from _values((*names, name), inner, shown, text)
    else:
        name = ".".join(names)
        what = f"section [{name}]" if isinstance(value, dict) else f"setting {name}"
        raise ConfigError(f"{Line(shown, text, names)}: there is no {what}", suggestion(name))
