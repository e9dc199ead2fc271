"""Ticks of crons as a compute unit lists them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from scripted_network import OWNER, PROCESS, ScriptedNetwork, born, network_with_process, result, results, tags

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_shapes import TickPlace, evaluations_page, sorted_cursor
from aos_cli.model import Tag


@pytest.fixture
def network() -> ScriptedNetwork:
    """A network with a process of two slots and a cron."""
    network = network_with_process()
    status, told = born()
    crons = [
        {"name": "Cron-Interval", "value": "10-seconds"},
        {"name": "Cron-Tag-Action", "value": "Cron"},
    ]
    network.on(f"GET su/processes/{PROCESS}", (status, {**told, "tags": [*told["tags"], *crons]}))
    return network


@pytest.fixture
def client(network: ScriptedNetwork) -> LegacynetClient:
    return network.client()


RESULTS = f"GET cu/results/{PROCESS}"


def cursor(**told: Any) -> str:
    return base64.b64encode(json.dumps(told).encode()).decode()


def asked(network: ScriptedNetwork) -> list[dict[str, str]]:
    """The parameters of the requests for results, with their cursors decoded."""
    found = [dict(request.url.params) for request in network.asked(RESULTS)]
    for one in found:
        if not one.get("from", "0").isdigit():
            one["from"] = json.loads(base64.b64decode(one["from"]))
    return found


def test_ticks_come_behind_what_was_there(network: ScriptedNetwork, client: LegacynetClient) -> None:
    assert client.ticks(PROCESS) == ([], "")
    found, mark = client.ticks(PROCESS, "")
    assert found == []
    network.on(RESULTS, results((1, result("tick", Messages=[{"Target": "bob", "Tags": tags(Action="Beat")}])),
                                cron="0-10-seconds"))  # fmt: skip
    ticks, mark = client.ticks(PROCESS, mark)
    [tick] = ticks
    assert asked(network)[-1] == {
        "from": {"timestamp": 1001, "ordinate": "1", "sort": "ASC"}, "sort": "ASC", "limit": "200",
    }  # fmt: skip
    assert (tick.cron, tick.number, tick.timestamp_ms, tick.result.output) == ("0-10-seconds", 1, 1001, "tick")
    assert (tick.message.sender, tick.message.target) == (OWNER, PROCESS)
    assert tick.message.tags == (Tag("Action", "Cron"),)
    # Whether the messenger monitors the process nobody says.
    assert [(sent.state, sent.message.action) for sent in tick.sent] == [("dry", "Beat")]
    network.on(RESULTS, results())
    network.now += 100
    assert client.ticks(PROCESS, mark) == ([], mark)


def test_nothing_is_asked_until_there_is_a_new_result(network: ScriptedNetwork, client: LegacynetClient) -> None:
    ticked = results((1, result("tick")), cron="0-10-seconds")
    network.on(RESULTS, ticked)
    ticks, mark = client.ticks(PROCESS, "0")
    assert len(ticks) == 1
    before = len(network.requests)
    for _ in range(50):
        assert client.ticks(PROCESS, mark) == ([], mark)
    assert len(network.requests) == before
    network.now += 10
    assert client.ticks(PROCESS, mark) == ([], mark)
    # Only the end of the log was asked for anew.
    assert [one["limit"] for one in asked(network)[-1:]] == ["1"]
    network.on(RESULTS, results((1, result("next")), cron="1-10-seconds"))
    network.now += 10
    assert [tick.cron for tick in client.ticks(PROCESS, mark).found] == ["1-10-seconds"]


def test_nothing_is_asked_where_a_process_has_no_cron() -> None:
    network = network_with_process()
    client = network.client()
    client.find_process(PROCESS)
    before = len(network.requests)
    assert client.ticks(PROCESS, "") == ([], "")
    assert client.crons(PROCESS) == ()
    known = len(network.requests)
    assert known - before <= 1
    assert client.ticks(PROCESS, "") == ([], "")
    assert len(network.requests) == known
    assert client.is_monitored(PROCESS) is None
    assert list(client.keep_time(10, lambda: False)) == []


def test_a_network_without_results_gives_ticks_from_the_first_on(
    network: ScriptedNetwork, client: LegacynetClient
) -> None:
    network.on(RESULTS, results())
    assert client.ticks(PROCESS, "") == ([], "0")
    network.on(RESULTS, results((0, result("first")), cron="0-10-seconds"))
    assert [tick.number for tick in client.ticks(PROCESS, "0").found] == [0]


def test_the_newest_of_many_are_asked_for_from_the_end(network: ScriptedNetwork, client: LegacynetClient) -> None:
    many = results(*((number, result(str(number))) for number in range(5)), cron="0-10-seconds")
    many[1]["pageInfo"]["hasNextPage"] = True
    newest = results(*((number, result(str(number))) for number in (9, 8, 7)), cron="0-10-seconds")
    network.on(RESULTS, results(), many, newest)  # the first one for the end of the log
    ticks = client.ticks(PROCESS, cursor(timestamp=1, ordinate="0", sort="ASC"), most=2)
    assert [(tick.number, tick.left_out) for tick in ticks.found] == [(8, True), (9, False)]
    assert asked(network)[-1]["sort"] == "DESC"
    # The order in a cursor would win.
    assert asked(network)[-1]["from"]["sort"] == "DESC"  # type: ignore[index] # decoded above
    assert json.loads(base64.b64decode(ticks.mark))["ordinate"] == "9"


def test_a_tick_says_how_far_the_log_was_evaluated_and_is_news(
    network: ScriptedNetwork, client: LegacynetClient
) -> None:
    network.on(RESULTS, results((1, result("tick")), cron="0-10-seconds"))
    record = client.find_process(PROCESS)
    assert record is not None
    assert (record.slots, record.evaluated) == (2, 2)
    network.now += 100
    client.changed()
    network.now += 100
    assert not client.changed()
    network.on(RESULTS, results((1, result("another")), cron="1-10-seconds"))
    network.now += 100
    assert client.changed()


@pytest.mark.parametrize(
    ("text", "number", "tick"),
    [
        (cursor(timestamp=5, ordinate="3", cron="0-1-hour", sort="ASC"), None, TickPlace("0-1-hour", 3, 5)),
        (cursor(timestamp=5, ordinate="3", cron=None), 3, None),
        (cursor(timestamp=5, ordinate="3"), 3, None),
        (cursor(timestamp=5, ordinate="x", cron="0-1-hour"), None, None),
        (cursor(timestamp=5, ordinate="3", cron=7), None, None),
        (cursor(timestamp=-5, ordinate="3", cron="0-1-hour"), None, None),
        (cursor(ordinate="3", cron="0-1-hour"), None, None),
        (base64.b64encode(b"[" * 100_000).decode(), None, None),
        (base64.b64encode(b"[1]").decode(), None, None),
        ("no cursor at all", None, None),
    ],
)
def test_cursors_say_what_they_stand_behind(text: str, number: int | None, tick: TickPlace | None) -> None:
    [found] = evaluations_page({"edges": [{"cursor": text, "node": result()}]}).found
    assert (found.cursor, found.number, found.tick) == (text, number, tick)
    assert found.slots == (4 if number or tick else 0)


def test_a_cursor_that_is_none_is_sent_back_as_it_came() -> None:
    assert sorted_cursor("no cursor at all") == sorted_cursor("no cursor at all", newest_first=True)
    assert sorted_cursor("no cursor at all") == "no cursor at all"
