"""A process for the tests of the runtime: messages go in, plain text comes out.

Rows of the tests name the section of the specification that they hold the runtime to.
"""

from __future__ import annotations

from typing import Any

import compare

from aos_cli.machine import Machine

PROCESS, OWNER, ALICE, BOB, AUTHORITY, MODULE = (
    name.ljust(43, "-") for name in ("process", "owner", "alice", "bob", "authority", "module")
)

NO_RESULT = "(no result)"
"""What `plain` says of a message without a result, whose effects are undone."""

PROCESS_TAGS = {"Type": "Process", "Module": MODULE, "Name": "test", "Authority": AUTHORITY}

HANDLER_NAMES = (
    "local t = {} for i, h in ipairs(Handlers.list) do t[i] = h.name .. (h.maxRuns and '/' .. h.maxRuns or '') end "
    "return table.concat(t, ',')"
)


def plain(result: dict[str, Any]) -> str:
    """The text of a result without colours and positions in the runtime's own files; of errors, what comes last."""
    if "Throws" in result:
        return NO_RESULT
    failed = "Error" in result
    value = result["Error"] if failed else result["Output"]["data"]
    text = str(compare.text(value))  # type: ignore[no-untyped-call] # the corpus's file is kept as it came
    return "error: " + text.rpartition("error:\n")[2] if failed else text


def tags_of(message: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Name and value of the tags that a program gave; the four that every message starts with are left out."""
    return [(tag["name"], tag.get("value")) for tag in message["Tags"][4:]]


class Process:
    """A process that has taken in the message that it was born of.

    Args:
        tags: more tags of the process; `On_Boot` becomes `On-Boot`.
        data: of its first message.
    """

    def __init__(self, data: Any = "", **tags: Any) -> None:
        self._machine = Machine()
        self._sent = 0
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in {**PROCESS_TAGS, **tags}.items()]
        self._environment = {
            "Process": {"Id": PROCESS, "Owner": OWNER, "Tags": named},
            "Module": {"Id": MODULE, "Owner": OWNER, "Tags": []},
        }
        self.born = self.handle({"Id": PROCESS, "Data": data, "Tags": named})

    def handle(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Sends a message of the owner in which `fields` stand in place of the usual ones; None leaves one out."""
        message = {
            "Id": f"message{self._sent}".ljust(43, "-"),
            "From": OWNER,
            "Owner": OWNER,
            "Target": PROCESS,
            "Module": MODULE,
            "Block-Height": 1000 + self._sent,
            "Timestamp": 1_700_000_000_000 + self._sent,
            "Nonce": self._sent,
            "Tags": [],
            **fields,
        }
        self._sent += 1
        present = {name: value for name, value in message.items() if value is not None}
        return self._machine.handle(present, self._environment)

    def send(self, action: Any, data: Any = "", sender: str = ALICE, **tags: Any) -> dict[str, Any]:
        """Sends a message that its signer stands for; `X_Reference` becomes the tag `X-Reference`."""
        named = {"Action": action, **{name.replace("_", "-"): value for name, value in tags.items()}}
        listed = [{"name": name, "value": value} for name, value in named.items() if value is not None]
        return self.handle({"From": sender, "Owner": sender, "Data": data, "Tags": listed})

    def eval(self, code: Any) -> dict[str, Any]:
        """Runs Lua as the owner."""
        return self.send("Eval", code, OWNER)

    def says(self, code: Any) -> str:
        """What an evaluation comes to, as plain text."""
        return plain(self.eval(code))
