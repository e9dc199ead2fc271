"""Tables of processes, slots and inboxes."""

from __future__ import annotations

import pytest
from slots import ALICE, BOB, USER, message, process, sent, shown, slot, story

from aos_cli.mailbox import InboxMessage
from aos_cli.render.story import Story
from aos_cli.render.tables import inbox_table, log_table, outbox_table, process_table

EVIL = "\x1b[2J\x9b6n\u202e\r"


def rows(text: str) -> list[list[str]]:
    """The words of each row, without the heading."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [line.split() for line in lines[2:]]


def test_processes() -> None:
    listed = [process(), process(BOB, owner=ALICE, slots=5), process("C" * 43, owner="D" * 43)]
    first, second, third = rows(shown(process_table(listed, story(USER), 120), 120))
    assert first[:4] == ["alice", ALICE, "you", "3"]
    assert second[:6] == ["bob", BOB, "alice", "5", "(2", "waiting)"]
    assert third[:3] == ["C" * 43, "DDDD..DDDD", "3"]


def test_times_are_left_out_where_names_need_the_room() -> None:
    assert "spawned" in shown(process_table([process()], story(USER), 100), 100)
    narrow = shown(process_table([process()], story(USER), 80), 80)
    assert "spawned" not in narrow
    assert rows(narrow) == [["alice", ALICE, "you", "3"]]
    assert "time" in shown(log_table([slot()], story(USER), 80), 80)
    assert "time" not in shown(log_table([slot()], story(USER), 60), 60)


def test_a_time_that_nobody_told_is_none() -> None:
    text = shown(process_table([process(spawned_ms=0)], story(USER), 120), 120)
    assert "alice" in text
    assert "1970" not in text
    assert ":" not in text


def test_log() -> None:
    slots = [
        slot(message("", ""), number=0),
        slot(number=1, outbox=(sent(), sent(kind="spawn"), sent(kind="notice"), sent(state="refused"))),
        slot(message("Ping", "", BOB), number=2, error="app.lua:3: broken"),
        slot(message("Loop", "", BOB), number=3, error="limit", rolled_back=True),
    ]
    lines = [" ".join(row) for row in rows(shown(log_table(slots, story(USER), 60), 90))]
    assert lines == [
        "0 you (spawn) ok",
        "1 you Eval ok bob Note, spawn, bob Note (refused)",
        "2 bob Ping error: broken",
        "3 bob Loop rolled back: limit",
    ]


def test_a_long_error_is_cut_in_a_narrow_window() -> None:
    failed = slot(number=1, error="attempt to index a nil value (global 'somebody'), said at length")
    assert len(rows(shown(log_table([failed], story(USER), 40), 40))) <= 3
    assert "global 'somebody'" in shown(log_table([failed], story(USER), 120), 120)


def test_inbox_numbers_as_the_process_does() -> None:
    note: dict[str, object] = {"From": BOB, "Action": "Note", "Data": "a\nb"}
    messages = [
        InboxMessage(7, note, 3, unread=False),
        InboxMessage(8, {"From": USER}, 4, unread=True),
        InboxMessage(9, {"From": BOB, "Data": {"a": 1}}, "digest", unread=False),
    ]
    first, second, third = rows(shown(inbox_table(messages, story())))
    assert first == ["7", "bob", "Note", r"a\nb"]
    assert second == ["new", "8", "UUUU..UUUU"]
    assert third == ["9", "bob", '{"a":', "1}"]


def test_outbox() -> None:
    entries = (
        (1, sent()), (1, sent(kind="spawn")), (1, sent(kind="assignment")), (1, sent(state="refused", problem="no")),
    )  # fmt: skip
    assert [" ".join(row) for row in rows(shown(outbox_table(entries, story()), 120))] == [
        "1 bob Note milk delivered",
        f"1 {'i' * 43} Note milk delivered",
        "1 bob Note milk delivered",
        "1 bob Note milk refused: no",
    ]


def test_numbers_are_right_aligned() -> None:
    text = shown(log_table([slot(number=5), slot(number=1234)], story(USER), 60), 60)
    [five] = [line for line in text.splitlines() if " 5 " in line]
    [thousands] = [line for line in text.splitlines() if "1234" in line]
    assert five.index("5") == thousands.index("4")


@pytest.mark.parametrize("width", [10, 40, 60, 80, 100, 200])
def test_tables_keep_to_the_width(width: int) -> None:
    processes = [process(name="a name that is quite long"), process(BOB, slots=10**6)]
    slots = [slot(message("An-Action-With-A-Long-Name", "x"), outbox=(sent(), sent())), slot(error="e" * 500)]
    for table in (process_table(processes, story(USER), width), log_table(slots, story(USER), width)):
        assert max(map(len, shown(table, width).splitlines())) <= width


def test_nothing_in_a_table_acts_on_the_terminal() -> None:
    tale = Story(lambda _: EVIL)
    evil = message(EVIL, EVIL, EVIL, EVIL)
    what = slot(evil, outbox=(sent(evil, state="refused", problem=EVIL),), error=EVIL)
    tables = [
        process_table([process(name=EVIL, owner=EVIL, process_id=EVIL)], tale, 200),
        log_table([what], tale, 200),
        inbox_table([InboxMessage(1, {"From": EVIL, "Action": EVIL, "Data": EVIL}, 1, unread=True)], tale),
        inbox_table([InboxMessage(2, {"Data": {EVIL: EVIL}, "Action": [EVIL]}, 2, unread=False)], tale),
        outbox_table([(what.number, entry) for entry in what.sent], tale),
    ]
    for table in tables:
        text = shown(table, 400)
        assert not set(text) & set("\x1b\x9b\u202e\r")
        assert "1b[2J" in text  # as an escape, of the sanitiser's or of JSON
