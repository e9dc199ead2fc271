"""Items that are given to the uploader to be kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from face_tools import USER
from gateway_tools import Gateway, gateway_over
from standing_clock import Clock

from aos_cli.codec.ans104 import build_item
from aos_cli.wallet import Wallet


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Gateway]:
    with gateway_over(None, clock) as gateway:
        yield gateway


@pytest.mark.parametrize("path", ["/tx", "/tx/arweave", "/tx/solana"])
def test_an_item_is_kept(gateway: Gateway, path: str, rsa_wallet: Wallet) -> None:
    item = build_item(rsa_wallet, tags=(("Content-Type", "text/plain"),), data=b"kept")
    for _ in range(2):
        reply = gateway.http.post(path, content=item.raw, headers={"Content-Type": "application/octet-stream"})
        assert reply.status_code == 200
        assert reply.json() == {
            "id": item.id,
            "timestamp": gateway.clock.now,
            "owner": rsa_wallet.address,
            "winc": "0",
            "dataCaches": [gateway.face.urls["gateway"]],
            "fastFinalityIndexes": [gateway.face.urls["gateway"]],
        }
    assert gateway.http.get(f"/{item.id}").text == "kept"
    assert gateway.ids("(ids: $ids)", ids=("[ID!]!", [item.id])) == [item.id]


def _altered(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


ITEM = build_item(USER, data=b"data").raw


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "ends before"),
        (b"\x01\x00", "ends too early"),
        (ITEM[:50], "ends too early"),
        (_altered(ITEM), "does not fit"),
        (b"\x09\x00" + ITEM[2:], "Unknown signature type"),
        (b'{"format": 2, "id": ""}', "base layer"),
    ],
)
def test_what_is_no_item_is_refused(gateway: Gateway, body: bytes, said: str) -> None:
    before = gateway.ids("(first: 100)")
    reply = gateway.http.post("/tx", content=body)
    assert reply.status_code == 400
    assert said in reply.json()["error"]
    assert gateway.ids("(first: 100)") == before


def test_an_upload_is_not_a_message(gateway: Gateway) -> None:
    """Only the messenger puts messages into logs; one that it gets later still has its place there."""
    process = gateway.spawn("kept")
    item = build_item(USER, target=process, tags=(("Data-Protocol", "ao"), ("Type", "Message")), data=b"late")
    assert gateway.http.post("/tx/arweave", content=item.raw).status_code == 200
    assert gateway.node.record(process).slots == 1
    assert gateway.node.submit(item.raw).slot == 1
    assert gateway.ids("(ids: $ids)", ids=("[ID!]!", [item.id])) == [item.id]
