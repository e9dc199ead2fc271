"""Everything about one message."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from slots import ALICE, BOB, USER, message, process, sent, shown, slot, story

from aos_cli.clients.base import Entry, LogPlace, Message, Slot
from aos_cli.clients.tracing import Subject
from aos_cli.model import Tag
from aos_cli.render.message import indented_json, message_view, subject_record


def subject(what: Message, found: Slot | None = None, cause: LogPlace | None = None, signer: str = USER) -> Subject:
    owner = process(ALICE)
    entry = Entry(
        owner, 4, what, signer, "anchor", 1_700_000_000_000, 9, "h" * 43, "a" * 43, "s" * 43, (), cause, found
    )
    return Subject(what, entry)


def test_all_of_a_message_is_shown() -> None:
    tags = (Tag("Action", "Give"), Tag("Quantity", "5"), Tag("Quantity", "6"))
    what = Message("i" * 43, BOB, ALICE, tags, '{"to":"carol"}')
    found = slot(what, 4, (sent(), sent(kind="message", state="refused", problem="no id")), output="given")
    text = shown(message_view(subject(what, found, LogPlace(BOB, 7), signer="m" * 43), story()))
    for part in (
        "alice slot 4", "i" * 43, f"bob  {BOB}", "m" * 43, "anchor", "h" * 43, "a" * 43, "s" * 43, "1700000000000 ms",
        "because of  bob slot 7", '  "to": "carol"', "ok, 1,000 instructions", "given", "delivered in slot 1",
        "refused: no id",
    ):  # fmt: skip
        assert part in text
    assert [line.split()[1] for line in text.splitlines() if line.startswith("  Quantity")] == ["5", "6"]


def test_a_waiting_message_has_no_result() -> None:
    text = shown(message_view(subject(message()), story()))
    assert "it waits to be evaluated" in text
    assert "it came from outside" in text


def test_an_error_is_shown_with_its_handler() -> None:
    found = slot(message(), 4, error='boom\nstack traceback:\n\thandler "careful"\n\t...', rolled_back=True)
    text = shown(message_view(subject(message(), found), story()))
    assert "rolled back" in text
    assert "careful" in text


def test_what_a_network_does_not_tell_is_left_out() -> None:
    asked = subject(message(), slot())
    assert asked.entry is not None
    entry = replace(asked.entry, timestamp_ms=0, block_height=0, hash_chain="", assignment_id="", scheduler="")
    text = shown(message_view(asked._replace(entry=entry), story()))
    assert "slot        4 of alice" in text
    for label in ("time  ", "block  ", "hash chain  ", "assignment  ", "scheduler  "):
        assert label not in text


def test_a_message_in_no_log_is_shown_as_far_as_it_goes() -> None:
    text = shown(message_view(Subject(message("Lost", "x", ALICE, "F" * 43), None), story()))
    assert "in no log" in text
    assert "F" * 43 in text
    assert "assignment" not in text


def test_other_logs_are_named() -> None:
    what = message()
    text = shown(message_view(Subject(what, subject(what).entry, (LogPlace(BOB, 3),)), story()))
    assert "also in     bob slot 3" in text


def test_everything_of_a_message_is_harmless() -> None:
    hostile = "\x1b[2J\u202e\x07"
    what = Message("i" * 43, hostile, hostile, (Tag(hostile, hostile), Tag("Action", hostile)), "{" + hostile)
    found = slot(what, 4, (sent(what, state="refused", problem=hostile),), output=hostile)
    asked = subject(what, found)
    assert asked.entry is not None
    entry = replace(
        asked.entry, hash_chain=hostile, assignment_id=hostile, scheduler=hostile, exclude=(hostile,), anchor=hostile
    )
    text = shown(message_view(asked._replace(entry=entry), story()))
    assert not [character for character in text if not character.isprintable() and character != "\n"]


@pytest.mark.parametrize(
    "text",
    ["{}", "[]", '{"a": []}', '[{}, [1, 2.50, 1e400], "a:{[,]}", "\\"", true, null]', ' {"n": 123456789012345678901} '],
)
def test_json_is_indented_and_stays_what_it_is(text: str) -> None:
    indented = indented_json(text)
    assert indented is not None
    assert json.loads(indented, parse_float=str) == json.loads(text, parse_float=str)
    assert "\n" in indented or text in ("{}", "[]")
    assert indented_json(indented) == indented


def test_indented_json_looks_as_it_should() -> None:
    assert indented_json('{"a":[1,{}],"b":{"c":[]}}') == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {\n    "c": []\n  }\n}'
    )


@pytest.mark.parametrize("text", ["", "5", '"text"', "{", "{a: 1}", "[1,]", "[" * 100_000, "hello"])
def test_other_text_is_no_json_to_indent(text: str) -> None:
    assert indented_json(text) is None


def test_the_record_holds_everything() -> None:
    tags = (Tag("Action", "Give"), Tag("Twice", "1"), Tag("Twice", "2"))
    what = Message("i" * 43, BOB, ALICE, tags, "data")
    record = subject_record(subject(what, slot(what, 4, (sent(),), output="given"), LogPlace(BOB, 7)))
    assert record["tags"] == [{"name": tag.name, "value": tag.value} for tag in tags]
    assert (record["ok"], record["waiting"], record["output"], record["data"]) == (True, False, "given", "data")
    assert (record["because"], record["hash_chain"]) == ({"process": BOB, "slot": 7, "cron": None}, "h" * 43)
    assert [one["state"] for one in record["messages"]] == ["delivered"]
    assert json.dumps(record)


def test_the_record_of_a_waiting_message_and_of_one_in_no_log() -> None:
    record = subject_record(subject(message()))
    assert (record["ok"], record["waiting"], record["slot"]) == (None, True, 4)
    record = subject_record(Subject(message("Lost"), None))
    assert (record["ok"], record["slot"], record["action"]) == (None, None, "Lost")
