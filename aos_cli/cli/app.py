"""What commands share: the user's folders, wallet and node, made when they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aos_cli import __version__
from aos_cli.config import Config, Home, expanded, find_home, read_config
from aos_cli.environment import Environment
from aos_cli.errors import SourceError
from aos_cli.model import Tag

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.render.story import Story
    from aos_cli.source.bundle import Bundle
    from aos_cli.units.records import ProcessRecord
    from aos_cli.wallet import AnyWallet

OFFICIAL_WALLET = ".aos.json"
"""Where the official console keeps its wallet, in the user's home folder."""


class App:
    """One run of the program.

    Args:
        environment: streams, variables, clock.
        home: what the user gave with --home, or None.
    """

    def __init__(self, environment: Environment, home: str | None) -> None:
        self.environment = environment
        self.home: Home = find_home(home, environment.variables)
        self._clients: list[NodeClient] = []

    version = __version__

    def close(self) -> None:
        """Closes what was opened, unless abandoned work still uses it."""
        from aos_cli.background import work_is_left

        if not work_is_left():
            for client in self._clients:
                client.close()

    @functools.cached_property
    def config(self) -> Config:
        """The user's configuration."""
        return read_config(self.home.config_file)

    def note(self, text: str) -> None:
        """Says something on the side: to stderr, so that it never mixes with results."""
        from aos_cli.render.sanitiser import to_plain

        self.environment.write_err(to_plain(text) + "\n")

    def write_json(self, record: Mapping[str, Any]) -> None:
        """Writes a result as a line of JSON."""
        from aos_cli.render.records import json_line

        environment = self.environment
        environment.write_out(json_line(record, ascii_only=not environment.unicode_for(environment.stdout)) + "\n")

    def wallet(self, named: str | None) -> AnyWallet:
        """The wallet to sign with: the named file, ours, the official console's, or a new one.

        Raises:
            WalletError: the file cannot be read, or no wallet can be made.
        """
        from aos_cli.wallet import create_wallet, load_wallet, loose_permissions

        if named is not None:
            path = self.environment.cwd / expanded(named)
        else:
            path = self.home.wallet
            official = self._user_folder() / OFFICIAL_WALLET
            if not path.exists() and official.exists():
                path = official
        if named is not None or path.exists():
            wallet = load_wallet(path)
            if loose_permissions(path):
                self.note(f"aos: others can read the wallet {path}; `chmod 600` would stop that")
            return wallet
        _ = self.config  # what is wrong there is told before anything is made
        self.note("Making your wallet, which takes a second or two ...")
        wallet = create_wallet(path)
        self.note(f"Your wallet is {path}, its address {wallet.address}. Keep a copy: it owns your processes.")
        return wallet

    def _user_folder(self) -> Path:
        named = self.environment.variables.get("HOME")
        return Path(named) if named else Path.home()

    def client(self) -> NodeClient:
        """The local node over the user's store; it is closed at the end."""
        return self._opened(self.home.store, self.home.keys)

    def throw_away_client(self) -> NodeClient:
        """A local node that ends with the program."""
        return self._opened(None, None)

    def _opened(self, store: Path | None, keys: Path | None) -> NodeClient:
        from aos_cli.clients.local import LocalClient

        client = LocalClient(store, keys, self.environment.clock_ms)
        self._clients.append(client)
        return client

    def looking_client(self) -> NodeClient:
        """The local node for commands that only look: where there is no store yet, none is made."""
        return self.client() if self.home.store.exists() else self.throw_away_client()

    def note_birth(self, process: ProcessRecord) -> None:
        """Says that a process was spawned."""
        self.note(f"aos: spawned the process {process.name} {process.id}")

    def story(self, client: NodeClient, own: str = "") -> Story:
        """Says what happened, with the names of the node's processes and signs that the terminal can show.

        Args:
            client: knows the names.
            own: the user's address.
        """
        from aos_cli.render.story import ASCII_SIGNS, Signs, Story

        names: dict[str, str] = {}

        def name_of(process_id: str) -> str:
            if process_id not in names:
                record = client.find_process(process_id)
                names[process_id] = record.name if record else ""
            return names[process_id]

        signs = Signs() if self.environment.unicode_for(self.environment.stdout) else ASCII_SIGNS
        return Story(name_of, signs, own)

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

        known = client.known_modules(process_id) if client else known_modules()
        return bundle(files, cwd=self.folder(), known=known)

    def folder(self) -> Path:
        """The current directory, where Lua files are looked for.

        Raises:
            SourceError: it was removed.
        """
        if not self.environment.cwd.is_absolute():
            raise SourceError("The current directory was removed", "Change to another one")
        return self.environment.cwd

    def limit_tags(self) -> list[Tag]:
        """The limits of the configuration as tags of a new process: what limits it is then in its log."""
        tags = []
        if self.config.compute_limit is not None:
            tags.append(Tag("Compute-Limit", str(self.config.compute_limit)))
        if self.config.memory_limit is not None:
            tags.append(Tag("Memory-Limit", self.config.memory_limit))
        return tags

    def existing(self, client: NodeClient, wallet_option: str | None, name_or_id: str) -> ProcessRecord:
        """A process that must be there; looking for it makes nothing, not even a wallet.

        Raises:
            NodeRefused: there is none.
        """
        from aos_cli.codec.ids import is_id
        from aos_cli.errors import NodeRefused
        from aos_cli.session import find_process

        owner = "" if is_id(name_or_id) else self.known_address(wallet_option)
        record = find_process(client, owner, name_or_id) if owner or is_id(name_or_id) else None
        if record is None:
            hint = "`aos ps` lists the processes of this node"
            raise NodeRefused(f"There is no process {name_or_id} on the local node", hint, operation="find")
        return record

    def known_address(self, named: str | None) -> str:
        """The address of the wallet, "" when there is no wallet yet."""
        official = self._user_folder() / OFFICIAL_WALLET
        if named is None and not self.home.wallet.exists() and not official.exists():
            return ""
        return self.wallet(named).address


pass_app = click.make_pass_decorator(App)
