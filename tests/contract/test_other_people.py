"""What the shell relies on where others use the node too: names, modules, other people's processes and messages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aos_cli.clients import gateway
from aos_cli.clients.base import NodeClient, Slot
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.codec.ans104 import build_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.model import Tag
from aos_cli.process_view import ProcessView
from aos_cli.processes import find_anybodys, find_processes, spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

NOBODY = "A" * 43

Another = Callable[[], NodeClient]


@pytest.fixture
def stranger() -> Ed25519Wallet:
    return Ed25519Wallet(bytes(range(1, 33)))


@pytest.fixture
def session(node_client: NodeClient, wallet: Ed25519Wallet) -> Session:
    return Session(node_client, wallet, spawn_process(node_client, wallet, "test"))


def evaluated(session: Session, code: str) -> Slot:
    return session.slot(session.eval(code).slot)


def published(client: NodeClient, wallet: Ed25519Wallet, name: str, number: int) -> str:
    """A process that is new, whatever its name; gives its id."""
    item = build_item(
        wallet,
        anchor=f"{number:032}".encode(),
        tags=[
            Tag("Name", name), Tag("Authority", client.authority), Tag("Data-Protocol", "ao"),
            Tag("Variant", "ao.TN.1"), Tag("Type", "Process"), Tag("Module", client.default_module()),
            Tag("Scheduler", client.scheduler),
        ],
        data=b" ",
    )  # fmt: skip
    return client.spawn(item.raw).id


# Names


def test_a_process_of_another_client_is_found(another: Another, wallet: Ed25519Wallet, stranger: Ed25519Wallet) -> None:
    spawned = spawn_process(another(), wallet, "theirs")
    client = another()
    found = find_anybodys(client, wallet.address, "theirs")
    assert found is not None
    assert (found.id, found.name, found.owner, found.slots) == (spawned.id, "theirs", wallet.address, 1)
    assert find_processes(client, stranger.address, "theirs") == []
    # It is known by now, and only looked at.
    for somebody in (stranger.address, ""):
        assert find_anybodys(client, somebody, "theirs") == found
    assert [record.id for record in client.processes(wallet.address)] == [spawned.id]
    session = Session(client, wallet, found)
    assert evaluated(session, "return ao.id").result.output == spawned.id


def test_of_several_processes_of_one_name_one_is_named_by_its_id(another: Another, wallet: Ed25519Wallet) -> None:
    client = another()
    if not isinstance(client, LegacynetClient):
        pytest.skip("a local node has one process of a name and owner")
    # Clients that have not met gave them the same name.
    ids = [published(another(), wallet, "twin", number) for number in (1, 2)]
    assert [record.id for record in client.find_named("twin", wallet.address)] == ids
    with pytest.raises(NodeRefused, match=f"2 processes are called twin: {ids[0]}, {ids[1]}") as caught:
        find_anybodys(client, wallet.address, "twin")
    assert caught.value.hint == "Name one by its id"
    found = find_anybodys(client, wallet.address, ids[1])
    assert found is not None
    assert found.id == ids[1]


def test_names_are_found_on_later_pages(
    another: Another, wallet: Ed25519Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_PAGE", 2)
    ids = [published(another(), wallet, name, number) for number, name in enumerate("abcde")]
    client = another()
    assert [record.id for record in client.processes(wallet.address)] == ids
    assert [record.id for record in client.find_named("e", wallet.address)] == ids[4:]


def test_modules_are_found_by_their_name(node_client: NodeClient) -> None:
    assert node_client.find_module("nobody's module") == []
    (found,) = node_client.find_messages(node_client.default_module(), 1)
    name = next(tag.value for tag in found.message.tags if tag.name == "Name")
    assert node_client.find_module(name) == [node_client.default_module()]


# Other people's processes


def test_whoever_watches_sees_what_others_are_told(another: Another, session: Session, stranger: Ed25519Wallet) -> None:
    client = another()
    record = client.find_process(session.process.id)
    assert record is not None
    watched = ProcessView(client, record)
    receipt = session.eval("print('seen') return 1")
    session.slot(receipt.slot)
    # The birth may be among what is new: a network evaluates it in its own time.
    slot = next(slot for slots in watched.new_slots() for slot in slots if slot.number > 0)
    assert (slot.number, slot.message.id, slot.result.output) == (receipt.slot, receipt.message_id, "seen\n1")
    theirs = Session(client, stranger, record)
    assert not theirs.is_owner
    # It is no command from somebody else, and lands in the inbox.
    theirs.slot(theirs.eval("Owner = 'me'").slot)
    total, (newest,) = client.inbox(record.id, 1)
    assert total == 2
    assert (newest["From"], newest["Data"]) == (stranger.address, "Owner = 'me'")
    assert evaluated(session, "return Owner").result.output == session.address


# Messages that are there


def test_a_message_is_assigned_to_another_log(node_client: NodeClient, session: Session) -> None:
    evaluated(session, "ao.addAssignable('all', function() return true end)")
    other = spawn_process(node_client, session._signer, "other")
    told = Session(node_client, session._signer, other).send("for both", [Tag("Action", "Note")])
    receipt = node_client.assign(session.process.id, told.message_id, ["Anchor"])
    assert receipt == (session.process.id, told.message_id, 2)
    assert node_client.placed(session.process.id, told.message_id) == receipt
    assert node_client.placed(other.id, told.message_id) == told
    assert node_client.placed(other.id, NOBODY) is None
    slot = session.slot(2)
    assert (slot.message.id, slot.message.data, slot.message.target) == (told.message_id, "for both", other.id)
    assert node_client.entry(session.process.id, 2).exclude == ("Anchor",)
    total, (newest,) = node_client.inbox(session.process.id, 1)
    assert (total, newest["Data"], newest["Target"]) == (2, "for both", other.id)
    with pytest.raises(NodeRefused):
        node_client.assign(session.process.id, encode_base64url(b"n" * 32))


def test_monitoring_is_asked_for_and_ended_as_often_as_one_likes(
    node_client: NodeClient, session: Session, stranger: Ed25519Wallet
) -> None:
    item = build_item(session._signer, target=session.process.id, anchor=b"m" * 32, data=b" ")
    for wanted in (True, True, False, False):
        node_client.monitor(item.raw, wanted=wanted)
        assert node_client.is_monitored(session.process.id) in (wanted, None)
    with pytest.raises(NodeRefused):
        node_client.monitor(build_item(session._signer, target=NOBODY, data=b" ").raw)


def test_results_are_listed_by_cursor(node_client: NodeClient, session: Session) -> None:
    if not isinstance(node_client, LegacynetClient):
        pytest.skip("a local node has slots, and no cursors")
    for code in ("return 'a'", "error('b')", "return 'c'"):
        evaluated(session, code)
    whole = node_client.results(session.process.id)
    # The units list no failures.
    assert [one.number for one in whole.found] == [0, 1, 3]
    first = node_client.results(session.process.id, limit=2)
    assert (first.found, first.more) == (whole.found[:2], True)
    rest = node_client.results(session.process.id, after=first.found[-1].cursor)
    assert (rest.found, rest.more) == (whole.found[2:], False)
    assert node_client.results(session.process.id, after=whole.found[-1].cursor).found == []
