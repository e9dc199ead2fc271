"""What a message set off and what it came from, over a real node."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from standing_clock import Clock

from aos_cli.clients.base import Entry
from aos_cli.clients.local import LocalClient
from aos_cli.clients.tracing import (
    EVERYTHING,
    Bounds,
    Step,
    Subject,
    find_subject,
    newest_command,
    trace,
)
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import NodeRefused
from aos_cli.model import Tag
from aos_cli.processes import find_anybodys, spawn_process
from aos_cli.session import Session
from aos_cli.units.records import Outcome, Parcel, ProcessRecord
from aos_cli.wallet import Ed25519Wallet

PING = "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong', Data = msg.Data}) end)"

Opened = Callable[[str], Session]


@pytest.fixture
def opened(client: LocalClient, wallet: Ed25519Wallet) -> Opened:
    """Spawns a process."""
    return lambda name: Session(client, wallet, spawn_process(client, wallet, name))


@pytest.fixture
def alice(opened: Opened) -> Session:
    return opened("alice")


@pytest.fixture
def bob(opened: Opened) -> Session:
    session = opened("bob")
    run(session, PING)
    return session


def run(session: Session, code: str, limit: int = 1000) -> int:
    """Evaluates Lua and what comes of it; gives the slot."""
    receipt = session.eval(code)
    session.slot(receipt.slot)
    for _ in session.client.follow(limit, lambda: False, receipt):
        pass
    return receipt.slot


def entry_of(session: Session, slot: int) -> Subject:
    entry = session.client.entry(session.process.id, slot)
    return Subject(entry.message, entry)


def traced(session: Session, slot: int, bounds: Bounds = EVERYTHING) -> list[Step]:
    return trace(session.client, entry_of(session, slot), bounds).steps


def shape(steps: list[Step]) -> list[tuple[int, str, int | None, str, str]]:
    return [(step.depth, step.name, step.slot, step.message.action, step.state) for step in steps]


def test_a_trace_follows_messages_across_processes(alice: Session, bob: Session) -> None:
    slot = run(alice, f"Send({{Target = '{bob.process.id}', Action = 'Ping', Data = 'ball'}})")
    steps = traced(alice, slot)
    assert shape(steps) == [
        (0, "alice", slot, "Eval", "delivered"),
        (1, "bob", 2, "Ping", "delivered"),
        (2, "alice", slot + 1, "Pong", "delivered"),
    ]
    pong = steps[2].entry
    assert pong is not None
    assert pong.slot == alice.slot(slot + 1)
    assert (pong.message.data, pong.message.sender) == ("ball", bob.process.id)


def test_each_step_stands_in_front_of_what_it_set_off(alice: Session, bob: Session) -> None:
    target = bob.process.id
    slot = run(alice, f"for i = 1, 2 do Send({{Target = '{target}', Action = 'Ping', Data = tostring(i)}}) end")
    assert [(step.depth, step.message.data.strip()) for step in traced(alice, slot)][1:] == [
        (1, "1"), (2, "1"), (1, "2"), (2, "2"),
    ]  # fmt: skip


def test_a_trace_goes_back_to_where_it_began(alice: Session, bob: Session) -> None:
    slot = run(alice, f"Send({{Target = '{bob.process.id}', Action = 'Ping'}})")
    found = trace(alice.client, entry_of(alice, slot + 1), EVERYTHING)
    assert [(cause.process.name, cause.number) for cause in found.causes] == [("bob", 2), ("alice", slot)]
    assert found.whole
    found = trace(alice.client, entry_of(alice, slot + 1), Bounds(causes=1))
    assert [cause.process.name for cause in found.causes] == ["bob"]
    assert not found.whole
    found = trace(alice.client, entry_of(alice, slot), EVERYTHING)
    assert (found.causes, found.whole) == ([], True)


def test_births_notices_and_assignments_are_steps(alice: Session, bob: Session, client: LocalClient) -> None:
    slot = run(alice, "Spawn(ao.env.Module.Id, {Name = 'child'})")
    [child] = [process for process in client.processes() if process.name == "child"]
    assert [(step.kind, step.target, step.slot) for step in traced(alice, slot)] == [
        ("message", alice.process.id, slot), ("spawn", child.id, 0), ("notice", alice.process.id, slot + 1),
    ]  # fmt: skip
    slot = run(alice, f"Assign({{Processes = {{'{bob.process.id}'}}, Message = ao.id}})")
    step = traced(alice, slot)[1]
    assert (step.kind, step.name, step.slot, step.message.id) == ("assignment", "bob", 2, alice.process.id)
    assert step.entry is not None


def test_what_reached_no_log_is_told_and_not_followed(alice: Session, bob: Session) -> None:
    twice = f"Send({{Target = '{bob.process.id}', Action = 'Ping'}})"
    slot = run(
        alice,
        f"Send({{Target = 'nonsense', Action = 'Bad'}}) Send({{Target = '{'A' * 43}', Action = 'Far'}})"
        f"{twice} ao.reference = ao.reference - 1 {twice}",
    )
    steps = [step for step in traced(alice, slot) if step.depth == 1]
    assert [(step.message.action, step.state) for step in steps] == [
        ("Bad", "refused"), ("Far", "kept"), ("Ping", "delivered"), ("Ping", "duplicate"),
    ]  # fmt: skip
    assert "nonsense" in steps[0].problem
    assert [step.entry is None for step in steps] == [True, True, False, True]
    assert steps[3].slot == steps[2].slot
    assert [step.message.action for step in traced(alice, slot)].count("Pong") == 1


def test_slots_that_wait_are_shown_and_stay_as_they_are(alice: Session, bob: Session, client: LocalClient) -> None:
    slot = alice.eval(f"Send({{Target = '{bob.process.id}', Action = 'Ping'}})").slot
    assert traced(alice, slot)[0].entry.slot is None  # type: ignore[union-attr] # it is there
    alice.slot(slot)
    before = client.processes()
    client.changed()
    _, ping = traced(alice, slot)
    assert ping.entry is not None
    assert ping.entry.slot is None
    assert client.processes() == before
    assert not client.changed()


def test_a_trace_is_bounded_nearest_first(alice: Session, bob: Session) -> None:
    target = bob.process.id
    slot = run(alice, f"for i = 1, 5 do Send({{Target = '{target}', Action = 'Ping'}}) end")
    whole = traced(alice, slot)
    assert len(whole) == 11
    steps = traced(alice, slot, Bounds(steps=4))
    assert [(step.depth, step.more) for step in steps] == [(0, 4), (1, 1), (1, 1), (1, 1)]
    assert len(steps) + sum(step.more for step in steps) == len(whole)
    steps = traced(alice, slot, Bounds(depth=1))
    assert [(step.depth, step.more) for step in steps] == [(0, 0), *[(1, 1)] * 5]


# Naming a message


def named(session: Session) -> Callable[[str], ProcessRecord | None]:
    return lambda name: find_anybodys(session.client, session.address, name)


def test_messages_are_found_by_id_slot_and_name(alice: Session, bob: Session) -> None:
    slot = run(alice, f"Send({{Target = '{bob.process.id}', Action = 'Ping'}})")
    ping = bob.client.entry(bob.process.id, 2)
    for text in (ping.message.id, ping.message.id[:8], "bob:2", "bob 2", f"{bob.process.id}:2", f"{bob.process.id} 2"):
        assert find_subject(alice.client, text, named(alice)).entry == ping
    assert find_subject(alice.client, "2", named(alice), bob.process).entry == ping
    newest = find_subject(alice.client, "alice", named(alice))
    assert newest == newest_command(alice.client, alice.process)
    assert newest.entry is not None
    assert newest.entry.number == slot


def test_names_may_look_like_anything(opened: Opened, alice: Session) -> None:
    for name in ("7", "a:b", "abcdef", "with blanks", "-_-_-_"):
        session = opened(name)
        assert find_subject(alice.client, f"{name}:0", named(alice)).message.id == session.process.id
        assert find_subject(alice.client, name, named(alice)).message.id == session.process.id


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nobody:1", "There is no process nobody"),
        ("alice:1", "has no slot 1; its last one is 0"),
        ("alice:9999999999", "has no slot 9999999999"),
        ("nobody", "There is no message or process nobody"),
        ("", "There is no message or process"),
        ("A" * 43, "There is no message or process AAA"),
        ("A" * 43 + ":0", "There is no process AAA"),
        ("%", "There is no message or process %"),
    ],
)
def test_what_is_not_there_is_refused(alice: Session, text: str, problem: str) -> None:
    with pytest.raises(NodeRefused, match=problem):
        find_subject(alice.client, text, named(alice))


def test_a_beginning_of_several_ids_is_refused_with_the_ids(alice: Session, client: LocalClient) -> None:
    ids = ["abcdef" + letter * 37 for letter in "ABCDEFG"]
    item = build_item(alice._signer, tags=[Tag("Type", "Message")], data=b"")
    with client._store._database.transaction() as connection:
        connection.executemany("INSERT INTO item (id, raw) VALUES (?, ?)", [(one, item.raw) for one in ids])
    with pytest.raises(NodeRefused, match="Several messages begin with abcdef") as caught:
        find_subject(client, "abcdef", named(alice))
    assert "and more" in caught.value.message
    with pytest.raises(NodeRefused, match="no message"):
        find_subject(client, "abcde", named(alice))


def test_a_message_in_two_logs_is_found_in_its_own(alice: Session, bob: Session) -> None:
    run(alice, f"Assign({{Processes = {{'{bob.process.id}'}}, Message = ao.id}})")
    found = find_subject(alice.client, alice.process.id, named(alice))
    assert found.entry is not None
    assert (found.entry.process.name, found.entry.number) == ("alice", 0)
    assert found.elsewhere == ((bob.process.id, 2),)


def test_a_message_that_nobody_got_has_its_cause(alice: Session, bob: Session) -> None:
    run(bob, f"Handlers.add('lose', 'Lose', function() Send({{Target = '{'A' * 43}', Action = 'Lost'}}) end)")
    slot = run(alice, f"Send({{Target = '{bob.process.id}', Action = 'Lose'}})")
    lost = traced(alice, slot)[-1].message
    assert lost.action == "Lost"
    subject = find_subject(alice.client, lost.id, named(alice))
    assert (subject.message, subject.entry) == (lost, None)
    found = trace(alice.client, subject, EVERYTHING)
    assert [(step.state, step.target) for step in found.steps] == [("kept", "A" * 43)]
    assert [(cause.process.name, cause.number) for cause in found.causes] == [("bob", 3), ("alice", slot)]


# Large ones


@pytest.fixture
def endless(clock: Clock, wallet: Ed25519Wallet) -> Iterator[tuple[LocalClient, list[str]]]:
    """Two processes that answered each other for 10,000 slots; Lua is not needed to write that down."""
    client = LocalClient(None, None, clock)
    players = [spawn_process(client, wallet, name).id for name in ("alice", "bob")]
    messenger = client._node._keys.messenger
    first = build_item(wallet, target=players[0], tags=[Tag("Data-Protocol", "ao"), Tag("Type", "Message")], data=b"x")
    client.send(first.raw)
    outcomes = [Outcome(player, 0, "{}", False, 0) for player in players]
    for hop in range(1, 10_001):
        sender, target = players[hop % 2 - 1], players[hop % 2]
        item = build_item(
            messenger, target=target, anchor=b"%032d" % hop, tags=[Tag("From-Process", sender)], data=b"ball"
        )
        parcel = Parcel(0, "message", item, item.id, (target,))
        text = json.dumps({"Output": "", "Messages": [{"Target": target}]})
        outcomes.append(Outcome(sender, (hop + 1) // 2, text, False, 1000, (parcel,)))
    client._store.record(outcomes, client._node.schedule)
    yield client, players
    client.close()


def test_a_ping_pong_of_ten_thousand_hops(endless: tuple[LocalClient, list[str]]) -> None:
    client, (alice, bob) = endless
    subject = find_subject(client, f"{alice}:1", client.find_process)
    steps = trace(client, subject, EVERYTHING).steps
    assert [step.depth for step in steps] == list(range(10_001))
    steps = trace(client, subject, Bounds()).steps
    assert len(steps) == 101  # of the depths 0 to 100
    assert steps[-1].more == 1001  # that many are counted, and one is known to follow
    last = find_subject(client, f"{bob}:4999", client.find_process)
    found = trace(client, last, EVERYTHING)
    assert len(found.causes) == 9997
    assert found.whole
    found = trace(client, last, Bounds())
    assert (len(found.causes), found.whole) == (100, False)


def test_a_trace_looks_slots_up_and_never_scans_them(endless: tuple[LocalClient, list[str]]) -> None:
    client, (alice, _) = endless
    connection = client._store._database._connection
    statements: set[str] = set()
    connection.set_trace_callback(statements.add)
    subject = find_subject(client, f"{alice}:4000", client.find_process)
    trace(client, subject, Bounds())
    found = find_subject(client, subject.message.id[:9], client.find_process)
    newest_command(client, client.processes()[0])
    connection.set_trace_callback(None)
    assert found == subject
    queries = {re.sub(r"'[^']*'", "'x'", statement) for statement in statements if "FROM" in statement}
    assert len(queries) > 6
    for query in queries:
        plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + query)]
        assert plan
        assert not [step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN process")], query


def test_an_entry_says_where_a_message_stands(alice: Session, wallet: Ed25519Wallet, clock: Clock) -> None:
    clock.now += 1234
    slot = run(alice, "return 1")
    entry: Entry = alice.client.entry(alice.process.id, slot)
    assert (entry.number, entry.timestamp_ms, entry.signer) == (slot, clock.now, wallet.address)
    assert entry.scheduler == alice.client.scheduler
    assert len(entry.hash_chain) == len(entry.assignment_id) == 43
    assert len(entry.anchor) == 32
    assert entry.exclude == ()
    assert entry.slot == alice.slot(slot)
