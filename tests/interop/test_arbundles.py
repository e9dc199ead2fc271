"""The official library reads and verifies what we make, and we read and verify what it makes.

Needs `npm ci` in this folder; `.ci/run` does that. The usual test command leaves this folder out.
"""

import json
from pathlib import Path

import pytest
from ethereum_signer import EthereumSigner

from aos_cli.codec.ans104 import build_item, decode_bundle, decode_item, encode_bundle, verify_item
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.model import Tag
from aos_cli.wallet import Ed25519Wallet, load_wallet

_FOLDER = Path(__file__).parent
_WALLET_FILE = _FOLDER.parent / "vectors" / "test-wallet.json"
_SEED = bytes(range(32))
_ETHEREUM_KEY = "11" * 32
_TARGET = encode_base64url(b"t" * 32)
_TAGS = (Tag("Data-Protocol", "ao"), Tag("Näme", "wert \N{SNOWMAN}"), Tag("Data-Protocol", "twice"))


@pytest.fixture(scope="module", params=["rsa", "ed25519", "ethereum"])
def signer(request):
    if request.param == "rsa":
        return load_wallet(_WALLET_FILE)
    return Ed25519Wallet(_SEED) if request.param == "ed25519" else EthereumSigner(bytes.fromhex(_ETHEREUM_KEY))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"data": b"hello"},
        {"target": _TARGET, "data": bytes(range(256))},
        {"anchor": b"00000000000000000000000000000042"},
        {"target": _TARGET, "anchor": b"a" * 32, "tags": _TAGS, "data": b"x" * 100_000},
        {"tags": tuple(Tag(f"n{number}", "v" * 20) for number in range(120))},
    ],
)
def test_peer_verifies_our_items(peer, signer, fields):
    item = build_item(signer, **fields)

    seen = peer.ask(verify=encode_base64url(item.raw))

    assert seen["valid"] is True
    assert seen["id"] == item.id
    assert seen["target"] == encode_base64url(item.target)
    assert seen["anchor"] == encode_base64url(item.anchor)
    assert seen["tags"] == [{"name": tag.name, "value": tag.value} for tag in item.tags]
    assert decode_base64url(seen["data"]) == item.data


def test_peer_refuses_our_item_with_one_bit_changed(peer, signer):
    raw = bytearray(build_item(signer, data=b"hello").raw)
    raw[-1] ^= 1
    assert peer.ask(verify=encode_base64url(bytes(raw)))["valid"] is False


def test_peer_verifies_our_bundle(peer, signer):
    items = [build_item(signer, data=data) for data in (b"one", b"two")]

    seen = peer.ask(verifyBundle=encode_base64url(encode_bundle(items)))

    assert seen == {"valid": True, "ids": [item.id for item in items]}
    assert [item.id for item in decode_bundle(encode_bundle(items))] == seen["ids"]


@pytest.mark.parametrize("signature_type", [1, 2, 3])
def test_we_verify_the_peers_items(peer, signature_type):
    key = {1: json.loads(_WALLET_FILE.read_text()), 2: _solana_key(), 3: _ETHEREUM_KEY}[signature_type]
    made = peer.ask(
        sign={
            "type": signature_type,
            "key": key,
            "data": encode_base64url(b"hello from the peer"),
            "target": _TARGET,
            "anchor": "0" * 32,
            "tags": [{"name": tag.name, "value": tag.value} for tag in _TAGS],
        }
    )
    item = decode_item(decode_base64url(made["raw"]))

    verify_item(item)

    assert item.signature_type == signature_type
    assert item.id == made["id"]
    assert item.tags == _TAGS
    assert item.data == b"hello from the peer"


@pytest.mark.parametrize(
    "fields",
    [
        {"data": b"", "tags": []},
        {"data": bytes(range(256)) * 400, "tags": []},
        {"data": b"x", "tags": [{"name": "n" * 1024, "value": "v" * 3064}]},
        {"data": b"x", "tags": [{"name": f"n{number}", "value": ""} for number in range(200)]},
    ],
    ids=["nothing", "100 kB of bytes", "4096 bytes of tags", "200 tags"],
)
def test_we_read_the_peers_items_of_every_form(peer, fields):
    data, tags = fields["data"], fields["tags"]
    made = peer.ask(sign={"type": 3, "key": _ETHEREUM_KEY, "data": encode_base64url(data), "tags": tags})
    item = decode_item(decode_base64url(made["raw"]))
    verify_item(item)
    assert (item.id, item.data, item.target, item.anchor) == (made["id"], data, b"", b"")
    assert [{"name": tag.name, "value": tag.value} for tag in item.tags] == tags


def test_we_read_the_peers_bundle_inside_its_item(peer):
    datas = [b"one", bytes(range(256)), b"three"]
    made = peer.ask(
        bundle={"key": json.loads(_WALLET_FILE.read_text()), "datas": [encode_base64url(data) for data in datas]}
    )
    around = decode_item(decode_base64url(made["item"]))
    verify_item(around)
    assert around.tags == (Tag("Bundle-Format", "binary"), Tag("Bundle-Version", "2.0.0"))
    assert around.data == decode_base64url(made["raw"])
    items = decode_bundle(around.data)
    for item in items:
        verify_item(item)
    assert [item.id for item in items] == made["ids"]
    assert [item.data for item in items] == datas
    # Ours is the same, byte for byte.
    assert encode_bundle(items) == around.data


def _solana_key():
    """The key of `_SEED` as Solana wallets write it: base58 of private and public key."""
    number = int.from_bytes(_SEED + Ed25519Wallet(_SEED).owner, "big")
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    # The seed begins with a zero byte, which base58 writes as a leading 1.
    return "1" + text
