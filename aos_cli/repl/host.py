"""What the shell asks of the program around it: wallets, processes, files and histories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.render.story import Story
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle
    from aos_cli.wallet import AnyWallet


class Host(Protocol):
    """The program, as the shell sees it."""

    def wallet(self, name: str) -> AnyWallet:
        """A wallet by its name or file.

        Raises:
            WalletError: there is none, or it cannot be read.
        """

    def open(self, name_or_id: str) -> Session | None:
        """A process of this node by name or id; None when there is none. Nothing is spawned.

        Raises:
            NodeRefused: several have that name.
        """

    def spawn(self, name: str) -> Session:
        """A new process of the user's, or the one of that name.

        Raises:
            UsageError: that cannot be a name. NodeRefused: it could not be born.
        """

    def bundle(self, files: Sequence[Path], process_id: str) -> Bundle:
        """Lua files with everything that they require, for a process.

        Raises:
            SourceError: a file or a module cannot be read or found.
        """

    def story(self, client: NodeClient, own: str) -> Story:
        """What turns slots into text, for a user of that address."""

    def history(self, process_id: str) -> Path:
        """Where the entries typed at a process are kept."""
