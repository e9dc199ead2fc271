"""Assignments on the wire: the tags of the data item by which a scheduler gives a message its slot.

Source: the assignment items of the legacynet scheduler unit, which calls the slot `Nonce`.
"""

from __future__ import annotations

from collections.abc import Iterable

from aos_cli.codec.ids import ID_BYTES, decode_base64url, encode_base64url
from aos_cli.errors import CodecError
from aos_cli.model import Assignment, DataItem, Tag, Tags, tag_value

_EPOCH = "0"
_VARIANT = "ao.TN.1"
_BLOCK_HEIGHT_DIGITS = 12

# What a signed 64-bit integer holds, of a database as of most peers.
_MAX_NUMBER = 2**63 - 1
_MAX_DIGITS = 19


def assignment_tags(
    process_id: str,
    slot: int,
    timestamp_ms: int,
    block_height: int,
    hash_chain: bytes,
    message_id: str | None,
    exclude: Iterable[str] = (),
) -> Tags:
    """The tags of an assignment, in the order that the network's scheduler writes them.

    Args:
        process_id: whose log.
        slot: 0 for the process message itself.
        timestamp_ms: milliseconds since 1970, the scheduler's clock.
        block_height: of the chain.
        hash_chain: the link of this assignment, 32 bytes.
        message_id: what gets the slot; None for the process message itself.
        exclude: names of fields that are left out when the message is read.
    """
    tags = [
        Tag("Process", process_id),
        Tag("Epoch", _EPOCH),
        Tag("Nonce", str(slot)),
        Tag("Hash-Chain", encode_base64url(hash_chain)),
        Tag("Block-Height", str(block_height).zfill(_BLOCK_HEIGHT_DIGITS)),
        Tag("Timestamp", str(timestamp_ms)),
        Tag("Data-Protocol", "ao"),
        Tag("Type", "Assignment"),
        Tag("Variant", _VARIANT),
    ]
    if message_id is not None:
        tags.append(Tag("Message", message_id))
    tags.extend(Tag("Exclude", name) for name in exclude)
    return tuple(tags)


def decode_assignment(item: DataItem) -> Assignment:
    """The assignment that a data item states; its signature is not looked at.

    Raises:
        CodecError: the item is no assignment, or a tag is missing or wrong.
    """
    tags = item.tags
    if tag_value(tags, "Type") != "Assignment":
        raise CodecError(f"Data item {item.id} is not an assignment: its Type is {tag_value(tags, 'Type')!a}")
    process_id = _id(item, "Process")
    slot = _number(item, "Nonce")
    if tag_value(tags, "Message") or slot > 0:
        message_id = _id(item, "Message")
    else:
        message_id = process_id
    return Assignment(
        process_id=process_id,
        slot=slot,
        epoch=_number(item, "Epoch"),
        timestamp_ms=_number(item, "Timestamp"),
        block_height=_number(item, "Block-Height"),
        hash_chain=_id(item, "Hash-Chain"),
        message_id=message_id,
        exclude=tuple(tag.value for tag in tags if tag.name == "Exclude"),
        item=item,
    )


def _id(item: DataItem, name: str) -> str:
    """The value of a tag that must be an id."""
    value = _required(item, name)
    try:
        decode_base64url(value, ID_BYTES)
    except CodecError as error:
        raise CodecError(f"Assignment {item.id} has a wrong {name} tag: {error.message}") from None
    return value


def _number(item: DataItem, name: str) -> int:
    """The value of a tag that must be a decimal number."""
    value = _required(item, name)
    # `isdigit` alone lets digits of other scripts pass; the length keeps `int` from chewing on a whole tag block.
    if not (value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS and int(value) <= _MAX_NUMBER):
        raise CodecError(f"Assignment {item.id} has a {name} tag that is not a number: {value[:60]!a}")
    return int(value)


def _required(item: DataItem, name: str) -> str:
    """The value of a tag that must be there."""
    value = tag_value(item.tags, name)
    if not value:
        raise CodecError(f"Assignment {item.id} has no {name} tag")
    return value
