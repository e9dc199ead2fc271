"""Ticks in a node: evaluated between the slots, kept beside them, and the same however they come to be evaluated."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from node_tools import USER, change, evaluate, node_over, process_item, settled, spawn, value_of
from standing_clock import Clock
from tick_tools import (
    HOUR,
    NOTES,
    SECOND,
    history,
    monitor,
    outputs,
    send,
    spawn_ticking,
    stored,
    tick_up_to,
    when,
)

from aos_cli.errors import NodeRefused, StoreError
from aos_cli.units.dry import dry_fields
from aos_cli.units.happened import Evaluated, Ticked
from aos_cli.units.node import Node
from aos_cli.units.scheduler import block_height


@pytest.fixture
def node(path: Path, clock: Clock) -> Iterator[Node]:
    node = node_over(path, clock)
    yield node
    node.store.close()


def notes(node: Node, process_id: str) -> list[str]:
    """What `NOTES` keeps, as it is in the machine."""
    found: list[str] = node.with_machine(
        process_id, lambda machine: machine.read(["Notes"], 1, machine.length(["Notes"]))
    )
    return found


def test_ticks_come_in_front_of_the_next_slot(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds")
    clock.now += 2 * SECOND
    evaluate(node, process, NOTES)
    clock.now += 33 * SECOND
    assert settled(node) == 0  # nobody asks for them yet
    slot = send(node, process, "Hi")
    found = [(type(one), one.entry) for one in node.settle(100)]
    assert [kind for kind, _ in found] == [Ticked, Ticked, Ticked, Evaluated]
    assert when(node, process) == [(1, 10_000 * n, "0-10-seconds") for n in (1, 2, 3)]
    born = node.record(process).spawned_ms
    assert outputs(node, process) == [f"tick {born + 10_000 * n}" for n in (1, 2, 3)]
    assert node.record(process).evaluated == slot + 1
    assert node.verify(process) == 3


def test_a_process_sees_what_the_network_shows_it_of_a_tick(node: Node, clock: Clock) -> None:
    pairs = (("Cron-Interval", "1-hour"), ("Cron-Tag-Action", "Cron"), ("Cron-Tag-Kind", "a"), ("Cron-Tag-Kind", "b"))
    process = node.submit(process_item(node, *pairs).raw).process_id
    evaluate(node, process, "Handlers.prepend('keep', function(m) return m.Cron end, function(m) Seen = m end)")
    clock.now += HOUR + 1
    code = """
      local keys, tags = {}, {}
      for key, value in pairs(Seen) do
        if type(value) ~= "function" and type(value) ~= "table" then keys[key] = tostring(value) end
      end
      for _, tag in ipairs(Seen.TagArray) do tags[#tags + 1] = tag.name .. "=" .. tag.value end
      keys.List, keys.Clock = table.concat(tags, " "), tostring(os.time())
      return keys
    """
    seen = json.loads(evaluate(node, process, code)["Output"]["value"])
    born = node.record(process).spawned_ms
    assert seen.pop("Clock").isdigit()
    assert seen == {
        "Owner": USER.address, "From": USER.address, "Target": process, "Cron": "true", "Read-Only": "false",
        "Timestamp": str(born + HOUR), "Block-Height": str(block_height(born + HOUR)), "Action": "Cron", "Kind": "b",
        "List": "Action=Cron Kind=a Kind=b",
    }  # fmt: skip


def test_a_tick_that_nobody_handles_lands_in_the_inbox(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "1-hour")
    settled(node)
    clock.now += 2 * HOUR + 1
    tick_up_to(node, process, clock.now)
    # The process message lies there, too.
    newest = "Inbox[#Inbox].Action, tostring(Inbox[#Inbox].Id), tostring(Inbox[#Inbox].Data)"
    assert value_of(node, process, f"table.concat({{#Inbox, {newest}}}, ' ')") == "3 Cron nil nil"


def test_an_error_in_a_tick_leaves_the_state_and_the_others_go_on(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "1-minute")
    evaluate(node, process, "N = 0 Handlers.add('c', 'Cron', function() N = N + 1 if N == 2 then error('two') end end)")
    clock.now += 190 * SECOND
    assert value_of(node, process, "N") == "3"
    assert ["Error" in json.loads(tick.result) for tick in stored(node, process)] == [False, True, False]


def test_a_tick_without_a_result_left_no_trace(node: Node, path: Path, clock: Clock) -> None:
    process = spawn_ticking(node, "1-minute")
    code = """
      N = 0
      Handlers.add('c', 'Cron', function() N = N + 1 if os.time() == %d then error({}) end end)
    """
    evaluate(node, process, code % (clock.now + 120 * SECOND))
    clock.now += 250 * SECOND
    assert value_of(node, process, "N") == "3"
    assert [tick.failed for tick in stored(node, process)] == [False, True, False, False]
    other = node_over(path, clock)
    assert value_of(other, process, "N") == "3"
    other.store.close()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (("Cron-Tag-Action", "Cron"), "stands in front of any Cron-Interval"),
        (("Cron-Interval", "10-moons"), "not a number and a unit"),
        (("Cron-Interval", "10-milliseconds"), "less than a second"),
    ],
)
def test_wrong_tags_are_refused_at_the_birth(node: Node, tag: tuple[str, str], said: str) -> None:
    with pytest.raises(NodeRefused, match=said):
        node.submit(process_item(node, tag).raw)
    parent = spawn(node)
    code = f"Spawn(ao.env.Module.Id, {{['{tag[0]}'] = '{tag[1]}'}})"
    found = node.result(parent, send_eval(node, parent, code))
    assert [(one.kind, one.state) for one in found.deliveries] == [("spawn", "refused")]
    assert said in found.deliveries[0].problem
    assert len(node.store.processes()) == 1


def send_eval(node: Node, process_id: str, code: str) -> int:
    return send(node, process_id, "Eval", code)


def test_a_child_ticks_as_its_own(node: Node, clock: Clock) -> None:
    """The messenger signed it, so its ticks are from the messenger, whom it trusts."""
    parent = spawn(node)
    evaluate(node, parent, "Spawn(ao.env.Module.Id, {['Cron-Interval'] = '1-hour', ['Cron-Tag-Action'] = 'Cron'})")
    settled(node)
    [child] = [record for record in node.store.processes() if record.id != parent]
    clock.now += HOUR
    tick_up_to(node, child.id, clock.now)
    [tick] = node.ticked(child.id, (0, 0), 10)
    assert (tick.owner, tick.process.owner) == (node.authority, parent)
    assert "Action = " in tick.result["Output"]["data"]


# The clock


def test_no_slot_gets_a_time_that_a_tick_had(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds")
    settled(node)
    clock.now += 100 * SECOND
    tick_up_to(node, process, clock.now)
    clock.now -= 95 * SECOND  # somebody has set it back
    evaluate(node, process, "return 1")
    [entry] = node.store.entries(process, 1, 1)
    assert entry.place.timestamp_ms == stored(node, process)[-1].mark.timestamp_ms + 1
    assert len(stored(node, process)) == 10
    assert node.verify(process) == 2
    tick_up_to(node, process, clock.now)
    assert len(stored(node, process)) == 10


def test_a_slot_of_the_very_time_comes_first(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds", "10-seconds")
    settled(node)
    clock.now += 10 * SECOND
    evaluate(node, process, "return 1")
    tick_up_to(node, process, clock.now)
    assert when(node, process) == [(1, 10_000, "0-10-seconds"), (1, 10_000, "1-10-seconds")]
    evaluate(node, process, "return 2")
    assert len(stored(node, process)) == 2
    assert node.verify(process) == 3


def test_a_log_that_grew_meanwhile_keeps_the_tick_out(node: Node, path: Path, clock: Clock) -> None:
    """Its slot is earlier than the tick that was computed in front of it."""
    process = spawn_ticking(node, "10-seconds")
    settled(node)
    other = node_over(path, lambda: clock.now - 1)
    clock.now += 10 * SECOND
    record = node.store.record

    def behind_another_program(outcomes, schedule):  # type: ignore[no-untyped-def]
        send(other, process, "Hi")
        node.store.record = record  # type: ignore[method-assign]
        return record(outcomes, schedule)

    node.store.record = behind_another_program  # type: ignore[method-assign]
    assert node.evaluate_next(process, clock.now) == []
    assert stored(node, process) == []
    tick_up_to(node, process, clock.now)
    assert when(node, process) == [(1, 10_000, "0-10-seconds")]
    assert node.verify(process) == 2
    other.store.close()


def test_a_machine_forgets_a_tick_that_never_happened(node: Node, path: Path, clock: Clock) -> None:
    """Another program puts a slot in front of the tick, and evaluates it before this one looks again."""
    process = spawn_ticking(node, "10-seconds")
    evaluate(node, process, NOTES)
    other = node_over(path, lambda: clock.now - 1)
    clock.now += 10 * SECOND
    record = node.store.record

    def behind_another_program(outcomes, schedule):  # type: ignore[no-untyped-def]
        evaluate(other, process, "Before = #Notes")
        node.store.record = record  # type: ignore[method-assign]
        return record(outcomes, schedule)

    node.store.record = behind_another_program  # type: ignore[method-assign]
    assert node.evaluate_next(process, clock.now) == []
    assert value_of(node, process, "#Notes") == "0"
    assert value_of(other, process, "#Notes") == "1"
    assert when(node, process) == [(3, 10_000, "0-10-seconds")]
    other.store.close()


def test_two_programs_evaluate_the_same_ticks(node: Node, path: Path, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds", "1-block")
    evaluate(node, process, NOTES)
    other = node_over(path, clock)
    for _ in range(5):
        clock.now += 95 * SECOND
        for one in (node, other):
            tick_up_to(one, process, clock.now)
            send(one, process, "Hi")
    settled(other)
    settled(node)
    assert history(node, process) == history(other, process)
    assert value_of(node, process, "table.concat(Notes, ' ')") == value_of(other, process, "table.concat(Notes, ' ')")
    assert node.verify(process) == other.verify(process)
    other.store.close()


# Replay


def test_a_rebuilt_machine_walks_slots_and_ticks_in_their_order(node: Node, path: Path, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds", "3-seconds")
    evaluate(node, process, NOTES)
    for pause in (1, 12, 40, 3):
        clock.now += pause * SECOND + 17
        evaluate(node, process, f"Notes[#Notes + 1] = 'slot {pause}'")
    clock.now += 5 * SECOND
    tick_up_to(node, process, clock.now)
    here = notes(node, process)
    other = node_over(path, clock)
    assert notes(other, process) == here
    assert len(here) == 4 + len(stored(node, process))
    assert value_of(other, process, "#Notes") == str(len(here))
    other.store.close()


def test_a_tick_that_evaluates_otherwise_is_a_loud_error(node: Node, path: Path, clock: Clock) -> None:
    process = spawn_ticking(node, "1-minute")
    evaluate(node, process, NOTES)
    clock.now += 5 * 60 * SECOND
    evaluate(node, process, "return 1")
    change(path, "UPDATE tick SET result = replace(result, 'tick', 'tock') WHERE number = 3")
    other = node_over(path, clock)
    with pytest.raises(StoreError, match=r"Tick 0-1-minute, number 3 behind slot 1 of process .* another result"):
        evaluate(other, process, "return 2")
    other.store.close()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM tick WHERE number = 2", "is not the one that is due"),
        ("DELETE FROM tick WHERE number = 3", "behind slot 1 of .* is missing"),
        ("UPDATE tick SET timestamp_ms = timestamp_ms + 1 WHERE number = 1", "is not the one that is due"),
    ],
)
def test_ticks_that_do_not_follow_from_the_log_are_found(
    node: Node, path: Path, clock: Clock, statement: str, said: str
) -> None:
    process = spawn_ticking(node, "1-minute")
    evaluate(node, process, NOTES)
    clock.now += 190 * SECOND
    evaluate(node, process, "return 1")
    clock.now += 5 * 60 * SECOND
    assert node.verify(process) == 3  # ticks behind the last slot may still come
    change(path, statement)
    with pytest.raises(StoreError, match=said):
        node.verify(process)


# Looks


def test_a_dry_run_stands_behind_the_ticks_that_are_due(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds")
    evaluate(node, process, NOTES)
    clock.now += 25 * SECOND
    tick_up_to(node, process, clock.now - 10 * SECOND)
    send_eval(node, process, "Notes[#Notes + 1] = 'slot'")
    clock.now += 10 * SECOND
    fields = {"From": USER.address, "Owner": USER.address, "Target": process, "Data": "return #Notes",
              "Tags": [{"name": "Action", "value": "Eval"}]}  # fmt: skip

    def counted(before_ms: int | None) -> str:
        return str(dry_fields(node, node.record(process), before_ms, lambda _: fields).result["Output"]["data"])

    assert counted(clock.now + 1) == "4"
    assert counted(None) == "3"
    assert len(stored(node, process)) == 1  # nothing of it was kept
    assert node.record(process).evaluated == 2


def test_looks_see_the_ticks_that_were_evaluated(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds")
    evaluate(node, process, NOTES)
    clock.now += 60 * SECOND

    def length() -> int:
        found: int = node.look(process, lambda machine: machine.length(["Notes"]))
        return found

    assert length() == 0
    tick_up_to(node, process, clock.now - 30 * SECOND)
    assert length() == 3
    assert node.with_machine(process, lambda machine: machine.length(["Notes"])) == 3


def test_ticks_are_given_out_from_a_place_on(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "10-seconds")
    evaluate(node, process, NOTES)
    clock.now += 30 * SECOND
    evaluate(node, process, "return 1")
    clock.now += 20 * SECOND
    tick_up_to(node, process, clock.now)
    places = [(tick.entry.mark.slot, tick.entry.mark.number) for tick in node.ticked(process, (0, 0), 100)]
    assert places == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    assert [tick.entry.mark.number for tick in node.ticked(process, (1, 2), 2)] == [1, 2]
    assert node.ticked(process, (2, 3), 100) == []
    assert node.ticked(spawn(node), (0, 0), 100) == []


# Long sleeps


def test_a_year_of_ticks_is_evaluated_in_steps(node: Node, clock: Clock) -> None:
    sleeper, other = spawn_ticking(node, "6-hours"), spawn(node, "other")
    settled(node)
    clock.now += 365 * 24 * HOUR + 1
    send(node, sleeper, "Hi")
    send(node, other, "Hi")
    happened = list(node.settle(10_000))
    assert len(stored(node, sleeper)) == 365 * 4
    # The other one had its turn before the sleeper was done.
    assert happened.index(next(one for one in happened if one.process.id == other)) < len(happened) - 2


def test_a_step_is_bounded(node: Node, clock: Clock) -> None:
    process = spawn_ticking(node, "1-second")
    settled(node)
    clock.now += 365 * 24 * HOUR
    send(node, process, "Hi")
    assert 1 <= len(node.evaluate_next(process)) <= 256
    asked = iter((False, False, False, True))
    found = list(node.settle(100_000, lambda: next(asked)))
    assert 1 <= len(found) <= 3 * 256
    assert node.record(process).evaluated == 1


# However it comes about


_SENDING = NOTES + 'Handlers.add("s", "Cron", function(msg) Send({Target = ao.id, Action = "Note"}) end)'


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["wait", "message", "look", "settle", "other program", "monitor"]), st.integers(0, 50)
        ),
        max_size=14,
    )
)
def test_looks_and_steps_change_nothing(acts: list[tuple[str, int]]) -> None:
    """The same log with nobody looking gives the same ticks, results and state."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        node = node_over(Path(folder) / "a.sqlite", clock)
        process = spawn_ticking(node, "10-seconds", "7-seconds", "1-block")
        # While it is monitored it must send nothing to itself: that would be another log.
        evaluate(node, process, NOTES)
        for act, amount in acts:
            if act == "wait":
                clock.now += amount * 777
            elif act == "message":
                send(node, process, "Hi")
            elif act == "look":
                tick_up_to(node, process, clock.now - amount * 100)
            elif act == "settle":
                settled(node, 1 + amount)
            elif act == "monitor":
                monitor(node, process, wanted=amount % 2 == 0)
            else:
                node.store.close()
                node = node_over(Path(folder) / "a.sqlite", clock)
        clock.now += 20 * SECOND
        settled(node)
        tick_up_to(node, process, clock.now)
        whole = history(node, process)
        state = notes(node, process)
        node.verify(process)
        _forget_results(node, process)
        replayed = node_over(Path(folder) / "a.sqlite", clock)
        settled(replayed)
        tick_up_to(replayed, process, clock.now)
        assert history(replayed, process) == whole
        assert notes(replayed, process) == state
        replayed.store.close()


def _forget_results(node: Node, process: str) -> None:
    """Leaves the log, closes the store."""
    with node.store.database.transaction() as connection:
        for statement in (
            "UPDATE slot SET result = NULL, failed = NULL, instructions = NULL, deliveries = NULL",
            "UPDATE process SET evaluated = 0",
            "DELETE FROM tick",
            "DELETE FROM monitor",
        ):
            connection.execute(statement)
    node.store.close()
