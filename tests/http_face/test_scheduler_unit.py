"""The scheduler unit gives logs out as the network's does."""

from __future__ import annotations

from typing import Any

import pytest
from face_tools import NOBODY, USER, Caller, error_of, message_item
from httpx import Client, WSGITransport
from standing_clock import Clock

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.http_face.app import make_app
from aos_cli.units.scheduler import block_height

SPAWNED_MS = 1_700_000_000_000


@pytest.fixture
def process_id(caller: Caller) -> str:
    return caller.spawn(("Name", "log"))


@pytest.fixture
def message_ids(caller: Caller, process_id: str, clock: Clock) -> list[str]:
    """Five messages, ten milliseconds apart."""
    made = []
    for number in range(5):
        clock.now += 10
        made.append(caller.send(process_id, f"data {number}"))
    return made


def read(caller: Caller, item_id: str, process_id: str, **params: str | int) -> Any:
    return caller.get(f"/{item_id}", process_id=process_id, **params)


def ids(page: Any) -> list[str]:
    return [edge["node"]["message"]["id"] for edge in page["edges"]]


def test_a_slot_is_a_message_and_its_assignment(caller: Caller, process_id: str, message_ids: list[str]) -> None:
    node = read(caller, message_ids[0], process_id)
    message, assignment = node["message"], node["assignment"]
    item = decode_item(caller.face.node.store.item(message_ids[0]) or b"")
    assert message == {
        "id": item.id,
        "owner": {"address": USER.address, "key": encode_base64url(item.owner)},
        "data": "data 0",
        "tags": [{"name": name, "value": value} for name, value in item.tags],
        "signature": encode_base64url(item.signature),
        "anchor": item.anchor.decode(),
        "target": process_id,
    }
    assert list(assignment) == ["id", "owner", "tags", "signature", "anchor", "target"]
    assert assignment["owner"]["address"] == caller.face.node.scheduler
    assert assignment["target"] == ""
    assert [tag["name"] for tag in assignment["tags"]] == [
        "Process", "Epoch", "Nonce", "Hash-Chain", "Block-Height", "Timestamp", "Data-Protocol", "Type", "Variant",
        "Message",
    ]  # fmt: skip
    assert read(caller, assignment["id"], process_id) == node


def test_the_anchor_of_an_assignment_is_shown_when_asked_for(caller: Caller, process_id: str) -> None:
    [edge] = read(caller, process_id, process_id, show_anchor="1")["edges"]
    [entry] = caller.face.node.store.entries(process_id)
    assert edge["node"]["assignment"]["anchor"] == encode_base64url(decode_item(entry.assignment).anchor)


def test_a_log_begins_with_its_process(caller: Caller, process_id: str, message_ids: list[str]) -> None:
    page = read(caller, process_id, process_id)
    assert ids(page) == [process_id, *message_ids]
    assert page["page_info"] == {"has_next_page": False}
    assert [edge["cursor"] for edge in page["edges"]] == [str(SPAWNED_MS + 10 * number) for number in range(6)]


@pytest.mark.parametrize(("start", "from_name"), [("", "from"), ("-1", "from_nonce")])
def test_pages_follow_each_other_without_gap_or_repeat(
    caller: Caller, process_id: str, message_ids: list[str], start: str, from_name: str
) -> None:
    cursor, seen, more = start, [], True
    while more:
        page = read(caller, process_id, process_id, limit=4, **{from_name: cursor})
        assert 0 < len(page["edges"]) <= 4
        seen += ids(page)
        cursor, more = page["edges"][-1]["cursor"], page["page_info"]["has_next_page"]
    assert seen == [process_id, *message_ids]


WINDOWS = [
    ({"from": SPAWNED_MS + 10, "to": SPAWNED_MS + 30}, [2, 3]),
    ({"from": SPAWNED_MS + 9, "to": SPAWNED_MS + 29}, [1, 2]),
    ({"to": SPAWNED_MS}, [0]),
    ({"to": SPAWNED_MS - 1}, []),
    ({"from": SPAWNED_MS + 50}, []),
    ({"from": SPAWNED_MS + 30, "to": SPAWNED_MS + 10}, []),
    ({"from_nonce": 1, "to_nonce": 3}, [2, 3]),
    ({"from_nonce": 4, "to_nonce": 99}, [5]),
    ({"from_nonce": -1, "to_nonce": 0}, [0]),
    ({"from_nonce": 99}, []),
    ({"to_nonce": 1}, [0, 1]),
]


@pytest.mark.parametrize(("window", "slots"), WINDOWS)
def test_a_window_leaves_its_first_end_out(
    caller: Caller, process_id: str, message_ids: list[str], window: dict[str, int], slots: list[int]
) -> None:
    page = read(caller, process_id, process_id, **window)
    assert ids(page) == [[process_id, *message_ids][slot] for slot in slots]
    assert page["page_info"] == {"has_next_page": False}


@pytest.mark.parametrize("text", ["x", "1.5", "9" * 19, "9" * 400, "\u0661"])
def test_a_number_that_is_none_is_refused(caller: Caller, process_id: str, text: str) -> None:
    status, said = error_of(caller.http.get(f"/{process_id}", params={"process-id": process_id, "from": text}))
    assert status == 400
    assert said.startswith("'from': ")


def test_the_process_need_not_be_named_to_the_scheduler_alone(
    caller: Caller, process_id: str, message_ids: list[str]
) -> None:
    with Client(transport=WSGITransport(make_app(caller.face, ("su",))), base_url="http://su.test") as http:
        assert ids(http.get(f"/{process_id}").json()) == [process_id, *message_ids]
        assert http.get(f"/{message_ids[2]}").json()["message"]["data"] == "data 2"
        assert error_of(http.get(f"/{NOBODY}")) == (400, "Message or Process not found")


def test_what_is_not_in_the_log_is_not_found(caller: Caller, process_id: str, message_ids: list[str]) -> None:
    other = caller.spawn()
    for item_id, named in [(NOBODY, process_id), (message_ids[0], other), (process_id, other), (other, NOBODY)]:
        answer = caller.http.get(f"/{item_id}", params={"process-id": named})
        assert error_of(answer) == (400, "Message or Process not found")


def test_an_assigned_message_is_left_out(caller: Caller, process_id: str, message_ids: list[str]) -> None:
    other = caller.spawn()
    assert caller.assign(other, message_ids[0], {"exclude": "Data"}).status_code == 202
    node = read(caller, other, other)["edges"][1]["node"]
    assert node["message"] is None
    tags = [(tag["name"], tag["value"]) for tag in node["assignment"]["tags"]]
    assert tags[-2:] == [("Message", message_ids[0]), ("Exclude", "Data")]


def test_bytes_that_are_no_text_are_replaced(caller: Caller, process_id: str) -> None:
    item = message_item(process_id, b"\xff\x00x", ("T", "a\udcffb"), anchor=b"\xfe" * 32)
    caller.posted(item)
    message = read(caller, item.id, process_id)["message"]
    assert message["data"] == "\ufffd\x00x"
    assert message["anchor"] is None
    assert message["tags"][0] == {"name": "T", "value": "a\ufffdb"}


def test_a_process_tells_what_it_was_born_from(caller: Caller, process_id: str, message_ids: list[str]) -> None:
    told = caller.get(f"/processes/{process_id}")
    assert told["process_id"] == process_id
    assert told["block"] == f"{block_height(SPAWNED_MS):012}"
    assert told["timestamp"] == SPAWNED_MS
    assert {"name": "Name", "value": "log"} in told["tags"]
    assert caller.get(f"/{process_id}/latest") == read(caller, message_ids[-1], process_id)
    for path in (f"/processes/{NOBODY}", f"/{NOBODY}/latest"):
        assert error_of(caller.http.get(path)) == (400, "Message or Process not found")


def test_the_clock_is_told(caller: Caller, clock: Clock) -> None:
    assert caller.get("/timestamp") == {"timestamp": str(clock.now), "block_height": f"{block_height(clock.now):012}"}


def test_items_are_taken_in_the_scheduler_s_own_words(caller: Caller, process_id: str) -> None:
    item = message_item(process_id, "x")
    with Client(transport=WSGITransport(make_app(caller.face, ("su",))), base_url="http://su.test") as http:
        answer = http.post("/", content=item.raw)
        assert answer.status_code == 200
        assert answer.json() == {"id": item.id, "timestamp": SPAWNED_MS + 1}
        assert error_of(http.post("/", content=item.raw)) == (400, "Message already exists")
        assigned = http.post("/", params={"process-id": caller.spawn(), "assign": item.id})
        assert assigned.status_code == 200
        assert assigned.json()["id"] not in ("", item.id)


def test_a_page_of_large_slots_has_fewer_of_them(
    caller: Caller, process_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aos_cli.http_face.scheduler._MAX_PAGE_BYTES", 100_000)
    for number in range(4):
        caller.send(process_id, f"{number}" * 60_000, ("Action", "Large"))
    last = caller.face.node.record(process_id).slots - 1
    seen: list[str] = []
    more = True
    while more:
        page = caller.get(f"/{process_id}", **{"process-id": process_id, "from-nonce": seen[-1] if seen else "-1"})
        seen += [edge["cursor"] for edge in page["edges"]]
        more = page["page_info"]["has_next_page"]
        assert len(page["edges"]) <= last - 1
    assert seen == [str(slot) for slot in range(last + 1)]
