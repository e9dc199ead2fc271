"""Looks into a process while somebody types: they change nothing, evaluate nothing and do not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from standing_clock import Clock

from aos_cli.clients.base import Description
from aos_cli.clients.local import LocalClient
from aos_cli.machine.port import Inspection, Signature
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

CODE = """
Balances = { abc = '10' }
function greet(name, ...) end
Handlers.add('go', 'Go', function() end)
"""


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    session = Session(client, wallet, spawn_process(client, wallet, "test"))
    session.slot(session.eval(CODE).slot)
    return session


Look = Callable[[LocalClient, str], object]

LOOKS: dict[str, tuple[Look, object, object]] = {
    "fields": (lambda client, process_id: client.fields(process_id, ["Balances"]), {"abc": "string"}, {}),
    "known inbox": (lambda client, process_id: client.known_inbox(process_id, 0), (1, []), None),
    "describe": (
        lambda client, process_id: client.describe(process_id, ["greet"]),
        Description(Inspection("function", "", 0, 0, {}), Signature(("name", "..."), "", known=True)),
        None,
    ),
    "handlers": (lambda client, process_id: client.handlers(process_id), ["_eval", "_default", "go"], []),
}


@pytest.mark.parametrize(("look", "found", "_"), LOOKS.values(), ids=LOOKS)
def test_it_finds_what_is_there(client: LocalClient, session: Session, look: Look, found: object, _: object) -> None:
    before = client.find_process(session.process.id)
    assert look(client, session.process.id) == found
    assert client.find_process(session.process.id) == before


def test_it_finds_nothing_where_nothing_is(client: LocalClient, session: Session) -> None:
    assert client.fields(session.process.id, ["Balances", "missing"]) == {}
    assert client.describe(session.process.id, ["missing"]) is None


def test_a_description_of_a_value_has_no_signature(client: LocalClient, session: Session) -> None:
    found = client.describe(session.process.id, ["Balances", "abc"])
    assert found is not None
    assert (found.value.type, found.value.text, found.signature) == ("string", "10", None)


@pytest.mark.parametrize(("look", "_", "nothing"), LOOKS.values(), ids=LOOKS)
def test_it_does_not_wait_for_a_process_at_work(
    client: LocalClient, session: Session, look: Look, _: object, nothing: object
) -> None:
    """The look is over while the evaluation, which takes a second, still goes on."""
    slot = session.eval("n = 0 while n < 3e7 do n = n + 1 end").slot
    at_work = threading.Thread(target=session.slot, args=(slot,))
    at_work.start()
    while look(client, session.process.id) != nothing:
        pass
    assert at_work.is_alive()
    at_work.join()
    assert look(client, session.process.id) != nothing


def test_slots_that_wait_are_not_evaluated(client: LocalClient, session: Session) -> None:
    session.eval("Balances.later = '1'")
    assert client.fields(session.process.id, ["Balances"]) == {"abc": "string"}
    assert session.pending()


@pytest.fixture
def newcomer(client: LocalClient, tmp_path: Path, clock: Clock) -> LocalClient:
    """Another program over the same store, which has replayed nothing yet; it ends with the store's own client."""
    return LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)


def test_a_short_log_is_replayed(newcomer: LocalClient, session: Session) -> None:
    assert newcomer.describe(session.process.id, ["Balances"]) is not None
    newcomer.close()


def test_a_long_log_is_replayed_bit_by_bit(newcomer: LocalClient, session: Session) -> None:
    """Each look takes a moment and goes on where the last one stopped."""
    for _ in range(60):
        # Some milliseconds each.
        session.slot(session.eval("for n = 1, 3e5 do x = n end").slot)
    looks = 1
    while newcomer.describe(session.process.id, ["Balances"]) is None:
        looks += 1
    assert looks > 1
    newcomer.close()


def test_a_slot_that_took_long_is_left_to_the_next_evaluation(newcomer: LocalClient, session: Session) -> None:
    session.slot(session.eval("for n = 1, 1e7 do x = n end").slot)
    for _ in range(20):
        assert newcomer.describe(session.process.id, ["Balances"]) is None
    assert newcomer.inbox(session.process.id, 0)[0] == 1
    assert newcomer.describe(session.process.id, ["Balances"]) is not None
    newcomer.close()
