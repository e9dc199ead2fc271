from __future__ import annotations

from pathlib import Path

import pytest
from listing_network import ListingNetwork
from scripted_network import AUTHORITY, OWNER, PROCESS, SCHEDULER, item_id, result

from aos_cli.clients.registry import Registry
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import NodeProtocolError, NodeRefused
from aos_cli.wallet import Ed25519Wallet


def test_a_scheduler_that_shows_no_log_is_asked_for_nothing_but_its_name(wallet: Ed25519Wallet) -> None:
    network = ListingNetwork(item_id(1))
    client = network.client()
    assert client.scheduler == SCHEDULER
    record = client.find_process(PROCESS)
    assert record is not None
    assert (record.name, record.owner, record.slots, record.evaluated) == ("one", OWNER, 2, 2)
    client.slots(PROCESS, 0)
    client.entry(PROCESS, 1)
    client.send(build_item(wallet, target=PROCESS, data=b"return 1").raw)
    client.find_messages(item_id(1), 5)
    client.changed()
    asked = {f"{request.url.host}{request.url.path}" for request in network.script.requests}
    assert {where for where in asked if where.startswith("su")} == {"su.test/"}


def test_positions_are_slots_and_messages_are_the_gateway_s() -> None:
    network = ListingNetwork(item_id(1), item_id(2))
    network.tell(item_id(1), OWNER, PROCESS, b"return 1", Action="Eval")
    network.tell(item_id(2), AUTHORITY, PROCESS, b"hi", Action="Hi", From_Process=item_id(70))
    network.results[item_id(2)] = {"Error": "boom", "GasUsed": 0}
    client = network.client()
    born, first, second = client.slots(PROCESS, 0)
    assert (born.number, born.message.id) == (0, PROCESS)
    assert (first.message.action, first.message.sender, first.message.data) == ("Eval", OWNER, "return 1")
    assert (first.result.output, first.timestamp_ms) == (f"out {item_id(1)[:2]}", 1_795_397_472_240)
    assert (second.message.sender, second.result.error) == (item_id(70), "boom")
    entry = client.entry(PROCESS, 2)
    assert (entry.signer, entry.assignment_id, entry.hash_chain, entry.slot) == (AUTHORITY, "", "", second)
    with pytest.raises(NodeRefused, match="has no slot 3; its last one is 2"):
        client.slot(PROCESS, 3)


def test_what_was_sent_from_here_is_known_without_the_gateway(wallet: Ed25519Wallet) -> None:
    network = ListingNetwork()
    client = network.client()
    item = build_item(wallet, target=PROCESS, tags=[("Action", "Eval")], data=b"return 1")
    assert client.send(item.raw) == (PROCESS, item.id, 1)
    slot = client.slot(PROCESS, 1)
    assert (slot.message.action, slot.message.data, slot.message.sender) == ("Eval", "return 1", wallet.address)
    assert len(network.script.asked("POST mu/")) == 1


def test_a_long_log_is_read_page_by_page_and_its_end_only_once() -> None:
    ids = [item_id(1)[:-4] + f"{number:03}A" for number in range(250)]
    network = ListingNetwork(*ids)
    client = network.client()
    record = client.find_process(PROCESS)
    assert record is not None
    assert record.slots == 251
    before = len(network.script.asked(f"GET cu/results/{PROCESS}"))
    assert before == 3
    network.script.now += 10
    client.find_process(PROCESS)
    (asked,) = network.script.asked(f"GET cu/results/{PROCESS}")[before:]
    assert asked.url.params["from"] == ids[-1]
    assert [slot.number for slot in client.slots(PROCESS, 99, 201)] == list(range(99, 202))


def test_a_message_that_is_there_twice_stands_where_it_was_first() -> None:
    one, two = item_id(1), item_id(2)
    network = ListingNetwork(one, two, one)
    client = network.client()
    assert [slot.message.id for slot in client.slots(PROCESS, 0)] == [PROCESS, one, two, one]
    placed = client.placed(PROCESS, one)
    assert placed is not None
    assert placed.slot == 1
    network.log.append(item_id(3))
    network.script.now += 10
    assert [slot.number for slot in client.slots(PROCESS, 3)] == [3, 4]


def test_what_is_being_evaluated_is_not_there_yet() -> None:
    network = ListingNetwork(item_id(1), item_id(2))
    network.results[item_id(1)] = None
    client = network.client()
    assert [slot.number for slot in client.slots(PROCESS, 0)] == [0]
    network.results[item_id(1)] = result("late")
    network.script.now += 10
    assert [slot.number for slot in client.slots(PROCESS, 0)] == [0, 1, 2]


def test_a_message_that_was_taken_and_is_nowhere_is_soon_given_up(wallet: Ed25519Wallet) -> None:
    network = ListingNetwork()
    item = build_item(wallet, target=PROCESS, data=b"x")
    network.script.on("POST mu/", (200, {"id": item.id}))
    with pytest.raises(NodeRefused, match=r"is evaluated, but the compute unit at cu\.test has no result of it"):
        network.client().send(item.raw)
    assert network.script.now < 5


def test_a_server_that_has_just_begun_is_woken(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "known.json")
    network = ListingNetwork(item_id(1))
    assert network.client(registry).find_process(PROCESS) is not None
    network.awake = False
    client = network.client(registry)
    (found,) = client.find_named("one", OWNER)
    assert (found.id, found.slots) == (PROCESS, 2)
    network.awake = False
    assert [record.id for record in network.client().find_named("one", OWNER)] == [PROCESS]


def test_a_server_that_begins_anew_meanwhile_has_lost_nothing(wallet: Ed25519Wallet) -> None:
    network = ListingNetwork(item_id(1))
    client = network.client()
    before = client.find_process(PROCESS)
    network.awake = False
    network.script.now += 10
    assert client.find_process(PROCESS) == before
    assert not network.awake
    assert client.slot(PROCESS, 1).result.output == f"out {item_id(1)[:2]}"
    assert client.send(build_item(wallet, target=PROCESS, data=b"x").raw).slot == 2


def test_a_process_that_only_the_compute_unit_knows_is_nobody_s() -> None:
    network = ListingNetwork(item_id(1))
    network.listed.clear()
    registry = Registry(None)
    record = network.client(registry).find_process(PROCESS)
    assert record is not None
    assert (record.owner, record.name, record.slots) == ("", "", 2)
    assert registry.find("http://su.test", PROCESS) is None
    network.script.on(f"GET cu/results/{item_id(50)}", (200, {"edges": []}))
    assert network.client().find_process(item_id(50)) is None


def test_cursors_that_are_no_ids_are_refused() -> None:
    network = ListingNetwork("5")
    with pytest.raises(NodeProtocolError, match=r"compute unit at cu\.test has cursors that are no ids") as caught:
        network.client().find_process(PROCESS)
    assert "needs a scheduler unit that shows its logs" in caught.value.hint


def test_a_list_that_has_changed_is_not_believed() -> None:
    network = ListingNetwork(item_id(1), item_id(2))
    client = network.client()
    client.find_process(PROCESS)
    network.log[1:] = [item_id(3), item_id(4)]
    with pytest.raises(NodeProtocolError, match="lists other results than before"):
        client.slots(PROCESS, 0)


@pytest.mark.parametrize(
    "edge",
    [5, "x", None, [], {"node": {}}, {"cursor": 5, "node": {"Output": 1}}, {"cursor": item_id(1), "node": 5},
     {"cursor": item_id(1), "node": {}}, {"cursor": item_id(1), "node": "x"}],
)  # fmt: skip
def test_a_list_of_another_shape_is_the_compute_unit_s_fault(edge: object) -> None:
    network = ListingNetwork()
    network.script.on(f"GET cu/results/{PROCESS}", (200, {"edges": [edge]}))
    with pytest.raises(NodeProtocolError, match=r"compute unit at cu\.test"):
        network.client().find_process(PROCESS)
