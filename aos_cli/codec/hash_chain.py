"""The hash chain that ties each assignment of a process to the one before it.

    first link = SHA-256(process id)
    next link  = SHA-256(previous assignment id, previous link)

Ids count as the 32 bytes that they stand for. A log whose links fit was not reordered and has no gap.

Source: the legacynet scheduler unit and its check in the compute unit.
"""

from __future__ import annotations

from hashlib import sha256

from aos_cli.codec.ids import ID_BYTES, decode_base64url
from aos_cli.errors import CodecError


def first(process_id: str) -> bytes:
    """The link in a process's first assignment, 32 bytes.

    Raises:
        CodecError: `process_id` is not an id.
    """
    return sha256(decode_base64url(process_id, ID_BYTES)).digest()


def next_link(previous_assignment_id: str, previous_chain: bytes) -> bytes:
    """The link that follows, 32 bytes.

    Args:
        previous_assignment_id: id of the signed assignment before; not of the message that it assigns.
        previous_chain: the link in that assignment, 32 bytes.

    Raises:
        CodecError: not an id, or not 32 bytes.
    """
    if len(previous_chain) != ID_BYTES:
        raise CodecError(f"A link of a hash chain must be {ID_BYTES} bytes but this one is {len(previous_chain)}")
    return sha256(decode_base64url(previous_assignment_id, ID_BYTES) + previous_chain).digest()
