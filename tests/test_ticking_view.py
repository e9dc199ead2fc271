"""A process that ticks, as somebody looks at it."""

from __future__ import annotations

import pytest
from standing_clock import Clock
from ticking import SECOND, ticking_session, told

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.clients.tracing import EVERYTHING, Subject, trace
from aos_cli.errors import UsageError
from aos_cli.process_view import ProcessView
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.process_view._LOOK_SECONDS", 0.001)


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return ticking_session(client, wallet, "10-seconds")


def places(slots: list[Slot]) -> list[tuple[int, bool]]:
    return [(slot.number, bool(slot.cron)) for slot in slots]


def test_slots_and_ticks_are_given_out_in_their_order_once(session: Session, clock: Clock) -> None:
    for _ in range(2):
        clock.now += 20 * SECOND + 1
        session.slot(session.eval("return 1").slot)
    assert places(session.unshown()) == [(1, True), (1, True), (2, False), (2, True), (2, True), (3, False)]
    assert session.unshown() == []


def test_a_tick_is_not_given_out_in_front_of_its_slot(session: Session, clock: Clock) -> None:
    session.slot(session.eval("return 1").slot)
    clock.now += 10 * SECOND
    session.slot(session.eval("return 2").slot)
    session.slot(session.eval("return 3").slot)
    assert places(session.unshown(before=2)) == []
    assert places(session.unshown(before=3)) == [(2, False)]
    assert places(session.unshown()) == [(3, False), (3, True), (4, False)]


def test_only_the_newest_of_very_many_are_given_out_to_who_wants_no_more(session: Session, clock: Clock) -> None:
    session.most_ticks = 3
    clock.now += 1000 * SECOND
    session.monitor()
    clock.now += 5000 * SECOND
    told(session.client)
    shown = [slot for slot in session.unshown() if slot.cron]
    assert len(shown) == 3
    assert [slot.left_out for slot in shown] == [True, False, False]
    assert shown[-1].timestamp_ms == session.process.spawned_ms + 6000 * SECOND
    assert not any(slot.cron for slot in session.unshown())


def test_who_begins_with_a_slot_gets_the_ticks_behind_it(session: Session, client: LocalClient, clock: Clock) -> None:
    for _ in range(2):
        clock.now += 10 * SECOND + 1
        session.slot(session.eval("return 1").slot)
    record = client.find_process(session.process.id)
    assert record is not None
    view = ProcessView(client, record)
    assert view.unshown() == []
    view.begin_with(1)
    assert places(view.unshown()) == [(1, False), (1, True), (2, False), (2, True), (3, False)]
    view.begin_with(3)
    assert places(view.unshown()) == [(3, False)]


def test_who_only_looks_keeps_the_time_too(session: Session, client: LocalClient, clock: Clock) -> None:
    session.monitor()
    record = client.find_process(session.process.id)
    assert record is not None
    coming = ProcessView(client, record).new_slots()
    assert next(coming) == []
    clock.now += 10 * SECOND
    found: list[Slot] = []
    for slots in coming:
        found += slots
        if len(found) == 2:
            break
    assert places(found) == [(1, True), (2, False)]


def test_a_tick_tells_what_it_was_and_what_it_sent(session: Session, clock: Clock) -> None:
    clock.now += 10 * SECOND
    session.monitor()
    clock.now += 10 * SECOND
    told(session.client)
    before, after = (slot for slot in session.unshown() if slot.cron)
    assert before.result.output == f"tick at {session.process.spawned_ms + 10 * SECOND}"
    # The first one was over when the monitoring began.
    assert [(sent.state, sent.slot, sent.message.action) for sent in before.sent] == [("dry", None, "Beat")]
    assert [(sent.state, sent.slot, sent.message.action) for sent in after.sent] == [("delivered", 2, "Beat")]
    assert after.sent[0].message.id
    assert (after.cron, after.message.sender, after.message.tags[0]) == (
        "0-10-seconds", session.address, ("Action", "Cron"),
    )  # fmt: skip


def test_only_a_process_that_ticks_is_monitored(client: LocalClient, wallet: Ed25519Wallet) -> None:
    plain = Session(client, wallet, spawn_process(client, wallet, "plain"))
    with pytest.raises(UsageError, match="spawned without a cron"):
        plain.monitor()
    assert client.is_monitored(plain.process.id) is False
    plain.monitor(wanted=False)  # which is so already


# Traces


def test_a_trace_goes_back_to_a_tick(
    session: Session, client: LocalClient, wallet: Ed25519Wallet, clock: Clock
) -> None:
    peer = Session(client, wallet, spawn_process(client, wallet, "peer"))
    peer.slot(peer.eval("Handlers.add('b', 'Beat', function(msg) msg.reply({Action = 'Pong'}) end)").slot)
    session.slot(session.eval(f"Peer = '{peer.process.id}'").slot)
    session.monitor()
    clock.now += 10 * SECOND
    assert told(client) == [("ticking", 2), ("peer", 2), ("ticking", 3)]
    beat = client.entry(peer.process.id, 2)
    assert beat.cause is None
    assert beat.tick is not None
    assert (beat.tick.process.name, beat.tick.number, beat.tick.cron) == ("ticking", 2, "0-10-seconds")
    pong = client.entry(session.process.id, 3)
    found = trace(client, Subject(pong.message, pong), EVERYTHING)
    assert [(cause.process.name, cause.number) for cause in found.causes] == [("peer", 2)]
    assert (found.whole, found.tick) == (True, beat.tick)
    assert trace(client, Subject(beat.message, beat), EVERYTHING).tick == beat.tick
    # What a slot set off does not begin with a tick.
    first = client.entry(session.process.id, 1)
    assert trace(client, Subject(first.message, first), EVERYTHING).tick is None


def test_a_client_that_only_looks_evaluates_no_tick(session: Session, tmp_path, clock: Clock) -> None:  # type: ignore[no-untyped-def] # pytest's path
    session.monitor()
    clock.now += 10 * SECOND
    looking = LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock, read_only=True)
    assert told(looking) == []
    assert looking.ticks(session.process.id).mark == "0.0"
    assert looking.is_monitored(session.process.id)
    looking.close()
