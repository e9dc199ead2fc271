"""The official client library as tests call it, and what it put on the wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
from npm_peer import NpmPeer

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.ids import decode_base64url
from aos_cli.model import DataItem

T = TypeVar("T")

WALLET_FILE = Path(__file__).parents[1] / "vectors" / "test-wallet.json"
"""The Arweave key of the tests."""

AOS_MODULE = "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s"
"""What dapps and the console ask for: aos 2.0.4 of the network."""

NOBODY = "A" * 43

EVAL = {"Action": "Eval"}

# Longer than anything takes that is waited for.
_LONG_SECONDS = 30.0


class CallFailed(Exception):
    """A call of the library was rejected; the text is its error's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of the library.

    Attributes:
        path: with the query.
        headers: as the library set them; the platform adds its own.
        body: bytes.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def item(self) -> DataItem:
        """The signed item in the body; its signature holds."""
        item = decode_item(self.body)
        verify_item(item)
        return item


class AoConnect:
    """A program with the library in it, connected to a node.

    Args:
        url: the node, with all units on one port.

    Attributes:
        sent: the requests of the last call.
    """

    def __init__(self, url: str) -> None:
        self._peer = NpmPeer("aoconnect_peer.mjs", url, str(WALLET_FILE))
        self.url = url
        self.sent: list[Sent] = []
        self._sent = 0

    @cached_property
    def node(self) -> dict[str, str]:
        """What the node tells of itself: its scheduler, authority and module among other things."""
        told: dict[str, str] = httpx.get(self.url).json()
        return told

    def close(self) -> None:
        """Ends the program."""
        self._peer.close()

    def call(self, name: str, /, *, signer: str = "", **arguments: Any) -> Any:
        """What a function of the library resolves to.

        Raises:
            CallFailed: it was rejected.
        """
        named = {key.rstrip("_"): value for key, value in arguments.items()}
        request = {"call": name, "args": named, **({"signer": signer} if signer else {})}
        answer = self._peer.ask(**request)
        self.sent = [
            Sent(asked["method"], _path(asked["url"], self.url), asked["headers"], decode_base64url(asked["body"]))
            for asked in answer["requests"]
        ]
        if "error" in answer:
            raise CallFailed(answer["error"])
        return answer["value"]

    # What most tests say

    def spawn(
        self, *, signer: str = "arweave", module: str = AOS_MODULE, scheduler: str | None = None, **tags: str
    ) -> str:
        """A new process, whose authority is the node, and its scheduler unless another is named; gives its id."""
        named = {"Authority": self.node["authority"], **tags}
        process_id: str = self.call(
            "spawn", signer=signer, module=module, scheduler=scheduler or self.node["scheduler"], tags=tag_list(named)
        )
        return process_id

    def message(self, process_id: str, data: str = "", *, signer: str = "arweave", **tags: str) -> str:
        """Sends a message; gives its id."""
        fields = {"data": data} if data else {}
        if signer != "arweave":
            # Other signatures have no randomness in them: the same words would be the same message.
            self._sent += 1
            fields["anchor"] = f"{self._sent:032}"
        message_id: str = self.call("message", signer=signer, process=process_id, tags=tag_list(tags), **fields)
        return message_id

    def result(self, process_id: str, message_id: str) -> dict[str, Any]:
        """The result of a message."""
        result: dict[str, Any] = self.call("result", process=process_id, message=message_id)
        return result

    def eval(self, process_id: str, code: str, *, signer: str = "arweave") -> str:
        """What Lua text prints and returns.

        Raises:
            CallFailed: an error of Lua.
        """
        found = self.result(process_id, self.message(process_id, code, signer=signer, **EVAL))
        if "Error" in found:
            raise CallFailed(found["Error"])
        return str(found["Output"]["data"])

    def outputs(self, process_id: str) -> list[str]:
        """What all evaluations of a process so far printed."""
        edges = self.call("results", process=process_id, limit=1000)["edges"]
        return [edge["node"]["Output"]["data"] for edge in edges if edge["node"]["Output"]]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the library takes them; `_` in names stands for `-`."""
    return [{"name": name.replace("_", "-"), "value": value} for name, value in tags.items()]


def pairs(item: DataItem) -> Sequence[tuple[str, str]]:
    """The tags of an item as plain pairs."""
    return [(tag.name, tag.value) for tag in item.tags]


def eventually(look: Callable[[], T | None]) -> T:
    """What a look gives once it gives something."""
    until = time.monotonic() + _LONG_SECONDS
    pause = threading.Event()
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        pause.wait(0.01)
    raise AssertionError("it did not come about")


def _path(url: str, node: str) -> str:
    """A URL without the node's own address."""
    return url.removeprefix(node)
