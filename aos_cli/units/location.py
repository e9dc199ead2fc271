"""The item by which a scheduler says where it is reached.

Clients look for the newest one of the address in a process's Scheduler tag. It is made like any other item: the same
key and the same place give the same item, and one that replaces another has the other's id as its anchor.

Source: the tags are those that the network's clients look for.
"""

from __future__ import annotations

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import decode_base64url
from aos_cli.model import DataItem, Tag, tag_value
from aos_cli.units.catalogue import Catalogue, Filter, Listed

# How long clients may go without asking again. A local node's port may be another one at its next start.
_TIME_TO_LIVE_MS = 60_000

_TYPE = (Tag("Data-Protocol", "ao"), Tag("Type", "Scheduler-Location"))


def newest_location(catalogue: Catalogue, scheduler: str) -> Listed | None:
    """The newest item in which a scheduler said where it is."""
    wanted = (Filter("owner", (scheduler,)), *(Filter("tag", (tag.value,), tag.name) for tag in _TYPE))
    found = catalogue.search(wanted, limit=1)
    return found[0] if found else None


def location_item(before: Listed | None, url: str, signer: Signer) -> DataItem | None:
    """The item that says where a scheduler is; None when its newest one says so already.

    Args:
        before: its newest one.
        url: where it is.
        signer: the scheduler's key.
    """
    if before is not None and tag_value(before.item.tags, "Url") == url:
        return None
    tags = (
        _TYPE[0],
        Tag("Variant", "ao.TN.1"),
        _TYPE[1],
        Tag("Url", url),
        Tag("Time-To-Live", str(_TIME_TO_LIVE_MS)),
    )
    return build_item(signer, anchor=decode_base64url(before.item.id) if before else b"", tags=tags)
