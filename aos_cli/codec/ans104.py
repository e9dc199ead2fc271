"""ANS-104: signed data items, and bundles of them.

    item   = type (2) signature owner target anchor tag-count (8) tag-size (8) tags data
    target, anchor = 0 | 1 and 32 bytes
    bundle = count (32) {size (32) id (32)}* item*

Numbers in brackets are bytes; all integers are little endian. The sizes of signature and owner follow from the type
(`signatures`). What is signed is a deep hash of the fields, with the tags as the bytes that stand in the item: another
encoder may have written them in another way than ours, so they are hashed as received and never encoded again.

Source: ANS-104, 1 to 3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from aos_cli.codec.deep_hash import extend_list, open_list
from aos_cli.codec.ids import ID_BYTES, decode_base64url, encode_base64url, id_of_signature
from aos_cli.codec.signatures import signature_type_of, verify_signature
from aos_cli.codec.tags import MAX_TAG_BYTES, decode_tags, encode_tags
from aos_cli.errors import CodecError
from aos_cli.model import DataItem, Tag

_TYPE_BYTES = 2
_TAG_SIZES = struct.Struct("<QQ")

_SIGNED_FIELDS = 8
_KNOWN_OWNERS = 1024

# Bundles write their count, sizes and ids 32 bytes wide.
_WORD_BYTES = 32


class Signer(Protocol):
    """Whoever can sign a data item; a wallet is one."""

    @property
    def signature_type(self) -> int:
        """1 Arweave, 2 Ed25519, 3 Ethereum."""

    @property
    def owner(self) -> bytes:
        """The public key as data items carry it."""

    def sign(self, message: bytes) -> bytes:
        """The signature of the 48 bytes that `signed_message` gives."""


def decode_item(raw: bytes) -> DataItem:
    """The data item that `raw` is. Only its form is checked: `verify_item` checks the signature.

    Raises:
        CodecError: the bytes are not one whole data item.
    """
    if len(raw) < _TYPE_BYTES:
        raise CodecError("The data item ends before its signature type")
    signature_type = raw[0] | raw[1] << 8
    _, signature_bytes, owner_bytes = signature_type_of(signature_type)
    owner_at = _TYPE_BYTES + signature_bytes
    target_at = owner_at + owner_bytes
    try:
        target, anchor_at = _read_optional(raw, target_at, "target")
        anchor, sizes_at = _read_optional(raw, anchor_at, "anchor")
        tag_count, tag_size = _TAG_SIZES.unpack_from(raw, sizes_at)
    except (IndexError, struct.error):
        raise CodecError(f"The data item ends too early, after {len(raw)} bytes") from None
    tags_at = sizes_at + _TAG_SIZES.size
    data_at = tags_at + tag_size
    if tag_size > MAX_TAG_BYTES:
        raise CodecError(f"Too many tag bytes ({tag_size} > {MAX_TAG_BYTES})")
    if data_at > len(raw):
        raise CodecError(f"The data item ends inside its tags, after {len(raw)} bytes")
    signature = raw[_TYPE_BYTES:owner_at]
    return DataItem(
        id=id_of_signature(signature),
        signature_type=signature_type,
        signature=signature,
        owner=raw[owner_at:target_at],
        target=target,
        anchor=anchor,
        tags=decode_tags(raw[tags_at:data_at], tag_count),
        data=raw[data_at:],
        raw=raw,
    )


def signed_message(
    signature_type: int, owner: bytes, target: bytes, anchor: bytes, tag_bytes: bytes, data: bytes
) -> bytes:
    """What the signature of a data item signs: the deep hash of its fields, 48 bytes.

    Source: ANS-104, 3.1.
    """
    return extend_list(_message_head(signature_type, owner), (target, anchor, tag_bytes, data))


def verify_item(item: DataItem) -> None:
    """Return when the signature of a data item fits its content and its owner.

    Args:
        item: as `decode_item` or `build_item` gave it; tags are taken from its raw bytes.

    Raises:
        SignatureInvalid: it does not fit.
        CodecError: signatures of that type cannot be verified here.
    """
    message = signed_message(item.signature_type, item.owner, item.target, item.anchor, _raw_tag_bytes(item), item.data)
    verify_signature(item.signature_type, item.owner, message, item.signature)


def build_item(
    signer: Signer,
    *,
    target: bytes | str = b"",
    anchor: bytes = b"",
    tags: Iterable[tuple[str, str]] = (),
    data: bytes = b"",
) -> DataItem:
    """A new data item, signed.

    Args:
        signer: whose item it is.
        target: 32 bytes or the id that stands for them; empty for none.
        anchor: 32 bytes, or empty for none.
        tags: names and values; at most 4096 bytes when encoded.
        data: the content.

    Raises:
        CodecError: a field that does not fit into an item, or a signer whose key or signature has a wrong size.
    """
    signature_type, owner = signer.signature_type, signer.owner
    if isinstance(target, str):
        target = decode_base64url(target)
    if len(target) not in (0, ID_BYTES):
        raise CodecError(f"Target must be 32 bytes but was incorrectly {len(target)}")
    if len(anchor) not in (0, ID_BYTES):
        raise CodecError("Anchor must be 32 bytes")
    tag_list = tuple(tags)
    tag_bytes = encode_tags(tag_list)
    if len(tag_bytes) > MAX_TAG_BYTES:
        raise CodecError(f"Too many tag bytes ({len(tag_bytes)} > {MAX_TAG_BYTES})")
    signature = signer.sign(signed_message(signature_type, owner, target, anchor, tag_bytes, data))
    name, signature_bytes, owner_bytes = signature_type_of(signature_type)
    if (len(signature), len(owner)) != (signature_bytes, owner_bytes):
        raise CodecError(
            f"The {name} signer gave {len(signature)} bytes of signature and {len(owner)} of key,"
            f" not {signature_bytes} and {owner_bytes}"
        )
    raw = b"".join((
        signature_type.to_bytes(_TYPE_BYTES, "little"), signature, owner,
        b"\1" if target else b"\0", target, b"\1" if anchor else b"\0", anchor,
        _TAG_SIZES.pack(len(tag_list), len(tag_bytes)), tag_bytes, data,
    ))  # fmt: skip
    # What `decode_item` would read from these bytes; it is not asked, as building is on the way of every message.
    return DataItem(
        id_of_signature(signature), signature_type, signature, owner, target, anchor,
        tuple(map(Tag._make, tag_list)), data, raw,
    )  # fmt: skip


def encode_bundle(items: Sequence[DataItem]) -> bytes:
    """The items as one bundle, in their order.

    Source: ANS-104, 2 (binary bundle format 2.0.0).
    """
    parts = [_word(len(items))]
    for item in items:
        parts += (_word(len(item.raw)), decode_base64url(item.id, ID_BYTES))
    parts.extend(item.raw for item in items)
    return b"".join(parts)


def decode_bundle(raw: bytes) -> list[DataItem]:
    """The items of a bundle, in its order; their ids are checked, their signatures are not.

    Raises:
        CodecError: the bytes are not one whole bundle, or an item is not what the bundle says.
    """
    if len(raw) < _WORD_BYTES:
        raise CodecError("The bundle ends before its number of items")
    count = int.from_bytes(raw[:_WORD_BYTES], "little")
    position = _WORD_BYTES + 2 * _WORD_BYTES * count
    if position > len(raw):
        raise CodecError("The bundle is too short for the number of items that it declares")
    items = []
    for number in range(1, count + 1):
        entry_at = _WORD_BYTES + 2 * _WORD_BYTES * (number - 1)
        id_at = entry_at + _WORD_BYTES
        end = position + int.from_bytes(raw[entry_at:id_at], "little")
        if end > len(raw):
            raise CodecError(f"Item {number} of the bundle is longer than the bytes that are left")
        try:
            item = decode_item(raw[position:end])
        except CodecError as error:
            raise CodecError(f"Item {number} of the bundle is malformed: {error.message}") from error
        if item.id != encode_base64url(raw[id_at : id_at + _WORD_BYTES]):
            raise CodecError(f"Item {number} of the bundle does not have the id that the bundle declares")
        items.append(item)
        position = end
    if position != len(raw):
        raise CodecError(f"There are bytes after the last item of the bundle: {len(raw) - position}")
    return items


def _read_optional(raw: bytes, position: int, name: str) -> tuple[bytes, int]:
    """The optional 32-byte field at `position`, and the position after it; a cut field shows when the next is read.

    Raises:
        CodecError: a presence byte that is neither 0 nor 1.
        IndexError: there is no presence byte.
    """
    presence = raw[position]
    position += 1
    if presence == 0:
        return b"", position
    if presence != 1:
        raise CodecError(f"The byte that tells whether there is a {name} must be 0 or 1 but is {presence}")
    return raw[position : position + ID_BYTES], position + ID_BYTES


def _raw_tag_bytes(item: DataItem) -> bytes:
    """The tags of an item as they stand in its raw bytes."""
    sizes_at = _TYPE_BYTES + len(item.signature) + len(item.owner) + 1 + len(item.target) + 1 + len(item.anchor)
    tags_at = sizes_at + _TAG_SIZES.size
    _, tag_size = _TAG_SIZES.unpack_from(item.raw, sizes_at)
    return item.raw[tags_at : tags_at + tag_size]


@lru_cache(maxsize=_KNOWN_OWNERS)
def _message_head(signature_type: int, owner: bytes) -> bytes:
    """The deep hash up to the owner, which is the same for all items of a signer: half of the hashing."""
    return extend_list(open_list(_SIGNED_FIELDS), (b"dataitem", b"1", b"%d" % signature_type, owner))


def _word(number: int) -> bytes:
    """A number as bundles write it, 32 bytes little endian."""
    return number.to_bytes(_WORD_BYTES, "little")
