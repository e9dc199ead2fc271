"""Keys in PEM files, which a passphrase may protect: PKCS#8 (RFC 5958), encrypted as PKCS#5 says (RFC 8018, PBES2).

Any program that reads PEM files reads ours, `openssl pkey -in FILE` for one. Our own encryption, where the library
could write such files too, is for its rounds: the library derives the key from a passphrase in 2,048, which is a
thousandth of a second for who guesses. In front of the key stands the address, as text that other programs skip
(RFC 7468, 2), so that looking at a wallet needs no passphrase. Nobody has signed it: unlocking compares.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from aos_cli.errors import WalletError
from aos_cli.wallet.keys import DAMAGED_HINT, KEY_FILE_HINT, AnyWallet, pkcs8_of, wallet_of

# OWASP's figure for PBKDF2 with HMAC-SHA256. OpenSSL's command refuses scrypt beyond 32 MB, which is no stronger.
_ROUNDS = 600_000
_SALT_BYTES = 16
_BLOCK_BYTES = 16
_KEY_BYTES = 32

# Object identifiers as DER has them, tag and length included: PBES2, PBKDF2 (RFC 8018, A), hmacWithSHA256 (B.1.2),
# aes256-CBC-PAD (NIST's arc, 2.16.840.1.101.3.4.1.42).
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")

_INTEGER, _OCTETS, _NULL, _SEQUENCE = 0x02, 0x04, 0x05, 0x30

_FRAME = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_PLAIN_LABEL = b"PRIVATE KEY"
_PROTECTED_LABEL = b"ENCRYPTED PRIVATE KEY"
_ADDRESS = re.compile(rb"^Address: ([A-Za-z0-9_-]{43})\r?$", re.MULTILINE)
_KIND = re.compile(rb"^Type: (rsa|ed25519)\r?$", re.MULTILINE)


class WrongPassphrase(WalletError):
    """A passphrase that does not open a wallet; another one may."""


@dataclass(frozen=True, slots=True)
class LockedWallet:
    """A wallet in a file that a passphrase protects.

    Attributes:
        file: where it is.
        address: as the file says; "" when it does not.
        kind: rsa or ed25519, as the file says; "" when it does not.
        content: the file, which holds nothing that can be used without the passphrase.
    """

    file: Path
    address: str
    kind: str
    content: bytes = field(repr=False)

    def unlock(self, passphrase: bytes) -> AnyWallet:
        """The wallet. It takes a tenth of a second, to cost those who guess as much.

        Raises:
            WrongPassphrase: the passphrase is another.
            WalletError: what is protected is no wallet, or not the one that the file says.
        """
        wallet = wallet_of(_library_key(self.content, passphrase, self.file), str(self.file))
        if self.address not in ("", wallet.address):
            raise WalletError(f"{self.file} says that it is {self.address} but holds {wallet.address}", DAMAGED_HINT)
        return wallet


def protected(wallet: AnyWallet, passphrase: bytes) -> bytes:
    """A wallet as the content of a PEM file that the passphrase opens.

    Args:
        wallet: the wallet.
        passphrase: at least one byte; UTF-8 when a person typed it.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    salt, vector = os.urandom(_SALT_BYTES), os.urandom(_BLOCK_BYTES)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, _ROUNDS, _KEY_BYTES)
    padder = PKCS7(8 * _BLOCK_BYTES).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    secret = padder.update(pkcs8_of(wallet)) + padder.finalize()
    derivation = _der(_SEQUENCE, _der(_OCTETS, salt), _rounds(), _der(_SEQUENCE, _HMAC_SHA256, _der(_NULL)))
    scheme = _der(
        _SEQUENCE,
        _der(_SEQUENCE, _PBKDF2, derivation),
        _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, vector)),
    )
    encrypted = encryptor.update(secret) + encryptor.finalize()
    whole = _der(_SEQUENCE, _der(_SEQUENCE, _PBES2, scheme), _der(_OCTETS, encrypted))
    head = f"Address: {wallet.address}\nType: {wallet.kind}\n".encode("ascii")
    return head + _framed(_PROTECTED_LABEL, whole)


def wallet_in_pem(content: bytes, file: Path) -> AnyWallet | LockedWallet | None:
    """The wallet in a PEM file, locked when a passphrase protects it; None when it is no PEM file.

    Args:
        content: of the file.
        file: its path, for the errors.

    Raises:
        WalletError: the file is damaged, or holds something else.
    """
    frame = _FRAME.search(content)
    if frame is None:
        if b"-----BEGIN " in content:
            raise WalletError(f"The key in {file} is cut off", DAMAGED_HINT)
        return None
    label, body = frame.groups()
    if label not in (_PLAIN_LABEL, _PROTECTED_LABEL):
        hint = f"For a private key, `openssl pkcs8 -topk8 -in {file}` makes one"
        raise WalletError(f'{file} holds "{label.decode("ascii")}", which is no PKCS#8 key', hint)
    if not _whole(body):
        raise WalletError(f"The key in {file} is not whole", DAMAGED_HINT)
    if label == _PLAIN_LABEL:
        return wallet_of(_library_key(content, None, file), str(file))
    head = content[: frame.start()]
    address, kind = (found[1].decode("ascii") if (found := said.search(head)) else "" for said in (_ADDRESS, _KIND))
    return LockedWallet(file, address, kind, content)


def _whole(body: bytes) -> bool:
    """Whether the text between the lines of a frame is base64 of one DER sequence, so that a wrong passphrase is told
    from a damaged file.
    """
    try:
        raw = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return False
    if len(raw) < 2 or raw[0] != _SEQUENCE:
        return False
    count = max(raw[1] - 0x80, 0)  # of the bytes that the length has, when it does not fit into one
    length = int.from_bytes(raw[2 : 2 + count], "big") if count else raw[1]
    return len(raw) == 2 + count + length


def _library_key(content: bytes, passphrase: bytes | None, file: Path) -> object:
    """The private key in a PEM file, by the library; its reasons may quote what it read, so they end here."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(content, passphrase, unsafe_skip_rsa_key_validation=True)
    except UnsupportedAlgorithm:
        problem = WalletError(f"{file} holds a key or a protection of an unknown kind", KEY_FILE_HINT)
    except (ValueError, TypeError):
        if passphrase is None:
            problem = WalletError(f"The key in {file} is none", DAMAGED_HINT)
        else:
            # One wrong passphrase in 256 decrypts to something that looks like a damaged key.
            hint = "If you are sure of it, the file is damaged: restore it from a backup"
            problem = WrongPassphrase(f"The passphrase does not open {file}", hint)
    raise problem


def _der(tag: int, *parts: bytes) -> bytes:
    """A value in DER: tag, length, content (X.690, 8.1)."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _rounds() -> bytes:
    """The number of rounds as an INTEGER; a byte more than its bits need keeps it positive."""
    return _der(_INTEGER, _ROUNDS.to_bytes(_ROUNDS.bit_length() // 8 + 1, "big"))


def _framed(label: bytes, raw: bytes) -> bytes:
    """DER as PEM, 64 characters a line (RFC 7468)."""
    text = base64.b64encode(raw)
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN " + label + b"-----", *lines, b"-----END " + label + b"-----", b""])
