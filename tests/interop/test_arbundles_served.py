"""The official library verifies what a served node shows of every item: no byte of what was signed is lost.

Nothing serves whole items, on this node or on the network's units. What they serve is put together again here, and
a library that is not ours says whether the signature still holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aoconnect_client import WALLET_FILE, eventually
from ethereum_signer import EthereumSigner
from npm_peer import NpmPeer

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import Network
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.model import Tag
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.units.aliases import STAND_INS
from aos_cli.wallet import Ed25519Wallet, load_wallet

# Which key it is shows in its size.
TYPES = {512: 1, 32: 2, 65: 3}

EVERYTHING = """query ($after: String) {
  transactions(first: 100, after: $after, sort: HEIGHT_ASC) {
    pageInfo { hasNextPage }
    edges { cursor node { id anchor signature recipient owner { key } tags { name value } } }
  }
}"""

PROGRAM = """
Send({ Target = ao.id, Action = "Round", Data = "to itself: \N{SNOWMAN}" })
Send({ Target = Owner, Action = "Notice", Data = "to a wallet" })
Spawn(ao.env.Module.Id, { Name = "child", Data = "its data" })
Assign({ Processes = { ao.id }, Message = ao.env.Process.Id })
"""


@pytest.fixture(scope="module")
def client(node_url: str) -> Iterator[LegacynetClient]:
    client = LegacynetClient(Network.at(node_url, "served"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def sessions(client: LegacynetClient) -> list[Session]:
    """Processes of all kinds of keys, which sent everything that a process can send."""
    signers: list[Signer] = [load_wallet(WALLET_FILE), Ed25519Wallet(bytes(32)), EthereumSigner(b"\x11" * 32)]
    sessions = []
    for number, signer in enumerate(signers):
        session = Session(client, signer, spawn_process(client, signer, f"sender {number}", tags=(Tag("Ü", "ß"),)))
        slot = session.slot(session.eval(PROGRAM).slot)
        assert slot.result.error is None
        sessions.append(session)
    # One that was sent to somebody else, without all of its fields.
    source, target = sessions[0], sessions[1]
    sent = source.eval("return 'shared'")
    client.assign(target.process.id, sent.message_id, ("Data", "Anchor"))
    return sessions


@pytest.fixture(scope="module")
def shown(node_url: str, client: LegacynetClient, sessions: list[Session]) -> list[dict[str, Any]]:
    """Everything that the node shows over GraphQL, once all that was sent has arrived."""

    def all_notices() -> list[dict[str, Any]] | None:
        found = list(everything(node_url))
        return (
            found if len([node for node in found if ("Action", "Spawned") in tags_of(node)]) == len(sessions) else None
        )

    return eventually(all_notices)


def everything(node_url: str) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        answer = httpx.post(f"{node_url}/graphql", json={"query": EVERYTHING, "variables": {"after": after}})
        found = answer.json()["data"]["transactions"]
        yield from (edge["node"] for edge in found["edges"])
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["edges"][-1]["cursor"]


def tags_of(node: dict[str, Any]) -> list[tuple[str, str]]:
    return [(tag["name"], tag["value"]) for tag in node["tags"]]


class Recorded:
    """Gives the signature that is shown instead of making one."""

    def __init__(self, owner: str, signature: str) -> None:
        self.owner = decode_base64url(owner)
        self.signature_type = TYPES[len(self.owner)]
        self._signature = decode_base64url(signature)

    def sign(self, _: bytes) -> bytes:
        return self._signature


def assert_valid(peer: NpmPeer, item_id: str, raw: bytes, tags: list[tuple[str, str]]) -> None:
    seen = peer.ask(verify=encode_base64url(raw))
    assert seen.get("valid") is True, (item_id, seen)
    assert seen["id"] == item_id
    assert [(tag["name"], tag["value"]) for tag in seen["tags"]] == tags


def test_graphql_and_raw_data_make_every_item_whole(peer: NpmPeer, node_url: str, shown: list[dict[str, Any]]) -> None:
    for node in shown:
        item = build_item(
            Recorded(node["owner"]["key"], node["signature"]),
            target=node["recipient"],
            anchor=decode_base64url(node["anchor"]),
            tags=tags_of(node),
            data=httpx.get(f"{node_url}/raw/{node['id']}").content,
        )
        assert_valid(peer, node["id"], item.raw, tags_of(node))


def test_transactions_make_every_item_whole(peer: NpmPeer, node_url: str, shown: list[dict[str, Any]]) -> None:
    for node in shown:
        found = httpx.get(f"{node_url}/tx/{node['id']}").json()
        tags = [
            (decode_base64url(tag["name"]).decode(), decode_base64url(tag["value"]).decode()) for tag in found["tags"]
        ]
        data = decode_base64url(httpx.get(f"{node_url}/tx/{node['id']}/data").text)
        item = build_item(
            Recorded(found["owner"], found["signature"]),
            target=found["target"],
            anchor=decode_base64url(found["last_tx"]),
            tags=tags,
            data=data,
        )
        assert int(found["data_size"]) == len(data)
        assert_valid(peer, node["id"], item.raw, tags)


def test_the_node_made_and_took_everything_there_is(shown: list[dict[str, Any]], node_url: str) -> None:
    kinds = {value for node in shown for name, value in tags_of(node) if name == "Type"}
    assert kinds == {"Process", "Message", "Assignment", "Module", "Scheduler-Location"}
    signed_by = {(len(decode_base64url(node["owner"]["key"])), dict(tags_of(node)).get("Type")) for node in shown}
    assert {(512, "Process"), (65, "Process"), (32, "Process"), (512, "Message"), (65, "Message")} <= signed_by
    pushed = [node for node in shown if "Pushed-For" in dict(tags_of(node))]
    assert {dict(tags_of(node))["Type"] for node in pushed} == {"Message", "Process"}
    assert any(name == "Exclude" for node in shown for name, _ in tags_of(node))
    node = httpx.get(node_url).json()
    assert {dict(tags_of(node))["Url"] for node in shown if ("Type", "Scheduler-Location") in tags_of(node)} == {
        node_url
    }
    assert node["module"] in {shown_node["id"] for shown_node in shown}


def test_the_schedulers_log_makes_every_slot_whole(peer: NpmPeer, node_url: str, sessions: list[Session]) -> None:
    """The log has texts only, so it is whole for whoever sent texts; the assignments' anchors are asked for."""
    scheduler = httpx.get(node_url).json()["scheduler"]
    for session in sessions:
        process_id = session.process.id
        page = httpx.get(f"{node_url}/{process_id}", params={"process-id": process_id, "show-anchor": "1"}).json()
        assert not page["page_info"]["has_next_page"]
        for number, edge in enumerate(page["edges"]):
            message, assignment = edge["node"]["message"], edge["node"]["assignment"]
            raw = of_log(assignment, decode_base64url(assignment["anchor"]), b"")
            assert_valid(peer, assignment["id"], raw, tags_of(assignment))
            assert assignment["owner"]["address"] == scheduler
            assert dict(tags_of(assignment))["Nonce"] == str(number)
            if message is not None:
                raw = of_log(message, (message["anchor"] or "").encode(), message["data"].encode())
                assert_valid(peer, message["id"], raw, tags_of(message))


def of_log(entry: dict[str, Any], anchor: bytes, data: bytes) -> bytes:
    """An item as it stands in a log's JSON."""
    return build_item(
        Recorded(entry["owner"]["key"], entry["signature"]),
        target=entry["target"] or b"",
        anchor=anchor,
        tags=tags_of(entry),
        data=data,
    ).raw


def test_a_stand_in_says_whose_signature_it_shows(peer: NpmPeer, node_url: str) -> None:
    """The id is the network's, the item is ours: the tag that names it is not signed."""
    asked = next(iter(STAND_INS))
    found = httpx.get(f"{node_url}/tx/{asked}").json()
    *tags, (name, real_id) = [
        (decode_base64url(tag["name"]).decode(), decode_base64url(tag["value"]).decode()) for tag in found["tags"]
    ]
    assert name == "Runs-Module"
    item = build_item(
        Recorded(found["owner"], found["signature"]),
        anchor=decode_base64url(found["last_tx"]),
        tags=tags,
        data=httpx.get(f"{node_url}/raw/{asked}").content,
    )
    assert_valid(peer, real_id, item.raw, tags)


def test_what_the_peer_made_is_kept_and_served(peer: NpmPeer, node_url: str) -> None:
    key = json.loads(WALLET_FILE.read_text("utf-8"))
    data = bytes(range(256)) * 10
    tags = [{"name": "Content-Type", "value": "application/x-test"}, {"name": "Ü", "value": "ß"}]
    for kind, secret in ((1, key), (3, "11" * 32)):
        made = peer.ask(sign={"type": kind, "key": secret, "data": encode_base64url(data), "tags": tags})
        raw = decode_base64url(made["raw"])
        for path in ("/tx", "/tx/arweave"):
            assert httpx.post(node_url + path, content=raw).json()["id"] == made["id"]
        answer = httpx.get(f"{node_url}/raw/{made['id']}")
        assert (answer.content, answer.headers["Content-Type"]) == (data, "application/x-test")
