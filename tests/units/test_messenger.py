from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from node_tools import KEYS, tag_objects, tags_of

from aos_cli.codec.ans104 import verify_item
from aos_cli.codec.ids import address_of
from aos_cli.units.messenger import Sender, parcels
from aos_cli.units.records import Parcel

PROCESS, MODULE, SCHEDULER, CAUSE, PUSHED_FOR = (letter * 42 + "A" for letter in "pmscf")
TARGET = "t" * 42 + "A"
SENDER = Sender(PROCESS, MODULE, SCHEDULER, CAUSE, PUSHED_FOR)
AUTHORITY = KEYS.messenger.address
ANCHOR = "0" * 31 + "1"


def made(result: dict[str, Any], sender: Sender = SENDER) -> list[Parcel]:
    return parcels(result, sender, KEYS.messenger, AUTHORITY)


def message(*tags: tuple[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Target": TARGET, "Anchor": ANCHOR, "Data": "hello", "Tags": tag_objects(tags), **fields}


def only(result: dict[str, Any]) -> Parcel:
    (parcel,) = made(result)
    return parcel


def item_tags(parcel: Parcel) -> list[tuple[str, str]]:
    assert parcel.item is not None
    return tags_of(parcel.item)


ENVELOPE = [
    ("Data-Protocol", "ao"),
    ("Type", "Message"),
    ("From-Process", PROCESS),
    ("From-Module", MODULE),
    ("Pushed-For", PUSHED_FOR),
]


def test_a_message_is_signed_by_the_messenger() -> None:
    parcel = only({"Messages": [message(("Action", "Hi"))]})
    assert parcel.item is not None
    verify_item(parcel.item)
    assert address_of(parcel.item.owner, parcel.item.signature_type) == AUTHORITY
    assert (parcel.kind, parcel.targets, parcel.message_id) == ("message", (TARGET,), parcel.item.id)
    assert (parcel.item.data, parcel.item.anchor) == (b"hello", ANCHOR.encode())


def test_the_tags_of_a_message_stand_in_the_networks_order() -> None:
    given = [
        ("Data-Protocol", "ao"), ("Variant", "ao.TN.1"), ("Type", "Message"), ("Reference", "1"), ("Action", "Hi"),
        ("Action", "again"), ("X", ""),
    ]  # fmt: skip
    expected = [("Variant", "ao.TN.1"), ("Reference", "1"), ("Action", "Hi"), ("Action", "again"), ("X", "")]
    assert item_tags(only({"Messages": [message(*given)]})) == expected + ENVELOPE


def test_a_forged_origin_does_not_survive() -> None:
    forged = [
        ("From-Process", TARGET), ("From-Module", TARGET), ("From-Process", "x"), ("Type", "Process"),
        ("Data-Protocol", "evil"), ("Assignments", "x"),
    ]  # fmt: skip
    assert item_tags(only({"Messages": [message(*forged)]})) == ENVELOPE


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (None, b" "), ("", b" "), ("0", b"0"), ("x", b"x"), ("\0ü", "\0ü".encode()), (5, b"5"), (2.5, b"2.5"),
        (True, b"true"),
    ],
)  # fmt: skip
def test_data_is_sent_as_text_and_nothing_as_a_blank(data: object, sent: bytes) -> None:
    parcel = only({"Messages": [message(Data=data)]})
    assert parcel.item is not None
    assert parcel.item.data == sent


def test_a_message_without_a_target_is_kept() -> None:
    entry = message()
    del entry["Target"]
    parcel = only({"Messages": [entry]})
    assert (parcel.targets, parcel.problem) == ((), "")
    assert parcel.item is not None
    assert parcel.item.target == b""


REFUSED_MESSAGES: list[tuple[Any, str]] = [
    (message(("Count", 5)), "tag Count is the number 5; tag values are texts, so write tostring(...)"),
    (message(("Done", True)), "tag Done is the boolean true"),
    (message(("List", [1])), "tag List is a table"),
    (message((5, "x")), "a tag has the name the number 5"),  # type: ignore[arg-type] # what Lua may write
    ({**message(), "Tags": [{"name": "a"}]}, "tag a is nil"),
    ({**message(), "Tags": ["x"]}, "a tag has the name nil"),
    ({**message(), "Tags": "x"}, "it has no list of tags"),
    ({"Target": TARGET}, "it has no list of tags"),
    ("x", "it has no list of tags"),
    (None, "it has no list of tags"),
    (message(Target="bob"), "its Target is 'bob', not an id of 43 characters"),
    (message(Target=""), "its Target is '', not an id"),
    (message(Target="ü" * 43), "not an id of 43 characters"),
    (message(Target="A" * 42 + "B"), "not an id of 43 characters"),
    (message(Target=7), "its Target is the number 7"),
    (message(Target={"a": 1}), "its Target is a table"),
    (message(Data={"a": 1}), "its Data is not a text"),
    (message(Anchor="short"), "Anchor must be 32 bytes"),
    (message(("Long", "x" * 5000)), "Too many tag bytes"),
]


@pytest.mark.parametrize(("entry", "problem"), REFUSED_MESSAGES)
def test_an_entry_that_cannot_be_sent_is_refused_with_the_reason(entry: Any, problem: str) -> None:
    first, second = made({"Messages": [entry, message()]})
    assert (first.item, first.position, first.kind) == (None, 0, "message")
    assert problem in first.problem
    assert (second.position, second.problem) == (1, "")


@pytest.mark.parametrize("field", ["Messages", "Spawns", "Assignments"])
@pytest.mark.parametrize("outbox", [None, "x", 5, {"a": {"Tags": []}}, []])
def test_an_outbox_that_is_no_list_sends_nothing(field: str, outbox: object) -> None:
    assert made({field: outbox}) == []


def test_positions_count_over_the_whole_outbox() -> None:
    spawn_entry = {"Tags": tag_objects([("Module", MODULE)])}
    assignment = {"Processes": [TARGET], "Message": CAUSE}
    result = {"Messages": [message(), message()], "Spawns": [spawn_entry], "Assignments": [assignment]}
    assert [(parcel.position, parcel.kind) for parcel in made(result)] == [
        (0, "message"), (1, "message"), (2, "spawn"), (2, "notice"), (3, "assignment"),
    ]  # fmt: skip


# Spawns

SPAWN_TAGS = [
    ("Data-Protocol", "ao"), ("Variant", "ao.TN.1"), ("Type", "Process"), ("From-Process", PROCESS),
    ("From-Module", MODULE), ("Module", MODULE), ("Reference", "4"), ("Name", "child"), ("Action", "Born"),
]  # fmt: skip


def spawned(*tags: tuple[str, str]) -> tuple[Parcel, Parcel]:
    child, notice = made({"Spawns": [{"Anchor": ANCHOR, "Data": "NODATA", "Tags": tag_objects(tags)}]})
    return child, notice


def test_the_tags_of_a_child_stand_in_the_networks_order() -> None:
    child, _ = spawned(*SPAWN_TAGS)
    assert item_tags(child) == [
        ("Variant", "ao.TN.1"), ("From-Module", MODULE), ("Module", MODULE), ("Reference", "4"), ("Name", "child"),
        ("Action", "Born"), ("Data-Protocol", "ao"), ("Type", "Process"), ("From-Process", PROCESS),
        ("Pushed-For", PUSHED_FOR), ("Scheduler", SCHEDULER), ("Authority", AUTHORITY),
    ]  # fmt: skip
    assert child.item is not None
    assert (child.item.target, child.item.data) == (b"", b"NODATA")


def test_a_child_keeps_its_own_scheduler_and_authority() -> None:
    child, _ = spawned(*SPAWN_TAGS, ("Scheduler", "theirs"), ("Authority", "one"), ("Authority", "two"))
    tags = item_tags(child)
    assert [value for name, value in tags if name in ("Scheduler", "Authority")] == ["theirs", "one", "two"]


def test_a_child_belongs_to_its_parent() -> None:
    child, _ = spawned(*SPAWN_TAGS)
    assert child.spawns is not None
    assert (child.spawns.id, child.spawns.name, child.spawns.owner, child.spawns.module_id) == (
        child.message_id, "child", PROCESS, MODULE,
    )  # fmt: skip


def test_the_parent_is_told_of_the_birth() -> None:
    child, notice = spawned(*SPAWN_TAGS)
    assert notice.item is not None
    assert (notice.kind, notice.targets, notice.item.data) == ("notice", (PROCESS,), b" ")
    assert item_tags(notice) == [
        ("From-Process", PROCESS), ("From-Module", MODULE), ("Module", MODULE), ("Reference", "4"), ("Name", "child"),
        ("Action", "Born"), ("Data-Protocol", "ao"), ("Type", "Message"), ("Process", child.message_id),
        ("Action", "Spawned"), ("Variant", "ao.TN.1"),
    ]  # fmt: skip


def test_a_spawn_cannot_speak_for_another_process() -> None:
    child, notice = spawned(("Module", MODULE), ("From-Process", TARGET), ("From-Module", TARGET), ("Pushed-For", "x"))
    assert [value for name, value in item_tags(child) if name.startswith(("From-", "Pushed"))] == [
        MODULE, PROCESS, PUSHED_FOR,
    ]  # fmt: skip
    assert [tag for tag in item_tags(notice) if tag[0].startswith("From-")] == [
        ("From-Process", PROCESS), ("From-Module", MODULE),
    ]  # fmt: skip


def test_a_spawn_without_a_module_is_refused() -> None:
    parcel = only({"Spawns": [{"Tags": tag_objects([("Name", "x")])}]})
    assert (parcel.kind, parcel.item, parcel.problem) == ("spawn", None, "it names no Module")


# Assignments


def assignment(**fields: Any) -> dict[str, Any]:
    return {"Processes": [TARGET], "Message": CAUSE, **fields}


def test_an_assignment_goes_to_each_process_once() -> None:
    parcel = only({"Assignments": [assignment(Processes=[TARGET, PROCESS, TARGET], Exclude=["Data"])]})
    assert (parcel.kind, parcel.item, parcel.message_id) == ("assignment", None, CAUSE)
    assert (parcel.targets, parcel.exclude) == ((TARGET, PROCESS), ("Data",))


@pytest.mark.parametrize("exclude", [["Data", "Tags", "x" * 5000, 7, {}, "Data", "Id"], ["Tags", "Data"]])
def test_only_what_can_be_left_out_is_excluded(exclude: list[Any]) -> None:
    assert only({"Assignments": [assignment(Exclude=exclude)]}).exclude == ("Data", "Tags")


@pytest.mark.parametrize("exclude", [None, "Data", {"Data": True}])
def test_an_exclude_that_is_no_list_excludes_nothing(exclude: object) -> None:
    assert only({"Assignments": [assignment(Exclude=exclude)]}).exclude == ()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (assignment(Processes="x"), "no list of Processes"),
        (assignment(Message="short"), "its Message is not an id"),
        (assignment(Message=None), "its Message is not an id"),
        (assignment(BaseLayer=True), "base layer"),
        ("x", "no list of Processes"),
    ],
)
def test_an_assignment_that_cannot_be_made_is_refused(entry: Any, problem: str) -> None:
    parcel = only({"Assignments": [entry]})
    assert parcel.kind == "assignment"
    assert problem in parcel.problem


def test_the_tag_assignments_asks_for_assignments_and_does_not_travel() -> None:
    sent, assigned = made({"Messages": [message(("A", "1"), ("Assignments", [PROCESS, CAUSE, PROCESS]))]})
    assert item_tags(sent) == [("A", "1"), *ENVELOPE]
    assert (assigned.kind, assigned.message_id, assigned.targets) == ("assignment", sent.message_id, (PROCESS, CAUSE))


# Ids

_OUTBOX: dict[str, Any] = {
    "Messages": [message(), message(), {"Target": TARGET, "Tags": []}, {"Target": TARGET, "Tags": []}],
    "Spawns": [{"Tags": tag_objects([("Module", MODULE)])}] * 2,
}


def test_the_same_outbox_gives_the_same_items() -> None:
    assert made(_OUTBOX) == made(_OUTBOX)


def test_entries_alike_are_items_of_their_own() -> None:
    """A process without references of its own may send the same text twice; both must arrive."""
    ids = [parcel.message_id for parcel in made(_OUTBOX) if parcel.position >= 2]
    assert len(set(ids)) == len(ids)
    later = made(_OUTBOX, Sender(PROCESS, MODULE, SCHEDULER, "d" * 42 + "A", PUSHED_FOR))
    assert not set(ids) & {parcel.message_id for parcel in later}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
_ENTRY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("Target", "Anchor", "Data", "Tags", "Processes", "Message", "Exclude"), _JSON)
    | {"Tags": st.lists(st.fixed_dictionaries({"name": _JSON, "value": _JSON}), max_size=3)},
)


@settings(max_examples=60)
@given(
    st.fixed_dictionaries(
        {name: st.lists(_JSON | _ENTRY, max_size=3) for name in ("Messages", "Spawns", "Assignments")}
    )
)
def test_no_outbox_stops_the_messenger(result: dict[str, Any]) -> None:
    for parcel in made(result):
        assert parcel.problem or parcel.message_id
