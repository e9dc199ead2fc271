"""Every field of every answer in every wrong type: what comes out is an answer or a NodeError that names the unit."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console
from scripted_network import (
    AUTHORITY,
    NETWORK,
    OWNER,
    PROCESS,
    ScriptedNetwork,
    born,
    entry,
    item_id,
    listed,
    message,
    network_with_process,
    page,
    result,
    results,
    tags,
)

from aos_cli.clients.base import NodeClient, Slot
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.tracing import Subject
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import ConfigError, NodeError
from aos_cli.render.message import message_view
from aos_cli.render.records import slot_record
from aos_cli.render.story import Story
from aos_cli.render.tables import log_table, process_table
from aos_cli.wallet import Ed25519Wallet

JUNK: tuple[Any, ...] = (None, True, -1, 10**30, float("inf"), "\ud800", "\x1b[2J", [None], {"a": {}})

WALLET = Ed25519Wallet(bytes(range(32)))
ITEM = build_item(WALLET, target=PROCESS, data=b"return 1")


def paths(document: Any) -> Iterator[tuple[str | int, ...]]:
    """Where there is something in a document, the whole of it first."""
    yield ()
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        for path in paths(value):
            yield (key, *path)


def changed(document: Any, path: tuple[str | int, ...], junk: Any) -> Any:
    """The document with something else in a place."""
    if not path:
        return junk
    found = copy.deepcopy(document)
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return found


def assigned() -> dict[str, Any]:
    return entry(1, message(1, sender=AUTHORITY, Action="Hi", Exclude="Data"), Exclude="Data")


def full_result() -> dict[str, Any]:
    return result(
        Messages=[{"Target": PROCESS, "Data": "d", "Anchor": "1", "Tags": tags(Action="Hi")}],
        Spawns=[{"Tags": tags(Name="n"), "Data": "d"}],
        Assignments=[{"Processes": [PROCESS], "Message": item_id(3)}],
        Error=None,
    )


Ask = Callable[[LegacynetClient], object]


def shown(client: NodeClient, slot: Slot) -> None:
    """Everything that commands make of a slot."""
    written = io.StringIO()
    console = Console(file=written, width=80)
    story = Story(lambda process_id: "", own=OWNER)
    record = client.find_process(PROCESS)
    assert record is not None
    found = client.entry(PROCESS, slot.number)
    for view in (log_table([slot], story, 80), process_table([record], story, 80)):
        console.print(view)
    console.print(message_view(Subject(found.message, found), story))
    json.dumps(slot_record(slot)).encode()
    assert "\x1b" not in written.getvalue()


def read(client: LegacynetClient) -> None:
    for slot in client.slots(PROCESS, 0):
        shown(client, slot)
    client.newest_command(PROCESS)


CASES: dict[str, tuple[str, tuple[int, Any], Ask]] = {
    "the front page": ("GET su/", (200, {"address": OWNER, "authority": AUTHORITY}), lambda client: client.scheduler),
    "a process": (f"GET su/processes/{PROCESS}", born(), lambda client: client.find_process(PROCESS)),
    "the end of a log": (f"GET su/{PROCESS}/latest", (200, assigned()), lambda client: client.find_process(PROCESS)),
    "a page of a log": (f"GET su/{PROCESS}", page(assigned()), read),
    "a place": (f"GET su/{item_id(1)}", (200, assigned()), lambda client: client.placed(PROCESS, item_id(1))),
    "results": (f"GET cu/results/{PROCESS}", results((1, full_result())), lambda client: client.slots(PROCESS, 0)),
    "a result": (
        f"GET cu/result/{item_id(1)}",
        (200, full_result()),
        lambda client: shown(client, client.slot(PROCESS, 1)),
    ),
    "a dry run": ("POST cu/dry-run", (200, full_result()), lambda client: client.dry_run(ITEM.raw, PROCESS)),
    "what was taken": ("POST mu/", (202, {"message": "m", "id": ITEM.id}), lambda client: client.send(ITEM.raw)),
    "an assignment": ("POST mu/", (202, {"id": item_id(203)}), lambda client: client.assign(PROCESS, item_id(3))),
    "processes": ("POST gw/graphql", listed(PROCESS), lambda client: client.find_named("one", OWNER)),
}  # fmt: skip


def scripted() -> ScriptedNetwork:
    """A network that answers everything as it should."""
    network = network_with_process()
    network.on("GET su/", (200, {"address": OWNER}))
    network.on(f"GET su/{PROCESS}", page(entry(1, message(1, Action="Eval"))))
    network.on(f"GET su/{ITEM.id}", (200, entry(2, {**message(2), "id": ITEM.id})))
    network.on(f"GET su/{item_id(203)}", (200, entry(3)))
    network.on("POST mu/", (202, {"id": ITEM.id}))
    return network


def went_wrong(ask: Ask, client: LegacynetClient) -> str:
    """The message of what an answer leads to; "" when nothing is wrong with it.

    Raises:
        Exception: what no command would understand.
    """
    try:
        ask(client)
    except (NodeError, ConfigError) as error:
        return error.message
    return ""


@pytest.mark.parametrize("what", CASES)
def test_nothing_of_another_shape_ends_the_program(what: str) -> None:
    key, (status, document), ask = CASES[what]
    asking = replace(NETWORK, scheduler="") if what == "the front page" else NETWORK
    network = scripted()
    network.on(key, (status, document))
    assert went_wrong(ask, network.client(asking)) == ""
    for path in paths(document):
        for junk in JUNK:
            network = scripted()
            network.on(key, json.dumps(changed(document, path, junk)).encode())
            told = went_wrong(ask, network.client(asking))
            assert not told or ".test" in told or PROCESS in told or what == "the front page", (path, junk, told)
