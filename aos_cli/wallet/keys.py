"""Private keys in memory: what a wallet is, how it signs, and how it is made.

An Arweave key is checked by arithmetic here, which takes a quarter of a millisecond; the library would spend a quarter
of a second on proving again that the primes are prime, so it is told not to, and imported only at the first signature.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeAlias

from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.codec.signatures import ARWEAVE, ARWEAVE_PUBLIC_EXPONENT, ED25519
from aos_cli.errors import WalletError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PSS
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

ARWEAVE_KEY_BITS = 4096
ED25519_KEY_BYTES = 32

# Nodes of the Arweave chain itself accept no other length; everybody else finds it out.
_PSS_SALT_BYTES = 32

KEY_FILE_HINT = "A wallet is a JSON Web Key or PKCS#8 file: an Arweave key (RSA, 4096 bits) or an Ed25519 key"
DAMAGED_HINT = "The file is damaged: restore it from a backup"


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
    kind = "rsa"

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
            raise WalletError(f"The private key of {self.address} is not a working RSA key", DAMAGED_HINT)
        return key


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
    kind = "ed25519"

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


AnyWallet: TypeAlias = Wallet | Ed25519Wallet


def generate_arweave() -> Wallet:
    """A new Arweave key. It takes as long as the search for primes: half a second, now and then several."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return Wallet(_numbers_of(rsa.generate_private_key(ARWEAVE_PUBLIC_EXPONENT, ARWEAVE_KEY_BITS)))


def generate_ed25519() -> Ed25519Wallet:
    """A new Ed25519 key."""
    return Ed25519Wallet(os.urandom(ED25519_KEY_BYTES))


def arweave_wallet(numbers: RsaNumbers, source: str) -> Wallet:
    """The wallet that an RSA key is.

    Args:
        numbers: of the key.
        source: where they are from, for the errors.

    Raises:
        WalletError: it is no Arweave key.
    """
    bits = numbers.n.bit_length()
    if bits != ARWEAVE_KEY_BITS:
        raise WalletError(
            f"{source} holds an RSA key of {bits} bits but Arweave needs {ARWEAVE_KEY_BITS}", KEY_FILE_HINT
        )
    if numbers.e != ARWEAVE_PUBLIC_EXPONENT:
        raise WalletError(f"{source} holds an RSA key with another public exponent than 65537", KEY_FILE_HINT)
    if not _consistent(numbers):
        raise WalletError(f"The numbers of the key in {source} do not fit together", DAMAGED_HINT)
    return Wallet(numbers)


def wallet_of(key: object, source: str) -> AnyWallet:
    """The wallet that a private key of the library is.

    Raises:
        WalletError: it is a key of another kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    if isinstance(key, rsa.RSAPrivateKey):
        return arweave_wallet(_numbers_of(key), source)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return Ed25519Wallet(key.private_bytes_raw())
    raise WalletError(f"{source} holds a key of another kind than RSA and Ed25519", KEY_FILE_HINT)


# Where a key leaves its wallet: for the files that keep it, and for nobody else.


def json_web_key_of(wallet: AnyWallet) -> dict[str, str]:
    """The private key as a JSON Web Key, as Arweave's tools write it."""
    if isinstance(wallet, Ed25519Wallet):
        seed = wallet._key.private_bytes_raw()
        return {"kty": "OKP", "crv": "Ed25519", "d": encode_base64url(seed), "x": encode_base64url(wallet.owner)}
    numbers = {name: getattr(wallet._numbers, name) for name in RsaNumbers.__slots__}
    encoded = {
        name: encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))
        for name, number in numbers.items()
    }
    return {"kty": "RSA"} | encoded


def pkcs8_of(wallet: AnyWallet) -> bytes:
    """The private key as DER (RFC 5958), not encrypted."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return wallet._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _numbers_of(key: RSAPrivateKey) -> RsaNumbers:
    private = key.private_numbers()
    public = private.public_numbers
    return RsaNumbers(public.n, public.e, private.d, private.p, private.q, private.dmp1, private.dmq1, private.iqmp)


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
