"""Items by their id over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from face_tools import AO_TAGS, NOBODY, USER
from gateway_tools import Gateway, gateway_over
from standing_clock import Clock

from aos_cli.codec.ans104 import build_item
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.machine.module import bundled_module
from aos_cli.units.aliases import RUNNING_MODULE_TAG, STAND_INS

ALIAS = next(iter(STAND_INS))


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Gateway]:
    with gateway_over(None, clock) as gateway:
        yield gateway


@pytest.mark.parametrize("prefix", ["/", "/raw/"])
def test_data_comes_with_its_type(gateway: Gateway, prefix: str) -> None:
    item = gateway.put(("Content-Type", "text/html; charset=utf-8"), data="<p>é".encode())
    reply = gateway.http.get(prefix + item.id)
    assert (reply.status_code, reply.content) == (200, item.data)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("named", ["", "text", "text/plain\r\nSet-Cookie: a=b", "text/é", "a/" + "b" * 300])
def test_a_type_that_is_none_is_not_said(gateway: Gateway, named: str) -> None:
    item = gateway.put(("Content-Type", named), data=b"\0\xff")
    reply = gateway.http.get(f"/{item.id}")
    assert reply.content == b"\0\xff"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert "set-cookie" not in reply.headers


@pytest.mark.parametrize("path", ["/{}", "/raw/{}", "/tx/{}", "/tx/{}/status", "/tx/{}/data"])
def test_what_is_not_there(gateway: Gateway, path: str) -> None:
    reply = gateway.http.get(path.format(NOBODY))
    assert (reply.status_code, reply.text) == (404, "Not Found")
    assert gateway.http.get(path.format("favicon.ico")).status_code == 404


def test_head_tells_a_process_from_a_wallet(gateway: Gateway) -> None:
    process = gateway.spawn("there")
    found = gateway.http.head(f"/{process}")
    assert (found.status_code, found.content) == (200, b"")
    assert gateway.http.head(f"/{USER.address}").status_code == 404


def test_tags_of_a_process_are_headers(gateway: Gateway) -> None:
    process = gateway.spawn(
        "tagged",
        ("Authority", gateway.node.authority),
        ("Authority", NOBODY),
        ("Set-Cookie", "a=b"),
        ("Location", "http://elsewhere"),
        ("On-Boot", "é"),
    )
    headers = gateway.http.get(f"/{process}").headers
    assert headers["type"] == "Process"
    assert headers["scheduler"] == gateway.node.scheduler
    assert headers["data-protocol"] == "ao"
    assert headers.get_list("authority") == [gateway.node.authority, NOBODY]
    assert headers[RUNNING_MODULE_TAG] == gateway.face.module_id
    assert not {"set-cookie", "location", "on-boot"} & set(headers)


def test_tags_of_other_items_are_no_headers(gateway: Gateway) -> None:
    item = gateway.put(*AO_TAGS, ("Type", "Process"))
    assert "type" not in gateway.http.get(f"/{item.id}").headers


def test_a_module_that_ours_stands_in_for(gateway: Gateway) -> None:
    reply = gateway.http.get(f"/{ALIAS}")
    assert reply.content == bundled_module().data
    assert reply.headers[RUNNING_MODULE_TAG] == bundled_module().id
    # After an upgrade it may be another one.
    assert "cache-control" not in reply.headers
    record = gateway.http.get(f"/tx/{ALIAS}").json()
    assert record["id"] == ALIAS
    tags = {decode_base64url(tag["name"]): decode_base64url(tag["value"]) for tag in record["tags"]}
    assert tags[RUNNING_MODULE_TAG.encode()] == bundled_module().id.encode()
    assert gateway.http.get(f"/tx/{ALIAS}/status").json()["number_of_confirmations"] > 0


def test_an_item_as_a_transaction(gateway: Gateway) -> None:
    process = gateway.spawn("sent")
    item = build_item(USER, target=process, anchor=b"a" * 32, tags=(("N", "caf\udce9"),), data=b"x" * 100_000)
    gateway.node.store.put_item(item)
    assert gateway.http.get(f"/tx/{item.id}").json() == {
        "format": 2,
        "id": item.id,
        "last_tx": encode_base64url(b"a" * 32),
        "owner": encode_base64url(USER.owner),
        "tags": [{"name": encode_base64url(b"N"), "value": encode_base64url(b"caf\xe9")}],
        "target": process,
        "quantity": "0",
        "data": "",
        "data_size": "100000",
        "data_root": "",
        "reward": "0",
        "signature": encode_base64url(item.signature),
    }
    assert decode_base64url(gateway.http.get(f"/tx/{item.id}/data").text) == item.data


def test_confirmations_grow_with_the_chain(gateway: Gateway) -> None:
    process = gateway.spawn("mined")
    status = gateway.http.get(f"/tx/{process}/status").json()
    [entry] = gateway.node.store.entries(process, 0, 0)
    assert status["block_height"] == entry.place.block_height
    assert status["number_of_confirmations"] == 1
    gateway.clock.now += 10 * 120_000
    assert gateway.http.get(f"/tx/{process}/status").json() == {**status, "number_of_confirmations": 11}


def test_an_assignment_is_there_without_data(gateway: Gateway) -> None:
    gateway.send(gateway.spawn("log"))
    [assignment, *_] = gateway.ids('(tags: [{name: "Type", values: ["Assignment"]}])')
    reply = gateway.http.get(f"/{assignment}")
    assert (reply.status_code, reply.content) == (200, b"")
    assert gateway.http.get(f"/tx/{assignment}").json()["data_size"] == "0"


# The chain


def test_the_chain(gateway: Gateway) -> None:
    process = gateway.spawn("in a block")
    info = gateway.http.get("/info").json()
    assert info == gateway.http.get("/").json()
    assert {name: info[name] for name in ("scheduler", "authority", "module")} == gateway.face.identity()
    block = gateway.http.get(f"/block/height/{info['height']}").json()
    assert block == gateway.http.get(f"/block/hash/{info['current']}").json()
    assert block["indep_hash"] == info["current"]
    assert process in block["txs"]
    before = gateway.http.get(f"/block/hash/{block['previous_block']}").json()
    assert (before["height"], before["txs"]) == (block["height"] - 1, [])
    assert gateway.http.get("/tx_anchor").text == info["current"]


@pytest.mark.parametrize("path", ["/block/height/99999999999999999999", "/block/hash/" + "A" * 64, "/block/hash/x"])
def test_a_block_that_is_none(gateway: Gateway, path: str) -> None:
    reply = gateway.http.get(path)
    assert (reply.status_code, reply.text) == (404, "Block not found.")


@pytest.mark.parametrize("path", ["/price/1000", f"/price/0/{NOBODY}", f"/wallet/{NOBODY}/balance"])
def test_nothing_costs_anything(gateway: Gateway, path: str) -> None:
    assert gateway.http.get(path).text == "0"


def test_a_store_that_was_there_before_is_listed(tmp_path: Path, clock: Clock) -> None:
    """What a store holds that was written without a gateway is found as well, and stays in its place."""
    path = tmp_path / "store.sqlite"
    with gateway_over(path, clock) as first:
        process = first.spawn("old")
        message = first.send(process)
    clock.now += 3_600_000
    with gateway_over(path, clock) as second:
        found = second.ids("(first: 100, sort: HEIGHT_ASC)")
        assert {process, message, bundled_module().id} <= set(found)
        status = second.http.get(f"/tx/{message}/status").json()
        assert status["number_of_confirmations"] == 31
    with gateway_over(path, clock) as third:
        assert third.ids("(first: 100, sort: HEIGHT_ASC)")[: len(found)] == found
