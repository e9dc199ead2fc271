"""A process as somebody looks at it who does not speak to it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.errors import NodeRefused
from aos_cli.model import Tag
from aos_cli.process_view import ProcessView
from aos_cli.processes import find_anybodys, spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet, Wallet


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.process_view._LOOK_SECONDS", 0.001)


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    session = Session(client, wallet, spawn_process(client, wallet, "test"))
    session.evaluate_pending()
    return session


@pytest.fixture
def view(client: LocalClient, session: Session) -> ProcessView:
    record = client.find_process(session.process.id)
    assert record is not None
    return ProcessView(client, record)


def numbers(slots: Sequence[Slot]) -> list[int]:
    return [slot.number for slot in slots]


def test_waiting_slots_are_overdue_after_some_looks_only(session: Session, view: ProcessView) -> None:
    assert not view.overdue()
    assert not view.waits
    session.eval("return 1")
    assert [view.overdue() for _ in range(3)] == [False, False, True]
    assert view.overdue() is False
    assert view.waits
    session.evaluate_pending()
    assert not view.overdue()
    assert not view.waits


def test_new_slots_come_in_order_each_once(session: Session, view: ProcessView) -> None:
    coming = view.new_slots()
    assert next(coming) == []
    for number in range(3):
        session.slot(session.eval(f"return {number}").slot)
    assert numbers(next(coming)) == [1, 2, 3]
    assert next(coming) == []


def test_new_slots_come_in_bounded_portions(
    session: Session, view: ProcessView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aos_cli.process_view._MOST_AT_ONCE", 2)
    for _ in range(5):
        session.eval("return 1")
    session.evaluate_pending()
    coming = view.new_slots()
    assert [numbers(next(coming)) for _ in range(4)] == [[1, 2], [3, 4], [5], []]


def test_slots_that_nobody_evaluates_are_evaluated_in_the_end(session: Session, view: ProcessView) -> None:
    coming = view.new_slots()
    session.eval("Send({Target = ao.id, Action = 'Follow'})")
    came = [number for _ in range(40) for number in numbers(next(coming))]
    assert came == [1, 2]
    assert not view.pending()


def test_skipped_slots_do_not_come(session: Session, view: ProcessView) -> None:
    for _ in range(3):
        session.slot(session.eval("return 1").slot)
    view.skip(2)
    assert numbers(view.unshown()) == [1, 3]


def test_messages_land_in_the_inbox(session: Session, view: ProcessView) -> None:
    session.send("before", [Tag("Action", "Old")])
    session.evaluate_pending()
    record = view.client.find_process(view.process.id)
    assert record is not None
    landing = ProcessView(view.client, record).landing()
    assert next(landing) is None
    session.eval("return 'no message for the inbox'")
    session.send("sly", [Tag("Action", "Sly"), Tag("Nonce", "0")])
    session.send("plain", [Tag("Action", "Plain")])
    came = [message.text("Action") for _ in range(40) if (message := next(landing)) is not None]
    assert came == ["Sly", "Plain"]


def test_anybodys_process_is_found_by_its_name(client: LocalClient, wallet: Ed25519Wallet, rsa_wallet: Wallet) -> None:
    theirs = spawn_process(client, rsa_wallet, "theirs")
    both = [spawn_process(client, owner, "both") for owner in (wallet, rsa_wallet)]
    assert find_anybodys(client, wallet.address, "theirs") == theirs
    assert find_anybodys(client, wallet.address, theirs.id) == theirs
    assert find_anybodys(client, wallet.address, "both") == both[0]  # one's own goes first
    assert find_anybodys(client, "", "nobodys") is None
    with pytest.raises(NodeRefused, match="2 processes are called both"):
        find_anybodys(client, "", "both")
