"""Bundles that somebody gives to be kept: every item in one is kept as well, and is found by itself.

The network's gateways do that with what its uploaders bundle. An item in a bundle is no message: like every other
upload it is in no log until the messenger gets it.

Source: ANS-104, 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from aos_cli.codec.ans104 import decode_bundle, verify_item
from aos_cli.errors import CodecError
from aos_cli.model import DataItem, Tag

_BUNDLE_TAGS = frozenset({Tag("Bundle-Format", "binary"), Tag("Bundle-Version", "2.0.0")})

# Each signature takes its time, and each bundle in a bundle is kept once more.
MAX_ITEMS = 1000
MAX_DEPTH = 4


class Unpacked(NamedTuple):
    """An item that was given to be kept.

    Attributes:
        item: the item, whose signature fits.
        bundle_id: id of the bundle that it is in; "" for the one that was given itself.
    """

    item: DataItem
    bundle_id: str


def unpacked(item: DataItem) -> list[Unpacked]:
    """An item and everything in it: a bundle stands in front of its items.

    Raises:
        CodecError: it or an item in it is malformed or wrongly signed, or there are too many of them.
    """
    found = list(islice(_unpacked(item, "", 0), MAX_ITEMS + 1))
    if len(found) > MAX_ITEMS:
        raise CodecError(f"The bundle has more than {MAX_ITEMS:,} items; send them in several bundles")
    return found


def _unpacked(item: DataItem, bundle_id: str, depth: int) -> Iterator[Unpacked]:
    try:
        verify_item(item)
        items = decode_bundle(item.data) if _BUNDLE_TAGS.issubset(item.tags) else []
    except CodecError as error:
        raise CodecError(f"Item {item.id}: {error.message}") from error
    if items and depth == MAX_DEPTH:
        raise CodecError(f"There are more than {MAX_DEPTH} bundles inside of each other")
    yield Unpacked(item, bundle_id)
    for inner in items:
        yield from _unpacked(inner, item.id, depth + 1)
