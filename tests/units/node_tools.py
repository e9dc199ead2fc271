"""A node over a store, things to send to it, and what stands in its store."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import decode_base64url
from aos_cli.machine.module import FORMAT, encode_module
from aos_cli.model import DataItem, Tag
from aos_cli.units.keys import UnitKeys
from aos_cli.units.node import Node
from aos_cli.units.store import Store
from aos_cli.wallet import Ed25519Wallet

ROOT = Path(__file__).resolve().parents[2]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "ans104.json").read_text("utf-8"))

# The same keys everywhere, so that the same log can be written twice.
KEYS = UnitKeys(Ed25519Wallet(bytes(31) + b"s"), Ed25519Wallet(bytes(31) + b"m"))
USER = Ed25519Wallet(bytes(31) + b"u")
AO_TAGS = (("Data-Protocol", "ao"), ("Variant", "ao.TN.1"))

TABLES = ("item", "process", "slot")


def standing_clock() -> int:
    """A clock that never moves."""
    return 1_700_000_000_000


def node_over(path: Path | None = None, clock: Callable[[], int] = standing_clock) -> Node:
    """A node; whoever asks for it closes its store."""
    return Node(Store(path), KEYS, clock)


def process_item(node: Node, *tags: tuple[str, str], signer: Signer = USER, module: str = "") -> DataItem:
    """A process message; the tags given come first, so that they win."""
    defaults = (
        ("Type", "Process"),
        ("Module", module or node.publish_module()),
        ("Scheduler", node.scheduler),
        ("Authority", node.authority),
    )
    names = {name for name, _ in tags}
    return build_item(signer, tags=(*tags, *AO_TAGS, *(tag for tag in defaults if tag[0] not in names)), data=b" ")


def message_item(
    target: str, data: str | bytes = b"", *tags: tuple[str, str], signer: Signer = USER, anchor: bytes = b""
) -> DataItem:
    """A message to a process."""
    content = data.encode() if isinstance(data, str) else data
    return build_item(signer, target=target, anchor=anchor, tags=(*tags, *AO_TAGS, ("Type", "Message")), data=content)


def spawn(node: Node, name: str = "test", *tags: tuple[str, str]) -> str:
    """A new process; gives its id."""
    return node.submit(process_item(node, ("Name", name), *tags).raw).process_id


def eval_slot(node: Node, process_id: str, code: str) -> int:
    """Sends Lua text to a process; gives the slot that it will be evaluated in."""
    record = node.store.process(process_id)
    assert record is not None
    # Ed25519 signs the same words in the same way; the anchor makes a second message of them.
    anchor = f"{record.slots:032}".encode()
    return node.submit(message_item(process_id, code, ("Action", "Eval"), anchor=anchor).raw).slot


def evaluate(node: Node, process_id: str, code: str) -> dict[str, Any]:
    """Evaluates Lua text in a process; gives the result."""
    return node.result(process_id, eval_slot(node, process_id, code)).result


def value_of(node: Node, process_id: str, expression: str) -> str:
    """The value of a Lua expression, as the process shows it."""
    result = evaluate(node, process_id, f"return tostring({expression})")
    output = result["Output"]["data"]
    assert isinstance(output, str)
    return output


def settled(node: Node, limit: int = 10_000) -> int:
    """Evaluates everything that waits; gives the number of slots."""
    return sum(1 for _ in node.settle(limit))


def log_texts(node: Node, process_id: str) -> list[str | None]:
    """The results of a process as they are stored."""
    return [entry.result for entry in node.store.entries(process_id)]


def module_item(sources: Mapping[str, bytes], *tags: tuple[str, str]) -> DataItem:
    """A module with these sources."""
    first = (("Type", "Module"), ("Module-Format", FORMAT))
    return build_item(USER, tags=(*tags, *AO_TAGS, *first), data=encode_module(dict(sources)))


def throw_results_away(path: Path) -> None:
    """Leaves of a store what cannot be derived: items, processes and assignments."""
    change(path, "UPDATE slot SET result = NULL, failed = NULL, instructions = NULL, deliveries = NULL")
    change(path, "UPDATE process SET evaluated = 0")


def rows(path: Path, tables: Iterable[str] = TABLES) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a store file holds, read by SQLite alone."""
    with sqlite3.connect(path) as connection:
        content = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608 - names from above
    connection.close()
    return content


def change(path: Path, statement: str, *values: object) -> None:
    """Changes a store file behind the node's back."""
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


def vector(name: str) -> bytes:
    """The bytes of the first recorded item whose name begins so."""
    for found in (*VECTORS["items"], *VECTORS["saltLengths"], *VECTORS["bundle"]["inner"]["items"]):
        if found["name"].startswith(name):
            return decode_base64url(found["raw"])
    raise KeyError(name)


def start(program: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    """Starts Python text in a program of its own, which finds this module."""
    variables = {"PYTHONPATH": f"{ROOT}:{Path(__file__).parent}", "PATH": "/usr/bin:/bin", **options.pop("env", {})}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def finished(started: subprocess.Popen[str]) -> str:
    """What a program wrote, once it has ended well."""
    output, errors = started.communicate(timeout=60)
    assert started.returncode == 0, errors
    assert errors == ""
    return output


def tags_of(item: DataItem) -> list[tuple[str, str]]:
    """An item's tags as plain pairs."""
    return [tuple(tag) for tag in item.tags]  # type: ignore[misc] # a Tag has two parts


def tag_objects(tags: Iterable[Tag] | Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Tags as an outbox has them."""
    return [{"name": name, "value": value} for name, value in tags]
