"""A gateway over a real node, and what clients say to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from face_tools import KEYS, USER, message_item, process_item
from standing_clock import Clock

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import Face
from aos_cli.model import DataItem
from aos_cli.units.node import Node
from aos_cli.units.store import Store
from aos_cli.wallet import Ed25519Wallet

OTHER = Ed25519Wallet(bytes(31) + b"o")


class Gateway:
    """A gateway and the node behind it.

    Args:
        face: the node.
        clock: the node's.
    """

    def __init__(self, face: Face, clock: Clock) -> None:
        self.face = face
        self.node = face.node
        self.clock = clock
        app = make_app(face, ("gateway",))
        self.http = httpx.Client(transport=httpx.WSGITransport(app), base_url="http://gateway")

    def put(self, *tags: tuple[str, str], data: bytes = b"", signer: Signer = USER, target: str = "") -> DataItem:
        """An item that is kept and is in no log."""
        item = build_item(signer, tags=tags, data=data, target=target)
        self.node.store.put_item(item)
        return item

    def spawn(self, name: str, *tags: tuple[str, str], signer: Signer = USER) -> str:
        """A new process; gives its id."""
        return self.node.submit(process_item(self.face, ("Name", name), *tags, signer=signer).raw).process_id

    def send(self, process_id: str, data: str = "", *tags: tuple[str, str], signer: Signer = USER) -> str:
        """A message to a process; gives its id."""
        self.clock.now += 1
        anchor = f"{self.clock.now:032}".encode()
        return self.node.submit(message_item(process_id, data, *tags, signer=signer, anchor=anchor).raw).message_id

    def reply(self, query: str, **variables: Any) -> httpx.Response:
        """The reply to a document of GraphQL."""
        # With escapes, so that half a character can be sent as well.
        content = json.dumps({"query": query, "variables": variables})
        return self.http.post("/graphql", content=content, headers={"Content-Type": "application/json"})

    def ask(self, query: str, **variables: Any) -> Any:
        """The data that a document of GraphQL gives."""
        reply = self.reply(query, **variables)
        assert reply.status_code == 200, reply.text
        assert "errors" not in reply.json()
        return reply.json()["data"]

    def ids(self, arguments: str, **variables: Any) -> list[str]:
        """The ids of the transactions that some arguments ask for."""
        declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in variables.items())
        head = f"query ({declared})" if declared else "query"
        found = self.ask(
            f"{head} {{ transactions{arguments} {{ edges {{ node {{ id }} }} }} }}",
            **{name: value for name, (_, value) in variables.items()},
        )
        return [edge["node"]["id"] for edge in found["transactions"]["edges"]]


@contextmanager
def gateway_over(path: Path | None, clock: Clock) -> Iterator[Gateway]:
    """A gateway over a store of its own, with a node that evaluates in the background."""
    store = Store(path)
    face = Face(Node(store, KEYS, clock), clock)
    gateway = Gateway(face, clock)
    try:
        yield gateway
    finally:
        gateway.http.close()
        face.close()
        store.close()


def tag_pairs(tags: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    """Tags of JSON as plain pairs."""
    return [(tag["name"], tag["value"]) for tag in tags]
