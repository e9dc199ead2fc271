from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from scripted_network import OWNER, PROCESS, ScriptedNetwork, entry, message, network_with_process, result

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.errors import NodeRefused


@pytest.fixture
def network() -> ScriptedNetwork:
    return network_with_process()


@pytest.fixture
def client(network: ScriptedNetwork) -> LegacynetClient:
    return network.client()


def looked(seen: object) -> tuple[int, Any]:
    return 200, result(f"printed by the process\naos-look:{json.dumps(seen)}")


def test_a_look_is_a_dry_run_for_the_owner_and_is_remembered(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"total": 9, "found": [[{"Data": "x"}], [], ["note"]]}))
    for _ in range(3):
        assert client.inbox(PROCESS, 3) == (9, [{"Data": "x"}, {"Data": None}, {"Data": "note"}])
    (asked,) = network.asked("POST cu/dry-run")
    body = json.loads(asked.content)
    assert (body["Owner"], body["Target"], asked.url.params["process-id"]) == (OWNER, PROCESS, PROCESS)
    network.on(f"GET su/{PROCESS}/latest", (200, entry(2, message(2))))
    network.now += 5
    client.inbox(PROCESS, 3)
    bodies = [json.loads(request.content) for request in network.asked("POST cu/dry-run")]
    assert len({body["Id"] for body in bodies}) == len(bodies) == 2


@pytest.mark.parametrize(
    "answer", [result("Message is not trusted!"), {"Error": "no Eval here"}, result("aos-look:{"), result("")]
)
def test_a_process_that_answers_something_else_is_told_of(
    network: ScriptedNetwork, client: LegacynetClient, answer: dict[str, Any]
) -> None:
    network.on("POST cu/dry-run", (200, answer))
    with pytest.raises(NodeRefused, match=f"Process {PROCESS} cannot be looked into: it answered "):
        client.inbox(PROCESS, 1)


def glanced(client: LegacynetClient) -> object:
    """What a look gives that nobody waits for, once all that it set going has ended."""
    found = client.inspect(PROCESS, ["X"])
    for thread in threading.enumerate():
        if thread.name == "aos-look":
            thread.join(10)
    return found


def test_a_look_that_nobody_waits_for_knows_its_answer_later(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"type": "number", "text": "5", "length": 0, "total": 0, "fields": {}}))
    assert glanced(client) is None
    assert network.asked("POST cu/dry-run") == []  # the process was not opened yet
    client.find_process(PROCESS)
    assert glanced(client) is None
    assert glanced(client) == ("number", "5", 0, 0, {})
    assert len(network.asked("POST cu/dry-run")) == 1


def test_a_unit_that_was_asked_too_often_is_left_alone(network: ScriptedNetwork, client: LegacynetClient) -> None:
    client.find_process(PROCESS)
    network.on("POST cu/dry-run", (400, {"error": "no more of this"}))
    assert (glanced(client), glanced(client)) == (None, None)
    assert len(network.asked("POST cu/dry-run")) == 1
    network.now += 60
    glanced(client)
    assert len(network.asked("POST cu/dry-run")) == 2


def test_a_process_that_cannot_be_looked_into_is_asked_once(network: ScriptedNetwork, client: LegacynetClient) -> None:
    client.find_process(PROCESS)
    network.on("POST cu/dry-run", (200, result("Message is not trusted!")))
    for _ in range(3):
        assert glanced(client) is None
        network.now += 60
    assert len(network.asked("POST cu/dry-run")) == 1
