"""The wallets that a run of the program signs with."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.config import expanded
from aos_cli.settings import WALLET

if TYPE_CHECKING:
    from aos_cli.cli.app import App
    from aos_cli.cli.passphrase import Passphrases
    from aos_cli.wallet import AnyWallet, Keyring, LockedWallet

OFFICIAL_WALLET = ".aos.json"
"""Where the official console keeps its wallet, in the user's home folder."""


class Wallets:
    """Finds wallets, unlocks them, and makes the user's first one.

    Args:
        app: knows where they are and which one is chosen, and says on the side what is made.

    Attributes:
        made_default: whether this run has made the user's default wallet.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._keys: dict[Path, AnyWallet | LockedWallet] = {}
        self.made_default = False

    @functools.cached_property
    def keyring(self) -> Keyring:
        """The user's wallets by their names."""
        from aos_cli.wallet import Keyring

        return Keyring(self._app.home.data / "wallets", self._app.home.wallet, self._app.user_folder / OFFICIAL_WALLET)

    @functools.cached_property
    def passphrases(self) -> Passphrases:
        """Where passphrases come from."""
        from aos_cli.cli.passphrase import Passphrases

        return Passphrases(self._app.environment, self._app.note)

    def open(self, named: str | None) -> AnyWallet:
        """The wallet to sign with: the one of that name or file, else the default one, which is made if there is none.

        Raises:
            WalletError: the file cannot be read or unlocked, or no wallet can be made.
        """
        file = self.file(named)
        if file is not None:
            return self.unlocked(file)
        from aos_cli.wallet import create_wallet

        _ = self._app.node  # what is wrong with the settings is told before anything is made
        self._app.note("Making your wallet, which takes a second or two ...")
        path = self._app.home.wallet
        wallet = create_wallet(path)
        self.made_default = True
        self._app.note(f"Your wallet is {path}, its address {wallet.address}. Keep a copy: it owns your processes.")
        return wallet

    def file(self, named: str | None) -> Path | None:
        """The file of the wallet of that name or file, or of the default one; None when that is still to be made.

        Raises:
            WalletError: it is neither a name nor a file.
        """
        from aos_cli.wallet import DEFAULT_NAME

        if named is None:
            named = self._app.settings[WALLET] or None
        if named is None:
            return self.keyring.find(DEFAULT_NAME)
        return self.keyring.locate(named, self._app.environment.cwd / expanded(named))

    def key(self, file: Path) -> AnyWallet | LockedWallet:
        """The wallet in a file, locked as long as nobody had to unlock it. A file is read once.

        Raises:
            WalletError: the file cannot be read.
        """
        from aos_cli.wallet import loose_permissions, read_wallet

        if file not in self._keys:
            self._keys[file] = wallet = read_wallet(file)
            self._app.detail(
                f"wallet {self._app.shown_path(file)}, address {wallet.address or 'not known before it is unlocked'}"
            )
            if loose_permissions(file):
                self._app.note(f"aos: others can read the wallet {file}; `chmod 600` would stop that")
        return self._keys[file]

    def unlocked(self, file: Path) -> AnyWallet:
        """The wallet in a file, ready to sign. A passphrase is asked for once.

        Raises:
            WalletError: the file cannot be read, or the passphrase is wrong.
        """
        from aos_cli.wallet import LockedWallet

        wallet = self.key(file)
        if isinstance(wallet, LockedWallet):
            wallet, _ = self.passphrases.unlock(wallet)
            self._keys[file] = wallet
        return wallet

    def known_address(self, named: str | None) -> str:
        """The address of the wallet, "" when there is no wallet yet. It is unlocked only if its file does not say."""
        file = self.file(named)
        return "" if file is None else self.key(file).address or self.unlocked(file).address
