"""The messenger unit takes what clients sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from face_tools import AO_TAGS, LONG_SECONDS, NOBODY, USER, Caller, error_of, message_item, process_item

from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.codec.ids import decode_base64url
from aos_cli.http_face.face import Face
from aos_cli.wallet import Ed25519Wallet, Wallet

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "ans104.json").read_text("utf-8"))


@pytest.fixture
def process_id(caller: Caller) -> str:
    return caller.spawn()


def test_a_message_is_taken_and_evaluated_without_being_asked_for(caller: Caller, process_id: str) -> None:
    item = message_item(process_id, "return 1 + 1", ("Action", "Eval"))
    answer = caller.post(item)
    assert answer.status_code == 202
    assert answer.json() == {"message": "Processing DataItem", "id": item.id, "timestamp": 1_700_000_000_001}
    node = caller.face.node
    assert caller.face.worker.wait_until(process_id, lambda: node.record(process_id).evaluated == 2, LONG_SECONDS)
    assert node.evaluated(process_id, 1)[0].result["Output"]["data"] == "2"


def test_what_a_process_sends_is_delivered(caller: Caller, process_id: str) -> None:
    other = caller.spawn()
    caller.result(other, caller.eval(other, "Handlers.add('ping', 'Ping', function(m) Sender = m.From end)"))
    caller.eval(process_id, f"Send({{ Target = '{other}', Action = 'Ping' }})")
    node = caller.face.node
    assert caller.face.worker.wait_until(other, lambda: node.record(other).evaluated == 3, LONG_SECONDS)
    assert caller.value(other, "return Sender") == process_id


def test_signatures_of_arweave_and_ed25519_are_taken(
    caller: Caller, process_id: str, rsa_wallet: Wallet, wallet: Ed25519Wallet
) -> None:
    for signer in (rsa_wallet, wallet):
        message_id = caller.posted(message_item(process_id, "hello", signer=signer))
        assert "Output" in caller.result(process_id, message_id)


def test_signatures_of_ethereum_are_taken(caller: Caller) -> None:
    [raw] = [decode_base64url(item["raw"]) for item in VECTORS["items"] if item["name"].startswith("ethereum")]
    # It goes to a process of the network, so only its signature can be found right.
    assert error_of(caller.http.post("/", content=raw))[0] == 404
    assert error_of(caller.http.post("/", content=raw[:-1] + b"?"))[0] == 400


def test_a_process_of_another_network_is_scheduled_here(caller: Caller, face: Face) -> None:
    item = build_item(
        USER,
        tags=(*AO_TAGS, ("Type", "Process"), ("Module", face.module_id), ("Scheduler", NOBODY)),
        data=b" ",
    )
    process_id = caller.posted(item)
    assert caller.value(process_id, "return ao.id") == process_id


def test_a_process_with_a_target_is_a_message_to_it(caller: Caller, face: Face, process_id: str) -> None:
    caller.value(process_id, "Handlers.add('Born', 'Born', function(msg) Child = msg.Id end)")
    tags = (("Action", "Born"), *AO_TAGS, ("Type", "Process"), ("Module", face.module_id), ("Scheduler", NOBODY))
    child = caller.posted(build_item(USER, target=process_id, tags=tags, data=b" "))
    assert caller.value(process_id, "return Child") == child
    assert caller.value(child, "return ao.id") == child
    # Whoever is not here gets nothing, and the process is born all the same.
    caller.posted(build_item(USER, target=NOBODY, tags=tags, data=b" "))


def test_ao_may_be_one_of_several_protocols(caller: Caller, process_id: str) -> None:
    tags = (("Data-Protocol", "zone"), *AO_TAGS, ("Type", "Message"))
    caller.posted(build_item(USER, target=process_id, tags=tags))


Wrong = Callable[[Face, str], bytes]


def untagged(*tags: tuple[str, str]) -> Wrong:
    return lambda face, process_id: build_item(USER, target=process_id, tags=tags).raw


def forged(_: Face, process_id: str) -> bytes:
    raw = message_item(process_id, "x").raw
    return raw[:-1] + b"y"


NO_ITEM = "'body': A valid and signed data item must be provided as the body."

WRONG: dict[str, tuple[Wrong, int, str]] = {
    "nothing": (lambda *_: b"", 400, NO_ITEM),
    "no item": (lambda *_: b"{}", 400, NO_ITEM),
    "a wrong signature": (forged, 400, NO_ITEM),
    "no protocol": (untagged(("Type", "Message")), 400, "Tag 'Data-Protocol': must contain 'ao'"),
    "another protocol": (untagged(("Data-Protocol", "x")), 400, "Tag 'Data-Protocol': must contain 'ao'"),
    "no type": (untagged(*AO_TAGS), 400, "Tag 'Type': must be either 'Process' or 'Message'"),
    "another type": (
        untagged(*AO_TAGS, ("Type", "Module")), 400, "Tag 'Type': must be either 'Process' or 'Message'",
    ),
    "a process without a module": (
        untagged(*AO_TAGS, ("Type", "Process"), ("Scheduler", NOBODY)),
        400,
        "Required Module and Scheduler tags for Process type not present",
    ),
    "an unknown module": (
        lambda face, _: process_item(face, ("Module", NOBODY)).raw, 400, f"Module {NOBODY} is not in this store",
    ),
    "an unknown process": (lambda *_: message_item(NOBODY, "x").raw, 404, f"There is no process {NOBODY} here"),
    "the messenger's voice": (
        lambda face, process_id: message_item(process_id, "x", ("From-Process", face.node.authority)).raw,
        400,
        "Invalid From-Process value.",
    ),
    "a link": (
        lambda _, process_id: message_item(process_id, "x", ("body+link", NOBODY)).raw,
        400,
        "Tag 'body+link' cannot contain +link",
    ),
    "an unknown program": (
        lambda face, _: process_item(face, ("On-Boot", NOBODY)).raw, 400, f"Tag 'On-Boot': '{NOBODY}' is neither Data",
    ),
    "no target": (
        lambda *_: build_item(USER, tags=(*AO_TAGS, ("Type", "Message"))).raw, 400, "has no target",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "status", "text"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_as_the_network_does(
    caller: Caller, process_id: str, wrong: Wrong, status: int, text: str
) -> None:
    found, said = error_of(caller.http.post("/", content=wrong(caller.face, process_id)))
    assert found == status
    assert text in said
    assert caller.face.node.record(process_id).slots == 1


@pytest.mark.parametrize("kind", ["message", "process"])
def test_the_same_item_is_not_taken_twice(caller: Caller, process_id: str, kind: str) -> None:
    item = message_item(process_id, "x") if kind == "message" else process_item(caller.face, ("Name", "twice"))
    assert caller.post(item).status_code == 202
    assert error_of(caller.post(item)) == (400, "Message already exists")


def test_an_item_that_is_too_large_is_refused_in_a_way_that_pages_can_read(http: httpx.Client) -> None:
    answer = http.post("/", content=bytes(10 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert "larger than 10,485,760 bytes" in answer.json()["error"]
    assert answer.headers["access-control-allow-origin"] == "*"


# Assignments

TAKE_IT = "ao.addAssignable({ Action = 'Tell' }) Handlers.add('tell', 'Tell', function(msg) Got = msg end)"


@pytest.fixture
def message_id(caller: Caller) -> str:
    """A message that another process has."""
    return caller.send(caller.spawn(), "secret", ("Action", "Tell"))


def test_a_message_is_assigned_to_another_process(caller: Caller, process_id: str, message_id: str) -> None:
    caller.eval(process_id, TAKE_IT)
    answer = caller.assign(process_id, message_id)
    assert answer.status_code == 202
    assert answer.json()["message"] == "Processing Assignment"
    assignment_id = answer.json()["id"]
    [entry] = caller.face.node.store.entries(process_id, 2, 2)
    assert decode_item(entry.assignment).id == assignment_id
    assert caller.result(process_id, assignment_id) == caller.result(process_id, message_id)
    assert caller.value(process_id, "return Got.Data .. Got.Id") == f"secret{message_id}"


def test_fields_are_left_out_of_an_assigned_message(caller: Caller, process_id: str, message_id: str) -> None:
    caller.eval(process_id, TAKE_IT)
    assert caller.assign(process_id, message_id, {"exclude": "Data,Anchor,Nonsense"}).status_code == 202
    [entry] = caller.face.node.store.entries(process_id, 2, 2)
    assert entry.place.exclude == ("Data", "Anchor")
    assert caller.value(process_id, "return tostring(Got.Data) .. Got.Action") == "nilTell"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"process-id": NOBODY}, "You must set both process-id and assign to send an assignment, not just one"),
        ({"assign": NOBODY}, "You must set both process-id and assign to send an assignment, not just one"),
        ({"process-id": NOBODY, "assign": NOBODY}, "Message or Process not found"),
        ({"process-id": "P", "assign": "x"}, "'assign': 'x' is not an id of 43 characters"),
        ({"process-id": "P", "assign": NOBODY}, "Message or Process not found"),
        ({"process-id": NOBODY, "assign": "M"}, "Message or Process not found"),
        ({"process-id": "P", "assign": "M", "base-layer": ""}, "base layer"),
    ],
)
def test_an_assignment_that_cannot_be_is_refused(
    caller: Caller, process_id: str, message_id: str, params: dict[str, str], text: str
) -> None:
    known = {"P": process_id, "M": message_id}
    answer = caller.http.post("/", params={name: known.get(value, value) for name, value in params.items()})
    status, said = error_of(answer)
    assert status == 400
    assert text in said
    assert caller.face.node.record(process_id).slots == 1


def test_a_message_is_not_assigned_twice(caller: Caller, process_id: str, message_id: str) -> None:
    assert caller.assign(process_id, message_id).status_code == 202
    assert error_of(caller.assign(process_id, message_id)) == (400, "Message already exists")


# Monitors


def monitor(caller: Caller, method: str, target: str, in_path: str = NOBODY) -> httpx.Response:
    item = build_item(USER, target=target, data=b" ")
    return caller.http.request(method, f"/monitor/{in_path}", content=item.raw)


def test_a_process_is_monitored_by_the_target_of_the_item(caller: Caller, process_id: str) -> None:
    answer = monitor(caller, "POST", process_id)
    assert (answer.status_code, answer.text) == (200, "Monitoring process")
    assert error_of(monitor(caller, "POST", process_id)) == (400, "Process already being monitored")
    answer = monitor(caller, "DELETE", process_id)
    assert (answer.status_code, answer.text) == (200, "Process deleted")
    assert error_of(monitor(caller, "DELETE", process_id)) == (404, "Process monitor not found")


def test_only_processes_are_monitored_and_only_by_who_signs(caller: Caller, process_id: str) -> None:
    assert error_of(monitor(caller, "POST", NOBODY)) == (404, f"There is no process {NOBODY} here")
    empty = caller.http.post(f"/monitor/{process_id}")
    assert error_of(empty) == (400, "Signed data item is required")
    raw = build_item(USER, target=process_id, data=b" ").raw
    forged_item = caller.http.post(f"/monitor/{process_id}", content=raw[:-1] + b"x")
    assert error_of(forged_item)[0] == 400
    assert not caller.face.node.store.ticks.is_monitored(process_id)
