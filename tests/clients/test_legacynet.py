from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest
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

from aos_cli.clients.base import Receipt
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import AOS_MODULE, Network
from aos_cli.clients.registry import Registry
from aos_cli.clients.transport import UnitRefused
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import ConfigError, NodeError, NodeProtocolError, NodeRefused, NodeTimeout
from aos_cli.model import DataItem
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def network() -> ScriptedNetwork:
    return network_with_process()


@pytest.fixture
def client(network: ScriptedNetwork) -> LegacynetClient:
    return network.client()


def message_item(wallet: Ed25519Wallet) -> DataItem:
    return build_item(wallet, target=PROCESS, tags=[("Action", "Eval")], data=b"return 1")


# Sending


def test_an_item_is_sent_again_as_it_is_until_it_has_arrived(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    exists = {"error": 'Error: Error: 400: {"error":"Message already exists"}'}
    network.on("POST mu/", (503, {}), (500, exists))
    placed = entry(7, {**message(7), "id": item.id})
    network.on(f"GET su/{item.id}", (400, {"error": "Message or Process not found"}), (200, placed))
    assert client.send(item.raw) == (PROCESS, item.id, 7)
    assert [request.content for request in network.asked("POST mu/")] == [item.raw] * 2


def test_whoever_does_not_know_whether_an_item_arrived_is_told_its_id(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", (504, {}))
    with pytest.raises(NodeTimeout) as caught:
        client.send(item.raw)
    assert item.id in caught.value.hint
    assert "may have arrived" in caught.value.hint


BROKEN_OFF = httpx.ReadError("connection reset")


def test_an_item_that_arrived_all_the_same_is_not_sent_again(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on(f"GET su/{item.id}", (200, entry(7, {**message(7), "id": item.id})))
    for failure in (BROKEN_OFF, httpx.ReadTimeout("silence"), (504, {}), (500, {"error": "fetch failed"}), b"<html>"):
        network.on("POST mu/", failure)
        before = len(network.asked("POST mu/"))
        assert client.send(item.raw) == (PROCESS, item.id, 7)
        assert len(network.asked("POST mu/")) == before + 1


def test_an_item_that_did_not_arrive_is_sent_again_as_it_is(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", BROKEN_OFF, httpx.ConnectError("refused"), (202, {"id": item.id}))
    there = (200, entry(7, {**message(7), "id": item.id}))
    network.on(f"GET su/{item.id}", (400, {"error": "Message or Process not found"}), there)
    assert client.send(item.raw).slot == 7
    assert [request.content for request in network.asked("POST mu/")] == [item.raw] * 3
    # Where nothing can have arrived, nobody needs to look.
    assert len(network.asked(f"GET su/{item.id}")) == 2


def test_an_item_is_not_sent_again_when_nobody_can_say_whether_it_arrived(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", BROKEN_OFF)
    network.on(f"GET su/{item.id}", (502, {}))
    with pytest.raises(NodeProtocolError, match=r"messenger unit at mu\.test broke off its answer to send") as caught:
        client.send(item.raw)
    assert f"Its id is {item.id}" in caught.value.hint
    assert len(network.asked("POST mu/")) == 1


def test_a_process_that_arrived_all_the_same_is_not_spawned_again(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = build_item(wallet, tags=[("Name", "new"), ("Type", "Process")], data=b" ")
    network.on("POST mu/", BROKEN_OFF)
    first = entry(0, {**message(0), "id": item.id, "target": ""})
    for tag in first["assignment"]["tags"]:
        tag["value"] = item.id if tag["name"] == "Process" else tag["value"]
    network.on(f"GET su/{item.id}/latest", (200, first))
    network.on(f"GET cu/results/{item.id}", results())
    network.on(f"GET su/processes/{item.id}", (200, {**born("new")[1], "process_id": item.id}))
    assert client.spawn(item.raw).id == item.id
    assert len(network.asked("POST mu/")) == 1


@pytest.mark.parametrize("answer", [b"<html></html>", (403, {"error": "go away"}), httpx.ConnectError("refused")])
def test_a_log_that_cannot_be_read_does_not_hide_that_a_message_was_taken(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet, answer: Any
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", (202, {"id": item.id}))
    network.on(f"GET su/{item.id}", answer)
    with pytest.raises(NodeError) as caught:
        client.send(item.raw)
    assert caught.value.hint == f"The messenger has taken it all the same. Its id is {item.id}: look for it first"


def test_a_result_that_cannot_be_had_does_not_hide_that_its_message_is_in_the_log(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    record = client.find_process(PROCESS)
    assert record is not None
    session = Session(client, wallet, record)
    receipt = Receipt(PROCESS, item_id(1), 1)
    network.on(f"GET su/{PROCESS}", page(entry(1, message(1))))
    network.on(f"GET cu/result/{item_id(1)}", b"<html></html>")
    with pytest.raises(NodeProtocolError) as caught:
        session.outcome(receipt)
    command = f"aos {client.options} result --process {PROCESS} {item_id(1)}"
    assert caught.value.hint.endswith(f". The message is in the log all the same: `{command}` fetches its result")


@pytest.mark.parametrize("failure", [BROKEN_OFF, (504, {}), (503, {})])
def test_an_assignment_is_asked_for_once(
    network: ScriptedNetwork, client: LegacynetClient, failure: Exception | tuple[int, Any]
) -> None:
    network.on("POST mu/", failure)
    with pytest.raises(NodeError) as caught:
        client.assign(PROCESS, item_id(3))
    assert "look at the end of the log before you ask again" in caught.value.hint
    assert len(network.asked("POST mu/")) == 1


def test_an_assignment_that_cannot_have_arrived_is_asked_for_again(
    network: ScriptedNetwork, client: LegacynetClient
) -> None:
    network.on("POST mu/", httpx.ConnectError("refused"), (429, {}), (202, {"id": item_id(203)}))
    network.on(f"GET su/{item_id(203)}", (200, entry(3)))
    assert client.assign(PROCESS, item_id(3)).slot == 3


@pytest.mark.parametrize("error", ["Deep hash already exists", "Forbidden, process not whitelisted"])
def test_a_refused_item_is_not_sent_again(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet, error: str
) -> None:
    network.on("POST mu/", (500, {"error": error}))
    with pytest.raises(UnitRefused, match=f"messenger unit at mu.test refused send: 500 {error}"):
        client.send(message_item(wallet).raw)
    assert len(network.asked("POST mu/")) == 1


def test_a_messenger_that_calls_an_item_something_else_is_not_believed(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    network.on("POST mu/", (202, {"id": item_id(5)}))
    with pytest.raises(NodeProtocolError, match="and calls it"):
        client.send(message_item(wallet).raw)


def test_a_scheduler_that_never_hears_of_a_message_is_named(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", (202, {"id": item.id}))
    network.on(f"GET su/{item.id}", (400, {"error": "Message or Process not found"}))
    with pytest.raises(NodeTimeout, match="does not have it"):
        client.send(item.raw)


def test_an_assignment_tells_its_slot(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST mu/", (202, {"message": "Processing Assignment", "id": item_id(203)}))
    network.on(f"GET su/{item_id(203)}", (200, entry(3)))
    assert client.assign(PROCESS, item_id(3), ["Data", "Tags"]) == (PROCESS, item_id(3), 3)
    (asked,) = network.asked("POST mu/")
    assert dict(asked.url.params) == {"process-id": PROCESS, "assign": item_id(3), "exclude": "Data,Tags"}
    assert asked.content == b""


def test_monitoring_twice_is_no_error(network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet) -> None:
    network.on(f"POST mu/monitor/{PROCESS}", b"Monitoring process", (500, {"error": "Process already being monitored"}))
    network.on(
        f"DELETE mu/monitor/{PROCESS}", (500, {"error": "Process monitor not found"}), (500, {"error": "broken"})
    )
    item = message_item(wallet).raw
    client.monitor(item)
    client.monitor(item)
    client.monitor(item, wanted=False)
    with pytest.raises(UnitRefused, match="refused unmonitor: 500 broken"):
        client.monitor(item, wanted=False)


# Slots


def test_results_of_a_page_come_in_one_request(network: ScriptedNetwork, client: LegacynetClient) -> None:
    (slot,) = client.slots(PROCESS, 1)
    assert (slot.number, slot.result.output, slot.result.prompt, slot.timestamp_ms) == (1, "out", "p> ", 1001)
    assert network.asked(f"GET cu/result/{item_id(1)}") == []
    asked = network.asked(f"GET cu/results/{PROCESS}")[-1]
    assert dict(asked.url.params) == {"from": "1000", "to": "1001", "sort": "ASC", "limit": "1"}
    assert client.slot(PROCESS, 1) == slot


def test_a_result_that_is_not_listed_is_asked_for(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on(f"GET cu/results/{PROCESS}", results((1, result("tick")), cron="0-10-seconds"))
    network.on(f"GET cu/result/{item_id(1)}", (200, {"Error": "boom", "GasUsed": 0}))
    (slot,) = client.slots(PROCESS, 1)
    assert slot.result.error == "boom"
    record = client.find_process(PROCESS)
    assert record is not None
    assert (record.slots, record.evaluated) == (2, 2)


def test_slots_end_where_a_result_is_not_there_yet(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on(f"GET su/{PROCESS}", page(*(entry(number, message(number)) for number in (0, 1))))
    network.on(f"GET cu/results/{PROCESS}", results((0, result())))
    network.on(f"GET cu/result/{item_id(1)}", (202, {"message": "in progress"}))
    assert [slot.number for slot in client.slots(PROCESS, 0)] == [0]
    record = client.find_process(PROCESS)
    assert record is not None
    assert (record.slots, record.evaluated) == (2, 1)


def test_older_results_have_a_table_as_data(network: ScriptedNetwork, client: LegacynetClient) -> None:
    output = {"json": "undefined", "data": {"output": "old", "prompt": "q> "}, "prompt": "p> "}
    network.on(f"GET cu/result/{item_id(1)}", (200, {"Output": output}))
    slot = client.slot(PROCESS, 1)
    assert (slot.result.output, slot.result.prompt) == ("old", "q> ")


def test_an_outbox_is_told_as_it_was_written(network: ScriptedNetwork, client: LegacynetClient) -> None:
    raw = result(
        Messages=[{"Target": "bob", "Data": "d", "Tags": tags(Action="Hi")}, "junk", {"Tags": "junk"}],
        Spawns=[{"Tags": tags(Name="n")}],
        Assignments=[{"Processes": [PROCESS, "x"], "Message": item_id(3)}],
    )
    network.on(f"GET cu/result/{item_id(1)}", (200, raw))
    sent = client.slot(PROCESS, 1).sent
    assert [(one.kind, one.message.id, one.message.target) for one in sent] == [
        ("message", "", "bob"), ("message", "", ""), ("spawn", "", ""),
        ("assignment", item_id(3), PROCESS), ("assignment", item_id(3), "x"),
    ]  # fmt: skip
    assert (sent[0].message.action, sent[0].message.data, sent[0].message.sender) == ("Hi", "d", PROCESS)


def test_an_assigned_message_is_fetched_and_its_result_asked_for_by_the_assignment(
    network: ScriptedNetwork, client: LegacynetClient
) -> None:
    network.on(f"GET su/{PROCESS}", page(entry(1, Exclude="Data")))
    network.on(f"GET cu/result/{item_id(201)}", (200, result("assigned")))
    network.on("POST gw/graphql", listed(item_id(1)))
    network.on(f"GET gw/raw/{item_id(1)}", b"content")
    slot = client.slot(PROCESS, 1)
    assert (slot.result.output, slot.message.id, slot.message.data) == ("assigned", item_id(1), "content")
    assert client.entry(PROCESS, 1).exclude == ("Data",)


def test_content_of_another_size_is_that_of_something_else(network: ScriptedNetwork, client: LegacynetClient) -> None:
    status, document = listed(item_id(1))
    document["data"]["transactions"]["edges"][0]["node"]["data"] = {"size": "7"}
    network.on(f"GET su/{PROCESS}", page(entry(1)))
    network.on("POST gw/graphql", (status, document))
    network.on(f"GET cu/result/{item_id(201)}", (200, result()))
    network.on(f"GET gw/raw/{item_id(1)}", b"<html>an error page that calls itself 200</html>")
    with pytest.raises(NodeProtocolError, match=rf"gateway at gw\.test has 48 bytes of {item_id(1)}, and says .* 7"):
        client.entry(PROCESS, 1)
    network.on(f"GET gw/raw/{item_id(1)}", b"content")
    assert client.entry(PROCESS, 1).message.data == "content"


@pytest.mark.parametrize(
    "answer",
    [
        {"error": "something"}, [], "text", {"message": "in progress"},
    ],
)  # fmt: skip
def test_what_is_no_result_is_none(network: ScriptedNetwork, client: LegacynetClient, answer: Any) -> None:
    network.on(f"GET cu/result/{item_id(1)}", (200, answer))
    with pytest.raises(NodeProtocolError, match="answered result with something else"):
        client.slot(PROCESS, 1)


def broken_entries() -> list[Any]:
    good = entry(1, message(1))
    return [
        {},
        {"edges": [{}, {}]},
        {"edges": [{"node": {**good, "assignment": {**good["assignment"], "tags": []}}}]},
        {"edges": [{"node": {**good, "message": {**good["message"], "id": "short"}}}]},
        {"edges": [{"node": {**good, "message": {**good["message"], "tags": [{"name": "n", "value": 5}]}}}]},
        {"edges": [{"node": entry(2, message(2))}]},
        {"edges": [{"node": good}, {"node": good}]},
    ]


@pytest.mark.parametrize("answer", broken_entries())
def test_a_log_of_another_shape_is_the_scheduler_s_fault(
    network: ScriptedNetwork, client: LegacynetClient, answer: Any
) -> None:
    network.on(f"GET su/{PROCESS}", (200, answer))
    with pytest.raises(NodeProtocolError, match=r"scheduler unit at su\.test"):
        client.slot(PROCESS, 1)


def test_a_scheduler_that_tells_of_another_message_is_not_believed(
    network: ScriptedNetwork, client: LegacynetClient, wallet: Ed25519Wallet
) -> None:
    item = message_item(wallet)
    network.on("POST mu/", (202, {"id": item.id}))
    network.on(f"GET su/{item.id}", (200, entry(1, message(1))))
    with pytest.raises(NodeProtocolError, match="told of something else"):
        client.send(item.raw)


def test_a_user_s_newest_message_is_looked_for_backwards(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on(f"GET su/{PROCESS}/latest", (200, entry(2, message(2))))
    log = [entry(0, message(0)), entry(1, message(1)), entry(2, message(2, sender=PROCESS))]
    network.on(f"GET su/{PROCESS}", page(*log))
    assert client.newest_command(PROCESS) == 1
    network.on(f"GET su/{PROCESS}", page(log[2]))
    network.on(f"GET cu/results/{PROCESS}", results((2, result())))
    assert client.slots(PROCESS, 2)[0].message.sender == PROCESS


# Processes


def test_a_look_up_that_failed_is_never_not_found(network: ScriptedNetwork, client: LegacynetClient) -> None:
    for answer in ((500, {}), (200, {"errors": [{"message": "timeout"}]}), (200, {"data": None}), b"<html>", (429, {})):
        network.on("POST gw/graphql", answer)
        with pytest.raises(NodeError, match=r"gateway at gw\.test"):
            client.find_named("one", OWNER)
        with pytest.raises(NodeError, match=r"gateway at gw\.test"):
            client.find_process(item_id(50))
    network.on("POST gw/graphql", listed())
    assert client.find_named("one", OWNER) == []
    assert client.find_process(item_id(50)) is None


@pytest.mark.parametrize("answer", [(404, "no such page"), (404, {"detail": "Not Found"}), (400, {"error": "bad id"})])
def test_another_server_at_the_scheduler_s_address_finds_nothing_out(
    network: ScriptedNetwork, client: LegacynetClient, answer: Any
) -> None:
    network.on(f"GET su/processes/{PROCESS}", answer)
    with pytest.raises(UnitRefused, match=r"scheduler unit at su\.test refused find: 40"):
        client.find_process(PROCESS)


def test_names_are_looked_up_page_by_page(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST gw/graphql", listed(PROCESS, more=True), listed(PROCESS, item_id(8), more=True))
    (record,) = client.find_named("one", OWNER)  # the scheduler has no log of the other one
    assert (record.id, record.owner, record.name) == (PROCESS, OWNER, "one")
    asked = [json.loads(request.content)["variables"] for request in network.asked("POST gw/graphql")]
    assert [one.get("after") for one in asked] == [None, PROCESS, item_id(8)]
    assert asked[0]["owners"] == [OWNER]
    assert {"name": "Name", "values": ["one"]} in asked[0]["tags"]


def test_what_a_gateway_gives_too_much_is_left_out(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST gw/graphql", listed(PROCESS))
    assert client.find_named("another", OWNER) == []
    assert client.find_named("one", AUTHORITY) == []


def test_whom_the_user_has_met_is_found_without_the_gateway(network: ScriptedNetwork) -> None:
    registry = Registry(None)
    assert network.client(registry=registry).find_process(PROCESS) is not None
    second = network.client(registry=registry)
    assert [record.id for record in second.find_named("one", OWNER)] == [PROCESS]
    assert [record.id for record in second.processes()] == [PROCESS]
    assert network.asked("POST gw/graphql") == []
    elsewhere = Network(
        "other", "http://mu.test", "http://su.test/other", "http://cu.test", "http://gw.test", AUTHORITY
    )
    network.on("POST gw/graphql", listed())
    assert network.client(elsewhere, registry).find_named("one", OWNER) == []


def test_a_child_belongs_to_its_parent_if_the_messenger_says_so(network: ScriptedNetwork) -> None:
    status, document = born()
    document["tags"] += tags(From_Process=item_id(60))
    network.on(f"GET su/processes/{PROCESS}", (status, document))
    record = network.client().find_process(PROCESS)
    assert record is not None
    assert record.owner == OWNER
    document["owner"]["address"] = AUTHORITY
    record = network.client().find_process(PROCESS)
    assert record is not None
    assert record.owner == item_id(60)


@pytest.mark.parametrize(
    ("told", "time_ms"),
    [
        (1_700_000_000, 1_700_000_000_000), (1_700_000_000_123, 1_700_000_000_123), ("1700000000", 1_700_000_000_000),
        (10007, 0), (0, 0), (None, 0), (10**30, 0),
    ],
)  # fmt: skip
def test_gateways_tell_times_in_seconds_or_milliseconds(
    network: ScriptedNetwork, client: LegacynetClient, told: Any, time_ms: int
) -> None:
    status, document = listed(PROCESS)
    document["data"]["transactions"]["edges"][0]["node"]["block"] = {"height": 1, "timestamp": told}
    network.on("POST gw/graphql", (status, document))
    (record,) = client.find_named("one", OWNER)
    assert record.spawned_ms == time_ms


def test_data_are_read_by_either_path(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on(f"GET su/{PROCESS}", page(entry(1)))
    network.on(f"GET cu/result/{item_id(201)}", (200, result()))
    network.on("POST gw/graphql", listed(item_id(1)))
    network.on(f"GET gw/{item_id(1)}", b"content")
    assert client.entry(PROCESS, 1).message.data == "content"
    network.on(f"GET gw/raw/{item_id(1)}", (500, {"error": "broken"}))
    with pytest.raises(UnitRefused, match=r"gateway at gw\.test refused read: 500 broken"):
        network.client().entry(PROCESS, 1)


def test_modules_are_found_by_name(network: ScriptedNetwork, client: LegacynetClient) -> None:
    content = tags(Data_Protocol="ao", Type="Module", Name="sqlite")
    nodes = [{"id": item_id(number), "tags": content, "owner": None} for number in (1, 2)]
    answer = {"data": {"transactions": {"edges": [{"cursor": "c", "node": node} for node in nodes]}}}
    network.on("POST gw/graphql", (200, answer))
    assert client.find_module("sqlite") == [item_id(1), item_id(2)]


def test_a_message_is_found_by_its_whole_id_only(client: LegacynetClient) -> None:
    with pytest.raises(NodeRefused, match="by a part of its id"):
        client.find_messages("abcdef", 5)


def test_units_that_do_not_say_who_they_are_must_be_described(network: ScriptedNetwork) -> None:
    client = network.client(Network("mine", "http://mu.test", "http://su.test", "http://cu.test", "http://gw.test"))
    network.on("GET su/", (200, {"timestamp": "1", "address": OWNER}))
    assert (client.scheduler, client.default_module()) == (OWNER, AOS_MODULE)
    with pytest.raises(ConfigError, match="No unit of the network mine tells the address of its messenger") as caught:
        _ = client.authority
    assert (
        caught.value.hint
        == "Is it a network of AO? Then set `authority` in a profile [nodes.NAME]: who runs the network knows it"
    )
    assert len(network.requests) == 1
    assert (NETWORK.authority, network.client().authority) == (AUTHORITY, AUTHORITY)


# What it costs


def test_a_command_asks_for_the_end_of_a_log_once(network: ScriptedNetwork, wallet: Ed25519Wallet) -> None:
    registry = Registry(None)
    network.client(registry=registry).find_process(PROCESS)
    client = network.client(registry=registry)
    network.seconds_per_request = 0.3
    item = message_item(wallet)
    network.on("POST mu/", (202, {"id": item.id}))
    network.on(f"GET su/{item.id}", (200, entry(2, {**message(2), "id": item.id})))
    network.on(f"GET cu/result/{item.id}", (200, result("2")))
    network.requests.clear()
    (record,) = client.find_named("one", OWNER)
    # The rest of the program starts.
    network.now += 1.5
    assert client.slot(record.id, client.send(item.raw).slot).result.output == "2"
    assert len(network.asked(f"GET su/{PROCESS}/latest")) == 1
    assert len(network.asked(f"GET cu/results/{PROCESS}")) == 1


def test_where_asking_takes_long_the_end_of_a_log_counts_as_known_for_longer(network: ScriptedNetwork) -> None:
    client = network.client()
    network.seconds_per_request = 0.3
    client.find_process(PROCESS)
    for fresh_seconds, asked in ((2.0, 0), (0.5, 1), (2.0, 0), (9.0, 1)):
        before = len(network.asked(f"GET su/{PROCESS}/latest"))
        network.now += fresh_seconds
        client.find_process(PROCESS)
        assert len(network.asked(f"GET su/{PROCESS}/latest")) == before + asked


# News


def test_news_are_looked_for_less_and_less_often(network: ScriptedNetwork, client: LegacynetClient) -> None:
    client.find_process(PROCESS)
    assert client.changed()
    looks = []
    for _ in range(600):
        network.now += 0.1
        before = len(network.requests)
        assert not client.changed()
        if len(network.requests) > before:
            looks.append(round(network.now, 1))
    gaps = [round(later - earlier, 1) for earlier, later in pairwise(looks)]
    assert 8 <= len(looks) <= 14
    assert gaps == sorted(gaps)
    network.on(f"GET su/{PROCESS}/latest", (200, entry(2, message(2))))
    network.now += 10
    assert client.changed()


def test_units_that_fail_are_left_alone_for_a_while(network: ScriptedNetwork, client: LegacynetClient) -> None:
    client.find_process(PROCESS)
    client.changed()
    network.on(f"GET su/{PROCESS}/latest", (500, {"error": "broken"}))
    network.now += 5
    with pytest.raises(UnitRefused):
        client.changed()
    count = len(network.requests)
    network.now += 5
    assert not client.changed()
    assert len(network.requests) == count


def test_a_network_works_by_itself(client: LegacynetClient) -> None:
    assert list(client.follow(10, lambda: False)) == []
