"""Keys: load them from JSON Web Key files, create them, and sign with them.

A wallet gives its public key, its address and signatures, and never its private key: no error names a value that stood
in a key file, no representation shows one, and an exception of a parser that quotes its input is dropped, not chained.

An Arweave key is checked by arithmetic here, which takes a quarter of a millisecond; the library would spend a quarter
of a second on proving again that the primes are prime, so it is told not to, and imported only at the first signature.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from aos_cli.codec.ids import address_of, decode_base64url, encode_base64url
from aos_cli.codec.signatures import ARWEAVE, ARWEAVE_PUBLIC_EXPONENT, ED25519
from aos_cli.errors import CodecError, WalletError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PSS
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

ARWEAVE_KEY_BITS = 4096
ED25519_KEY_BYTES = 32

# Nodes of the Arweave chain itself accept no other length; everybody else finds it out.
_PSS_SALT_BYTES = 32

# A key file has 3 KB. The bound keeps a wrong path from reading a disk image.
_MAX_FILE_BYTES = 64 * 1024

_OTHERS = stat.S_IRWXG | stat.S_IRWXO

# How long the winner of a race may take between claiming a name and filling the file, without hard links.
_CLAIM_SECONDS = 2.0
_CLAIM_POLL_SECONDS = 0.005

_KEY_FILE_HINT = "A wallet is a JSON Web Key file: an Arweave key (RSA, 4096 bits) or an Ed25519 key"
_DAMAGED_HINT = "The file is damaged: restore it from a backup"
_PATH_HINT = "Check the path"


@dataclass(frozen=True, slots=True, repr=False)
class RsaNumbers:
    """The eight numbers of an RSA private key, named as JSON Web Keys name them (RFC 7518, 6.3)."""

    n: int
    e: int
    d: int
    p: int
    q: int
    dp: int
    dq: int
    qi: int


class Wallet:
    """An Arweave key: signs as type 1, RSA-PSS with SHA-256.

    Attributes:
        owner: the public modulus, 512 bytes.
        address: 43 characters.
    """

    signature_type = ARWEAVE

    def __init__(self, numbers: RsaNumbers) -> None:
        self._numbers = numbers
        self.owner = numbers.n.to_bytes(ARWEAVE_KEY_BITS // 8, "big")
        self.address = address_of(self.owner, ARWEAVE)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 512 bytes and another each time.

        Raises:
            WalletError: the key turns out to be none.
        """
        scheme, digest = _arweave_scheme()
        return self._key.sign(message, scheme, digest)

    @cached_property
    def _key(self) -> RSAPrivateKey:
        key = _library_key(self._numbers)
        if key is None:
            raise WalletError(f"The private key of {self.address} is not a working RSA key", _DAMAGED_HINT)
        return key

    def _json_web_key(self) -> dict[str, str]:
        numbers = {name: getattr(self._numbers, name) for name in RsaNumbers.__slots__}
        encoded = {
            name: encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for name, number in numbers.items()
        }
        return {"kty": "RSA"} | encoded


class Ed25519Wallet:
    """An Ed25519 key: signs as type 2, in a fraction of the time that an Arweave key takes.

    Args:
        seed: the private key, 32 bytes.

    Attributes:
        owner: the public key, 32 bytes.
        address: 43 characters.

    Raises:
        WalletError: the seed is not 32 bytes.
    """

    signature_type = ED25519

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != ED25519_KEY_BYTES:
            raise WalletError(f"The seed of an Ed25519 key must be {ED25519_KEY_BYTES} bytes but is {len(seed)}")
        self._key: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(seed)
        self.owner = self._key.public_key().public_bytes_raw()
        self.address = address_of(self.owner, ED25519)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 bytes and always the same."""
        return self._key.sign(message)

    def _json_web_key(self) -> dict[str, str]:
        seed = self._key.private_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "d": encode_base64url(seed), "x": encode_base64url(self.owner)}


AnyWallet: TypeAlias = Wallet | Ed25519Wallet


def generate_arweave() -> Wallet:
    """A new Arweave key. It takes as long as the search for primes: half a second, now and then several."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(ARWEAVE_PUBLIC_EXPONENT, ARWEAVE_KEY_BITS).private_numbers()
    public = key.public_numbers
    return Wallet(RsaNumbers(public.n, public.e, key.d, key.p, key.q, key.dmp1, key.dmq1, key.iqmp))


def generate_ed25519() -> Ed25519Wallet:
    """A new Ed25519 key."""
    return Ed25519Wallet(os.urandom(ED25519_KEY_BYTES))


def load_wallet(path: str | os.PathLike[str]) -> AnyWallet:
    """The wallet in a JSON Web Key file: an Arweave key (RSA) or an Ed25519 key (OKP).

    Raises:
        WalletError: the file cannot be read or holds no usable private key.
    """
    file = Path(path)
    raw = _read_key_file(file)
    if not raw:
        raise WalletError(f"{file} is empty", _DAMAGED_HINT)
    if len(raw) > _MAX_FILE_BYTES:
        raise WalletError(f"{file} is too large to be a wallet", _KEY_FILE_HINT)
    key = _parsed(raw)
    if key is None:
        raise WalletError(f"{file} is not a wallet: it is not JSON", _KEY_FILE_HINT)
    if not isinstance(key, dict) or "kty" not in key:
        raise WalletError(f"{file} is not a wallet: it is not a JSON Web Key", _KEY_FILE_HINT)
    if key["kty"] == "RSA":
        return _arweave_wallet(key, file)
    if key["kty"] == "OKP" and key.get("crv") == "Ed25519":
        return _ed25519_wallet(key, file)
    raise WalletError(f"{file} holds a key of another kind than RSA and Ed25519", _KEY_FILE_HINT)


def create_wallet(path: str | os.PathLike[str], make: Callable[[], AnyWallet] = generate_arweave) -> AnyWallet:
    """The wallet at `path`, made now when there is none.

    The file appears whole or not at all, for its owner's eyes only, and never replaces another: of several programs
    that create it at the same time one makes the wallet and all use that one.

    Args:
        path: of the JSON Web Key file; its directory is created when missing.
        make: what makes the key.

    Raises:
        WalletError: the file cannot be written, or what is already there is no wallet.
    """
    file = Path(path)
    if not os.path.lexists(file):
        wallet = make()
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(file, json.dumps(wallet._json_web_key()).encode("ascii"))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise WalletError(f"Cannot create a wallet at {file}: {reason}", "Check the directory") from error
    _await_claimed(file)
    return load_wallet(file)


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


def _parsed(raw: bytes) -> Any:
    """The JSON value in `raw`, or None: the parser's exception quotes the file, so it ends here."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> bytes | None:
    """The bytes of a base64url text, or None: the decoder's exception quotes the text, so it ends here."""
    try:
        return decode_base64url(text)
    except CodecError:
        return None


def _part(key: dict[str, Any], name: str, file: Path) -> bytes:
    """One value of a JSON Web Key."""
    text = key.get(name)
    if text is None and name == "d":
        raise WalletError(f"{file} holds only a public key", "A wallet needs the private key to sign")
    raw = _decoded(text) if isinstance(text, str) else None
    if not raw:
        fault = "is missing" if text is None else "is not base64url"
        raise WalletError(f"The key in {file} is incomplete: its part '{name}' {fault}", _DAMAGED_HINT)
    return raw


def _arweave_wallet(key: dict[str, Any], file: Path) -> Wallet:
    """The wallet that an RSA key is."""
    bits = int.from_bytes(_part(key, "n", file), "big").bit_length()
    if bits != ARWEAVE_KEY_BITS:
        raise WalletError(
            f"{file} holds an RSA key of {bits} bits but Arweave needs {ARWEAVE_KEY_BITS}", _KEY_FILE_HINT
        )
    # The private exponent comes first, so that a public key is called one and not incomplete.
    parts = {name: int.from_bytes(_part(key, name, file), "big") for name in ("d", *RsaNumbers.__slots__)}
    numbers = RsaNumbers(**parts)
    if numbers.e != ARWEAVE_PUBLIC_EXPONENT:
        raise WalletError(f"{file} holds an RSA key with another public exponent than 65537", _KEY_FILE_HINT)
    if not _consistent(numbers):
        raise WalletError(f"The numbers of the key in {file} do not fit together", _DAMAGED_HINT)
    return Wallet(numbers)


def _consistent(key: RsaNumbers) -> bool:
    """True when the numbers belong to one key, provided that its primes are prime."""
    return (
        min(key.p, key.q) > 2
        and key.p * key.q == key.n
        and key.e * key.d % (key.p - 1) == 1
        and key.e * key.d % (key.q - 1) == 1
        and key.dp == key.d % (key.p - 1)
        and key.dq == key.d % (key.q - 1)
        and key.qi * key.q % key.p == 1
    )


def _ed25519_wallet(key: dict[str, Any], file: Path) -> Ed25519Wallet:
    """The wallet that an Ed25519 key is."""
    seed = _part(key, "d", file)
    public_key = _part(key, "x", file)
    if len(seed) != ED25519_KEY_BYTES or len(public_key) != ED25519_KEY_BYTES:
        raise WalletError(f"{file} holds an Ed25519 key that is not {ED25519_KEY_BYTES} bytes", _DAMAGED_HINT)
    wallet = Ed25519Wallet(seed)
    if wallet.owner != public_key:
        raise WalletError(f"The public key in {file} does not belong to its private key", _DAMAGED_HINT)
    return wallet


@cache
def _arweave_scheme() -> tuple[PSS, SHA256]:
    """How Arweave keys sign."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    digest = hashes.SHA256()
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=_PSS_SALT_BYTES), digest


def _library_key(numbers: RsaNumbers) -> RSAPrivateKey | None:
    """The key as the library wants it, or None when it refuses; its reasons may quote numbers, so they end here."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    public = rsa.RSAPublicNumbers(numbers.e, numbers.n)
    private = rsa.RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d, numbers.dp, numbers.dq, numbers.qi, public
    )  # fmt: skip
    try:
        return private.private_key(unsafe_skip_rsa_key_validation=True)
    except ValueError:
        return None


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that only its owner can read, unless there is one already.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    # Imported here because it takes 10 ms and a wallet is created once.
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _put_in_place(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_directory(file.parent)


def _put_in_place(temporary: Path, file: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        return
    except OSError:
        # Some file systems have no hard links. There an empty file claims the name, and only who made it replaces it.
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return
        temporary.replace(file)


def _await_claimed(file: Path) -> None:
    """Wait while another program has claimed the name and not yet put its wallet there."""
    deadline = time.monotonic() + _CLAIM_SECONDS
    while time.monotonic() < deadline:
        try:
            if file.stat().st_size:
                return
        except OSError:
            return  # loading it says what is wrong
        time.sleep(_CLAIM_POLL_SECONDS)


def _sync_directory(directory: Path) -> None:
    """Make the names in a directory durable; Windows does that by itself and cannot be asked to."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
