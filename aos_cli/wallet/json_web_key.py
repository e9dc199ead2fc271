"""JSON Web Keys (RFC 7517), the form in which Arweave's tools keep keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aos_cli.codec.ids import decode_base64url
from aos_cli.errors import CodecError, WalletError
from aos_cli.wallet.keys import (
    DAMAGED_HINT,
    ED25519_KEY_BYTES,
    KEY_FILE_HINT,
    AnyWallet,
    Ed25519Wallet,
    RsaNumbers,
    Wallet,
    arweave_wallet,
)


def parsed(raw: bytes) -> Any:
    """The JSON value in `raw`, or None: the parser's exception quotes the file, so it ends here."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def wallet_in(key: object, file: Path) -> AnyWallet:
    """The wallet that a JSON value is.

    Args:
        key: the value.
        file: where it stood, for the errors.

    Raises:
        WalletError: it is no usable private key.
    """
    if not isinstance(key, dict) or "kty" not in key:
        raise WalletError(f"{file} is not a wallet: it is not a JSON Web Key", KEY_FILE_HINT)
    if key["kty"] == "RSA":
        return _arweave_wallet(key, file)
    if key["kty"] == "OKP" and key.get("crv") == "Ed25519":
        return _ed25519_wallet(key, file)
    raise WalletError(f"{file} holds a key of another kind than RSA and Ed25519", KEY_FILE_HINT)


def _arweave_wallet(key: dict[str, Any], file: Path) -> Wallet:
    # The private exponent comes first, so that a public key is called one and not incomplete.
    parts = {name: int.from_bytes(_part(key, name, file), "big") for name in ("d", *RsaNumbers.__slots__)}
    return arweave_wallet(RsaNumbers(**parts), str(file))


def _ed25519_wallet(key: dict[str, Any], file: Path) -> Ed25519Wallet:
    seed = _part(key, "d", file)
    public_key = _part(key, "x", file)
    if len(seed) != ED25519_KEY_BYTES or len(public_key) != ED25519_KEY_BYTES:
        raise WalletError(f"{file} holds an Ed25519 key that is not {ED25519_KEY_BYTES} bytes", DAMAGED_HINT)
    wallet = Ed25519Wallet(seed)
    if wallet.owner != public_key:
        raise WalletError(f"The public key in {file} does not belong to its private key", DAMAGED_HINT)
    return wallet


def _part(key: dict[str, Any], name: str, file: Path) -> bytes:
    """One value of a JSON Web Key."""
    text = key.get(name)
    if text is None and name == "d":
        raise WalletError(f"{file} holds only a public key", "A wallet needs the private key to sign")
    raw = _decoded(text) if isinstance(text, str) else None
    if not raw:
        fault = "is missing" if text is None else "is not base64url"
        raise WalletError(f"The key in {file} is incomplete: its part '{name}' {fault}", DAMAGED_HINT)
    return raw


def _decoded(text: str) -> bytes | None:
    """The bytes of a base64url text, or None: the decoder's exception quotes the text, so it ends here."""
    try:
        return decode_base64url(text)
    except CodecError:
        return None
