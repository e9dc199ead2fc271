"""Monitors: of which processes what the ticks send is delivered, once, whoever evaluates them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path

import pytest
from node_tools import (
    USER,
    change,
    eval_slot,
    evaluate,
    finished,
    node_over,
    rows,
    settled,
    spawn,
    start,
    tags_of,
    value_of,
)
from standing_clock import Clock
from tick_tools import HOUR, NOTES, SECOND, SENDS, monitor, send, spawn_ticking, stored, tick_up_to, when

from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.errors import NodeRefused, SignatureInvalid, StoreError
from aos_cli.units.consequences import consequences, ticks_and_consequences
from aos_cli.units.happened import Evaluated, Ticked
from aos_cli.units.node import Node
from aos_cli.units.read_only import ReadOnlyStore
from aos_cli.units.store import Store
from aos_cli.units.trace import standing

PONG = "Handlers.add('pong', 'Beat', function(msg) msg.reply({Action = 'Pong'}) end)"


@pytest.fixture
def node(path: Path, clock: Clock) -> Iterator[Node]:
    node = node_over(path, clock)
    yield node
    node.store.close()


@pytest.fixture
def pair(node: Node) -> tuple[str, str]:
    """A process with a cron of ten seconds that sends to another one at every tick, and that other one."""
    ticking, peer = spawn_ticking(node, "10-seconds"), spawn(node, "peer")
    evaluate(node, ticking, f"Peer = '{peer}' {SENDS}")
    evaluate(node, peer, PONG)
    return ticking, peer


def received(node: Node, process_id: str, action: str) -> list[str]:
    """The data of the messages of that action in a log."""
    items = [decode_item(entry.message) for entry in node.store.entries(process_id)]
    return [item.data.decode() for item in items if ("Action", action) in tags_of(item)]


def test_what_a_tick_sends_goes_nowhere_where_nobody_monitors(node: Node, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    clock.now += 35 * SECOND
    evaluate(node, ticking, "return 1")
    assert len(stored(node, ticking)) == 3
    assert all("Beat" in tick.result and not tick.deliveries for tick in stored(node, ticking))
    assert received(node, peer, "Beat") == []
    # Nothing of it comes later, either.
    assert monitor(node, ticking)
    settled(node)
    assert received(node, peer, "Beat") == []


def test_what_a_monitored_tick_sends_is_delivered_once(
    node: Node, path: Path, pair: tuple[str, str], clock: Clock
) -> None:
    ticking, peer = pair
    monitor(node, ticking)
    born = node.record(ticking).spawned_ms
    clock.now += 35 * SECOND
    other = node_over(path, clock)
    happened = list(node.settle(100))
    assert [type(one) for one in happened].count(Ticked) == 3
    settled(other)
    assert received(node, peer, "Beat") == [str(born + 10_000 * n) for n in (1, 2, 3)]
    assert len(received(node, ticking, "Pong")) == 3
    for tick in stored(node, ticking):
        [delivery] = tick.deliveries
        assert (delivery.kind, delivery.target, delivery.state) == ("message", peer, "delivered")
    assert settled(node) == settled(other) == 0
    other.store.close()


def test_a_message_of_a_tick_is_pushed_for_nobody(node: Node, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    also = "function(msg) return msg.Cron and 'continue' end"
    evaluate(
        node, ticking, f"Handlers.prepend('b', {also}, function() Spawn(ao.env.Module.Id, {{Name = 'child'}}) end)"
    )
    monitor(node, ticking)
    clock.now += 10 * SECOND
    settled(node)
    [beat] = [item for item in items(node, peer) if ("Action", "Beat") in tags_of(item)]
    [child] = node.store.processes(name="child")
    assert ("From-Process", ticking) in tags_of(beat)
    for item in (beat, items(node, child.id)[0]):
        assert "Pushed-For" not in dict(tags_of(item))
    assert len(received(node, ticking, "Spawned")) == 1


def items(node: Node, process_id: str) -> list:  # type: ignore[type-arg] # of data items
    return [decode_item(entry.message) for entry in node.store.entries(process_id)]


def test_equal_messages_of_several_ticks_are_several_messages(node: Node, clock: Clock) -> None:
    """Whatever a process puts into its outbox: entries without an anchor of their own get one by their tick."""
    peer = spawn(node, "peer")
    ticking = spawn_ticking(node, "10-seconds", "10-seconds")
    evaluate(node, ticking, f"""Handlers.add('raw', 'Cron', function()
        table.insert(ao.outbox.Messages, {{Target = '{peer}', Data = 'same', Tags = {{}}}})
      end)""")  # fmt: skip
    monitor(node, ticking)
    clock.now += 25 * SECOND
    settled(node)
    assert [item.data for item in items(node, peer)].count(b"same") == 4


def test_monitoring_begins_now_even_if_ticks_before_were_not_evaluated(
    node: Node, pair: tuple[str, str], clock: Clock
) -> None:
    ticking, peer = pair
    born = node.record(ticking).spawned_ms
    clock.now += 25 * SECOND
    monitor(node, ticking)
    clock.now += 10 * SECOND
    settled(node)
    assert len(stored(node, ticking)) == 3
    assert received(node, peer, "Beat") == [str(born + 30_000)]


def test_a_monitor_that_comes_while_a_tick_is_evaluated_is_not_missed(
    node: Node, path: Path, pair: tuple[str, str], clock: Clock
) -> None:
    ticking, peer = pair
    other = node_over(path, lambda: clock.now - 1)
    clock.now += 20 * SECOND
    record = node.store.record

    def with_a_monitor(outcomes, schedule):  # type: ignore[no-untyped-def]
        monitor(other, ticking)
        node.store.record = record  # type: ignore[method-assign]
        return record(outcomes, schedule)

    node.store.record = with_a_monitor  # type: ignore[method-assign]
    assert len(node.evaluate_next(ticking, clock.now)) == 1  # the second one was due after the monitoring began
    settled(node)
    assert [bool(tick.deliveries) for tick in stored(node, ticking)] == [False, True]
    assert len(received(node, peer, "Beat")) == 1
    other.store.close()


def test_a_monitor_lasts_until_it_is_taken_away(node: Node, path: Path, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    assert monitor(node, ticking)
    assert not monitor(node, ticking)
    node.store.close()
    clock.now += HOUR
    again = node_over(path, clock)
    assert again.store.ticks.is_monitored(ticking)
    settled(again)
    assert len(received(again, peer, "Beat")) == 360
    assert monitor(again, ticking, wanted=False)
    assert not monitor(again, ticking, wanted=False)
    assert not again.store.ticks.is_monitored(ticking)
    clock.now += HOUR
    assert settled(again) == 0
    tick_up_to(again, ticking, clock.now)
    assert len(stored(again, ticking)) == 720
    assert len(received(again, peer, "Beat")) == 360
    again.store.close()


def test_a_process_that_was_never_evaluated_can_be_monitored(node: Node, clock: Clock) -> None:
    ticking = spawn_ticking(node, "10-seconds")
    monitor(node, ticking)
    clock.now += 25 * SECOND
    settled(node)
    assert when(node, ticking) == [(0, 10_000, "0-10-seconds"), (0, 20_000, "0-10-seconds")]
    assert node.waiting() == node.due() == []
    clock.now += 5 * SECOND
    assert node.waiting() == node.due() == [ticking]


def test_a_process_without_crons_can_be_monitored_in_vain(node: Node, clock: Clock) -> None:
    process = spawn(node)
    assert monitor(node, process)
    settled(node)
    clock.now += 10_000 * HOUR
    assert node.waiting() == []
    assert settled(node) == 0


def test_only_processes_can_be_monitored_by_who_signs(node: Node, pair: tuple[str, str]) -> None:
    with pytest.raises(NodeRefused, match="There is no process"):
        monitor(node, "A" * 43)
    raw = build_item(USER, target=pair[0], data=b" ").raw
    with pytest.raises(SignatureInvalid):
        node.monitor(raw[:-1] + b"x")
    assert not node.store.ticks.is_monitored(pair[0])


def test_a_message_to_itself_comes_behind_all_due_ticks(node: Node, clock: Clock) -> None:
    ticking = spawn_ticking(node, "10-seconds", "10-seconds")
    evaluate(node, ticking, SENDS)
    monitor(node, ticking)
    clock.now += 1
    for _ in range(3):
        clock.now += 20 * SECOND
        settled(node)
    assert [slot for slot, _, _ in when(node, ticking)] == [1] * 4 + [5] * 4 + [9] * 4
    assert len(received(node, ticking, "Beat")) == 12
    assert node.verify(ticking) == 14


# What came of what


def test_a_message_knows_the_tick_that_sent_it(node: Node, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    monitor(node, ticking)
    clock.now += 25 * SECOND
    settled(node)
    for number, slot in ((1, 2), (2, 3)):
        found = standing(node, peer, slot)
        assert found.cause is None
        assert found.tick is not None
        assert found.tick.process.id == ticking
        assert (found.tick.entry.mark.slot, found.tick.entry.mark.number) == (1, number)
    answer = standing(node, ticking, 2)
    assert (answer.cause, answer.tick) == ((peer, 2), None)
    # It is no command of the user's.
    assert node.store.newest_from_outside(peer) == 1


def test_ticks_are_no_consequences_of_a_message(node: Node, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    evaluate(node, peer, f"Handlers.add('ask', 'Ask', function() Send({{Target = '{ticking}', Action = 'Hi'}}) end)")
    monitor(node, ticking)
    clock.now += 2 * HOUR + 1
    slot = eval_slot(node, peer, f"Send({{Target = '{ticking}', Action = 'Hi'}})")
    node.result(peer, slot)
    # As many ticks as there are in front of it; they count for nothing.
    found = list(consequences(node, peer, slot, 5))
    assert [(one.process.id, one.entry.slot) for one in found] == [(ticking, 2)]
    assert len(stored(node, ticking)) == 720


def test_due_ticks_are_followed_to_what_they_set_off(node: Node, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    monitor(node, ticking)
    assert list(ticks_and_consequences(node, 100)) == []
    waiting = spawn(node, "waiting")  # has nothing to do with it, and is left alone
    clock.now += 25 * SECOND
    happened = list(ticks_and_consequences(node, 100))
    kinds = [type(one) for one in happened]
    assert kinds == [Ticked] * 2 + [Evaluated] * 4
    assert [one.process.id for one in happened] == [ticking, ticking, peer, peer, ticking, ticking]
    assert node.record(waiting).evaluated == 0
    clock.now += 10 * SECOND
    assert len(list(ticks_and_consequences(node, 100, following=False))) == 1
    assert node.record(peer).evaluated == node.record(peer).slots - 1
    clock.now += HOUR
    asked = chain([False], repeat(True))
    assert 1 <= len(list(ticks_and_consequences(node, 1000, lambda: next(asked)))) <= 256


def test_a_process_that_cannot_be_evaluated_does_not_keep_others_from_ticking(
    node: Node, path: Path, pair: tuple[str, str], clock: Clock
) -> None:
    ticking, peer = pair
    broken = spawn_ticking(node, "1-second", name="broken")
    evaluate(node, broken, NOTES)
    for one in (ticking, broken):
        monitor(node, one)
    of_broken = "SELECT s.key FROM slot s JOIN process p ON p.number = s.process WHERE p.id = ? AND s.slot = 1"
    change(path, f"UPDATE slot SET result = '{{}}' WHERE key IN ({of_broken})", broken)  # noqa: S608 - from above
    clock.now += 15 * SECOND
    other = node_over(path, clock)
    with pytest.raises(StoreError, match="another result"):
        settled(other)
    assert len(received(other, peer, "Beat")) == 1
    other.store.close()


# Programs


_TICK = """
import sys, time
from pathlib import Path
from node_tools import *
clock = int(sys.argv[2])
node = node_over(Path(sys.argv[1]), lambda: clock)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(40):
    clock += 1000
    settled(node)
print(len(node.store.processes()))
"""


def test_two_programs_tick_one_store(node: Node, path: Path, pair: tuple[str, str], clock: Clock) -> None:
    ticking, peer = pair
    monitor(node, ticking)
    programs = [start(_TICK, str(path), str(clock.now + 500 * n), stdin=-1) for n in range(2)]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    for program in programs:
        assert finished(program).strip() == "2"
    clock.now += 41 * SECOND
    settled(node)
    assert len(received(node, peer, "Beat")) == len(set(received(node, peer, "Beat"))) == 4
    assert len(received(node, ticking, "Pong")) == 4
    assert node.verify(ticking) == node.record(ticking).slots
    assert value_of(node, ticking, "1") == "1"


_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from node_tools import *
begun, real = int(sys.argv[2]), time.monotonic()
# An hour of the store's time takes a second.
node = node_over(Path(sys.argv[1]), lambda: begun + int((time.monotonic() - real) * 3_600_000))
settled(node, 1)
print("at work", flush=True)
while True:
    settled(node)
"""


def test_kill_minus_nine_loses_no_tick_and_doubles_none(
    node: Node, path: Path, pair: tuple[str, str], clock: Clock
) -> None:
    ticking, peer = pair
    monitor(node, ticking)
    born = node.record(ticking).spawned_ms
    for round_number in range(8):
        done = len(stored(node, ticking))
        # From where the last one was killed.
        begun = max(clock.now, born + 10 * SECOND * done)
        programs = [start(_UNTIL_KILLED, str(path), str(begun)) for _ in range(2)]
        for program in programs:
            assert program.stdout is not None
            assert program.stdout.readline() == "at work\n"
        wanted = done + 5 + 3 * round_number
        while len(stored(node, ticking)) < wanted:
            assert all(program.poll() is None for program in programs)
        for program in programs:
            program.kill()
            program.communicate()
    last = stored(node, ticking)[-1].mark.timestamp_ms
    clock.now = last
    settled(node)
    beats = received(node, peer, "Beat")
    assert beats == [str(born + 10_000 * n) for n in range(1, len(beats) + 1)]
    assert len(stored(node, ticking)) == len(beats) == len(received(node, ticking, "Pong"))
    assert node.verify(ticking) == node.record(ticking).slots
    assert value_of(node_over(path, clock), ticking, "1") == "1"


# Stores of the past


def as_before_crons(path: Path) -> None:
    """Takes the tables of ticks out of a store."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("tick", "tick_cause", "monitor", "untimed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")


def test_a_store_from_before_there_were_crons_ticks_from_its_last_slot_on(path: Path, clock: Clock) -> None:
    node = node_over(path, clock)
    spawn(node, "plain")
    # Its tags are those of a cron, but the messages between which it should have ticked were evaluated without.
    process = spawn_ticking(node, "1-second")
    for _ in range(3):
        evaluate(node, process, NOTES)
        clock.now += 1
    with node.store.database.transaction() as connection:
        connection.execute("UPDATE slot SET timestamp_ms = timestamp_ms + 600000 WHERE slot > 0")
        connection.execute("UPDATE process SET timestamp_ms = timestamp_ms + 600000")
    node.store.close()
    as_before_crons(path)

    clock.now += 610 * SECOND
    node = node_over(path, clock)
    assert [row[1] for row in rows(path, ["untimed"])["untimed"]] == [4]
    tick_up_to(node, process, clock.now)
    assert {mark.slot for mark in (tick.mark for tick in stored(node, process))} == {3}
    assert 9 <= len(stored(node, process)) <= 11
    assert value_of(node, process, "#Notes") == str(len(stored(node, process)))
    node.store.close()
    Store(path).close()
    assert [row[1] for row in rows(path, ["untimed"])["untimed"]] == [4]
    # A program of then would go on without the ticks: it is told to keep off.
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_store_from_before_there_were_crons_can_be_looked_at(path: Path, clock: Clock) -> None:
    node = node_over(path, clock)
    process = spawn_ticking(node, "1-second")
    evaluate(node, process, "return 1")
    node.store.close()
    as_before_crons(path)
    before = path.read_bytes()
    with closing(ReadOnlyStore(path)) as store:
        assert store.ticks.newest(process) is None
        assert list(store.ticks.between(process, (0, 0), (9, 0))) == []
        assert store.ticks.due(2**60) == []
        assert not store.ticks.is_monitored(process)
        assert store.ticks.cause(process, 1) == store.ticks.first_timed(process) == 0
        assert [entry.slot for entry in store.entries(process)] == [0, 1]
        with pytest.raises(StoreError, match="read-only"):
            store.ticks.monitor(process, 0, 0)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_process_whose_tags_would_be_refused_today_goes_on_without_crons(path: Path, clock: Clock) -> None:
    node = node_over(path, clock)
    process = spawn_ticking(node, "1-second")
    item = node.store.item(process)
    assert item is not None
    node.store.close()
    # Nobody looks at the signature of what is in a store, and the id stays.
    change(path, "UPDATE item SET raw = ? WHERE id = ?", item.replace(b"1-second", b"1-decade"), process)
    node = node_over(path, clock)
    clock.now += HOUR
    assert value_of(node, process, "'still here'") == "still here"
    assert stored(node, process) == []
    assert send(node, process, "Hi") == 2
    node.store.close()
