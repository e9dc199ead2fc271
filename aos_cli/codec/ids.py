"""Ids and addresses: base64url without padding, and the address of a public key."""

from __future__ import annotations

import hashlib
from binascii import a2b_base64, b2a_base64

from aos_cli.errors import CodecError

ID_BYTES = 32
ID_CHARACTERS = 43

ETHEREUM_SIGNATURE_TYPE = 3

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_QUOTED_CHARACTERS = 60


def encode_base64url(raw: bytes) -> str:
    """The base64url text of `raw`, without padding."""
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode_base64url(text: str, size: int | None = None) -> bytes:
    """The bytes that `text` stands for.

    Exactly one text stands for each byte string: padding, white space, characters of plain base64 and unused
    bits that are not zero are refused, so that two different ids never name the same thing.

    Args:
        text: base64url without padding.
        size: how many bytes it must be, when the caller knows.

    Raises:
        CodecError: the text is not canonical base64url, or has another size.
    """
    try:
        raw = a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except ValueError:
        raise CodecError(f"Not base64url: {_quoted(text)}") from None
    # The decoder of the standard library skips what it does not know; only a faithful text comes back unchanged.
    if encode_base64url(raw) != text:
        raise CodecError(f"Not base64url: {_quoted(text)}")
    if size is not None and len(raw) != size:
        raise CodecError(f"Expected {size} bytes of base64url but got {len(raw)}: {_quoted(text)}")
    return raw


def is_id(text: str) -> bool:
    """True when `text` is a well-formed id or address: 43 characters that stand for 32 bytes."""
    if len(text) != ID_CHARACTERS:
        return False
    try:
        decode_base64url(text, ID_BYTES)
    except CodecError:
        return False
    return True


def id_of_signature(signature: bytes) -> str:
    """The id of the data item that carries `signature`.

    Source: ANS-104, 2.1 (id = SHA-256 of the signature).
    """
    return encode_base64url(hashlib.sha256(signature).digest())


def address_of(owner: bytes, signature_type: int) -> str:
    """The address of a signer.

    Args:
        owner: the public key as it stands in a data item.
        signature_type: of the data item; Ethereum keys have an address of their own kind.

    Returns:
        43 characters of base64url, or for an Ethereum key `0x` and 40 hexadecimal digits with the EIP-55 checksum.

    Raises:
        CodecError: an Ethereum key that is not 65 bytes with a leading 4.
    """
    if signature_type == ETHEREUM_SIGNATURE_TYPE:
        return _ethereum_address(owner)
    return encode_base64url(hashlib.sha256(owner).digest())


def _ethereum_address(owner: bytes) -> str:
    """The checksummed address of an uncompressed secp256k1 key.

    Source: EIP-55: a letter is upper case where the hash of the lower-case address has a digit of 8 or more.
    """
    if len(owner) != 65 or owner[0] != 4:
        raise CodecError("An Ethereum public key must be 65 bytes that begin with 4")
    digits = keccak256(owner[1:])[-20:].hex()
    checksum = keccak256(digits.encode("ascii")).hex()
    return "0x" + "".join(
        digit.upper() if int(check, 16) >= 8 else digit for digit, check in zip(digits, checksum, strict=False)
    )


def keccak256(raw: bytes) -> bytes:
    """The Keccak-256 hash that Ethereum uses, 32 bytes; not the later SHA3-256, which pads differently."""
    # Imported here because it takes 60 ms and only Ethereum signatures need it.
    from Crypto.Hash import keccak

    digest: bytes = keccak.new(digest_bits=256, data=raw).digest()
    return digest


def _quoted(text: str) -> str:
    """`text` in quotes, shortened: it may be a whole file."""
    return ascii(text if len(text) <= _QUOTED_CHARACTERS else text[:_QUOTED_CHARACTERS] + "...")
