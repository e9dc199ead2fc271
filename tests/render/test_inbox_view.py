"""A message of an inbox in full, and what is watched."""

from __future__ import annotations

from typing import Any

import pytest
from slots import BOB, USER, message, sent, shown, slot, story

from aos_cli.mailbox import InboxMessage
from aos_cli.render.inbox import inbox_message_view, inbox_record
from aos_cli.render.story import Story
from aos_cli.render.watching import watched_lines

EVIL = "\x1b[2J\x9b6n\u202e\r"


def entry(identity: int | str = 7, **fields: Any) -> InboxMessage:
    return InboxMessage(3, fields, identity, unread=True)


def whole(**fields: Any) -> InboxMessage:
    tags = [
        {"name": "Action", "value": "Note"},
        {"name": "Colour", "value": "blue"},
        {"name": "Colour", "value": "red"},
    ]
    return entry(
        **{"Id": "i" * 43, "From": BOB, "Action": "Note", "TagArray": tags, "Data": "milk", "Timestamp": 1, **fields}
    )


def test_it_tells_all_of_a_message() -> None:
    text = shown(inbox_message_view(whole(), story()))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[:5] == [
        "message 3 of the inbox", f"from bob {BOB}", "action Note", f"message {'i' * 43}", "slot 7",
    ]  # fmt: skip
    assert lines[lines.index("tags") :] == [
        "tags", "Action Note", "Colour blue", "Colour red", "", "data 4 characters", "milk",
    ]  # fmt: skip


@pytest.mark.parametrize("data", ['{"a":[1,2]}', {"a": [1, 2]}])
def test_json_is_shown_over_several_lines(data: object) -> None:
    """As text, and as the table that a process makes of it."""
    assert shown(inbox_message_view(whole(Data=data), story())).endswith('{\n  "a": [\n    1,\n    2\n  ]\n}')


@pytest.mark.parametrize("timestamp", ["1700", 10**30, True, None, [], -(10**18)])
def test_a_time_that_is_none_is_left_out(timestamp: object) -> None:
    text = shown(inbox_message_view(whole(Timestamp=timestamp, Data="x"), story()))
    assert ("\ntime" in text) is (timestamp is True)


def test_a_message_of_which_nothing_is_known() -> None:
    text = shown(inbox_message_view(entry("digest"), story()))
    assert text.splitlines()[0] == "message 3 of the inbox"
    assert "slot" not in text


def test_nothing_of_it_acts_on_the_terminal() -> None:
    fields = {"Id": EVIL, "From": EVIL, "Action": EVIL, "Data": EVIL, "TagArray": [{"name": EVIL, "value": EVIL}]}
    text = shown(inbox_message_view(entry("x", **fields), Story(lambda _: EVIL)), 400)
    assert not set(text) & set("\x1b\x9b\u202e\r")


def test_as_data() -> None:
    record = inbox_record(entry(Data="x", number=99, Nonce=7))
    assert record == {"number": 3, "unread": True, "Data": "x", "Nonce": 7}
    assert list(record)[:2] == ["number", "unread"]


# What is watched


def lines(watched: Any) -> list[str]:
    return [shown(line) for line in watched_lines(watched, story(USER))]


def test_what_arrives_at_a_watched_process_stands_under_its_name() -> None:
    arrived = slot(message("Ping", "ball", BOB), outbox=(sent(),), output="one\ntwo")
    assert lines(arrived) == [" alice ← bob  Ping  ball", "   one\n   two", "    → bob  Note  milk"]


def test_a_watched_process_is_born() -> None:
    assert lines(slot(message("", ""), number=0)) == [" alice is born"]
    assert lines(slot(number=0, error="broken"))[0] == " alice is born"
    assert "broken" in lines(slot(number=0, error="broken"))[1]
