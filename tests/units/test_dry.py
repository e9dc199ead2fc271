"""Dry runs say what a message would do, and do nothing."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

import pytest
from node_tools import (
    USER,
    eval_slot,
    evaluate,
    log_texts,
    message_item,
    node_over,
    process_item,
    rows,
    settled,
    spawn,
    value_of,
)

from aos_cli.codec.ans104 import build_item
from aos_cli.errors import CodecError, NodeRefused, SignatureInvalid
from aos_cli.machine.port import Machine
from aos_cli.model import DataItem, Tag
from aos_cli.units import compute
from aos_cli.units.dry import DryEvaluation, dry_run
from aos_cli.units.node import Node
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture(params=["on a copy", "by a replay"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where there is no copy of a machine, a replay must tell the same."""

    def no_fork() -> int:
        raise BlockingIOError

    if request.param == "by a replay":
        monkeypatch.setattr(os, "fork", no_fork)
    return str(request.param)


@pytest.fixture
def process_id(node: Node) -> str:
    """A process with some state."""
    process_id = spawn(node)
    evaluate(node, process_id, "Count = 1 Balances = { abc = '10', xyz = '3' } Handlers.add('old', 'Old', print)")
    return process_id


def tried(node: Node, process_id: str, code: str) -> DryEvaluation:
    return dry_run(node, message_item(process_id, code, ("Action", "Eval"), anchor=b"d" * 32).raw, process_id)


def changes(dry: DryEvaluation) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.before, change.after) for change in dry.comparison.changes]


CODES = {
    "nothing": ("return 1", []),
    "globals": ("Count = Count + 1 New = 'x'", [("Count", "1", "2"), ("New", None, '"x"')]),
    "tables": (
        "Balances.abc, Balances.xyz, Balances.new = '7', nil, '6'",
        [("Balances.abc", '"10"', '"7"'), ("Balances.new", None, '"6"'), ("Balances.xyz", '"3"', None)],
    ),
    "handlers": (
        "Handlers.add('go', 'Go', function() end) Handlers.remove('old') Handlers.remove('_default')",
        [("Handlers.go", None, "handler"), ("Handlers.old", "handler", None)],
    ),
    "inbox": ("Inbox[#Inbox + 1] = { Data = 'x' }", [("Inbox", "1 message", "2 messages")]),
    "library": (
        "Utils.mine, ao.authorities[2] = 1, 'me'",
        [("Utils.mine", None, "1"), ("ao.authorities[2]", None, '"me"')],
    ),
    "sending": ("Send({ Target = ao.id, Action = 'Again' }) print('sent')", []),
    "spawning": ("Spawn({ Name = 'child' })", []),
    "waiting": ("Receive({ Action = 'Never' })", [("Handlers._once_0", None, "handler")]),
    "an error": ("Count = 5 error('no')", [("Count", "1", "5"), ("Errors[1]", None, '"[string \\"aos\\"]:1: no"')]),
    "no result": ("Count = 5 error({})", []),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CODES.values(), ids=CODES)
def test_it_says_what_would_change_and_changes_nothing(
    node: Node, path: Path, process_id: str, code: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    before = rows(path)
    assert changes(tried(node, process_id, code)) == expected
    assert rows(path) == before
    assert settled(node) == 0
    assert value_of(node, process_id, "Count .. Balances.abc .. #Inbox .. #Handlers.list") == "11013"


@pytest.mark.parametrize("code", [code for code, _ in CODES.values()], ids=CODES)
def test_it_says_what_the_message_then_does(node: Node, process_id: str, code: str) -> None:
    """The same message, sent, has the same slot and the same result; its place in the log is the same, too."""
    item = message_item(process_id, code, ("Action", "Eval"))
    dry = dry_run(node, item.raw, process_id).evaluated
    slot = node.submit(item.raw).slot
    sent = node.result(process_id, slot)
    assert (dry.entry.place, dry.entry.result, dry.entry.failed) == (
        sent.entry.place,
        sent.entry.result,
        sent.entry.failed,
    )
    assert dry.entry.instructions == sent.entry.instructions
    assert [delivery.message_id for delivery in dry.deliveries] == [delivery.message_id for delivery in sent.deliveries]


def test_a_limit_is_hit_as_it_would_be(node: Node, path: Path) -> None:
    process_id = spawn(node, "small", ("Compute-Limit", "10000000"), ("Memory-Limit", "4-mb"))
    evaluate(node, process_id, "Count = 1")
    before = rows(path)
    for code, word in (("Count = 2 while true do end", "compute limit"), ("t = ('x'):rep(1 << 23)", "memory limit")):
        dry = tried(node, process_id, code)
        assert dry.evaluated.entry.failed
        assert word in dry.evaluated.result["Throws"]
        assert dry.comparison.changes == ()
    assert rows(path) == before
    assert value_of(node, process_id, "Count") == "1"


def test_an_outbox_would_be_sent(node: Node, process_id: str) -> None:
    other = spawn(node, "other")
    code = f"""
    Send({{ Target = '{other}', Action = 'Hi' }})
    Send({{ Target = 'nobody' }})
    Spawn({{ Name = 'child' }})
    Spawn('{"m" * 43}', {{ Name = 'orphan' }})
    Assign({{ Processes = {{ '{other}', 'nowhere' }}, Message = ao.id }})
    Assign({{ Processes = {{ '{other}' }}, Message = '{"A" * 43}' }})
    """
    found = [
        (sent.kind, sent.state, sent.target, sent.problem)
        for sent in tried(node, process_id, code).evaluated.deliveries
    ]
    spawned = next(target for kind, state, target, _ in found if (kind, state) == ("spawn", "dry"))
    assert found == [
        ("message", "dry", other, ""),
        ("message", "refused", "nobody", "its Target is 'nobody', not an id of 43 characters"),
        ("spawn", "dry", spawned, ""),
        ("notice", "dry", process_id, ""),
        ("spawn", "refused", "", f"Module {'m' * 43} is not in this store"),
        ("assignment", "dry", other, ""),
        ("assignment", "refused", "nowhere", "there is no process nowhere here"),
        ("assignment", "refused", other, f"there is no message {'A' * 43} here"),
    ]
    assert settled(node) == 1  # the birth of the other one
    assert node.store.process(spawned) is None


def test_a_message_may_be_assigned_that_is_sent_with_it(node: Node, process_id: str) -> None:
    code = "Send({ Target = ao.id, Action = 'Hi', Assignments = { ao.id } })"
    found = tried(node, process_id, code).evaluated.deliveries
    assert [(sent.kind, sent.state) for sent in found] == [("message", "dry"), ("assignment", "dry")]


def test_somebody_elses_message_goes_the_way_it_would_go(node: Node, process_id: str) -> None:
    """A stranger's Eval is not evaluated; a message that a handler takes is handled."""
    evaluate(node, process_id, "Handlers.add('count', 'Count', function(msg) Count = Count + 1 end)")
    stranger = Ed25519Wallet(bytes(31) + b"x")
    item = message_item(process_id, "Count = 100", ("Action", "Eval"), signer=stranger)
    assert changes(dry_run(node, item.raw, process_id)) == [("Inbox", "1 message", "2 messages")]
    item = message_item(process_id, "", ("Action", "Count"), signer=stranger)
    assert changes(dry_run(node, item.raw, process_id)) == [("Count", "1", "2")]


def test_slots_that_wait_count_as_evaluated_and_go_on_waiting(node: Node, path: Path, process_id: str) -> None:
    for _ in range(3):
        eval_slot(node, process_id, "Count = Count * 10")
    before = rows(path)
    dry = tried(node, process_id, "Count = Count + 1")
    assert changes(dry) == [("Count", "1000", "1001")]
    assert dry.evaluated.entry.slot == 5
    assert rows(path) == before
    assert settled(node) == 3


def test_slots_that_wait_and_have_no_result_leave_no_trace(node: Node, process_id: str) -> None:
    for code in ("Count = Count + 1", "Count = 99 error({})", "Count = Count + 1", "Count = 98 error({})"):
        eval_slot(node, process_id, code)
    assert changes(tried(node, process_id, "Count = Count + 1")) == [("Count", "3", "4")]
    assert settled(node) == 4
    assert value_of(node, process_id, "Count") == "3"


def test_a_process_that_was_never_evaluated_can_be_tried(node: Node, path: Path) -> None:
    process_id = spawn(node)
    before = rows(path)
    assert changes(tried(node, process_id, "x = #Inbox")) == [("x", None, "1")]
    assert rows(path) == before


def test_a_log_with_failures_is_replayed_without_them(node: Node, path: Path, process_id: str) -> None:
    evaluate(node, process_id, "Count = 50 error({})")
    other = node_over(path)
    assert changes(tried(other, process_id, "Count = Count + 1")) == [("Count", "1", "2")]
    other.store.close()


def test_two_programs_use_one_store(node: Node, path: Path, process_id: str) -> None:
    """One tries while the other evaluates; neither sees anything of the other's dry runs."""
    other = node_over(path)
    for count in range(1, 6):
        assert changes(tried(other, process_id, "Count = Count + 1")) == [("Count", str(count), str(count + 1))]
        evaluate(node, process_id, "Count = Count + 1")
        assert value_of(other, process_id, "Count") == str(count + 1)
    assert None not in log_texts(node, process_id)
    other.store.close()


def test_it_does_not_wait_for_the_process(node: Node, process_id: str) -> None:
    """Neither waits long for the other."""
    held, done = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        assert done.wait(30)

    thread = threading.Thread(target=node.with_machine, args=(process_id, hold))
    thread.start()
    assert held.wait(30)
    assert changes(tried(node, process_id, "Count = 2")) == [("Count", "1", "2")]
    done.set()
    thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes copies of a machine")
def test_an_open_process_is_not_replayed(
    node: Node, process_id: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where slots wait, and once for all tries; a log of 10,000 slots takes a second."""
    opened: list[str] = []
    open_machine = compute.open_machine

    def noted(process: DataItem, module: DataItem) -> Machine:
        opened.append(process.id)
        return open_machine(process, module)

    monkeypatch.setattr(compute, "open_machine", noted)
    eval_slot(node, process_id, "Count = Count + 1")
    for _ in range(3):
        assert changes(tried(node, process_id, "Count = Count + 1")) == [("Count", "2", "3")]
    assert len(opened) == (0 if way == "on a copy" else 3)


def test_what_is_too_large_is_said(node: Node, process_id: str) -> None:
    evaluate(node, process_id, "Big = {} for n = 1, 200000 do Big[n] = n end")
    dry = tried(node, process_id, "Count, Big[1] = 2, 2")
    assert changes(dry) == [("Count", "1", "2")]
    assert dry.comparison.uncompared == ("Big",)


REFUSED = {
    "no item": (lambda node, process_id: b"x", CodecError, "."),
    "another's signature": (
        lambda node, process_id: message_item(process_id, "data").raw[:-1] + b"!", SignatureInvalid, ".",
    ),
    "a process": (lambda node, process_id: process_item(node).raw, NodeRefused, "only messages can be tried"),
    "nothing of AO": (
        lambda node, process_id: build_item(USER, target=process_id, tags=[Tag("Type", "Message")]).raw,
        NodeRefused, "Data-Protocol",
    ),
    "known": (
        lambda node, process_id: node.store.item(next(node.store.entries(process_id, 1)).message_id),
        NodeRefused, "stands in slot 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_be_sent_is_refused(
    node: Node, path: Path, process_id: str, make: object, error: type[Exception], words: str
) -> None:
    assert callable(make)
    before = rows(path)
    with pytest.raises(error, match=words):
        dry_run(node, make(node, process_id), process_id)
    assert rows(path) == before


def test_an_unknown_process_is_refused(node: Node) -> None:
    with pytest.raises(NodeRefused, match="There is no process"):
        dry_run(node, message_item("A" * 43).raw, "A" * 43)


def test_the_result_is_the_one_that_nodes_keep(node: Node, process_id: str) -> None:
    entry = tried(node, process_id, "print('hello') return Count").evaluated.entry
    assert json.loads(entry.result or "")["Output"]["data"] == "hello\n1"
