"""What the gateway shows under an id: an item, an assignment, or our module in place of one of the network's."""

from __future__ import annotations

from typing import NamedTuple

from aos_cli.http_face.face import Face
from aos_cli.model import Tag, Tags
from aos_cli.units.aliases import RUNNING_MODULE_TAG, STAND_INS
from aos_cli.units.catalogue import Filter, Listed
from aos_cli.units.location import newest_location


class Entry(NamedTuple):
    """Something that has an id at the gateway.

    Attributes:
        id: under which it was asked for.
        tags: as they are shown.
        listed: what really is there.
    """

    id: str
    tags: Tags
    listed: Listed


def real_id(face: Face, asked: str) -> str:
    """The id of what is shown under an id."""
    if asked in STAND_INS and face.node.store.item(asked) is None:
        return face.module_id
    return asked


def real_scheduler(face: Face, asked: str) -> str:
    """The address of the scheduler that has the logs of the processes here which name one.

    A process may name any scheduler and is scheduled here all the same; clients that look for its log ask where the one
    is that it names.
    """
    catalogue = face.node.store.catalogue
    named = (Filter("tag", (asked,), "Scheduler"), Filter("tag", ("Process",), "Type"))
    if newest_location(catalogue, asked) is None and catalogue.search(named, limit=1):
        return face.node.scheduler
    return asked


def entry_of(listed: Listed, asked: str) -> Entry:
    """What the catalogue has, as it is shown under the id that was asked for."""
    tags = listed.item.tags
    if asked != listed.item.id:
        tags = (*tags, Tag(RUNNING_MODULE_TAG, listed.item.id))
    return Entry(asked, tags, listed)


def find_entry(face: Face, asked: str) -> Entry | None:
    """What is shown under an id."""
    listed = face.node.store.catalogue.find(real_id(face, asked))
    return entry_of(listed, asked) if listed else None
