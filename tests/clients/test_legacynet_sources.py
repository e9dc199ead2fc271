"""Processes whose log another scheduler has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from scripted_network import (
    NETWORK,
    OWNER,
    PROCESS,
    SCHEDULER,
    ScriptedNetwork,
    born,
    entry,
    item_id,
    listed,
    message,
    page,
    result,
    results,
    tags,
)

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import PUBLIC, Network, network_of
from aos_cli.clients.registry import Registry
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import NodeError, NodeProtocolError, NodeRefused, NodeUnreachable
from aos_cli.settings import NetworkProfile
from aos_cli.wallet import Ed25519Wallet

FOREIGN = item_id(71)
FOLLOWING = replace(NETWORK, follows_schedulers=True)


def location(url: str, owner: str = FOREIGN, lifetime: str = "60000") -> dict[str, Any]:
    """A Scheduler-Location as a gateway lists it."""
    content = tags(Data_Protocol="ao", Type="Scheduler-Location", Url=url, Time_To_Live=lifetime)
    return {"cursor": "c", "node": {"id": item_id(72), "tags": content, "owner": {"address": owner}}}


def found(*edges: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"data": {"transactions": {"edges": list(edges)}}}


@pytest.fixture
def network() -> ScriptedNetwork:
    """A network whose gateway lists a process of another scheduler, which is at other.test."""
    network = ScriptedNetwork()
    network.on(f"GET su/processes/{PROCESS}", (404, {"error": "Process not found"}))
    network.on("POST gw/graphql", listed(PROCESS, Scheduler=FOREIGN), found(location("http://other.test/")))
    network.on(f"GET other/{PROCESS}/latest", (200, entry(1, message(1))))
    network.on(f"GET other/{PROCESS}", page(entry(1, message(1, Action="Eval"))))
    network.on(f"GET cu/results/{PROCESS}", results((1, result())))
    return network


def test_the_scheduler_of_a_process_is_asked_for_its_log(network: ScriptedNetwork, wallet: Ed25519Wallet) -> None:
    registry = Registry(None)
    client = network.client(FOLLOWING, registry)
    record = client.find_process(PROCESS)
    assert record is not None
    assert (record.name, record.slots, record.evaluated) == ("one", 2, 2)
    (slot,) = client.slots(PROCESS, 1)
    assert (slot.message.id, slot.result.output) == (item_id(1), "out")
    item = build_item(wallet, target=PROCESS, data=b"x")
    network.on("POST mu/", (202, {"id": item.id}))
    network.on(f"GET other/{item.id}", (200, entry(2, {**message(2), "id": item.id})))
    assert client.send(item.raw).slot == 2
    known = registry.find("http://su.test", PROCESS)
    assert known is not None
    assert known.scheduler == FOREIGN
    assert len(network.asked("POST gw/graphql")) == 2


def test_an_address_is_asked_for_again_when_it_may_have_changed(network: ScriptedNetwork) -> None:
    client = network.client(FOLLOWING)
    client.find_process(PROCESS)
    network.now += 59
    client.find_process(PROCESS)
    assert len(network.asked("POST gw/graphql")) == 2
    network.on("POST gw/graphql", found(location("http://moved.test")))
    network.on(f"GET moved/{PROCESS}/latest", (200, entry(2, message(2))))
    network.now += 2
    record = client.find_process(PROCESS)
    assert record is not None
    assert record.slots == 3


@pytest.mark.parametrize("scheduler", [SCHEDULER, ""])
def test_the_network_s_own_scheduler_is_not_looked_for(network: ScriptedNetwork, scheduler: str) -> None:
    network.on("POST gw/graphql", listed(PROCESS, Scheduler=scheduler))
    network.on(f"GET su/{PROCESS}/latest", (200, entry(1, message(1))))
    record = network.client(FOLLOWING).find_process(PROCESS)
    assert record is not None
    assert record.slots == 2
    assert len(network.asked("POST gw/graphql")) == 1


def test_a_scheduler_unit_that_was_given_has_all_logs(network: ScriptedNetwork) -> None:
    network.on(f"GET su/{PROCESS}/latest", (200, entry(4, message(4))))
    record = network.client(NETWORK).find_process(PROCESS)
    assert record is not None
    assert record.slots == 5
    assert not any(request.url.host == "other.test" for request in network.requests)


def test_only_the_scheduler_says_where_it_is(network: ScriptedNetwork) -> None:
    liar = location("http://liar.test", owner=OWNER)
    network.on("POST gw/graphql", listed(PROCESS, Scheduler=FOREIGN), found(liar))
    with pytest.raises(NodeRefused, match=rf"gateway at gw\.test knows no address of scheduler {FOREIGN}") as caught:
        network.client(FOLLOWING).find_process(PROCESS)
    assert caught.value.hint == "--su-url gives one"


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://other.test", "http://other.test/?key=1", "http://[::", "http://a\x00b"]
)
def test_an_address_that_is_none_is_the_gateway_s_fault(network: ScriptedNetwork, url: str) -> None:
    network.on("POST gw/graphql", listed(PROCESS, Scheduler=FOREIGN), found(location(url)))
    with pytest.raises(NodeProtocolError, match=r"gateway at gw\.test has an address of scheduler .* that is none"):
        network.client(FOLLOWING).find_process(PROCESS)


def test_what_begins_with_encryption_goes_on_with_it(network: ScriptedNetwork) -> None:
    safe = replace(FOLLOWING, gateway_url="https://gw.test")
    with pytest.raises(NodeProtocolError, match=r"without encryption: http://other\.test"):
        network.client(safe).find_process(PROCESS)


def test_a_scheduler_that_is_down_is_named(network: ScriptedNetwork) -> None:
    network.on(f"GET other/{PROCESS}/latest", (502, {}))
    with pytest.raises(NodeUnreachable, match=r"scheduler unit at other\.test is down") as caught:
        network.client(FOLLOWING).find_process(PROCESS)
    assert "--su-url gives another address" in caught.value.hint


def test_processes_of_all_schedulers_are_listed(network: ScriptedNetwork) -> None:
    network.on("POST gw/graphql", listed(PROCESS, Scheduler=FOREIGN), found(location("http://other.test")))
    client = network.client(FOLLOWING)
    assert [record.slots for record in client.processes(OWNER)] == [2]


def test_schedulers_are_followed_unless_one_was_given() -> None:
    assert network_of(NetworkProfile("legacynet", "", "", "", "")) == PUBLIC
    given = network_of(NetworkProfile("mine", "", "http://su.test", "", ""))
    assert (given.follows_schedulers, given.scheduler_log, given.scheduler) == (False, "", "")
    assert not Network.at("http://one.test").follows_schedulers


# What a scheduler says of itself


@pytest.mark.parametrize(
    ("front", "asked"),
    [
        ((200, {"timestamp": "1", "address": SCHEDULER}), True),
        ((200, {"Unit": "Scheduler", "Address": SCHEDULER}), False),
        ((200, {"Address": "x", "address": SCHEDULER}), True),
        ((404, {"error": "no front page"}), True),
        ((200, [1]), True),
        (b"<html>", True),
    ],
)
def test_a_scheduler_says_whether_it_shows_logs(front: Any, asked: bool) -> None:
    network = ScriptedNetwork()
    network.on("GET su/", front)
    network.on(f"GET su/processes/{PROCESS}", born())
    network.on(f"GET su/{PROCESS}/latest", (200, entry(1, message(1))))
    network.on(f"GET cu/results/{PROCESS}", results((1, result())), (200, {"edges": []}))
    network.on("POST cu/dry-run", (400, {"error": True}))
    network.on("POST gw/graphql", listed())
    client: LegacynetClient = network.client(replace(NETWORK, scheduler=""))
    client.find_process(PROCESS) if asked else client.find_named("one", OWNER)
    assert bool(network.asked(f"GET su/processes/{PROCESS}")) is asked
    assert len(network.asked("GET su/")) == 1


@pytest.mark.parametrize("front", [(500, {"error": "broken"}), (502, {}), (429, {}), httpx.ReadError("reset")])
def test_a_scheduler_that_cannot_say_now_is_not_guessed_at(front: Any) -> None:
    network = ScriptedNetwork()
    network.on("GET su/", front)
    with pytest.raises(NodeError, match=r"scheduler unit at su\.test"):
        network.client().find_process(PROCESS)
    assert {request.url.path for request in network.requests} == {"/"}


def test_a_profile_may_say_so_itself() -> None:
    network = ScriptedNetwork()
    network.on("POST cu/dry-run", (404, {"error": "not Found"}))
    network.on("POST gw/graphql", listed())
    client = network.client(replace(NETWORK, scheduler_log="none"))
    assert client.find_named("one", OWNER) == []
    assert network.asked("GET su/") == []


def test_a_unit_that_cannot_be_woken_is_told_of() -> None:
    network = ScriptedNetwork()
    network.on("POST cu/dry-run", (500, {"error": "broken"}))
    with pytest.raises(NodeRefused, match=r"compute unit at cu\.test refused dry run: 500 broken"):
        network.client(replace(NETWORK, scheduler_log="none")).find_named("one", OWNER)
