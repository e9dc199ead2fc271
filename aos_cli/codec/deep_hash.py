"""Deep hash: one SHA-384 over a nested list of byte strings, which is what signatures of data items sign."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha384
from typing import TypeAlias

DeepHashable: TypeAlias = "bytes | Sequence[DeepHashable]"


def deep_hash(value: DeepHashable) -> bytes:
    """The deep hash of bytes or of a nested sequence of them, 48 bytes.

    Source: ANS-104, 3.1 (the deep hash algorithm of Arweave transactions of format 2).
    """
    if isinstance(value, bytes):
        return hash_blob(value)
    return extend_list(open_list(len(value)), value)


def hash_blob(blob: bytes) -> bytes:
    """The deep hash of one byte string."""
    return sha384(sha384(b"blob%d" % len(blob)).digest() + sha384(blob).digest()).digest()


def open_list(length: int) -> bytes:
    """The hash of a list of `length` members of which none has been added yet."""
    return sha384(b"list%d" % length).digest()


def extend_list(accumulated: bytes, members: Sequence[DeepHashable]) -> bytes:
    """The hash of a list after the next `members`; a list may be hashed in several steps."""
    for member in members:
        accumulated = sha384(accumulated + deep_hash(member)).digest()
    return accumulated
