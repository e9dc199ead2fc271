"""What is said of a dry run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from slots import ALICE, BOB, message, sent, shown, slot, story

from aos_cli.clients.base import DryRun, Sent
from aos_cli.model import Tag
from aos_cli.render.changes import dry_lines, dry_record
from aos_cli.render.story import ASCII_SIGNS, joined
from aos_cli.units.changes import Change


def dry(*changes: Change, outbox: tuple[Sent, ...] = (), uncompared: tuple[str, ...] = (), **result: Any) -> DryRun:
    return DryRun(slot(outbox=outbox, **result), changes, uncompared)


def lines(found: DryRun) -> list[str]:
    return shown(joined(dry_lines(found, story()))).splitlines()


def test_nothing_would_change() -> None:
    assert lines(dry()) == ["dry run: nothing was kept", "would change no global"]


def test_who_cannot_compare_says_so() -> None:
    assert lines(dry(uncompared=("_G",))) == ["dry run: nothing was kept", "what it would change is not known here"]


def test_changes_are_shown_with_their_values() -> None:
    changes = (Change("new", None, "1"), Change("old", '"x"', None), Change("Balances.abc", '"10"', '"7"'))
    assert lines(dry(*changes))[1:] == ["would change", " + new  1", ' - old  "x"', ' ~ Balances.abc  "10" → "7"']


def test_a_terminal_without_unicode_gets_ascii() -> None:
    found = shown(joined(dry_lines(dry(Change("x", "1", "2")), replace(story(), signs=ASCII_SIGNS))))
    assert " ~ x  1 -> 2" in found
    assert found.isascii()


def test_many_changes_are_counted() -> None:
    found = lines(dry(*(Change(f"x{number}", None, "1") for number in range(1234))))
    assert len(found) == 23
    assert found[-1] == "   1,214 more"


def test_the_outbox_would_be_sent() -> None:
    child = replace(message("", "", ALICE, ""), tags=(Tag("Name", "child"),))
    outbox = (
        sent(state="dry"),
        sent(child, "spawn", "dry"),
        sent(message("Spawned", "", ALICE, ALICE), "notice", "dry"),
        sent(message("Go", "", ALICE, BOB), "message", "refused", "it has no list of tags"),
        sent(replace(child, tags=()), "spawn", "dry"),
    )
    assert lines(dry(outbox=outbox))[1:-1] == [
        "would send",
        " → bob  Note  milk",
        " + a new process child",
        " ✗ bob  Go  not delivered: it has no list of tags",
        " + a new process",
    ]


def test_a_message_without_a_result_would_change_nothing() -> None:
    """That is said with the error already."""
    assert lines(dry(error="limit", rolled_back=True)) == ["dry run: nothing was kept"]


@pytest.mark.parametrize(
    ("names", "said"), [(1, "t0"), (5, "t0, t1, t2, t3, t4"), (7, "t0, t1, t2, t3, t4 and 2 more")]
)
def test_what_was_not_compared_is_said(names: int, said: str) -> None:
    found = lines(dry(uncompared=tuple(f"t{number}" for number in range(names))))
    assert found[-1] == f"not compared, because too large or too deep: {said}"


def test_a_hostile_state_cannot_write_to_the_terminal() -> None:
    nasty = "\x1b[2J\u202e\n\x9b31m"
    text = joined(dry_lines(dry(Change(nasty, nasty, nasty), uncompared=(nasty,)), story())).plain
    assert not {"\x1b", "\u202e", "\x9b"} & set(text)
    assert len(text.splitlines()) == 4


def test_programs_get_all_of_it_as_data() -> None:
    changes = tuple(Change(f"x{number}", None, "1") for number in range(100))
    record = dry_record(dry(*changes, outbox=(sent(state="dry"),), uncompared=("Big",), output="7"), time_ms=1.25)
    assert json.loads(json.dumps(record)) == record
    assert (record["dry"], record["uncompared"], record["output"], record["time_ms"]) == (True, ["Big"], "7", 1.2)
    assert record["changes"][0] == {"path": "x0", "kind": "added", "before": None, "after": "1"}
    assert len(record["changes"]) == 100
    assert [entry["state"] for entry in record["messages"]] == ["dry"]
