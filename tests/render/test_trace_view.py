"""A trace as a tree, and as nested JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slots import ALICE, BOB, NAMES, USER, message, process, shown, slot, tick

from aos_cli.clients.base import Entry, Message, Slot
from aos_cli.clients.tracing import Step, Trace
from aos_cli.model import Tag
from aos_cli.render.signs import ASCII_SIGNS
from aos_cli.render.story import Story
from aos_cli.render.trace import trace_json, trace_view
from aos_cli.units.records import DeliveryState, ParcelKind

BEGAN_MS = 1_700_000_000_000
HOSTILE = "\x1b[2J\u202eevil\n\x07"


def entry(
    number: int, what: Message, to: str = ALICE, after_ms: int = 0, waiting: bool = False, **result: Any
) -> Entry:
    owner = process(to)
    found = None if waiting else slot(what, number, owner=owner, **result)
    return Entry(
        owner, number, what, USER, "", BEGAN_MS + after_ms, 9, "h" * 43, "a" * 43, "s" * 43, (), None, found
    )  # fmt: skip


def step(
    depth: int,
    action: str,
    to: str = BOB,
    number: int | None = 1,
    kind: ParcelKind = "message",
    state: DeliveryState = "delivered",
    problem: str = "",
    more: int = 0,
    data: str = "",
    **entry_fields: Any,
) -> Step:
    what = message(action, data, USER if depth == 0 else ALICE, to)
    place = None if state != "delivered" or number is None else entry(number, what, to, **entry_fields)
    name = NAMES.get(to, "")
    return Step(depth, kind, state, to, name, number, what, problem, place, more)


def viewed(
    steps: list[Step], causes: list[Entry] | None = None, width: int = 100, whole: bool = True, tick: Slot | None = None
) -> list[str]:
    story = Story(lambda process_id: NAMES.get(process_id, ""), own=USER)
    return shown(trace_view(Trace(steps, causes or [], whole, tick), story, width), width).splitlines()


STEPS = [
    step(0, "Eval", ALICE, 4, data="go()"),
    step(1, "Ping", number=7, after_ms=2, data="ball"),
    step(2, "Pong", ALICE, 5, after_ms=1234),
    step(1, "Note", number=8, after_ms=3),
]


def test_each_line_says_who_got_what_and_when() -> None:
    assert viewed(STEPS) == [
        "message                         time  instructions  result",
        "alice 4 ← you  Eval  go()       0 ms         1,000  ok",
        "├─ → bob 7  Ping  ball         +2 ms         1,000  ok",
        "│  └─ → alice 5  Pong      +1,234 ms         1,000  ok",
        "└─ → bob 8  Note               +3 ms         1,000  ok",
        "4 messages, 2 processes, 4,000 instructions",
    ]


def test_a_narrow_window_keeps_the_results() -> None:
    lines = viewed(STEPS, width=40)
    assert lines[0] == "message                    result"
    assert lines[3] == "│  └─ → alice 5  Pong      ok"


@pytest.mark.parametrize("width", [30, 40, 48, 60, 72, 100])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    steps = [
        step(0, "A" * 300, ALICE, data="d" * 300),
        *(step(depth, "B" * 30, error="x" * 300, number=depth) for depth in range(1, 50)),
        step(1, "Far", "F" * 43, None, state="refused", problem="p" * 300),
    ]
    causes = [entry(number, message("C" * 90)) for number in range(9)]
    lines = viewed(steps, causes, width)
    assert max(map(len, lines[:-1])) <= width


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_window_without_room_ends(width: int) -> None:
    assert len(viewed(STEPS, width=width)) == 6


def test_errors_name_line_file_and_handler() -> None:
    traceback = 'boom\nstack traceback:\n\thandler "careful"\n\t...'
    lines = viewed([
        step(0, "Eval", ALICE),
        step(1, "Fail", error="app.lua:3: flat"),
        step(1, "Fall", error=traceback, rolled_back=True),
    ])  # fmt: skip
    assert lines[2].endswith("error")
    assert lines[3].split() == ["│", "app.lua:3:", "flat"]
    assert lines[4].endswith("rolled back")
    assert [line.strip() for line in lines[5:7]] == ["boom", "in handler careful"]
    assert lines[-1].endswith("2 errors")


def test_what_reached_no_log_says_why() -> None:
    lines = viewed([
        step(0, "Eval", ALICE),
        step(1, "Bad", "nonsense", None, state="refused", problem="its Target is no id"),
        step(1, "Far", "F" * 43, None, state="kept"),
        step(1, "Twice", number=3, state="duplicate"),
        step(1, "Late", number=4, waiting=True, after_ms=5),
        step(1, "", "C" * 43, 0, kind="spawn"),
        step(1, "Old", number=5, kind="assignment"),
    ])  # fmt: skip
    cells = [line.split() for line in lines[2:-1]]
    assert cells == [
        ["├─", "✗", "nonsense", "Bad", "refused"],
        ["│", "its", "Target", "is", "no", "id"],
        ["├─", "·", "FFFF..FFFF", "Far", "kept"],
        ["├─", "→", "bob", "3", "Twice", "duplicate"],
        ["├─", "→", "bob", "4", "Late", "+5", "ms", "waiting"],
        ["├─", "+", "CCCC..CCCC", "0", "is", "born", "+0", "ms", "1,000", "ok"],
        ["└─", "→", "bob", "5", "Old", "assigned", "+0", "ms", "1,000", "ok"],
    ]
    assert lines[-1].endswith("1 waiting")


def test_what_is_left_out_is_counted_where_it_belongs() -> None:
    lines = viewed([step(0, "Eval", ALICE, more=3), step(1, "Ping", more=1200), step(2, "Pong")])
    assert lines[2].startswith("├─ → bob 1  Ping")
    assert lines[3].startswith("│  ├─ → bob 1  Pong")
    assert lines[4:6] == ["│  └─ … 1,200 more", "└─ … 3 more"]
    assert "1,203 or more left out; --all shows them" in lines[-1]


def test_deep_steps_begin_with_their_depth() -> None:
    lines = viewed(
        [step(0, "Eval", ALICE), *(step(depth, "Ping", number=depth) for depth in range(1, 10_000))], width=80
    )
    assert lines[10_000].startswith("9999… ")
    assert "→ bob 9999  Ping" in lines[10_000]
    assert max(map(len, lines)) <= 80


def test_causes_stand_above_the_nearest_first() -> None:
    causes = [entry(9 - number, message("Ping", "ball"), BOB) for number in range(8)]
    lines = viewed(STEPS, causes)
    assert lines[0] == "because of bob 9 ← you  Ping  ball"
    assert lines[3:6] == ["because of bob 6 ← you  Ping  ball", "  … 3 more", "because of bob 2 ← you  Ping  ball"]
    assert viewed(STEPS, causes, whole=False)[4:6] == ["  … 4 or more", viewed(STEPS)[0]]


def test_names_and_texts_of_processes_are_harmless() -> None:
    what = Message("i" * 43, USER, ALICE, (Tag("Action", HOSTILE),), HOSTILE)
    found = Step(0, "message", "delivered", ALICE, HOSTILE, 1, what, HOSTILE, entry(1, what, error=HOSTILE))
    story = Story(lambda _: HOSTILE)
    text = shown(trace_view(Trace([found], [found.entry] if found.entry else [], True), story, 100))
    written = trace_json(Trace([found], [], True))
    for harmful in ("\x1b", "\u202e", "\x07"):
        assert harmful not in text
        assert harmful not in written
    assert json.loads(written)["action"] == HOSTILE


def test_without_unicode_the_tree_is_ascii() -> None:
    story = Story(lambda process_id: NAMES.get(process_id, ""), ASCII_SIGNS, USER)
    steps = [*STEPS, step(1, "Far", "F" * 43, None, state="refused", problem="no"), step(1, "More", more=2)]
    assert shown(trace_view(Trace(steps, [], True), story, 100)).isascii()


# As JSON


def test_json_is_nested_as_the_messages_were_sent() -> None:
    found = Trace(STEPS, [entry(2, message("Eval"))], True)
    record = json.loads(trace_json(found))
    assert (record["name"], record["slot"], record["action"], record["after_ms"]) == ("alice", 4, "Eval", 0)
    assert [(cause["name"], cause["slot"]) for cause in record["because"]] == [("alice", 2)]
    assert record["more_because"] is False
    ping, note = record["children"]
    assert (ping["name"], ping["slot"], ping["after_ms"], ping["ok"], ping["instructions"]) == ("bob", 7, 2, True, 1000)
    assert [child["action"] for child in ping["children"]] == ["Pong"]
    assert note["children"] == []
    assert set(note) == set(record) - {"because", "more_because"}


def test_json_says_what_went_wrong() -> None:
    record = json.loads(trace_json(Trace([
        step(0, "Eval", ALICE, error="app.lua:3: flat"),
        step(1, "Bad", "nonsense", None, state="refused", problem="no id"),
        step(1, "Late", waiting=True),
    ], [], False)))  # fmt: skip
    assert (record["ok"], record["error"]["file"], record["error"]["line"]) == (False, "app.lua", 3)
    assert record["more_because"] is True
    bad, late = record["children"]
    assert (bad["ok"], bad["state"], bad["problem"], bad["slot"]) == (False, "refused", "no id", None)
    assert (late["ok"], late["state"], late["instructions"]) == (None, "delivered", None)


def test_json_of_any_depth_is_well_nested() -> None:
    steps = [step(depth, "Ping", number=depth) for depth in range(20_000)]
    written = trace_json(Trace([*steps, step(1, "Last")], [], True))
    assert written.count('"children": [{') == 19_999
    assert written.count("{") - written.count("}") == written.count("[") - written.count("]") == 0
    assert written.endswith('"children": []}]}')


def test_it_may_begin_with_a_tick() -> None:
    lines = viewed(STEPS, [entry(3, message("Ping", sender=BOB))], tick=tick(2, owner=process(BOB)))
    assert lines[0].startswith("because of alice 3 ← bob  Ping")
    assert lines[1].startswith("because of bob 2 ◷ tick 0-10-seconds  20")
    assert all(len(line) <= 40 for line in viewed(STEPS, tick=tick(2), width=40)[:1])
    record = json.loads(trace_json(Trace(STEPS, [], True, tick(2, owner=process(BOB)))))
    assert record["because"] == [
        {
            "process": BOB, "name": "bob", "slot": 2, "cron": "0-10-seconds", "message": "", "from": USER,
            "action": "Cron", "timestamp_ms": BEGAN_MS,
        }
    ]  # fmt: skip


def test_a_cause_has_a_place() -> None:
    caused = entry(3, message("Ping"))
    assert json.loads(trace_json(Trace(STEPS, [caused], True)))["because"][0] == {
        "process": ALICE, "name": "alice", "slot": 3, "cron": None, "message": "i" * 43, "from": USER, "action": "Ping",
        "timestamp_ms": BEGAN_MS,
    }  # fmt: skip
