"""Keeping a setting in the user's file, whose comments and order stay as they are."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aos_cli.errors import ConfigError
from aos_cli.settings.declared import SETTINGS
from aos_cli.settings.files import parse_toml, read_text
from aos_cli.settings.layers import shown_value

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import AbstractTable


def keep_setting(path: Path, shown: str, name: str, value: bool | int | str) -> None:
    """Writes a value into a settings file, which is made if need be.

    Args:
        path: the file.
        shown: the path as readers know it.
        name: such as `shell.format`.
        value: checked.

    Raises:
        ConfigError: the file is not TOML, or cannot be written.
    """
    document = _document(path, shown)
    *sections, last = name.split(".")
    table: Any = document
    for depth, section in enumerate(sections, 1):
        if section not in table:
            _append(table, section, _new_table(is_super=depth < len(sections)))
        table = table[section]
        if not hasattr(table, "keys"):
            raise ConfigError(f"{shown}: {'.'.join(sections[:depth])} is no section")
    if last in table:
        table[last] = value
    else:
        _append(table, last, value)
    _write(path, shown, document.as_string())


def drop_setting(path: Path, shown: str, name: str) -> bool:
    """Takes a name out of a settings file, also one that is no setting; False when it is not there.

    Raises:
        ConfigError: the file is not TOML, or cannot be written.
    """
    document = _document(path, shown)
    *sections, last = name.split(".")
    table: Any = document
    for section in sections:
        table = table.get(section)
        if not hasattr(table, "keys"):
            return False
    if last not in table:
        return False
    del table[last]
    _write(path, shown, document.as_string())
    return True


def make_template(path: Path, shown: str) -> None:
    """Makes a settings file in which every setting stands with its default, commented out.

    Raises:
        ConfigError: it cannot be written.
    """
    lines = ["# Settings of aos. Take away a # to set a value; `aos config` lists what holds."]
    section = ""
    for setting in SETTINGS:
        here, _, name = setting.name.partition(".")
        if here != section:
            section = here
            lines += ["", f"[{section}]"]
        text = f'"{setting.default}"' if isinstance(setting.default, str) else shown_value(setting.default)
        lines += [f"# {setting.help}", f"# {name} = {text}"]
    _write(path, shown, "\n".join(lines) + "\n")


def _document(path: Path, shown: str) -> TOMLDocument:
    import tomlkit

    text = read_text(path, shown) or ""
    # tomllib decides what TOML is, and says what is wrong with its line.
    parse_toml(text, shown)
    return tomlkit.parse(text)


def _new_table(*, is_super: bool) -> AbstractTable:
    import tomlkit

    return tomlkit.table(is_super_table=is_super)


def _append(table: Any, name: str, value: object) -> None:
    """Adds a name behind the last one of a table; a comment behind that belongs to what comes next."""
    container = getattr(table, "value", table)
    body = getattr(container, "body", [])
    first_loose = len(body)
    while first_loose and body[first_loose - 1][0] is None:
        first_loose -= 1
    loose = body[first_loose:]
    del body[first_loose:]
    table[name] = value
    body.extend(loose)


def _write(path: Path, shown: str, text: str) -> None:
    """Replaces a file in one step: whoever reads meanwhile sees the old text or the new one."""
    # A settings file is often a link into a folder of such files.
    target = path.resolve()
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            temporary.chmod(mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except UnicodeEncodeError as error:
        raise ConfigError(f"{shown} was left as it is: the value is not UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{shown} cannot be written: {error.strerror}") from error
