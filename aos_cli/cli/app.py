"""What commands share: the user's folders, wallet and node, made when they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from aos_cli import __version__
from aos_cli.cli.clients import Clients
from aos_cli.cli.wallets import Wallets
from aos_cli.config import Home, expanded, find_home
from aos_cli.environment import Environment
from aos_cli.errors import SourceError
from aos_cli.model import Tag
from aos_cli.settings import (
    COLOUR,
    COMPUTE_LIMIT,
    FORMAT,
    MAX_DEPTH,
    MAX_ITEMS,
    MEMORY_LIMIT,
    NodeProfile,
    Option,
    Settings,
    UserFile,
    load_settings,
    node_profile,
    shown_path,
    user_file,
)

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.render.story import Story
    from aos_cli.source.bundle import Bundle
    from aos_cli.units.records import ProcessRecord


class App:
    """One run of the program.

    Args:
        environment: streams, variables, clock.
        home: what the user gave with --home, or None.
        config: what the user gave with --config, or None.
        options: settings that were given as options of the program.

    Attributes:
        wallets: the user's wallets.
        agreed: whether the user has agreed beforehand to what is asked before a process is spawned.
    """

    def __init__(
        self,
        environment: Environment,
        home: str | None,
        config: str | None = None,
        options: Sequence[Option] = (),
    ) -> None:
        self.environment = environment
        self.home: Home = find_home(home, environment.variables)
        self._config = config
        self._options = options
        self._clients = Clients(self)
        self.wallets = Wallets(self)
        self.agreed = False

    version = __version__

    def close(self) -> None:
        """Closes what was opened, unless abandoned work still uses it."""
        self._clients.close()

    @functools.cached_property
    def config_file(self) -> UserFile:
        """The user's own settings file, whether it is there or not."""
        environment = self.environment
        return user_file(
            self.home,
            self._config,
            cwd=environment.cwd,
            variables=environment.variables,
            user_folder=self.user_folder,
        )

    @functools.cached_property
    def settings(self) -> Settings:
        """What the user, the project, the variables and the options set. A choice of colours holds from here on.

        Raises:
            ConfigError: one of them says something wrong.
        """
        environment, settings = self.environment, self.read_settings()
        if not settings.is_default(COLOUR):
            environment.colour = settings[COLOUR]
        for file in (self.config_file.path, settings.project):
            if file is not None and file.exists():
                self.detail(f"settings {self.shown_path(file)}")
        return settings

    def read_settings(self) -> Settings:
        """The settings as they are now; they may be changed afterwards.

        Raises:
            ConfigError: somebody says something wrong.
        """
        environment = self.environment
        return load_settings(
            self.config_file,
            cwd=environment.cwd,
            variables=environment.variables,
            user_folder=self.user_folder,
            options=self._options,
        )

    def shown_path(self, path: Path) -> str:
        """A path as the user likes to read it."""
        return shown_path(path, self.environment.cwd, self.user_folder)

    @functools.cached_property
    def node(self) -> NodeProfile:
        """The node that the settings choose.

        Raises:
            ConfigError: there is none of that name.
        """
        return node_profile(self.settings, self.home)

    def note(self, text: str) -> None:
        """Says something on the side, unless the user wants quiet: to stderr, so that it never mixes with results."""
        from aos_cli.render.sanitiser import to_plain

        if not self.environment.quiet:
            self.environment.write_err(to_plain(text) + "\n")

    def detail(self, text: str) -> None:
        """Says on the side what only those want to know who asked for more."""
        if self.environment.verbose:
            self.note(f"aos: {text}")

    def write_json(self, record: Mapping[str, Any]) -> None:
        """Writes a result as a line of JSON."""
        from aos_cli.render.records import json_line

        environment = self.environment
        environment.write_out(json_line(record, ascii_only=not environment.unicode_for(environment.stdout)) + "\n")

    @property
    def user_folder(self) -> Path:
        """The user's home folder."""
        named = self.environment.variables.get("HOME")
        return Path(named) if named else expanded("~")

    def client(self) -> NodeClient:
        """The node that the settings choose; it is closed at the end."""
        return self._clients.chosen()

    def throw_away_client(self) -> NodeClient:
        """A local node that ends with the program."""
        return self._clients.throw_away()

    def looking_client(self) -> NodeClient:
        """The chosen node for commands that only look; it makes no store, and needs none that can be written to."""
        return self._clients.looking()

    def note_birth(self, process: ProcessRecord) -> None:
        """Says that a process was spawned."""
        self.note(f"aos: spawned the process {process.name} {process.id}")

    def story(self, client: NodeClient, own: str = "", stream: TextIO | None = None) -> Story:
        """Says what happened, with the names of the node's processes, the source of errors, and signs and colours
        that the terminal can show.

        Args:
            client: knows the names and the logs.
            own: the user's address.
            stream: where it is written; None for standard output.
        """
        from aos_cli.render.story import ASCII_SIGNS, Signs, Story
        from aos_cli.render.values import View
        from aos_cli.source.recall import Recall

        environment, settings = self.environment, self.settings

        signs = Signs() if environment.unicode_for(stream or environment.stdout) else ASCII_SIGNS

        def view() -> View:
            return View(
                format=settings[FORMAT],
                width=environment.width,
                max_items=settings[MAX_ITEMS],
                max_depth=settings[MAX_DEPTH],
                signs=signs,
                highlight=environment.colour_for(stream or environment.stdout),
            )

        return Story(functools.cache(client.name_of), signs, own, view, Recall(client.slots))

    def bundle(self, files: Sequence[Path], client: NodeClient | None = None, process_id: str = "") -> Bundle:
        """Lua files with everything that they require, as one chunk.

        Args:
            files: in the order of their evaluation.
            client, process_id: the process that will get them; it may have modules of its own.

        Raises:
            SourceError: a file or a module cannot be found or read.
        """
        from aos_cli.machine.module import known_modules
        from aos_cli.source.bundle import bundle

        if client is None:
            return bundle(files, cwd=self.folder(), known=known_modules())
        loaded = client.loaded_code(process_id).digests
        return bundle(files, cwd=self.folder(), known=client.known_modules(process_id) - set(loaded), loaded=loaded)

    def folder(self) -> Path:
        """The current directory, where Lua files are looked for.

        Raises:
            SourceError: it was removed.
        """
        if not self.environment.cwd.is_absolute():
            raise SourceError("The current directory was removed", "Change to another one")
        return self.environment.cwd

    def limit_tags(self) -> list[Tag]:
        """The limits that somebody set, as tags of a new process: what limits it is then in its log."""
        tags = []
        if not self.settings.is_default(COMPUTE_LIMIT):
            tags.append(Tag("Compute-Limit", str(self.settings[COMPUTE_LIMIT])))
        if not self.settings.is_default(MEMORY_LIMIT):
            tags.append(Tag("Memory-Limit", self.settings[MEMORY_LIMIT]))
        return tags

    def existing(self, client: NodeClient, wallet_option: str | None, name_or_id: str) -> ProcessRecord:
        """A process that must be there, the user's own or somebody else's that `aos ps` lists.

        Looking for it makes nothing, not even a wallet.

        Raises:
            NodeRefused: there is none.
        """
        from aos_cli.codec.ids import is_id
        from aos_cli.errors import NodeRefused
        from aos_cli.processes import find_anybodys

        owner = "" if is_id(name_or_id) else self.wallets.known_address(wallet_option)
        record = find_anybodys(client, owner, name_or_id)
        if record is None:
            hint = "`aos ps` lists the processes of this node"
            raise NodeRefused(f"There is no process {name_or_id} on the {client.name} node", hint, operation="find")
        return record


pass_app = click.make_pass_decorator(App)
