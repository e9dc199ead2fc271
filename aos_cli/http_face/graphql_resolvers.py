"""What the roots of the GraphQL schema give. Their fields are read from plain values, by name."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLError

from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.http_face.face import Face
from aos_cli.http_face.gateway_chain import Block, block_at, height_of
from aos_cli.http_face.gateway_entries import Entry, entry_of, find_entry, real_id, real_scheduler
from aos_cli.http_face.graphql_schema import DEFAULT_FIRST
from aos_cli.model import tag_value
from aos_cli.units.catalogue import MAX_HEIGHT, Filter
from aos_cli.units.scheduler import block_height

MAX_FIRST = 100
"""Edges on a page at most; who asks for more gets these."""

# A question may ask for several lists, each under a name of its own. Twenty full ones take a fifth of a second.
_MAX_LISTS = 20

# After that no further list is looked for. Each is bounded by itself, too.
_MAX_SECONDS = 5.0

# Values to look for in one list: each is a look into the index.
_MAX_VALUES = 1000

_MAX_CURSOR = 2**63 - 1

_NOTHING = {"winston": "0", "ar": "0.000000000000"}


class _Page(NamedTuple):
    """Which part of a list is asked for.

    Attributes:
        low: of the lowest block.
        high: of the highest block.
        first: edges at most.
        after: cursor behind which the page begins.
        newest_first: in which direction the list goes.
    """

    low: int
    high: int
    first: int
    after: int | None
    newest_first: bool


class Root:
    """The root value of one question.

    Args:
        face: the node that is asked.
    """

    def __init__(self, face: Face) -> None:
        self._face = face
        self._lists = 0
        self._until = time.monotonic() + _MAX_SECONDS

    def transaction(self, _: object, id: str) -> dict[str, Any] | None:
        """One item or assignment."""
        entry = find_entry(self._face, id)
        return _node(entry) if entry else None

    def transactions(
        self,
        _: object,
        ids: Sequence[str] | None = None,
        owners: Sequence[str] | None = None,
        recipients: Sequence[str] | None = None,
        tags: Sequence[Mapping[str, Any]] | None = None,
        bundledIn: Sequence[str] | None = None,
        block: Mapping[str, int | None] | None = None,
        **page: Any,
    ) -> dict[str, Any]:
        """A page of items and assignments."""
        self._count_list()
        asked: dict[str, list[str]] = {}
        for wanted in dict.fromkeys(ids or ()):
            asked.setdefault(real_id(self._face, wanted), []).append(wanted)
        # An empty owner, which consoles put beside the real one, is nobody's and finds nothing.
        filters = [
            Filter("id", tuple(asked)),
            Filter("owner", self._signers(owners or (), tags or ())),
            Filter("recipient", tuple(recipients or ())),
            Filter("bundle", tuple(bundledIn or ())),
        ]
        part = _page(block, MAX_HEIGHT, **page)
        listed = self._face.node.store.catalogue.search(
            _bounded([*filter(_asks, filters), *map(_tag_filter, tags or ())]),
            heights=(part.low, part.high),
            after=part.after,
            newest_first=part.newest_first,
            limit=part.first + 1,
        )
        edges = [
            {"cursor": str(found.place), "node": _node(entry_of(found, wanted))}
            for found in listed[: part.first]
            # One module can stand for several that were asked for.
            for wanted in asked.get(found.item.id, [found.item.id])
        ]
        return {"pageInfo": {"hasNextPage": len(listed) > part.first}, "edges": edges}

    def block(self, _: object, id: str | None = None) -> Block | None:
        """One block, the newest unless another is named."""
        newest = block_height(self._face.clock_ms())
        height = newest if id is None else height_of(id)
        return block_at(height) if height is not None and height <= newest else None

    def blocks(
        self,
        _: object,
        ids: Sequence[str] | None = None,
        height: Mapping[str, int | None] | None = None,
        **page: Any,
    ) -> dict[str, Any]:
        """A page of blocks."""
        self._count_list()
        wanted = _page(height, block_height(self._face.clock_ms()), **page)
        low, high = wanted.low, wanted.high
        if wanted.after is not None:
            low, high = (
                (low, min(high, wanted.after - 1)) if wanted.newest_first else (max(low, wanted.after + 1), high)
            )
        heights: Sequence[int] = range(low, high + 1)
        if ids:
            heights = sorted({named for named in map(height_of, ids) if named is not None and named in heights})
        if wanted.newest_first:
            heights = heights[::-1]
        edges = [{"cursor": str(number), "node": block_at(number)} for number in heights[: wanted.first]]
        return {"pageInfo": {"hasNextPage": len(heights) > wanted.first}, "edges": edges}

    def _signers(self, owners: Sequence[str], tags: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        """Whose items are looked for: those owners', unless it is asked where a scheduler is that the node acts for."""
        asks_where = any(tag["name"] == "Type" and tag["values"] == ["Scheduler-Location"] for tag in tags)
        # Clients ask for one at a time.
        if asks_where and len(owners) == 1:
            return (real_scheduler(self._face, owners[0]),)
        return tuple(owners)

    def _count_list(self) -> None:
        """Lets one more list be asked for.

        Raises:
            GraphQLError: there were too many, or those before took too long.
        """
        self._lists += 1
        if self._lists > _MAX_LISTS:
            raise GraphQLError(f"A question may ask for {_MAX_LISTS} lists at most")
        if time.monotonic() > self._until:
            raise GraphQLError("The question takes too long; ask for fewer lists at once")


def _page(
    block: Mapping[str, int | None] | None,
    newest: int,
    first: int | None = DEFAULT_FIRST,
    after: str | None = None,
    sort: str | None = "HEIGHT_DESC",
) -> _Page:
    """The part of a list that the arguments of GraphQL ask for.

    Raises:
        GraphQLError: a number is negative, or the cursor is none of ours.
    """
    bounds = block or {}
    low, high = bounds.get("min"), bounds.get("max")
    count = DEFAULT_FIRST if first is None else first
    if count < 0:
        raise GraphQLError("first must not be negative")
    if after and not (after.isascii() and after.isdigit() and len(after) <= 19 and int(after) <= _MAX_CURSOR):
        raise GraphQLError(f"after must be a cursor of an edge, not {after[:60]!a}")
    return _Page(
        max(low or 0, 0),
        newest if high is None else min(high, newest),
        min(count, MAX_FIRST),
        int(after) if after else None,
        sort not in ("HEIGHT_ASC", "INGESTED_AT_ASC"),
    )


def _asks(wanted: Filter) -> bool:
    """Whether a filter was given: without values it is as if it were not there."""
    return bool(wanted.values)


def _tag_filter(asked: Mapping[str, Any]) -> Filter:
    return Filter("tag", tuple(asked["values"]), asked["name"], asked.get("op") == "NEQ")


def _bounded(filters: list[Filter]) -> list[Filter]:
    """The filters, unless there are too many of them.

    Raises:
        GraphQLError: there are.
    """
    values = sum(1 + len(wanted.values) for wanted in filters)
    if values > _MAX_VALUES:
        raise GraphQLError(f"A list may have {_MAX_VALUES} ids, owners, recipients and tag values, not {values}")
    return filters


def _node(entry: Entry) -> dict[str, Any]:
    """An entry as the type Transaction has it."""
    item, block = entry.listed.item, block_at(entry.listed.height)
    bundle = {"id": entry.listed.bundle_id} if entry.listed.bundle_id else None
    return {
        "id": entry.id,
        "anchor": encode_base64url(item.anchor),
        "signature": encode_base64url(item.signature),
        "recipient": encode_base64url(item.target),
        "owner": {
            "address": address_of(item.owner, item.signature_type),
            "key": encode_base64url(item.owner),
        },
        "fee": _NOTHING,
        "quantity": _NOTHING,
        "data": {
            "size": str(entry.listed.data_bytes),
            "type": _text(tag_value(entry.tags, "Content-Type")) or None,
        },
        "tags": [{"name": _text(tag.name), "value": _text(tag.value)} for tag in entry.tags],
        "block": block,
        "ingested_at": block.timestamp,
        "parent": bundle,
        "bundledIn": bundle,
    }


def _text(text: str) -> str:
    """A text of a tag without the bytes that are no text, as gateways show it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
