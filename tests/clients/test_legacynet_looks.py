from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from scripted_network import (
    OWNER,
    PROCESS,
    ScriptedNetwork,
    entry,
    message,
    network_with_process,
    page,
    result,
    results,
)

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


NAMES = {"fields": [["X", "number"], ["T", "table", [["f", "function"]]]], "handlers": ["mine"]}


def learnt(client: LegacynetClient) -> dict[str, str]:
    """The globals that are known once what the user's asking set going has ended."""
    client.learn(PROCESS)
    settle()
    return dict(client.fields(PROCESS, ()))


def settle() -> None:
    for thread in threading.enumerate():
        if thread.name == "aos-look":
            thread.join(10)


def dry_runs(network: ScriptedNetwork) -> int:
    return len(network.asked("POST cu/dry-run"))


def opened(network: ScriptedNetwork, client: LegacynetClient) -> None:
    """Reads the process and its log, as a shell does."""
    assert client.find_process(PROCESS)
    client.slots(PROCESS, 1)


def grown(network: ScriptedNetwork, client: LegacynetClient, slot: int, prompt: str = "p> ", **more: str) -> None:
    """Has the log grow by a message, and reads it."""
    network.on(f"GET su/{PROCESS}/latest", (200, entry(slot, message(slot, **more))))
    network.on(f"GET su/{PROCESS}", page(entry(slot, message(slot, **more))))
    network.on(f"GET cu/results/{PROCESS}", results((slot, result(Output={"data": "", "prompt": prompt}))))
    network.now += 2
    client.find_process(PROCESS)
    client.slots(PROCESS, slot)


def test_names_are_looked_for_when_somebody_asks_and_once_until_the_log_has_grown(
    network: ScriptedNetwork, client: LegacynetClient
) -> None:
    network.on("POST cu/dry-run", looked(NAMES))
    assert learnt(client) == {}
    assert dry_runs(network) == 0  # the process was not opened yet
    opened(network, client)
    assert client.fields(PROCESS, ()) == {}
    assert dry_runs(network) == 0
    for _ in range(3):
        assert learnt(client) == {"X": "number", "T": "table"}
    assert client.fields(PROCESS, ["T"]) == {"f": "function"}
    assert client.handlers(PROCESS) == ["mine"]
    assert dry_runs(network) == 1
    grown(network, client, 2, Action="Eval")
    # What was seen before is better than nothing.
    assert client.fields(PROCESS, ["T"]) == {"f": "function"}
    assert dry_runs(network) == 1
    learnt(client)
    assert dry_runs(network) == 2


def known_inbox(client: LegacynetClient) -> object:
    """What is known of the inbox once the look that the question may have set going has ended."""
    client.known_inbox(PROCESS, 1)
    settle()
    return client.known_inbox(PROCESS, 1)


def test_what_the_owner_types_costs_no_look_at_the_inbox(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"total": 2, "found": [[{"Data": "a"}], [{"Data": "b"}]]}))
    opened(network, client)
    assert known_inbox(client) == (2, [{"Data": "b"}])
    assert dry_runs(network) == 1
    for slot in range(2, 6):
        grown(network, client, slot, Action="Eval")
        network.now += 100
        assert known_inbox(client) == (2, [{"Data": "b"}])
    assert dry_runs(network) == 1


@pytest.mark.parametrize("arrived", [{"Action": "Hi"}, {"Action": "Eval", "prompt": "other> "}])
def test_the_inbox_is_counted_anew_when_something_came_and_once_a_minute(
    network: ScriptedNetwork, client: LegacynetClient, arrived: dict[str, str]
) -> None:
    network.on("POST cu/dry-run", looked({"total": 1, "found": [[{"Data": "a"}]]}))
    opened(network, client)
    known_inbox(client)
    grown(network, client, 2, **arrived)
    assert known_inbox(client) is None
    assert dry_runs(network) == 1
    network.now += 60
    client.find_process(PROCESS)
    assert known_inbox(client) == (1, [{"Data": "a"}])
    assert dry_runs(network) == 2


def test_the_newest_messages_are_looked_at_once(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"total": 25, "found": [[{"Data": str(n)}] for n in range(20)]}))
    assert [len(client.inbox(PROCESS, count)[1]) for count in (0, 1, 20)] == [0, 1, 20]
    assert dry_runs(network) == 1
    client.inbox(PROCESS, 25)
    assert dry_runs(network) == 2


def test_files_are_loaded_after_one_look(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"modules": ["json"], "digests": {}, "loads": "", "handlers": {}}))
    assert client.known_modules(PROCESS) == {"json"}
    assert client.loaded_code(PROCESS).loads == ""
    assert dry_runs(network) == 1


def test_a_value_that_is_asked_for_is_waited_for(network: ScriptedNetwork, client: LegacynetClient) -> None:
    network.on("POST cu/dry-run", looked({"type": "number", "text": "5", "length": 0, "total": 0, "fields": {}}))
    found = client.describe(PROCESS, ["X"])
    assert found is not None
    assert found.value.text == "5"


def test_a_unit_that_was_asked_too_often_is_left_alone(network: ScriptedNetwork, client: LegacynetClient) -> None:
    opened(network, client)
    network.on("POST cu/dry-run", (400, {"error": "no more of this"}))
    assert (learnt(client), learnt(client), known_inbox(client)) == ({}, {}, None)
    assert dry_runs(network) == 1
    network.now += 60
    learnt(client)
    assert dry_runs(network) == 2


def test_a_process_that_cannot_be_looked_into_is_asked_once(network: ScriptedNetwork, client: LegacynetClient) -> None:
    opened(network, client)
    network.on("POST cu/dry-run", (200, result("Message is not trusted!")))
    for _ in range(3):
        assert learnt(client) == {}
        assert known_inbox(client) is None
        network.now += 60
    assert dry_runs(network) == 2  # for its names, and for its inbox
