"""Where things are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aos_cli.errors import ConfigError

HOME_VARIABLE = "AOS_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one user.

    Attributes:
        data: the store, the node's keys and the wallet.
        state: histories, pads, what was read, and the processes of networks.
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
    def pads(self) -> Path:
        """A file of the user's own for each process."""
        return self.state / "pads"

    @property
    def read_marks(self) -> Path:
        """Which messages were read, a file for each process."""
        return self.state / "read"

    @property
    def known_processes(self) -> Path:
        """The processes that were met on networks."""
        return self.state / "processes.json"

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
