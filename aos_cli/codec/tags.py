"""Tags of a data item: an Avro array of name and value.

    array   = block* 0
    block   = count tag*            count > 0
            | -count size tag*      size: bytes of the block, there for readers that skip it
    tag     = length name length value

Every number is a zig-zag varint. No tags at all are no bytes at all, not a lone 0.

Source: ANS-104, 2.1 and 2.3; Apache Avro 1.8, binary encoding of arrays and strings.
"""

from __future__ import annotations

from collections.abc import Iterable

from aos_cli.errors import CodecError
from aos_cli.model import Tag, Tags

MAX_TAG_BYTES = 4096

# A 64-bit number fills ten groups of seven bits; Avro has no longer ones.
_MAX_VARINT_BYTES = 10

# The shortest tag is two lengths of 0.
_MIN_TAG_BYTES = 2


def encode_tags(tags: Iterable[tuple[str, str]]) -> bytes:
    """The tags as they stand in a data item: one block, or nothing when there are no tags.

    Raises:
        CodecError: a text that is no text (a lone surrogate that does not stand for a byte).
    """
    parts: list[bytes] = []
    count = 0
    try:
        for name, value in tags:
            name_bytes = name.encode("utf-8", "surrogateescape")
            value_bytes = value.encode("utf-8", "surrogateescape")
            parts += (_varint(len(name_bytes)), name_bytes, _varint(len(value_bytes)), value_bytes)
            count += 1
    except UnicodeEncodeError as error:
        raise CodecError(f"Tag {count + 1} holds a character that cannot be encoded: {error.reason}") from None
    if not count:
        return b""
    return b"".join((_varint(count), *parts, b"\0"))


def decode_tags(raw: bytes, count: int) -> Tags:
    """The tags that `raw` holds. Bytes that are not UTF-8 become surrogate escapes and are kept.

    Args:
        raw: the tag bytes of a data item.
        count: how many tags the item declares.

    Raises:
        CodecError: anything else than exactly `count` well-formed tags.
    """
    if not raw and not count:
        return ()
    # Every tag takes at least two bytes: this bounds the work that a lying count can cause.
    if count * _MIN_TAG_BYTES > len(raw):
        raise CodecError(f"The declared number of tags is {count}, but there are only {len(raw)} tag bytes")
    texts: list[str] = []
    try:
        block_count, position = _read_block_count(raw, 0)
        while block_count:
            if len(texts) // 2 + block_count > count:
                raise CodecError(f"The declared number of tags is {count}, but there are more")
            position = _read_texts(raw, position, 2 * block_count, texts)
            block_count, position = _read_block_count(raw, position)
    except IndexError:
        raise CodecError("The tags end too early") from None
    if position != len(raw):
        raise CodecError(f"There are bytes after the end of the tags: {len(raw) - position}")
    if not texts:
        raise CodecError("An item without tags must have no tag bytes")
    if len(texts) != 2 * count:
        raise CodecError(f"The declared number of tags is {count}, but there are {len(texts) // 2}")
    pairs = iter(texts)
    return tuple(map(Tag, pairs, pairs))


def _read_block_count(raw: bytes, position: int) -> tuple[int, int]:
    """How many tags the block at `position` has, and the position of the first; 0 ends the array.

    Raises:
        CodecError, IndexError: as `_read_varint`.
    """
    count, position = _read_varint(raw, position)
    if count >= 0:
        return count, position
    # The size of the block in bytes serves readers that skip it.
    _, position = _read_varint(raw, position)
    return -count, position


def _read_texts(raw: bytes, position: int, count: int, texts: list[str]) -> int:
    """Append `count` strings that begin at `position` to `texts`, and give the position after them.

    Raises:
        CodecError, IndexError: as `_read_varint`; a string that is longer than what is left.
    """
    size = len(raw)
    for _ in range(count):
        length = raw[position]
        if length < 128 and not length & 1:  # nearly every length is one byte: worth a third of the time
            length >>= 1
            position += 1
        else:
            length, position = _read_varint(raw, position)
            if length < 0:
                raise CodecError(f"A tag text has a negative length, {length}")
        end = position + length
        if end > size:
            raise CodecError(f"A tag text of {length} bytes is longer than the {size - position} bytes that are left")
        texts.append(str(raw[position:end], "utf-8", "surrogateescape"))
        position = end
    return position


def _varint(number: int) -> bytes:
    """A number that is not negative as a zig-zag varint: seven bits a byte, low ones first, the sign in the lowest."""
    number <<= 1
    if number < 128:
        return number.to_bytes(1, "little")
    groups = bytearray()
    while number >= 128:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _read_varint(raw: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, and the position after it.

    Raises:
        CodecError: a number of more than ten bytes.
        IndexError: the bytes end inside the number.
    """
    number = 0
    for shift in range(0, 7 * _MAX_VARINT_BYTES, 7):
        byte = raw[position]
        position += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return (number >> 1) ^ -(number & 1), position
    raise CodecError("A number in the tags is longer than 64 bits")
