"""The nouns of AO, as plain values that every layer shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Tag(NamedTuple):
    """One name and value of a data item. Order and repeats of tags are kept.

    Both are text; bytes that are not UTF-8 are carried as surrogate escapes.
    """

    name: str
    value: str


Tags = tuple[Tag, ...]


def tag_value(tags: Tags, name: str, default: str = "") -> str:
    """The value of the first tag called `name`, or `default`."""
    for tag in tags:
        if tag.name == name:
            return tag.value
    return default


@dataclass(frozen=True, slots=True)
class DataItem:
    """A signed ANS-104 data item: the envelope of every message, process, module and assignment.

    Attributes:
        id: base64url of SHA-256 of the signature, 43 characters.
        signature_type: 1 Arweave RSA-4096, 2 Ed25519, 3 Ethereum secp256k1.
        signature: raw bytes, 512, 64 or 65 of them by type.
        owner: the signer's public key, 512, 32 or 65 bytes by type.
        target: 32 bytes, or none.
        anchor: 32 bytes, or none.
        tags: in the order of the item.
        data: the content.
        raw: the whole item as it travels.
    """

    id: str
    signature_type: int
    signature: bytes
    owner: bytes
    target: bytes
    anchor: bytes
    tags: Tags
    data: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class Assignment:
    """A message's place in a process's log, signed by the scheduler.

    Attributes:
        process_id: whose log.
        slot: 0 for the process message itself, then 1, 2, 3 ...
        epoch: always 0 on this generation of the network.
        timestamp_ms: milliseconds since 1970 by the scheduler's clock, strictly increasing per process.
        block_height: of the chain, as the scheduler saw it.
        hash_chain: 32 bytes, base64url.
        message_id: the data item that has this slot.
        exclude: names of fields that are left out when the message is read.
        item: the signed assignment itself.
    """

    process_id: str
    slot: int
    epoch: int
    timestamp_ms: int
    block_height: int
    hash_chain: str
    message_id: str
    exclude: tuple[str, ...]
    item: DataItem


@dataclass(frozen=True, slots=True)
class Result:
    """What a process answered to one message, decoded from the machine's JSON.

    Attributes:
        output: the text that the process printed or returned; ANSI colours as the process wrote them.
        prompt: the process's prompt after the message, or "".
        print: True when the live feed should show the output.
        error: the error text, or None. A process may raise any value; other values are shown as JSON.
        trace: Lua's traceback of the error where the error text has none, or "".
        rolled_back: True when the message had no result and the state is the one before it.
        messages, spawns, assignments: the outbox, as the process wrote it.
    """

    output: str = ""
    prompt: str = ""
    print: bool = False
    error: str | None = None
    trace: str = ""
    rolled_back: bool = False
    messages: tuple[dict[str, Any], ...] = field(default=())
    spawns: tuple[dict[str, Any], ...] = field(default=())
    assignments: tuple[dict[str, Any], ...] = field(default=())
