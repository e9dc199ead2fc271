"""A gateway: what the network keeps for good, found by GraphQL, page by page.

A look-up that fails raises; "nothing found" is only what a gateway said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from aos_cli.clients.base import Message
from aos_cli.clients.legacynet_shapes import LAST_TIME_MS, sender_of, tags_from_json, text_from_json
from aos_cli.clients.transport import Request, Unit, UnitRefused, mapped
from aos_cli.codec.ids import is_id
from aos_cli.errors import NodeRefused
from aos_cli.model import Tag, Tags, tag_value

_PAGE = 100

# Some gateways say for ever that there is more.
_MOST_PAGES = 100

# For an address that does not say how long it holds.
_SHORT_LIFETIME_SECONDS = 600.0

# In June 2018.
_FIRST_BLOCK_MS = 1_528_000_000_000

_AO = Tag("Data-Protocol", "ao")

_SELECTION = """
  pageInfo { hasNextPage }
  edges { cursor node { id recipient owner { address } tags { name value } block { height timestamp } data { size } } }
"""

_TYPES = {"ids": "[ID!]", "owners": "[String!]", "tags": "[TagFilter!]", "first": "Int", "after": "String"}


class Transaction(NamedTuple):
    """A data item as a gateway lists it.

    Attributes:
        id: 43 characters.
        owner: address of its signer; "" when the gateway does not say.
        recipient: its target, or "".
        tags: in their order.
        height: of the block that it is in; None when it is in none yet.
        timestamp_ms: of that block, milliseconds since 1970; 0 without one.
        size_bytes: of its content; 0 when the gateway does not say.
    """

    id: str
    owner: str
    recipient: str
    tags: Tags
    height: int | None
    timestamp_ms: int
    size_bytes: int = 0


class Gateway:
    """Look-ups.

    Args:
        unit: where they are asked.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def transaction(self, transaction_id: str) -> Transaction | None:
        """A data item by its id; None when the gateway does not have it."""
        found = self._transactions("find", {"ids": [transaction_id]})
        return next((one for one in found if one.id == transaction_id), None)

    def transactions(self, ids: Sequence[str]) -> Iterator[Transaction]:
        """Those of some data items that the gateway has, in no particular order."""
        for first in range(0, len(ids), _PAGE):
            wanted = list(ids[first : first + _PAGE])
            found = self._transactions("find", {"ids": wanted, "first": _PAGE})
            yield from (one for one in found if one.id in wanted)

    def processes(self, owner: str, name: str | None = None) -> list[Transaction]:
        """The processes that an address spawned, of one name or of any, oldest first."""
        tags = [_AO, Tag("Type", "Process"), *([Tag("Name", name)] if name is not None else [])]
        # Gateways have ignored filters that they did not know; what they give is looked at.
        return [one for one in self._tagged(tags, [owner]) if one.owner in (owner, "")]

    def modules(self, name: str) -> list[Transaction]:
        """The modules of a name, whoever published them, newest first."""
        return list(self._tagged([_AO, Tag("Type", "Module"), Tag("Name", name)], newest_first=True))

    def scheduler_location(self, scheduler: str) -> tuple[str, float]:
        """The address that a scheduler gave last, and for how many seconds it may be remembered.

        Source: the network's Scheduler-Location items; their Time-To-Live counts milliseconds.

        Raises:
            NodeRefused: it gave none.
        """
        tags = [_AO, Tag("Type", "Scheduler-Location")]
        found = self._tagged(tags, [scheduler], newest_first=True)
        # Anybody may publish such an item; only the scheduler's own counts.
        newest = next((one for one in found if one.owner == scheduler and tag_value(one.tags, "Url")), None)
        if newest is None:
            problem = f"{self.unit} knows no address of scheduler {scheduler}"
            raise NodeRefused(problem, "--su-url gives one", node=self.unit.host, operation="find")
        lifetime = tag_value(newest.tags, "Time-To-Live")
        seconds = int(lifetime) / 1000 if re.fullmatch(r"[0-9]{1,15}", lifetime) else _SHORT_LIFETIME_SECONDS
        return tag_value(newest.tags, "Url"), seconds

    def message(self, listed: Transaction) -> Message:
        """A message that the gateway lists, with its data; without, when the gateway does not have them.

        Raises:
            NodeProtocolError: it has those of something else.
        """
        found = self.data(listed.id)
        data = found or b""
        if found is not None and listed.size_bytes not in (0, len(data)):
            problem = f"has {len(data):,} bytes of {listed.id}, and says that it has {listed.size_bytes:,}"
            raise self.unit.broken("read", problem)
        return Message(
            listed.id,
            sender_of(listed.owner, listed.tags),
            listed.recipient,
            listed.tags,
            data.decode("utf-8", "replace"),
        )

    def data(self, transaction_id: str) -> bytes | None:
        """The content of a data item; None when the gateway does not have it."""
        # The first of them is not everywhere; the second may lead to another host.
        for path in (f"/raw/{transaction_id}", f"/{transaction_id}"):
            try:
                return self.unit.ask(Request("read", path)).content
            except UnitRefused as error:
                if error.status != 404:
                    raise
        return None

    def _tagged(
        self, tags: Sequence[Tag], owners: Sequence[str] = (), *, newest_first: bool = False
    ) -> Iterator[Transaction]:
        filters = [{"name": tag.name, "values": [tag.value]} for tag in tags]
        variables: dict[str, Any] = {"tags": filters, "first": _PAGE}
        if owners:
            variables["owners"] = list(owners)
        found = self._transactions("find", variables, "HEIGHT_DESC" if newest_first else "HEIGHT_ASC")
        return (one for one in found if all(tag_value(one.tags, tag.name) == tag.value for tag in tags))

    def _transactions(self, operation: str, variables: dict[str, Any], sort: str = "") -> Iterator[Transaction]:
        """Everything that fits, each once, over all pages."""
        seen: set[str] = set()
        after = ""
        for _ in range(_MOST_PAGES):
            asked = {**variables, **({"after": after} if after else {})}
            document = {"query": _query(asked, sort), "variables": asked}
            answer = self.unit.json(Request(operation, "/graphql", "POST", document=document))
            found, cursor = mapped(self.unit, operation, partial(_page, answer))
            fresh = [one for one in found if one.id not in seen]
            yield from fresh
            seen.update(one.id for one in fresh)
            # A gateway that knows no cursors gives the first page for ever.
            if not cursor or cursor == after or not fresh:
                return
            after = cursor
        raise self.unit.broken(operation, f"has more than {_MOST_PAGES * _PAGE:,} answers", "Name it by its id")


def _query(variables: dict[str, Any], sort: str) -> str:
    declared = ", ".join(f"${name}: {_TYPES[name]}" for name in variables)
    given = ", ".join([*(f"{name}: ${name}" for name in variables), *([f"sort: {sort}"] if sort else [])])
    return f"query ({declared}) {{ transactions({given}) {{{_SELECTION}}} }}"


def _page(answer: Any) -> tuple[list[Transaction], str]:
    """The data items of a page, and the cursor of the next one; "" when there is none.

    Raises:
        ValueError, KeyError, TypeError: it is no page.
    """
    if answer.get("errors"):
        raise ValueError("; ".join(str(error.get("message")) for error in answer["errors"]))
    connection = answer["data"]["transactions"]
    edges = connection["edges"]
    more = (connection.get("pageInfo") or {}).get("hasNextPage") is True
    cursor = edges[-1].get("cursor") if edges and more else ""
    return [_transaction(edge["node"]) for edge in edges], cursor if isinstance(cursor, str) else ""


def _transaction(node: Any) -> Transaction:
    if not isinstance(node["id"], str) or not is_id(node["id"]):
        raise ValueError("an id that is none")
    block = node.get("block") or {}
    return Transaction(
        id=node["id"],
        owner=text_from_json((node.get("owner") or {}).get("address") or ""),
        recipient=text_from_json(node.get("recipient") or ""),
        tags=tags_from_json(node["tags"]),
        height=int(block["height"]) if block.get("height") is not None else None,
        timestamp_ms=_block_ms(block.get("timestamp") or 0),
        size_bytes=int((node.get("data") or {}).get("size") or 0),
    )


def _block_ms(told: Any) -> int:
    """The time of a block, milliseconds since 1970; 0 for one that cannot be.

    Some gateways tell seconds, as the chain does, and some milliseconds.
    """
    time_ms = int(told) if int(told) >= _FIRST_BLOCK_MS else int(told) * 1000
    return time_ms if _FIRST_BLOCK_MS <= time_ms < LAST_TIME_MS else 0
