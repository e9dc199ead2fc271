"""The compute unit gives results as the network's does."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from face_tools import LONG_SECONDS, NOBODY, SLOW, Caller, error_of
from standing_clock import Clock

from aos_cli.http_face.face import Face, Patience

KEYS = ["Messages", "Assignments", "Spawns", "Output", "GasUsed"]


@pytest.fixture
def process_id(caller: Caller) -> str:
    return caller.spawn()


def evaluated(caller: Caller, process_id: str) -> None:
    """Waits until a process has nothing left to do."""

    def done() -> bool:
        record = caller.face.node.record(process_id)
        return record.evaluated == record.slots

    assert caller.face.worker.wait_until(process_id, done, LONG_SECONDS)


# Results


def test_a_result_has_all_its_keys(caller: Caller, process_id: str) -> None:
    result = caller.result(process_id, caller.eval(process_id, f"Send({{ Target = '{NOBODY}', Data = 'x' }}) return 7"))
    assert list(result) == KEYS
    assert result["Output"]["data"] == "7"
    assert result["Messages"][0]["Target"] == NOBODY
    assert result["GasUsed"] > 0


def test_an_error_is_a_result(caller: Caller, process_id: str) -> None:
    result = caller.result(process_id, caller.eval(process_id, "error('boom')"))
    assert list(result) == [*KEYS, "Error"]
    assert "boom" in result["Error"]
    assert result["Output"] == ""
    assert result["Messages"] == []


def test_a_message_that_ran_into_a_limit_is_an_error(caller: Caller) -> None:
    process_id = caller.spawn(("Compute-Limit", "1000000"))
    result = caller.result(process_id, caller.eval(process_id, SLOW))
    assert result["Error"] == "compute limit of 1,000,000 instructions reached"
    assert caller.value(process_id, "return 'alive'") == "alive"


def test_the_id_of_a_process_means_its_first_message(caller: Caller, process_id: str) -> None:
    assert caller.result(process_id, process_id)["Output"]["print"] is True


def test_what_is_unknown_is_said_at_once(caller: Caller, process_id: str) -> None:
    def answer(message_id: str, params: dict[str, str]) -> tuple[int, str]:
        return error_of(caller.http.get(f"/result/{message_id}", params=params))

    assert answer(NOBODY, {"process-id": process_id}) == (404, "Message or Process not found")
    assert answer(process_id, {"process-id": NOBODY}) == (404, f"There is no process {NOBODY} here")
    assert answer(process_id, {}) == (400, "'processId': Required.")
    assert answer(process_id, {"process-id": caller.spawn()}) == (404, "Message or Process not found")


def test_a_message_that_looks_like_an_assignment_is_none(caller: Caller, process_id: str) -> None:
    slot = (("Type", "Assignment"), ("Process", process_id), ("Nonce", "0"), ("Epoch", "0"), ("Timestamp", "1"))
    tags = (*slot, ("Block-Height", "1"), ("Hash-Chain", NOBODY))
    forged = caller.send(caller.spawn(), "x", *tags)
    answer = caller.http.get(f"/result/{forged}", params={"process-id": process_id})
    assert error_of(answer) == (404, "Message or Process not found")


@pytest.mark.parametrize("no_busy", [False, True])
def test_a_result_that_takes_long_is_promised(caller: Caller, face: Face, no_busy: bool) -> None:
    face.patience = Patience(result_seconds=0.01)
    process_id = caller.spawn(("Compute-Limit", "50000000"))
    message_id = caller.eval(process_id, SLOW)
    text = f'Evaluation of process "{process_id}" to "{message_id}" is in progress.'
    path, params = f"/result/{message_id}", {"process-id": process_id}
    if no_busy:
        answer = caller.http.get(path, params={**params, "no-busy": "1"})
        assert error_of(answer) == (503, text)
        assert answer.headers["retry-after"] == "1"
    else:
        answer = caller.http.get(path, params=params)
        assert (answer.status_code, answer.json()) == (202, {"message": text})
    evaluated(caller, process_id)
    assert "compute limit" in caller.result(process_id, message_id)["Error"]


# Pages of results


def outputs(page: Any) -> list[str]:
    return [edge["node"]["Output"]["data"] for edge in page["edges"]]


@pytest.fixture
def numbered(caller: Caller, process_id: str, clock: Clock) -> str:
    """A process with slots 1 to 7 that say so, ten milliseconds apart; slot 4 is an error."""
    for number in range(1, 8):
        clock.now += 10
        caller.eval(process_id, "error('x')" if number == 4 else f"return {number}")
    evaluated(caller, process_id)
    return process_id


def test_results_come_in_order_without_errors(caller: Caller, numbered: str) -> None:
    page = caller.get(f"/results/{numbered}")
    assert outputs(page) == ["", "1", "2", "3", "5", "6", "7"]
    assert page["pageInfo"] == {"hasNextPage": False}
    assert all(list(edge["node"]) == ["Messages", "Assignments", "Spawns", "Output"] for edge in page["edges"])


def test_a_cursor_is_json_that_clients_can_read(caller: Caller, numbered: str) -> None:
    edge = caller.get(f"/results/{numbered}", sort="DESC", limit=1)["edges"][0]
    assert json.loads(b64decode(edge["cursor"])) == {
        "timestamp": 1_700_000_000_070, "ordinate": "7", "cron": None, "sort": "DESC",
    }  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_results_follow_each_other(caller: Caller, numbered: str, limit: int) -> None:
    cursor, seen, more = "", [], True
    while more:
        page = caller.get(f"/results/{numbered}", limit=limit, **({"from": cursor} if cursor else {}))
        assert 0 < len(page["edges"]) <= limit
        seen += outputs(page)
        cursor, more = page["edges"][-1]["cursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ["", "1", "2", "3", "5", "6", "7"]


def test_a_page_of_large_results_has_fewer_of_them(
    caller: Caller, numbered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = caller.get(f"/results/{numbered}")["edges"]
    monkeypatch.setattr("aos_cli.http_face.compute._MAX_PAGE_CHARACTERS", 1)
    page = caller.get(f"/results/{numbered}")
    assert page == {"pageInfo": {"hasNextPage": True}, "edges": whole[:1]}
    last = caller.get(f"/results/{numbered}", **{"from": whole[-2]["cursor"]})
    assert last == {"pageInfo": {"hasNextPage": False}, "edges": whole[-1:]}


def test_the_newest_results_come_first_when_asked_for(caller: Caller, numbered: str) -> None:
    page = caller.get(f"/results/{numbered}", sort="DESC", limit=4)
    assert outputs(page) == ["7", "6", "5", "3"]
    assert page["pageInfo"] == {"hasNextPage": True}
    # The window stays one of time whatever the order: older ones are those up to a cursor.
    older = caller.get(f"/results/{numbered}", sort="DESC", to=page["edges"][-1]["cursor"])
    assert outputs(older) == ["3", "2", "1", ""]


def test_a_cursor_may_be_a_time_and_brings_its_order(caller: Caller, numbered: str) -> None:
    start = 1_700_000_000_000
    window = {"from": start + 10, "to": start + 50}
    assert outputs(caller.get(f"/results/{numbered}", **window)) == ["2", "3", "5"]
    newest = caller.get(f"/results/{numbered}", sort="DESC", limit=3)["edges"][-1]["cursor"]
    # As the console does: its live feed goes on with ASC behind a cursor of its first page, which was DESC.
    assert outputs(caller.get(f"/results/{numbered}", sort="ASC", **{"from": newest})) == ["7", "6"]


def test_what_is_not_evaluated_is_no_result(caller: Caller, face: Face, process_id: str) -> None:
    face.worker.close()
    caller.eval(process_id, "return 1")
    listed = caller.get(f"/results/{process_id}")["edges"]
    assert len(listed) == face.node.record(process_id).evaluated < 2


def base64_of(value: object) -> str:
    return b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "params",
    [
        {"from": "x"},
        {"to": "!!!!"},
        {"from": b64encode(b"\xff").decode()},
        {"from": base64_of([])},
        {"from": base64_of("text")},
        {"from": base64_of({"sort": "ASC"})},
        {"from": base64_of({"timestamp": "1"})},
        {"from": base64_of({"timestamp": True})},
        {"from": base64_of({"timestamp": 1, "sort": "UP"})},
        {"from": b64encode(b"[" * 100_000).decode()[:40_000]},
        {"sort": "UP"},
        {"limit": "many"},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(caller: Caller, process_id: str, params: dict[str, str]) -> None:
    status, text = error_of(caller.http.get(f"/results/{process_id}", params=params))
    assert status == 400
    assert text.startswith(f"'{next(iter(params))}': ")


def test_results_of_an_unknown_process_are_refused(caller: Caller) -> None:
    for path in ("results", "state", "cron"):
        assert error_of(caller.http.get(f"/{path}/{NOBODY}")) == (404, f"There is no process {NOBODY} here")


def test_no_memory_is_given_out_and_no_cron_message_made(caller: Caller, process_id: str) -> None:
    status, text = error_of(caller.http.get(f"/state/{process_id}"))
    assert status == 422
    assert "cannot give out the memory" in text
    assert caller.get(f"/cron/{process_id}") == {"pageInfo": {"hasNextPage": False}, "edges": []}


# Dry runs

# As aoconnect writes it.
BODY: dict[str, Any] = {
    "Id": "1234",
    "Target": NOBODY,
    "Owner": "1234",
    "Anchor": "0",
    "Data": "1984",
    "Tags": [{"name": "Action", "value": "Show"}, {"name": "Type", "value": "Message"}],
}

SHOW = """Count = 0
Handlers.add('show', 'Show', function(msg)
  Count = Count + 1
  Send({ Target = ao.id, Data = require('json').encode({
    count = Count, id = msg.Id, owner = msg.Owner, from = msg.From, target = msg.Target, data = msg.Data,
    anchor = msg.Anchor, time = msg.Timestamp, height = msg['Block-Height'], nonce = tostring(msg.Nonce),
    cron = tostring(msg.Cron),
  }) })
end)"""


def dry(caller: Caller, process_id: str, **changes: object) -> Any:
    body = {**BODY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    answer = caller.http.post("/dry-run", params={"process-id": process_id}, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def shown(caller: Caller) -> str:
    """A process that shows what it gets."""
    process_id = caller.spawn()
    assert "Error" not in caller.result(process_id, caller.eval(process_id, SHOW))
    return process_id


def seen(result: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result["Messages"][0]["Data"])
    return found


def test_a_dry_run_changes_nothing(caller: Caller, shown: str) -> None:
    before = caller.face.node.record(shown)
    for _ in range(2):
        result = dry(caller, shown)
        assert list(result) == KEYS
        assert seen(result)["count"] == 1
    assert caller.face.node.record(shown) == before
    assert caller.value(shown, "return Count") == "0"


def test_a_dry_message_looks_like_one_of_the_network(caller: Caller, shown: str) -> None:
    assert seen(dry(caller, shown)) == {
        "count": 1, "id": "1234", "owner": "1234", "from": "1234", "target": shown, "data": "1984", "anchor": "0",
        "time": 1_700_000_000_001, "height": 1429166, "nonce": "nil", "cron": "false",
    }  # fmt: skip


def test_a_dry_message_says_what_it_likes(caller: Caller, shown: str) -> None:
    tags = [*BODY["Tags"], {"name": "From-Process", "value": "someone"}]
    trusted = caller.face.node.authority
    found = seen(dry(caller, shown, Tags=tags, Timestamp=5, Block_Height="6", Data=7, Owner=trusted))
    expected = {"from": "someone", "owner": trusted, "time": 5, "height": 6, "data": "7"}
    assert {name: found[name] for name in expected} == expected


def test_an_answer_is_not_older_than_the_state(caller: Caller, shown: str) -> None:
    assert seen(dry(caller, shown))["count"] == 1
    caller.send(shown, "", ("Action", "Show"))
    assert seen(dry(caller, shown))["count"] == 2


def test_a_dry_run_can_be_made_at_an_older_state(caller: Caller, shown: str) -> None:
    [first] = [caller.face.node.evaluated(shown, 1, 1)[0].message.id]
    caller.result(shown, caller.send(shown, "", ("Action", "Show")))
    params = {"process-id": shown, "to": first}
    assert seen(caller.http.post("/dry-run", params=params, json=BODY).json())["count"] == 1
    unknown = caller.http.post("/dry-run", params={**params, "to": NOBODY}, json=BODY)
    assert error_of(unknown) == (404, "Message or Process not found")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "'body': A message as JSON must be provided as the body."),
        (b"\xff", "'body': A message as JSON must be provided as the body."),
        (b"[" * 100_000, "'body': A message as JSON must be provided as the body."),
        (b"[]", "'body': A message as JSON must be provided as the body."),
        (b'{"Owner": 5}', "'Owner': Expected string."),
        (b'{"Tags": {}}', "'Tags': Expected array."),
        (b'{"Tags": ["x"]}', "'Tags': Expected a name and a value, both of them strings."),
        (b'{"Tags": [{"name": "x", "value": 1}]}', "'Tags': Expected a name and a value, both of them strings."),
        (b'{"Timestamp": "soon"}', "'Timestamp': Expected number."),
        (b'{"Block-Height": true}', "'Block-Height': Expected number."),
    ],
)
def test_a_body_that_is_no_message_is_refused(caller: Caller, process_id: str, body: bytes, text: str) -> None:
    answer = caller.http.post("/dry-run", params={"process-id": process_id}, content=body)
    assert error_of(answer) == (400, text)


def test_a_dry_run_of_an_unknown_process_is_refused(caller: Caller) -> None:
    assert error_of(caller.http.post("/dry-run", json=BODY)) == (400, "'processId': Required.")
    unknown = caller.http.post("/dry-run", params={"process-id": NOBODY}, json=BODY)
    assert error_of(unknown) == (404, f"There is no process {NOBODY} here")
