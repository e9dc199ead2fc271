"""The scheduler unit: lets messages in and gives each its slot, by a signed assignment."""

from __future__ import annotations

from typing import Literal

from aos_cli.codec import hash_chain
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.assignment import assignment_tags
from aos_cli.codec.ids import encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.model import Assignment, DataItem, Tag, tag_value
from aos_cli.units.records import LogHead

# The chain's blocks as a local node sees them: one every two minutes since Arweave's first, in June 2018.
_GENESIS_MS = 1_528_500_000_000
_BLOCK_MS = 120_000

MAX_ITEM_BYTES = 10 * 1024 * 1024
"""Size up to which items are taken, as on the network's units."""


def kind_of(item: DataItem) -> Literal["Message", "Process"]:
    """What an item asks for; the first tag of either value counts.

    Raises:
        NodeRefused: it is neither a message nor a process, or not of AO.
    """
    if len(item.raw) > MAX_ITEM_BYTES:
        problem = f"Item {item.id} has {len(item.raw):,} bytes; the limit is {MAX_ITEM_BYTES:,}"
        raise NodeRefused(problem, operation="send")
    if Tag("Data-Protocol", "ao") not in item.tags:
        raise NodeRefused(f"Item {item.id} has no tag Data-Protocol with the value ao", operation="send")
    for tag in item.tags:
        if tag.name == "Type" and tag.value == "Message":
            if not item.target:
                raise NodeRefused(f"Message {item.id} has no target", operation="send")
            return "Message"
        if tag.name == "Type" and tag.value == "Process":
            for required in ("Module", "Scheduler"):
                if not tag_value(item.tags, required):
                    raise NodeRefused(f"Process {item.id} has no tag {required}", operation="spawn")
            return "Process"
    raise NodeRefused(f"Item {item.id} has no tag Type with the value Message or Process", operation="send")


def block_height(timestamp_ms: int) -> int:
    """The height of the chain at a time, by a local node's reckoning."""
    return max(0, timestamp_ms - _GENESIS_MS) // _BLOCK_MS


def block_time_ms(height: int) -> int:
    """When the block of a height was made, by the same reckoning."""
    return _GENESIS_MS + height * _BLOCK_MS


def assign(head: LogHead, message_id: str, exclude: tuple[str, ...], *, now_ms: int, signer: Signer) -> Assignment:
    """The next assignment of a log.

    Args:
        head: the end of the log.
        message_id: what gets the slot.
        exclude: fields that are left out when the message is read.
        now_ms: the scheduler's clock. A clock that stands still or runs back does not make two timestamps equal.
        signer: the scheduler's key.
    """
    if head.slots == 0:
        link = hash_chain.first(head.process_id)
    else:
        link = hash_chain.next_link(head.last_assignment_id, head.hash_chain)
    timestamp_ms = max(now_ms, head.timestamp_ms + 1)
    height = block_height(timestamp_ms)
    of_itself = head.slots == 0 and message_id == head.process_id
    tags = assignment_tags(
        head.process_id, head.slots, timestamp_ms, height, link, None if of_itself else message_id, exclude
    )
    # The anchor makes items unique; the link of the chain is.
    item = build_item(signer, anchor=link, tags=tags)
    return Assignment(
        head.process_id, head.slots, 0, timestamp_ms, height, encode_base64url(link), message_id, exclude, item
    )
