"""Wallets by their names: which file a name stands for."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from aos_cli.errors import UsageError, WalletError
from aos_cli.wallet.files import save_wallet
from aos_cli.wallet.keys import AnyWallet

DEFAULT_NAME = "default"
"""The wallet that signs when none is named."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
# A JSON Web Key, and a key that a passphrase protects.
_SUFFIXES = (".json", ".pem")

_LIST_HINT = "`aos wallet list` lists the wallets"


class Keyring:
    """The wallets of one user. The one called "default" is beside the folder of the others.

    Args:
        folder: of the named wallets; made with the first of them, in a folder that is made with it.
        default: the file of the wallet that signs when none is named; with .pem in its place when it is protected.
        official: where the official console keeps its wallet, which is the default one as long as there is no other.
    """

    def __init__(self, folder: Path, default: Path, official: Path) -> None:
        self._folder = folder
        self._default = default
        self._official = official

    def find(self, name: str) -> Path | None:
        """The file of the wallet of that name; None when there is none.

        Raises:
            WalletError: there are two, one protected and one not.
        """
        if not _NAME.fullmatch(name):
            return None
        found = [path for path in self._places(name) if os.path.exists(path)]
        if len(found) > 1:
            raise WalletError(
                f"There are two wallets called {name}: {found[0]} and {found[1]}", "Move one of them away"
            )
        if not found and name == DEFAULT_NAME and os.path.exists(self._official):
            return self._official
        return found[0] if found else None

    def names(self) -> list[str]:
        """The names of all wallets in their order, the default one first.

        Raises:
            WalletError: the folder cannot be read.
        """
        try:
            files = list(self._folder.iterdir())
        except FileNotFoundError:
            files = []
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise WalletError(
                f"The wallets in {self._folder} cannot be read: {reason}", "Check the directory"
            ) from error
        named = {path.stem for path in files if path.suffix in _SUFFIXES and _NAME.fullmatch(path.stem)}
        default = [DEFAULT_NAME] if any(map(os.path.exists, (*self._places(DEFAULT_NAME), self._official))) else []
        return default + sorted(named - {DEFAULT_NAME})

    def locate(self, word: str, path: Path) -> Path | None:
        """The file that a word stands for: a wallet's name, or the path of a file; a file that is there goes first.

        Args:
            word: what the user wrote.
            path: the word as the path of a file.

        Returns:
            The file; None for the default wallet when there is none yet.

        Raises:
            WalletError: the word stands for nothing.
        """
        if os.path.exists(path) and not os.path.isdir(path):
            return path
        kept = self.find(word)
        if kept is not None or word == DEFAULT_NAME:
            return kept
        if not _NAME.fullmatch(word) or os.path.isdir(path):
            return path  # reading it says what is wrong
        close = difflib.get_close_matches(word, self.names(), 1)
        hint = f"Did you mean {close[0]}?" if close else f"{_LIST_HINT}, `aos wallet new {word}` makes this one"
        raise WalletError(f"There is no wallet called {word}, and no file {path}", hint)

    def check_new(self, name: str) -> None:
        """Refuses what cannot be the name of a new wallet.

        Raises:
            UsageError: it is no name. WalletError: it is taken.
        """
        if not _NAME.fullmatch(name):
            hint = "Up to 64 letters, digits, - and _, the first one a letter or a digit, make a name"
            raise UsageError(f"{name[:80]!a} cannot be the name of a wallet", hint)
        taken = self.find(name)
        if taken is not None:
            raise _taken(name, taken)

    def add(self, name: str, wallet: AnyWallet, passphrase: bytes | None) -> Path:
        """Keeps a wallet under a new name and gives its file.

        Args:
            name: one that `check_new` accepts.
            wallet: the wallet.
            passphrase: protects it; None leaves it as it is.

        Raises:
            UsageError, WalletError: as `check_new`; or the file cannot be written.
        """
        self.check_new(name)
        file = self._places(name)[0 if passphrase is None else 1]
        # The user's data folder may be new as well, and what it will hold is nobody else's business.
        for folder in (self._default.parent, file.parent):
            _make_private(folder)
        if not save_wallet(file, wallet, passphrase):
            raise _taken(name, file)  # by another program that was faster
        return file

    def _places(self, name: str) -> tuple[Path, Path]:
        """Where the wallet of a name is, without protection and with it."""
        base = self._default if name == DEFAULT_NAME else self._folder / f"{name}{_SUFFIXES[0]}"
        return base, base.with_suffix(_SUFFIXES[1])


def _taken(name: str, file: Path) -> WalletError:
    return WalletError(f"There is a wallet called {name} already: {file}", "Take another name, or move it away")


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WalletError(f"The folder {folder} cannot be made: {reason}", "Check the directory") from error
