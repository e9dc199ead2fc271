"""Passphrases: asked for on the terminal, where nothing shows what is typed, or read from a file that scripts name.

They come from nowhere else: arguments are in the list of programs, and variables are handed to every program that is
started from here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.environment import Environment
from aos_cli.errors import UsageError, WalletError

if TYPE_CHECKING:
    from aos_cli.wallet import AnyWallet, LockedWallet

_TRIES = 3
_MAX_BYTES = 1024
_FILE_HINT = "--passphrase-file FILE names a file that has it in its first line"


class Passphrases:
    """Where passphrases come from.

    Args:
        environment: says whether a person is there.
        note: says something on the side.

    Attributes:
        file: what the user named with --passphrase-file; nobody is asked then.
    """

    def __init__(self, environment: Environment, note: Callable[[str], None]) -> None:
        self.file: Path | None = None
        self._environment = environment
        self._note = note
        self._last: bytes | None = None

    def unlock(self, locked: LockedWallet) -> tuple[AnyWallet, bytes]:
        """A wallet, and the passphrase that opened it; a person may try three times.

        Raises:
            WalletError: the passphrase is wrong, or nobody can be asked.
            UsageError: the file that was named has none.
        """
        from aos_cli.render.sanitiser import visible_name
        from aos_cli.wallet import WrongPassphrase

        if self.file is not None:
            passphrase = self._from_file(self.file)
            return locked.unlock(passphrase), passphrase
        if not self._somebody_is_there():
            raise WalletError(f"A passphrase protects {locked.file}, but there is no terminal to ask at", _FILE_HINT)
        question = f"Passphrase of {visible_name(locked.file.name)}: "
        tries = _TRIES
        while True:
            passphrase = _asked(question)
            try:
                return locked.unlock(passphrase), passphrase
            except WrongPassphrase:
                tries -= 1
                if not tries:
                    raise
                self._note("That is not the passphrase.")

    def choose(self, name: str) -> bytes:
        """A new passphrase, typed twice; a person may try three times.

        Args:
            name: of the wallet that it is for.

        Raises:
            WalletError: what was typed differs, or nobody can be asked.
            UsageError: the file that was named has none.
        """
        if self.file is not None:
            return self._from_file(self.file)
        if not self._somebody_is_there():
            raise WalletError("There is no terminal to ask for a passphrase", _FILE_HINT)
        for _ in range(_TRIES):
            passphrase = _asked(f"New passphrase of {name}: ")
            if _asked("The same again: ") == passphrase:
                return passphrase
            self._note("The two differ.")
        raise WalletError("No passphrase was set, and nothing was made")

    def _somebody_is_there(self) -> bool:
        environment = self._environment
        return environment.stdin_is_tty or environment.stdout_is_tty or environment.stderr_is_tty

    def _from_file(self, file: Path) -> bytes:
        """The first line of a file. It is read once: it may be a pipe."""
        if self._last is None:
            try:
                with file.open("rb") as stream:
                    mode = os.fstat(stream.fileno()).st_mode
                    line = stream.readline(_MAX_BYTES + 1)
            except OSError as error:
                raise UsageError(f"--passphrase-file {file} cannot be read: {error.strerror}") from error
            passphrase = line.rstrip(b"\r\n")
            if not passphrase or len(passphrase) > _MAX_BYTES:
                fault = "is longer than 1024 bytes" if passphrase else "is empty"
                raise UsageError(f"The first line of --passphrase-file {file} {fault}")
            if os.name != "nt" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                self._note(f"aos: others can read {file}; `chmod 600` would stop that")
            self._last = passphrase
        return self._last


def _asked(question: str) -> bytes:
    """What the user types at the terminal, which does not show it.

    Raises:
        WalletError: nothing was typed, or the terminal would show it.
    """
    import getpass
    import warnings

    try:
        with warnings.catch_warnings():
            # Rather than reading what everybody can see, which it would only warn of.
            warnings.simplefilter("error", getpass.GetPassWarning)
            typed = getpass.getpass(question)
    except getpass.GetPassWarning:
        raise WalletError("There is no terminal that can hide a passphrase", _FILE_HINT) from None
    except UnicodeDecodeError:
        # It quotes what was typed.
        raise WalletError("The passphrase is not text in the encoding of the terminal", _FILE_HINT) from None
    except EOFError:
        typed = ""
    if not typed:
        raise WalletError("No passphrase was given")
    return typed.encode("utf-8", "surrogateescape")
