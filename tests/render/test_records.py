"""Slots, messages and processes as plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies
from slots import ALICE, BOB, USER, message, process, sent, slot

from aos_cli.clients.base import Message
from aos_cli.model import Tag
from aos_cli.render.records import (
    error_record,
    json_line,
    message_record,
    process_record,
    sent_record,
    slot_record,
)
from aos_cli.render.sanitiser import HIDDEN


def test_process() -> None:
    assert process_record(process()) == {
        "id": ALICE,
        "name": "alice",
        "owner": USER,
        "module": "m" * 43,
        "slots": 3,
        "evaluated": 3,
        "spawned_ms": 1_700_000_000_000,
    }


def test_message_keeps_the_first_of_repeated_tags() -> None:
    record = message_record(Message("i", BOB, ALICE, (Tag("A", "1"), Tag("Action", "Go"), Tag("A", "2")), "data"))
    assert record == {
        "id": "i", "from": BOB, "target": ALICE, "action": "Go", "tags": {"A": "1", "Action": "Go"}, "data": "data",
    }  # fmt: skip


def test_sent_has_a_problem_only_when_there_is_one() -> None:
    assert "problem" not in sent_record(sent())
    refused = sent_record(sent(state="refused", problem="too large"))
    assert (refused["state"], refused["slot"], refused["problem"]) == ("refused", None, "too large")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("app.lua:3: broken", ("broken", "app.lua", 3)),
        ('[string "x"]:2: broken', ("broken", None, 2)),
        ("broken", ("broken", None, None)),
    ],
)
def test_error_is_taken_apart(text: str, place: tuple[Any, ...]) -> None:
    record = error_record(text)
    assert (record["message"], record["file"], record["line"]) == place
    assert set(record) == {"message", "file", "line", "handler", "traceback"}


def test_slot_that_went_well() -> None:
    entries = (sent(), sent(kind="spawn"), sent(kind="assignment"), sent(kind="notice"))
    raw = {"Output": {"data": "2", "value": "2"}}
    record = slot_record(slot(output="\x1b[31mtwo\x1b[0m", outbox=entries, raw=raw), inbox=4, time_ms=1.26)
    assert (record["ok"], record["error"], record["value"], record["output"]) == (True, None, 2, "two")
    assert [len(record[name]) for name in ("messages", "spawns", "assignments")] == [1, 1, 1]
    assert (record["inbox"], record["time_ms"]) == (4, 1.3)
    assert (record["process"], record["name"], record["slot"], record["from"]) == (ALICE, "alice", 1, USER)
    assert json.loads(json.dumps(record)) == record


def test_slot_that_failed() -> None:
    record = slot_record(slot(error="app.lua:3: broken", rolled_back=True))
    assert (record["ok"], record["value"], record["rolled_back"]) == (False, None, True)
    assert record["error"]["line"] == 3
    assert "inbox" not in record
    assert "time_ms" not in record


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"Output": {"value": '{"a": [1, null]}'}}, {"a": [1, None]}),
        ({"Output": {"value": "no JSON"}}, None),
        ({"Output": {"value": 5}}, None),
        ({"Output": "text"}, None),
        ({}, None),
    ],
)
def test_value(raw: dict[str, Any], value: object) -> None:
    assert slot_record(slot(message(), raw=raw))["value"] == value


@given(strategies.recursive(strategies.text(), lambda inner: strategies.dictionaries(strategies.text(), inner)))
def test_lines_of_json_are_harmless_and_of_the_same_value(value: object) -> None:
    for ascii_only in (False, True):
        line = json_line({"value": value}, ascii_only=ascii_only)
        assert json.loads(line) == {"value": value}
        assert not HIDDEN.search(line)
        assert "\n" not in line
        assert not ascii_only or line.isascii()
