"""A node over HTTP, and things to send to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.http_face.face import Face
from aos_cli.model import DataItem
from aos_cli.units.keys import UnitKeys
from aos_cli.wallet import Ed25519Wallet

KEYS = UnitKeys(Ed25519Wallet(bytes(31) + b"s"), Ed25519Wallet(bytes(31) + b"m"))
USER = Ed25519Wallet(bytes(31) + b"u")
AO_TAGS = (("Data-Protocol", "ao"), ("Variant", "ao.TN.1"))

# Longer than any test waits for it; without it a mistake would wait for ever.
LONG_SECONDS = 30.0

# Some seconds of evaluation.
SLOW = "local n = 0 for i = 1, 10^9 do n = n + i end"

NOBODY = "A" * 43


def process_item(face: Face, *tags: tuple[str, str], signer: Signer = USER) -> DataItem:
    """A process message; the tags given come first, so that they win."""
    named = {"Type": "Process", "Module": face.module_id, "Scheduler": face.node.scheduler}
    named["Authority"] = face.node.authority
    rest = tuple((name, value) for name, value in named.items() if name not in {tag[0] for tag in tags})
    return build_item(signer, tags=(*tags, *AO_TAGS, *rest), data=b" ")


def message_item(
    target: str, data: str | bytes = "", *tags: tuple[str, str], signer: Signer = USER, anchor: bytes = b""
) -> DataItem:
    """A message to a process."""
    content = data.encode() if isinstance(data, str) else data
    return build_item(signer, target=target, anchor=anchor, tags=(*tags, *AO_TAGS, ("Type", "Message")), data=content)


class Caller:
    """A client of the node that knows no more than its routes.

    Args:
        face: the node.
        http: where it is reached.
    """

    def __init__(self, face: Face, http: httpx.Client) -> None:
        self.face = face
        self.http = http
        self._sent = 0

    def spawn(self, *tags: tuple[str, str]) -> str:
        """A new process; gives its id."""
        self._sent += 1
        return self.posted(process_item(self.face, *tags, ("Number", str(self._sent))))

    def eval(self, process_id: str, code: str) -> str:
        """Sends Lua text to a process; gives the id of the message."""
        return self.send(process_id, code, ("Action", "Eval"))

    def send(self, process_id: str, data: str | bytes, *tags: tuple[str, str]) -> str:
        """Sends a message; gives its id."""
        self._sent += 1
        # Ed25519 signs the same words in the same way; the anchor makes a second message of them.
        return self.posted(message_item(process_id, data, *tags, anchor=f"{self._sent:032}".encode()))

    def posted(self, item: DataItem) -> str:
        """Posts an item that must be taken; gives its id."""
        answer = self.post(item)
        assert answer.status_code == 202, answer.text
        assert answer.json()["id"] == item.id
        return item.id

    def post(self, item: DataItem) -> httpx.Response:
        """Posts an item."""
        return self.http.post("/", content=item.raw, headers={"Content-Type": "application/octet-stream"})

    def result(self, process_id: str, message_id: str) -> dict[str, Any]:
        """The result of a message."""
        answer = self.http.get(f"/result/{message_id}", params={"process-id": process_id})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def value(self, process_id: str, code: str) -> str:
        """What Lua text prints or returns."""
        output = self.result(process_id, self.eval(process_id, code))["Output"]
        return str(output["data"])

    def get(self, path: str, **params: str | int) -> Any:
        """The JSON at a path; the names of parameters have blanks for dashes."""
        answer = self.http.get(path, params={name.replace("_", "-"): value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def assign(self, process_id: str, message_id: str, extra: Mapping[str, str] | None = None) -> httpx.Response:
        """Has a message assigned to a process."""
        return self.http.post("/", params={"process-id": process_id, "assign": message_id, **(extra or {})})


def error_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and the text of an error."""
    assert list(answer.json()) == ["error"]
    return answer.status_code, answer.json()["error"]
