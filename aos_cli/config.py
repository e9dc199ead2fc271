"""Where things are kept, and what the user's configuration file says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aos_cli.errors import ConfigError

HOME_VARIABLE = "AOS_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one user.

    Attributes:
        data: the store, the node's keys and the wallet.
        state: histories.
        configuration: config.toml.
    """

    data: Path
    state: Path
    configuration: Path

    @property
    def store(self) -> Path:
        """The local node's store."""
        return self.data / "store.sqlite"

    @property
    def keys(self) -> Path:
        """The folder of the local node's keys."""
        return self.data / "node"

    @property
    def wallet(self) -> Path:
        """The wallet that is made on first use."""
        return self.data / "wallet.json"

    @property
    def histories(self) -> Path:
        """A file for each process."""
        return self.state / "history"

    @property
    def config_file(self) -> Path:
        """The user's configuration."""
        return self.configuration / "config.toml"


def find_home(named: str | Path | None, variables: Mapping[str, str]) -> Home:
    """The folders to use.

    Args:
        named: what the user gave with --home; everything is then kept under it.
        variables: the environment; AOS_HOME says the same.

    Raises:
        ConfigError: the system does not let a folder of that name be looked into, or it is relative to a current
            directory that was removed.
    """
    root = named or variables.get(HOME_VARIABLE)
    if root:
        try:
            folder = expanded(root).absolute()
        except FileNotFoundError as error:
            raise ConfigError("The current directory was removed", "Change to another one") from error
        home = Home(folder, folder, folder)
    else:
        import platformdirs

        # `aos` alone, without an author's folder in between on Windows.
        folders = platformdirs.PlatformDirs("aos", appauthor=False)
        home = Home(folders.user_data_path, folders.user_state_path, folders.user_config_path)
    try:
        home.store.exists()
        home.config_file.exists()
    except OSError as error:
        hint = f"Name another folder with --home or {HOME_VARIABLE}"
        raise ConfigError(f"The folder {home.data} cannot be looked into: {error.strerror}", hint) from error
    return home


def expanded(path: str | Path) -> Path:
    """A path with the home folder in place of a leading `~`; one of an unknown user stays as it is."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of config.toml, all of them optional.

    Attributes:
        compute_limit: `[limits] compute`, Lua instructions per message of processes spawned from now on; None leaves
            it to the machine.
        memory_limit: `[limits] memory`, such as "512-mb".
        follow_limit: `[limits] follow`, slots that are evaluated after a command before the shell asks you back.
    """

    compute_limit: int | None = None
    memory_limit: str | None = None
    follow_limit: int = 1000


_KNOWN: dict[str, dict[str, tuple[str, type]]] = {
    "limits": {
        "compute": ("compute_limit", int),
        "memory": ("memory_limit", str),
        "follow": ("follow_limit", int),
    },
}


def read_config(path: Path) -> Config:
    """The configuration in a file; the defaults when there is no file.

    Raises:
        ConfigError: the file is not TOML, or a name or value in it is wrong.
    """
    if not path.exists():
        return Config()
    import tomllib

    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    values: dict[str, Any] = {}
    for section, entries in content.items():
        known = _KNOWN.get(section)
        if known is None or not isinstance(entries, dict):
            raise ConfigError(f"{path} has an unknown section [{section}]", _suggestion(section, _KNOWN))
        for name, value in entries.items():
            if name not in known:
                raise ConfigError(f"{path} has an unknown name {name} in [{section}]", _suggestion(name, known))
            attribute, kind = known[name]
            if type(value) is not kind or (isinstance(value, int) and value <= 0):
                wanted = "a whole number above 0" if kind is int else "a text"
                raise ConfigError(f"{path}: {section}.{name} must be {wanted}, not {value!r}")
            values[attribute] = value
    return Config(**values)


def _suggestion(word: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f"Did you mean {close[0]}?" if close else "Known: " + ", ".join(sorted(known))
