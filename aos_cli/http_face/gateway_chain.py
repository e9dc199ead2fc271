"""The chain that the gateway of a local node shows: blocks that follow from the clock alone.

The scheduler reckons one block every two minutes since Arweave's first one, and writes its height into assignments.
Nothing is kept of a block: its id is made from its height and has it at the end, so that it can be found by either.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.errors import CodecError
from aos_cli.units.scheduler import block_time_ms

# Block ids of the chain have 48 bytes.
_ID_BYTES = 48
_HEIGHT_BYTES = 4


class Block(NamedTuple):
    """A block.

    Attributes:
        id: 64 characters.
        previous: id of the block before it; "" for the first.
        timestamp: seconds since 1970.
    """

    id: str
    previous: str
    height: int
    timestamp: int


def block_at(height: int) -> Block:
    """The block of a height."""
    previous = _block_id(height - 1) if height else ""
    return Block(_block_id(height), previous, height, block_time_ms(height) // 1000)


def height_of(block_id: str) -> int | None:
    """The height of the block of an id; None when no block has it."""
    try:
        height = int.from_bytes(decode_base64url(block_id, _ID_BYTES)[-_HEIGHT_BYTES:], "big")
    except CodecError:
        return None
    return height if _block_id(height) == block_id else None


def _block_id(height: int) -> str:
    number = height.to_bytes(_HEIGHT_BYTES, "big")
    return encode_base64url(blake2b(number, digest_size=_ID_BYTES - _HEIGHT_BYTES).digest() + number)
