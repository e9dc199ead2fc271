"""Key files: read them, and write new ones that appear whole or not at all and never replace another."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from aos_cli.errors import WalletError
from aos_cli.wallet.json_web_key import parsed, wallet_in
from aos_cli.wallet.keys import DAMAGED_HINT, KEY_FILE_HINT, AnyWallet, generate_arweave, json_web_key_of
from aos_cli.wallet.protection import LockedWallet, protected, wallet_in_pem

# A key file has 3 KB. The bound keeps a wrong path from reading a disk image.
_MAX_FILE_BYTES = 64 * 1024

_OTHERS = stat.S_IRWXG | stat.S_IRWXO

# How long the winner of a race may take between claiming a name and filling the file, without hard links.
_CLAIM_SECONDS = 2.0
_CLAIM_POLL_SECONDS = 0.005

_PATH_HINT = "Check the path"


def read_wallet(path: str | os.PathLike[str]) -> AnyWallet | LockedWallet:
    """The wallet in a file: a JSON Web Key (RFC 7517) or a PEM file with a PKCS#8 key; locked when a passphrase
    protects it.

    Raises:
        WalletError: the file cannot be read or holds no usable private key.
    """
    file = Path(path)
    raw = _read_key_file(file)
    if not raw:
        raise WalletError(f"{file} is empty", DAMAGED_HINT)
    if len(raw) > _MAX_FILE_BYTES:
        raise WalletError(f"{file} is too large to be a wallet", KEY_FILE_HINT)
    key = parsed(raw)
    if key is not None:
        return wallet_in(key, file)
    wallet = wallet_in_pem(raw, file)
    if wallet is None:
        raise WalletError(f"{file} is not a wallet: it is not JSON and not PEM", KEY_FILE_HINT)
    return wallet


def load_wallet(path: str | os.PathLike[str]) -> AnyWallet:
    """The wallet in a file that no passphrase protects.

    Raises:
        WalletError: as `read_wallet`, or a passphrase protects it.
    """
    wallet = read_wallet(path)
    if isinstance(wallet, LockedWallet):
        raise WalletError(f"A passphrase protects {path}", "Use a wallet without one here")
    return wallet


def create_wallet(path: str | os.PathLike[str], make: Callable[[], AnyWallet] = generate_arweave) -> AnyWallet:
    """The wallet at `path`, made now when there is none.

    Of several programs that create it at the same time one makes the wallet and all use that one.

    Args:
        path: of the JSON Web Key file; its directory is created when missing.
        make: what makes the key.

    Raises:
        WalletError: the file cannot be written, or what is already there is no wallet.
    """
    file = Path(path)
    if not os.path.lexists(file):
        save_wallet(file, make())
    _await_claimed(file)
    return load_wallet(file)


def save_wallet(file: Path, wallet: AnyWallet, passphrase: bytes | None = None) -> bool:
    """Writes a wallet for its owner's eyes only, unless there is a file of that name already; says whether it did.

    Args:
        file: its directory is created when missing.
        wallet: the wallet.
        passphrase: protects it, in a PEM file; None writes a JSON Web Key.

    Raises:
        WalletError: the file cannot be written.
    """
    content = unprotected(wallet) if passphrase is None else protected(wallet, passphrase)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _not_created(file, error) from error
    return write_new(file, content)


def unprotected(wallet: AnyWallet) -> bytes:
    """A wallet as the content of a JSON Web Key file, which everybody can use who reads it."""
    return json.dumps(json_web_key_of(wallet)).encode("ascii")


def write_new(file: Path, content: bytes) -> bool:
    """Writes a file that only its owner can read, unless there is one already; says whether it did.

    The file appears whole or not at all.

    Raises:
        WalletError: it cannot be written; nothing is left behind.
    """
    try:
        return _written(file, content)
    except OSError as error:
        raise _not_created(file, error) from error


def _not_created(file: Path, error: OSError) -> WalletError:
    reason = error.strerror or type(error).__name__
    return WalletError(f"Cannot create a wallet at {file}: {reason}", "Check the directory")


def loose_permissions(path: str | os.PathLike[str]) -> bool:
    """True when the group or others may touch a key file, which its user should be warned of.

    Always False on Windows, whose permissions are not in the mode, and for a file that cannot be looked at.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return os.name != "nt" and bool(mode & _OTHERS)


def _read_key_file(file: Path) -> bytes:
    """What stands in a file, or its beginning when that is more than a wallet can have."""
    try:
        with file.open("rb") as stream:
            return stream.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise WalletError(f"There is no wallet at {file}", _PATH_HINT) from error
    except IsADirectoryError as error:
        raise WalletError(f"{file} is a directory, not a wallet", _PATH_HINT) from error
    except PermissionError as error:
        raise WalletError(f"The wallet {file} may not be read by this user", "Check the file's permissions") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WalletError(f"The wallet {file} cannot be read: {reason}", _PATH_HINT) from error


def _written(file: Path, content: bytes) -> bool:
    # Imported here because it takes 10 ms and a wallet is created once.
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        placed = _put_in_place(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(file.parent)
    return placed


def _put_in_place(temporary: Path, file: Path) -> bool:
    """Gives a finished file its name, unless the name is taken; says whether it did."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        return False
    except OSError:
        # Some file systems have no hard links. There an empty file claims the name, and only who made it replaces it.
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        temporary.replace(file)
    return True


def _await_claimed(file: Path) -> None:
    """Waits while another program has claimed the name and not yet put its wallet there."""
    deadline = time.monotonic() + _CLAIM_SECONDS
    while time.monotonic() < deadline:
        try:
            if file.stat().st_size:
                return
        except OSError:
            return  # loading it says what is wrong
        time.sleep(_CLAIM_POLL_SECONDS)


def _sync_directory(directory: Path) -> None:
    """Makes the names in a directory durable; Windows does that by itself and cannot be asked to."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
