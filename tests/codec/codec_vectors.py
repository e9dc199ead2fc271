"""The ANS-104 vectors, made with arbundles 0.11.2, and what the tests of the codec share to read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aos_cli.codec.ids import decode_base64url

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors" / "ans104.json").read_text("utf-8"))

_BUNDLE = VECTORS["bundle"]

# Every signed item of the file: 14 forms, 6 salt lengths, 2 in the inner bundle, and the 2 items that carry bundles.
SIGNED_ITEMS: list[dict[str, Any]] = [
    *VECTORS["items"],
    *VECTORS["saltLengths"],
    *_BUNDLE["inner"]["items"],
    _BUNDLE["innerItem"],
    _BUNDLE["outerItem"],
]


def item_named(name: str) -> dict[str, Any]:
    """The vector whose name begins so."""
    return next(vector for vector in SIGNED_ITEMS if vector["name"].startswith(name))


def raw_of(vector: dict[str, Any]) -> bytes:
    """The bytes of a vector."""
    return decode_base64url(vector["raw"])


class RecordedSigner:
    """Signs as the maker of a vector did: with the recorded signature, remembering what it was asked to sign."""

    def __init__(self, vector: dict[str, Any]) -> None:
        self.signature_type: int = vector["signatureType"]
        self.owner = decode_base64url(vector["owner"])
        self.signed: list[bytes] = []
        self._signature = decode_base64url(vector["signature"])

    def sign(self, message: bytes) -> bytes:
        self.signed.append(message)
        return self._signature
