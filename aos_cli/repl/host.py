"""What the shell asks of the program around it: wallets, processes, files and histories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aos_cli.clients.base import NodeClient
    from aos_cli.read_marks import ReadMarks
    from aos_cli.render.story import Story
    from aos_cli.session import Session
    from aos_cli.source.bundle import Bundle
    from aos_cli.wallet import AnyWallet


class Host(Protocol):
    """The program, as the shell sees it.

    Attributes:
        speaker: the wallet that sessions begin with; "" for the user's default one.
    """

    speaker: str

    def wallet(self, name: str) -> AnyWallet:
        """A wallet by its name or file.

        Raises:
            WalletError: there is none, or it cannot be read.
        """

    def wallets(self) -> Sequence[str]:
        """The names of the user's wallets."""

    def find(self, name_or_id: str) -> list[Session]:
        """The processes of this node with that id, or that name among the user's; nothing is spawned."""

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

    def read_marks(self, process_id: str) -> ReadMarks:
        """What the user has read of a process's inbox."""

    def pad(self, process_id: str) -> Path:
        """The file of a process's pad; its folder is there.

        Raises:
            UsageError: the folder cannot be made.
        """

    def take_tour(self) -> None:
        """Runs the guided tour in a shell of its own, until the user leaves it.

        Raises:
            StoreError: there is no room for its files.
        """


def speaker_of(word: str) -> str:
    """What the shell calls a wallet.

    Args:
        word: the name or file that somebody gave; "" for none.

    Returns:
        Its name, or the file's without folder and ending; "" for the default wallet.
    """
    from aos_cli.wallet import DEFAULT_NAME

    return "" if word == DEFAULT_NAME else Path(word).stem
