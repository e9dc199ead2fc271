"""Crons over HTTP: their results among those of messages, and monitors."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from face_tools import KEYS, SLOW, USER, Caller, error_of, process_item
from standing_clock import Clock

from aos_cli.codec.ans104 import build_item
from aos_cli.http_face.app import make_app
from aos_cli.http_face.face import Face, Patience
from aos_cli.units.node import Node
from aos_cli.units.store import Store

SECOND = 1000

PROGRAM = """
Count = 0
Handlers.add("count", "Cron", function(msg)
  Count = Count + 1
  if Count == 3 then error("the third") end
  print("tick " .. Count)
  Send({Target = Peer or ao.id, Action = "Beat", Data = tostring(Count)})
end)
"""


@pytest.fixture
def ticking(caller: Caller, clock: Clock) -> str:
    """A process with two crons, whose first message came three seconds after its birth."""
    crons = [(name, value) for text in ("10-seconds", "10-seconds")
             for name, value in (("Cron-Interval", text), ("Cron-Tag-Action", "Cron"))]  # fmt: skip
    process = caller.spawn(*crons)
    clock.now += 3 * SECOND
    caller.value(process, PROGRAM)
    return process


def told(cursor: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(cursor))
    return found


def places(page: dict[str, Any]) -> list[tuple[str, str | None, int]]:
    """Where the results of a page stand: (ordinate, cron, seconds since the birth)."""
    cursors = [told(edge["cursor"]) for edge in page["edges"]]
    return [(one["ordinate"], one["cron"], (one["timestamp"] - Clock().now) // SECOND) for one in cursors]


A, B = "0-10-seconds", "1-10-seconds"


def test_ticks_are_evaluated_for_who_asks(caller: Caller, ticking: str, clock: Clock) -> None:
    assert caller.get(f"/cron/{ticking}") == {"pageInfo": {"hasNextPage": False}, "edges": []}
    clock.now += 25 * SECOND
    assert places(caller.get(f"/results/{ticking}")) == [("0", None, 0), ("1", None, 3)]
    page = caller.get(f"/cron/{ticking}")
    # The third one is an error, which lists leave out.
    assert places(page) == [("1", A, 10), ("1", B, 10), ("1", B, 20)]
    assert page["pageInfo"] == {"hasNextPage": False}
    first = page["edges"][0]
    assert set(first["node"]) == {"Messages", "Assignments", "Spawns", "Output"}
    assert first["node"]["Output"]["data"] == "tick 1"
    assert [message["Data"] for message in first["node"]["Messages"]] == ["1"]
    assert told(first["cursor"]) == {"timestamp": Clock().now + 10 * SECOND, "ordinate": "1", "cron": A, "sort": "ASC"}
    assert places(caller.get(f"/results/{ticking}")) == [("0", None, 0), ("1", None, 3), *places(page)]
    # Nobody monitors it.
    assert caller.get(f"/{ticking}/latest")["assignment"]["tags"][2]["value"] == "1"


def test_ticks_stand_between_slots_in_pages_of_either_order(caller: Caller, ticking: str, clock: Clock) -> None:
    clock.now += 12 * SECOND
    caller.value(ticking, "return 1")
    clock.now += 30 * SECOND
    caller.get(f"/cron/{ticking}")
    expected = [("0", None, 0), ("1", None, 3), ("1", A, 10), ("1", B, 10), ("2", None, 15),
                ("2", B, 20), ("2", A, 30), ("2", B, 30), ("2", A, 40), ("2", B, 40)]  # fmt: skip
    assert places(caller.get(f"/results/{ticking}")) == expected
    assert places(caller.get(f"/results/{ticking}", sort="DESC")) == expected[::-1]
    for sort, order in (("ASC", expected), ("DESC", expected[::-1])):
        for size in (1, 2, 3, 7):
            found: list[tuple[str, str | None, int]] = []
            cursor = ""
            while True:
                name = "from" if sort == "ASC" else "to"
                page = caller.get(f"/results/{ticking}", sort=sort, limit=size, **({name: cursor} if cursor else {}))
                fresh = places(page)
                if sort == "DESC" and cursor:
                    # `to` is among what it ends with.
                    assert fresh.pop(0) == found[-1]
                found += fresh
                if not page["pageInfo"]["hasNextPage"] or (sort == "DESC" and size == 1):
                    break
                cursor = page["edges"][-1]["cursor"]
            assert found == order[: len(found)]
            assert len(found) == len(order) or size == 1


def test_windows_of_cursors_and_of_times(caller: Caller, ticking: str, clock: Clock) -> None:
    clock.now += 40 * SECOND
    everything = caller.get(f"/cron/{ticking}")["edges"]
    assert len(everything) == 7
    for at, edge in enumerate(everything):
        for path in ("cron", "results"):
            after = caller.get(f"/{path}/{ticking}", **{"from": edge["cursor"]})["edges"]
            assert [one["cursor"] for one in after] == [one["cursor"] for one in everything[at + 1 :]]
        until = caller.get(f"/cron/{ticking}", to=edge["cursor"])["edges"]
        assert until == everything[: at + 1]
    born = Clock().now
    since, until_ms = born + 10 * SECOND, born + 30 * SECOND
    window = {"from": since, "to": until_ms}
    expected = [("1", B, 20), ("1", A, 30), ("1", B, 30)]
    assert places(caller.get(f"/cron/{ticking}", **window)) == expected
    assert places(caller.get(f"/results/{ticking}", **window)) == expected
    assert places(caller.get(f"/results/{ticking}", **window, sort="DESC")) == expected[::-1]
    # Of the cursor of a slot nothing but its time is known to who made it up.
    made_up = base64.b64encode(json.dumps({"timestamp": since, "ordinate": "7", "cron": "9-moons"}).encode()).decode()
    assert places(caller.get(f"/cron/{ticking}", **{"from": made_up}))[0] == expected[0]
    assert caller.get(f"/cron/{ticking}", to=born - 1)["edges"] == []
    assert len(caller.get(f"/cron/{ticking}", **{"from": born - 1})["edges"]) == 7


def test_a_slot_and_ticks_of_one_time_are_told_apart(caller: Caller, ticking: str, clock: Clock) -> None:
    clock.now += 7 * SECOND
    caller.value(ticking, "return 1")
    caller.get(f"/cron/{ticking}")
    edges = caller.get(f"/results/{ticking}")["edges"]
    assert places({"edges": edges}) == [("0", None, 0), ("1", None, 3), ("2", None, 10), ("2", A, 10), ("2", B, 10)]
    for at, edge in enumerate(edges):
        after = caller.get(f"/results/{ticking}", **{"from": edge["cursor"]})["edges"]
        assert [one["cursor"] for one in after] == [one["cursor"] for one in edges[at + 1 :]]


def test_a_page_of_ticks_has_its_limits(caller: Caller, clock: Clock) -> None:
    process = caller.spawn(("Cron-Interval", "1-second"), ("Cron-Tag-Action", "Cron"))
    clock.now += 1200 * SECOND
    for limit, expected in ((3, 3), (1000, 1000), (5000, 1000), (0, 500)):
        page = caller.get(f"/cron/{process}", **({"limit": limit} if limit else {}))
        assert (len(page["edges"]), page["pageInfo"]["hasNextPage"]) == (expected, True)
    cursor = page["edges"][-1]["cursor"]
    assert len(caller.get(f"/cron/{process}", limit=1000, **{"from": cursor})["edges"]) == 700


def test_only_what_is_wanted_is_evaluated(caller: Caller, ticking: str, clock: Clock) -> None:
    clock.now += 3_600 * SECOND
    assert len(caller.get(f"/cron/{ticking}", to=Clock().now + 20 * SECOND)["edges"]) == 3
    assert len(list(caller.face.node.store.ticks.between(ticking, (0, 0), (99, 0)))) == 4
    # A time to come has no ticks yet.
    assert len(caller.get(f"/cron/{ticking}", to=2**60)["edges"]) == 500


def test_wrong_cron_tags_are_a_mistake_of_the_client(caller: Caller) -> None:
    status, said = error_of(caller.post(process_item(caller.face, ("Cron-Interval", "5-moons"))))
    assert status == 400
    assert "Cron-Interval is '5-moons'" in said
    assert error_of(caller.http.get(f"/cron/{'A' * 43}"))[0] == 404


def test_a_dry_run_counts_the_ticks_that_are_due(caller: Caller, ticking: str, clock: Clock) -> None:
    def asked(upto: str = "") -> tuple[str, int]:
        message = {"Owner": USER.address, "Data": "return Count", "Tags": [{"name": "Action", "value": "Eval"}]}
        params = {"process-id": ticking, **({"to": upto} if upto else {})}
        answer = caller.http.post("/dry-run", params=params, json=message)
        message["Data"] = "return os.time()"
        time = caller.http.post("/dry-run", params=params, json=message).json()["Output"]["data"]
        return answer.json()["Output"]["data"], (int(time) - Clock().now) // SECOND

    assert asked() == ("0", 3)
    clock.now += 20 * SECOND
    assert asked() == ("4", 20)
    first = caller.get(f"/{ticking}", process_id=ticking)["edges"][1]["node"]["message"]["id"]
    assert asked(first) == ("0", 3)
    caller.get(f"/cron/{ticking}")
    assert asked() == ("4", 20)
    assert asked(first) == ("0", 3)
    assert len(caller.get(f"/results/{ticking}")["edges"]) == 5


# Monitors


def monitor(caller: Caller, process_id: str, method: str = "POST") -> str:
    item = build_item(USER, target=process_id, data=b" ")
    answer = caller.http.request(method, f"/monitor/{process_id}", content=item.raw)
    assert answer.status_code == 200, answer.text
    return answer.text


def eventually(face: Face, process_id: str, done: Callable[[], bool]) -> None:
    assert face.worker.wait_until(process_id, done, 20)


def test_a_monitored_process_ticks_while_the_node_runs(caller: Caller, ticking: str, clock: Clock) -> None:
    face = caller.face
    assert monitor(caller, ticking) == "Monitoring process"
    for number in (1, 2, 3):
        clock.now += 10 * SECOND
        until = clock.now
        eventually(face, ticking, lambda until=until: face.node.is_ticked(ticking, until))  # type: ignore[misc] # bound now
        assert len(list(face.node.store.ticks.between(ticking, (0, 0), (99, 0)))) == 2 * number
    # What it sent to itself came, too, but not what the failed tick would have.
    eventually(face, ticking, lambda: face.node.record(ticking).slots == face.node.record(ticking).evaluated == 7)
    assert monitor(caller, ticking, "DELETE") == "Process deleted"
    clock.now += 10 * SECOND
    assert not face.node.is_ticked(ticking, clock.now)
    assert len(caller.get(f"/cron/{ticking}")["edges"]) == 7
    assert face.node.record(ticking).slots == 7


def test_a_monitor_outlives_the_program(caller: Caller, ticking: str, clock: Clock, tmp_path: Path) -> None:
    monitor(caller, ticking)
    caller.face.close()
    clock.now += 10 * SECOND
    store = Store(tmp_path / "store.sqlite")
    face = Face(Node(store, KEYS, clock), clock)
    eventually(face, ticking, lambda: face.node.is_ticked(ticking, clock.now))
    assert face.node.store.ticks.is_monitored(ticking)
    face.close()
    store.close()


def test_an_item_to_nobody_monitors_nothing(caller: Caller, ticking: str) -> None:
    answer = caller.http.post(f"/monitor/{ticking}", content=build_item(USER, data=b" ").raw)
    assert error_of(answer) == (400, "The data item has no target, which would be the process")


@pytest.fixture
def impatient(tmp_path: Path, clock: Clock) -> Iterator[Caller]:
    """A node that waits for nothing."""
    store = Store(tmp_path / "other.sqlite")
    face = Face(Node(store, KEYS, clock), clock, patience=Patience(result_seconds=0.05))
    with httpx.Client(transport=httpx.WSGITransport(make_app(face)), base_url="http://node.test") as http:
        yield Caller(face, http)
    face.close()
    store.close()


def test_who_would_have_to_wait_long_for_ticks_is_told_to_come_again(impatient: Caller, clock: Clock) -> None:
    process = impatient.spawn(("Cron-Interval", "1-hour"), ("Cron-Tag-Action", "Cron"))
    impatient.eval(process, f"Handlers.add('slow', 'Cron', function() {SLOW} end)")
    clock.now += 3_600 * SECOND + 1
    answer = impatient.http.get(f"/cron/{process}")
    assert error_of(answer)[0] == 503
    assert "is in progress" in error_of(answer)[1]
    assert answer.headers["Retry-After"] == "1"
