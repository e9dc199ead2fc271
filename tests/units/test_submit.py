"""What a node lets in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from node_tools import (
    AO_TAGS,
    KEYS,
    TABLES,
    USER,
    VECTORS,
    evaluate,
    message_item,
    module_item,
    node_over,
    process_item,
    rows,
    spawn,
    value_of,
    vector,
)  # fmt: skip

from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.codec.ids import address_of, decode_base64url, encode_base64url, keccak256
from aos_cli.errors import AosError, CodecError, NodeRefused, SignatureInvalid
from aos_cli.machine.module import bundled_sources
from aos_cli.units.node import Node
from aos_cli.units.records import ProcessRecord
from aos_cli.units.scheduler import MAX_ITEM_BYTES
from aos_cli.wallet import Wallet

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class EthereumSigner:
    """Signs as Ethereum wallets do. Which of the two v is right is found by trying, as any verifier would."""

    signature_type = 3

    def __init__(self) -> None:
        self._key = ec.derive_private_key(12345, ec.SECP256K1())
        self.owner = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.v = 27

    def sign(self, message: bytes) -> bytes:
        digest = keccak256(b"\x19Ethereum Signed Message:\n48" + message)
        r, s = utils.decode_dss_signature(self._key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))
        return r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big") + bytes((self.v,))


def adopt(node: Node, process_id: str) -> str:
    """Lets a process with a given id be in the store: the recorded items are addressed to one."""
    body = process_item(node, ("Name", "adopted"))
    record = ProcessRecord(process_id, "adopted", "nobody", node.publish_module(), 0, 0, 0)
    node.store.spawn(body, record, node.schedule)
    return process_id


def submit_ethereum(node: Node, process_id: str) -> str:
    signer = EthereumSigner()
    for _ in range(40):
        signer.v = 55 - signer.v
        try:
            item = message_item(process_id, "hello", signer=signer)
            return node.submit(item.raw).message_id
        except SignatureInvalid:
            continue
    raise AssertionError("no signature of 40 was let in")


def test_messages_of_all_three_kinds_of_keys_are_let_in(node: Node, rsa_wallet: Wallet) -> None:
    process = spawn(node)
    node.submit(message_item(process, "hello", signer=rsa_wallet).raw)
    node.submit(message_item(process, "hello", signer=USER).raw)
    submit_ethereum(node, process)
    senders = [decode_item(entry.message) for entry in node.store.entries(process, 1)]
    assert [item.signature_type for item in senders] == [1, 2, 3]
    assert address_of(senders[2].owner, 3).startswith("0x")
    assert node.verify(process) == 4


@pytest.mark.parametrize(
    "name",
    [
        "target only", "target and anchor", "many unicode tags", "empty data", "100 KiB", "ed25519", "ethereum",
        "signature made by aoconnect", "salt 0", "salt 20", "salt 32", "salt 478", "message",
    ],
)  # fmt: skip
def test_recorded_messages_are_let_in(node: Node, name: str) -> None:
    raw = vector(name)
    process = adopt(node, encode_base64url(decode_item(raw).target))
    if name == "many unicode tags":
        with pytest.raises(NodeRefused, match="Data-Protocol"):
            node.submit(raw)
        return
    receipt = node.submit(raw)
    assert (receipt.slot, receipt.fresh) == (1, True)
    assert next(node.store.entries(process, 1, 1)).message == raw


@pytest.mark.parametrize(
    "negative", [case for case in VECTORS["negatives"] if "raw" in case], ids=lambda case: case["name"]
)
def test_recorded_forgeries_change_nothing(node: Node, path: Path, negative: dict[str, str]) -> None:
    adopt(node, VECTORS["hashChain"]["processId"])
    before = rows(path)
    with pytest.raises(CodecError) as caught:
        node.submit(decode_base64url(negative["raw"]))
    assert caught.value.message
    assert rows(path) == before


@pytest.mark.parametrize("name", ["target only", "ed25519", "ethereum"])
def test_flipping_any_bit_changes_nothing(node: Node, path: Path, name: str) -> None:
    raw = vector(name)
    adopt(node, encode_base64url(decode_item(raw).target))
    before = rows(path)
    chosen = random.Random(name)  # noqa: S311 - the same bits in every run
    # Every bit of the form's own bytes, and some of each long field.
    places = {0, 1, len(raw) - 1, *(chosen.randrange(len(raw)) for _ in range(60))}
    for place in sorted(places):
        forged = bytearray(raw)
        forged[place] ^= 1 << chosen.randrange(8)
        with pytest.raises(AosError) as caught:
            node.submit(bytes(forged))
        assert caught.value.message
    assert rows(path) == before


@pytest.mark.parametrize("raw", [b"", b"\1", b"\2\0", b"not an item", bytes(2000)])
def test_bytes_that_are_no_item_are_refused(node: Node, path: Path, raw: bytes) -> None:
    before = rows(path)
    with pytest.raises(CodecError):
        node.submit(raw)
    assert rows(path) == before


def test_an_unknown_target_is_refused(node: Node, path: Path) -> None:
    before = rows(path)
    with pytest.raises(NodeRefused, match=r"There is no process A{43} here"):
        node.submit(message_item("A" * 43).raw)
    assert rows(path) == before


def test_an_unknown_module_is_refused(node: Node, path: Path) -> None:
    with pytest.raises(NodeRefused, match=r"Module A{43} is not in this store") as caught:
        node.submit(process_item(node, module="A" * 43).raw)
    assert "--module" in caught.value.hint
    assert rows(path)["process"] == []


def test_a_process_of_a_message_is_refused(node: Node) -> None:
    """A module is what says of itself that it is one, not whatever can be read."""
    process = spawn(node)
    disguised = message_item(process, "{}", ("Module-Format", "lua-5.3-sources"))
    node.submit(disguised.raw)
    with pytest.raises(NodeRefused, match="format of no module"):
        node.submit(process_item(node, module=disguised.id).raw)


def test_a_module_of_another_format_is_refused(node: Node) -> None:
    module = module_item({}, ("Module-Format", "wasm64-unknown-emscripten-draft_2024_02_15"))
    node.store.put_item(module)
    with pytest.raises(NodeRefused, match=r"format wasm64.*, which no machine here runs") as caught:
        node.submit(process_item(node, module=module.id).raw)
    assert "lua-5.3-sources" in caught.value.hint


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        ({}, r"\.host"),
        ({".host": b"return ("}, r"\.host"),
        ({".host": b"error('broken on purpose')"}, "broken on purpose"),
    ],
)
def test_a_module_that_does_not_start_is_refused(
    node: Node, path: Path, sources: dict[str, bytes], problem: str
) -> None:
    module = module_item(sources)
    node.store.put_item(module)
    with pytest.raises(NodeRefused, match="does not start: .*" + problem):
        node.submit(process_item(node, module=module.id).raw)
    assert rows(path)["process"] == []


def test_a_module_that_is_no_json_is_refused(node: Node) -> None:
    module = build_item(
        USER, tags=[*AO_TAGS, ("Type", "Module"), ("Module-Format", "lua-5.3-sources")], data=b"\x00asm"
    )
    node.store.put_item(module)
    with pytest.raises(NodeRefused, match="not a JSON object of Lua sources"):
        node.submit(process_item(node, module=module.id).raw)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Compute-Limit", "0"),
        ("Compute-Limit", "-5"),
        ("Compute-Limit", "1e9"),
        ("Compute-Limit", "many"),
        ("Compute-Limit", "٣"),
        ("Compute-Limit", str(2**63)),
        ("Compute-Limit", "0" * 19 + "9" * 30),
        ("Memory-Limit", "512"),
        ("Memory-Limit", "512mb"),
        ("Memory-Limit", "0-mb"),
        ("Memory-Limit", "-1-mb"),
        ("Memory-Limit", "1-tb"),
    ],
)
def test_a_wrong_limit_is_refused(node: Node, path: Path, name: str, value: str) -> None:
    with pytest.raises(NodeRefused, match=name):
        node.submit(process_item(node, (name, value)).raw)
    assert rows(path)["process"] == []


def test_an_item_of_more_than_ten_megabytes_is_refused(node: Node, path: Path) -> None:
    process = spawn(node)
    before = rows(path)
    with pytest.raises(NodeRefused, match="the limit is 10,485,760"):
        node.submit(message_item(process, bytes(MAX_ITEM_BYTES)).raw)
    assert rows(path) == before


def test_a_message_that_comes_again_keeps_its_slot(node: Node, path: Path) -> None:
    process = spawn(node)
    item = message_item(process, "once")
    first = node.submit(item.raw)
    node.submit(message_item(process, "between").raw)
    before = rows(path)
    again = node.submit(item.raw)
    assert (again.slot, again.message_id, again.fresh) == (first.slot, first.message_id, False)
    assert first.fresh
    assert rows(path) == before


def test_a_process_that_comes_again_is_refused(node: Node, path: Path) -> None:
    item = process_item(node)
    node.submit(item.raw)
    before = rows(path)
    with pytest.raises(NodeRefused, match=f"Process {item.id} exists already"):
        node.submit(item.raw)
    assert rows(path) == before


def test_the_first_slot_is_the_process_itself(node: Node) -> None:
    process = spawn(node)
    first = next(node.store.entries(process))
    assert (first.slot, first.message_id) == (0, process)


def test_a_name_that_is_not_utf8_is_kept_readable(node: Node) -> None:
    item = process_item(node, ("Name", "b\udcffd"))
    node.submit(item.raw, unless_named=True)
    record = node.store.process(item.id)
    assert record is not None
    assert record.name == "b\ufffdd"
    assert [found.id for found in node.store.processes(name="b\udcffd")] == [item.id]


def test_a_user_cannot_name_another_owner(node: Node) -> None:
    """The tag From-Process speaks for a process only under the messenger's signature."""
    record = node.store.process(spawn(node, "default", ("From-Process", KEYS.scheduler.address)))
    assert record is not None
    assert record.owner == USER.address


def test_nobody_but_the_messenger_speaks_for_a_process(node: Node) -> None:
    process = spawn(node)
    forged = message_item(
        process, "Stolen = true", ("Action", "Eval"), ("From-Process", process), signer=KEYS.scheduler
    )
    receipt = node.submit(forged.raw)
    output = node.result(process, receipt.slot).result["Output"]
    assert "not trusted" in output["data"]
    assert value_of(node, process, "Stolen") == "nil"


def test_everything_let_in_is_still_there_for_another_node(node: Node, path: Path) -> None:
    process = spawn(node)
    evaluate(node, process, "X = 1")
    receipt = node.submit(message_item(process, "return X", ("Action", "Eval")).raw)
    other = node_over(path)
    assert other.result(process, receipt.slot).result["Output"]["data"] == "1"
    assert other.verify(process) == 3
    other.store.close()


def test_the_bundled_module_is_stored_once(node: Node, path: Path) -> None:
    assert node.publish_module() == node.publish_module()
    assert len(rows(path)["item"]) == 1
    assert set(TABLES) == set(rows(path))
    assert ".host" in bundled_sources()
