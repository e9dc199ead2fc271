"""Items that are given to the uploader to be kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from face_tools import USER
from gateway_tools import OTHER, Gateway, gateway_over
from standing_clock import Clock

from aos_cli.codec.ans104 import Signer, build_item, decode_item, encode_bundle
from aos_cli.codec.ids import decode_base64url
from aos_cli.model import DataItem
from aos_cli.units.bundles import MAX_DEPTH, MAX_ITEMS
from aos_cli.wallet import Wallet


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Gateway]:
    with gateway_over(None, clock) as gateway:
        yield gateway


@pytest.mark.parametrize("path", ["/tx", "/tx/arweave", "/tx/ethereum", "/v1/tx", "/v1/tx/arweave"])
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


BUNDLE_TAGS = (("Bundle-Format", "binary"), ("Bundle-Version", "2.0.0"))


def bundle(*items: DataItem, signer: Signer = USER) -> DataItem:
    return build_item(signer, tags=BUNDLE_TAGS, data=encode_bundle(items))


def upload(gateway: Gateway, item: DataItem) -> httpx.Response:
    return gateway.http.post("/tx", content=item.raw)


def test_what_is_in_a_bundle_is_found_by_itself(gateway: Gateway) -> None:
    deep = build_item(OTHER, tags=(("Content-Type", "text/plain"),), data=b"deep")
    inner, beside = bundle(deep), build_item(USER, tags=(("Name", "beside"),), data=b"beside")
    outer = bundle(inner, beside)
    assert upload(gateway, outer).json()["id"] == outer.id
    found = gateway.http.get(f"/{deep.id}")
    assert (found.content, found.headers["Content-Type"]) == (b"deep", "text/plain")
    assert gateway.ids('(tags: [{name: "Name", values: ["beside"]}])') == [beside.id]
    assert gateway.ids("(bundledIn: $ids, sort: HEIGHT_ASC)", ids=("[ID!]!", [outer.id])) == [inner.id, beside.id]
    query = "query ($id: ID!) { transaction(id: $id) { bundledIn { id } parent { id } } }"
    for item, around in ((deep, inner), (inner, outer), (outer, None)):
        where = {"id": around.id} if around else None
        assert gateway.ask(query, id=item.id)["transaction"] == {"bundledIn": where, "parent": where}


def test_bundles_of_the_network_s_library_are_unpacked(gateway: Gateway) -> None:
    """The vectors are made by arbundles: a bundle with a bundle in it."""
    vectors = json.loads((Path(__file__).parents[1] / "vectors" / "ans104.json").read_text())["bundle"]
    outer = decode_item(decode_base64url(vectors["outerItem"]["raw"]))
    assert upload(gateway, outer).status_code == 200
    for item in (vectors["innerItem"], *vectors["inner"]["items"]):
        assert gateway.http.get(f"/{item['id']}").content == decode_base64url(item["data"])


def test_an_item_that_was_there_before_a_bundle_is_in_none(gateway: Gateway) -> None:
    first = build_item(USER, data=b"first")
    outer = bundle(first)
    for _ in range(2):
        assert upload(gateway, first).status_code == 200
        assert upload(gateway, outer).status_code == 200
    assert gateway.ids("(bundledIn: $ids)", ids=("[ID!]!", [outer.id])) == []
    assert gateway.http.get(f"/{first.id}").content == b"first"


def test_a_message_in_a_bundle_is_data(gateway: Gateway) -> None:
    process = gateway.spawn("kept")
    message = build_item(USER, target=process, tags=(("Data-Protocol", "ao"), ("Type", "Message")))
    assert upload(gateway, bundle(message)).status_code == 200
    assert gateway.node.record(process).slots == 1
    assert gateway.node.submit(message.raw).slot == 1


def forged() -> DataItem:
    """An item whose data was changed behind its signature, in a bundle that is signed rightly."""
    return bundle(decode_item(_altered(build_item(OTHER, data=b"data").raw)))


def nested(depth: int) -> DataItem:
    item = build_item(USER, data=b"core")
    for _ in range(depth):
        item = bundle(item)
    return item


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (forged, "does not fit"),
        (lambda: build_item(USER, tags=BUNDLE_TAGS, data=b"none"), "The bundle ends before its number of items"),
        (lambda: nested(MAX_DEPTH + 1), f"more than {MAX_DEPTH} bundles inside of each other"),
        (lambda: bundle(*[build_item(USER, data=b"%d" % n) for n in range(MAX_ITEMS)]), "more than 1,000 items"),
    ],
)
def test_a_bundle_with_something_wrong_in_it_is_not_kept(
    gateway: Gateway, make: Callable[[], DataItem], said: str
) -> None:
    item = make()
    before = gateway.ids("(first: 100)")
    reply = upload(gateway, item)
    assert reply.status_code == 400
    assert said in reply.json()["error"]
    assert gateway.ids("(first: 100)") == before


def test_bundles_may_be_in_bundles(gateway: Gateway) -> None:
    assert upload(gateway, nested(MAX_DEPTH)).status_code == 200
    assert len(gateway.ids("(first: 100, bundledIn: null)")) >= MAX_DEPTH + 1


def test_an_upload_is_not_a_message(gateway: Gateway) -> None:
    """Only the messenger puts messages into logs; one that it gets later still has its place there."""
    process = gateway.spawn("kept")
    item = build_item(USER, target=process, tags=(("Data-Protocol", "ao"), ("Type", "Message")), data=b"late")
    assert gateway.http.post("/tx/arweave", content=item.raw).status_code == 200
    assert gateway.node.record(process).slots == 1
    assert gateway.node.submit(item.raw).slot == 1
    assert gateway.ids("(ids: $ids)", ids=("[ID!]!", [item.id])) == [item.id]
