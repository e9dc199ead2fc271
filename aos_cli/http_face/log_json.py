"""Slots of a log as the network's scheduler unit writes them in JSON.

Its JSON has texts only: bytes that are no UTF-8 do not survive in it. Whoever needs them reads the item itself.
"""

from __future__ import annotations

import hashlib
from typing import Any

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.model import DataItem, Tags
from aos_cli.units.records import LogEntry


def edge_json(entry: LogEntry, *, by_nonce: bool, show_anchor: bool) -> dict[str, Any]:
    """A slot in a page, with the cursor behind which the next page begins."""
    cursor = entry.slot if by_nonce else entry.place.timestamp_ms
    return {"node": entry_json(entry, show_anchor=show_anchor), "cursor": str(cursor)}


def entry_json(entry: LogEntry, *, show_anchor: bool) -> dict[str, Any]:
    """A slot: what was sent, and its assignment.

    A message that was assigned to a process it was not sent to is left out: it is read by the id in the assignment,
    without the fields that the assignment excludes.

    Args:
        entry: the slot.
        show_anchor: give the assignment's anchor as base64url.
    """
    message, assignment = decode_item(entry.message), decode_item(entry.assignment)
    sent_here = entry.slot == 0 or encode_base64url(message.target) == entry.place.process_id
    return {
        "message": _message_json(message) if sent_here else None,
        "assignment": {
            "id": assignment.id,
            "owner": _owner_json(assignment),
            "tags": _tags_json(assignment.tags),
            "signature": encode_base64url(assignment.signature),
            "anchor": encode_base64url(assignment.anchor) if show_anchor else _text(assignment.anchor),
            "target": "",
        },
    }


def process_json(entry: LogEntry) -> dict[str, Any]:
    """What a process was born from: its first slot."""
    item = decode_item(entry.message)
    return {
        "process_id": item.id,
        "block": f"{entry.place.block_height:012}",
        "owner": _owner_json(item),
        "tags": _tags_json(item.tags),
        "timestamp": entry.place.timestamp_ms,
        "data": _text(item.data),
        "anchor": _text(item.anchor) if item.anchor else None,
        "signature": encode_base64url(item.signature),
        "target": encode_base64url(item.target) if item.target else None,
    }


def _message_json(item: DataItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "owner": _owner_json(item),
        "data": item.data.decode("utf-8", "replace"),
        "tags": _tags_json(item.tags),
        "signature": encode_base64url(item.signature),
        "anchor": _text(item.anchor) if item.anchor else None,
        "target": encode_base64url(item.target) if item.target else None,
    }


def _owner_json(item: DataItem) -> dict[str, str]:
    """Who signed. The address is that of Arweave's own kind for every key, an Ethereum one included."""
    address = encode_base64url(hashlib.sha256(item.owner).digest())
    return {"address": address, "key": encode_base64url(item.owner)}


def _tags_json(tags: Tags) -> list[dict[str, str]]:
    return [{"name": _lossy(tag.name), "value": _lossy(tag.value)} for tag in tags]


def _lossy(text: str) -> str:
    """The text of a tag without the surrogates that stand for bytes that were not UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(raw: bytes) -> str | None:
    """Bytes as text; None when they are none."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
