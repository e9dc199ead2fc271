from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from standing_clock import Clock

from aos_cli.clients.local import LocalClient
from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag, tag_value
from aos_cli.processes import find_anybodys, spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet, Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    session = Session(client, wallet, spawn_process(client, wallet, "test"))
    session.evaluate_pending()
    return session


def process_tags(client: LocalClient, process_id: str) -> tuple[Tag, ...]:
    raw = client._store.item(process_id)
    assert raw is not None
    return decode_item(raw).tags


# Spawning and finding


def test_a_process_trusts_its_node(client: LocalClient, wallet: Ed25519Wallet) -> None:
    tags = process_tags(client, spawn_process(client, wallet, "test", tags=[Tag("Mine", "1")]).id)
    looked_at = ("Name", "Mine", "Authority", "Scheduler", "Type")
    assert [(tag.name, tag.value) for tag in tags if tag.name in looked_at] == [
        ("Name", "test"), ("Mine", "1"), ("Authority", client.authority), ("Type", "Process"),
        ("Scheduler", client.scheduler),
    ]  # fmt: skip


def test_an_authority_of_the_users_replaces_the_nodes(client: LocalClient, wallet: Ed25519Wallet) -> None:
    tags = process_tags(client, spawn_process(client, wallet, "test", tags=[Tag("Authority", "theirs")]).id)
    assert [tag.value for tag in tags if tag.name == "Authority"] == ["theirs"]


@pytest.mark.parametrize(
    "name", ["Data-Protocol", "Variant", "Type", "Name", "Module", "Scheduler", "App-Name", "aos-Version"]
)
def test_tags_that_a_spawn_sets_itself_are_refused(client: LocalClient, wallet: Ed25519Wallet, name: str) -> None:
    with pytest.raises(UsageError, match=f"--tag {name} is set by aos itself"):
        spawn_process(client, wallet, "test", tags=[Tag(name, "x")])
    assert client.processes() == []


def test_a_module_that_is_named_must_be_there(client: LocalClient, wallet: Ed25519Wallet) -> None:
    with pytest.raises(NodeRefused, match=r"Module A{43} is not in this store"):
        spawn_process(client, wallet, "test", module="A" * 43)


def test_a_name_gives_one_process_however_often_it_is_spawned(client: LocalClient, wallet: Ed25519Wallet) -> None:
    assert len({spawn_process(client, wallet, "same").id for _ in range(3)}) == 1


def test_a_process_is_found_by_its_id_or_its_owners_name(
    client: LocalClient, wallet: Ed25519Wallet, rsa_wallet: Wallet
) -> None:
    mine, theirs = spawn_process(client, wallet, "same"), spawn_process(client, rsa_wallet, "same")
    assert find_anybodys(client, wallet.address, "same") == mine
    assert find_anybodys(client, rsa_wallet.address, "same") == theirs
    assert find_anybodys(client, wallet.address, theirs.id) == theirs
    assert find_anybodys(client, wallet.address, "other") is None
    assert find_anybodys(client, wallet.address, "A" * 43) is None


def test_a_name_that_two_processes_have_is_refused(client: LocalClient, wallet: Ed25519Wallet) -> None:
    parent = Session(client, wallet, spawn_process(client, wallet, "parent"))
    for _ in range(2):
        parent.slot(parent.eval("Spawn(ao.env.Module.Id, {Name = 'twin'})").slot)
    twins = client.find_named("twin", parent.process.id)
    with pytest.raises(NodeRefused, match="2 processes are called twin") as caught:
        find_anybodys(client, parent.process.id, "twin")
    assert all(twin.id in caught.value.message for twin in twins)
    assert "id" in caught.value.hint


# Sending


def test_the_same_words_twice_are_two_messages(session: Session) -> None:
    """Ed25519 wallets sign without randomness."""
    receipts = [session.eval("N = (N or 0) + 1 return N") for _ in range(3)]
    assert [receipt.slot for receipt in receipts] == [1, 2, 3]
    assert session.slot(3).result.output == "3"


def test_a_message_has_the_users_tags_first(session: Session) -> None:
    receipt = session.send("text", [Tag("Action", "Hi"), Tag("Action", "again")])
    message = session.slot(receipt.slot).message
    assert [(tag.name, tag.value) for tag in message.tags] == [
        ("Action", "Hi"), ("Action", "again"), ("Data-Protocol", "ao"), ("Variant", "ao.TN.1"), ("Type", "Message"),
    ]  # fmt: skip
    assert (message.data, message.sender) == ("text", session.address)


@pytest.mark.parametrize("data", [b"return #'\xff\xfe'", "return #'\udcff\udcfe'"])
def test_bytes_that_are_not_utf8_reach_the_process(session: Session, data: str | bytes) -> None:
    assert session.slot(session.eval(data).slot).result.output == "2"


def test_the_owner_is_who_spawned(client: LocalClient, session: Session, rsa_wallet: Wallet) -> None:
    assert session.is_owner
    other = Session(client, rsa_wallet, session.process)
    assert not other.is_owner
    assert "Hacked" not in str(other.slot(other.eval("return 'Hacked'").slot).result.output)


# Showing


def numbers(slots: Sequence[object]) -> list[int]:
    return [slot.number for slot in slots]  # type: ignore[attr-defined] # they are slots


def test_slots_are_shown_once_and_in_order(client: LocalClient, session: Session) -> None:
    assert numbers(session.unshown()) == [0]
    for number in range(4):
        session.eval(f"return {number}")
    assert session.unshown() == []  # nothing is evaluated by looking
    session.slot(2)
    assert numbers(session.unshown(before=2)) == [1]
    assert numbers(session.unshown()) == [2]
    session.evaluate_pending()
    assert numbers(session.unshown()) == [3, 4]
    assert session.unshown() == []


def test_what_was_there_before_a_session_is_not_shown(client: LocalClient, session: Session) -> None:
    session.slot(session.eval("return 1").slot)
    record = client.find_process(session.process.id)
    assert record is not None
    again = Session(client, session._signer, record)
    assert again.unshown() == []


def test_two_threads_never_show_a_slot_twice(session: Session) -> None:
    shown: list[int] = []
    done = threading.Event()

    def feed() -> None:
        while not done.is_set():
            shown.extend(numbers(session.unshown()))

    threads = [threading.Thread(target=feed) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(40):
        session.slot(session.eval(f"return {number}").slot)
    done.set()
    for thread in threads:
        thread.join(30)
    shown.extend(numbers(session.unshown()))
    assert sorted(shown) == list(range(41))


def test_pending_says_whether_something_waits(session: Session) -> None:
    assert not session.pending()
    session.eval("Send({Target = ao.id, Action = 'Hi'})")
    assert session.pending()
    session.evaluate_pending()
    assert session.pending()  # what it sent to itself
    session.evaluate_pending()
    assert not session.pending()
    session.evaluate_pending()


# Prompt and inbox


def test_the_prompt_is_the_newest_one(session: Session) -> None:
    assert "test" in session.prompt()
    session.slot(session.eval("Prompt = function() return 'mine> ' end").slot)
    session.slot(session.eval("return 1").slot)
    assert session.prompt() == "mine> "


def test_failing_messages_leave_the_prompt(session: Session) -> None:
    session.slot(session.eval("Prompt = function() return 'mine> ' end return 1").slot)
    for _ in range(12):
        session.eval("error('boom')")
    session.evaluate_pending()
    assert session.prompt() == "mine> "


def test_a_process_that_was_never_evaluated_has_a_plain_prompt(client: LocalClient, wallet: Ed25519Wallet) -> None:
    session = Session(client, wallet, spawn_process(client, wallet, "new"))
    assert session.prompt() == "> "


def test_the_inbox_holds_what_no_handler_took(session: Session) -> None:
    session.send("hello", [Tag("Action", "Unknown")])
    session.evaluate_pending()
    total, newest = session.client.inbox(session.process.id, 1)
    assert total == 2
    assert (newest[0]["Action"], newest[0]["Data"]) == ("Unknown", "hello")


def test_two_programs_chat(tmp_path: Path, clock: Clock, wallet: Ed25519Wallet, rsa_wallet: Wallet) -> None:
    """The first thing that every tutorial does: two terminals, two processes, one store."""
    clients = [LocalClient(tmp_path / "chat.sqlite", tmp_path / "node", clock) for _ in range(2)]
    alice = Session(clients[0], wallet, spawn_process(clients[0], wallet, "alice"))
    bob = Session(clients[1], rsa_wallet, spawn_process(clients[1], rsa_wallet, "bob"))
    handler = "Handlers.add('p', 'Ping', function(msg) msg.reply({Action = 'Pong', Data = 'hi ' .. msg.Data}) end)"
    bob.slot(bob.eval(handler).slot)
    sent = alice.slot(alice.eval(f"Send({{Target = '{bob.process.id}', Action = 'Ping', Data = 'alice'}})").slot).sent
    assert [(one.state, one.message.target) for one in sent] == [("delivered", bob.process.id)]
    bob.evaluate_pending()
    alice.evaluate_pending()
    _, (pong,) = alice.client.inbox(alice.process.id, 1)
    assert (pong["Action"], pong["Data"], pong["From"]) == ("Pong", "hi alice", bob.process.id)
    assert tag_value(alice.unshown()[-1].message.tags, "Action") == "Pong"
    for client in clients:
        client.close()


# Looking back


def test_slots_are_read_backwards_page_by_page(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.process_view._PAGE", 3)
    for number in range(6):
        session.eval(f"return {number}")
    session.evaluate_pending()
    assert numbers(list(session.backwards())) == [6, 5, 4, 3, 2, 1, 0]
    assert next(session.backwards()).result.output == "5"


# Speaking as another wallet


def test_another_wallet_speaks_in_the_same_session(session: Session, wallet: Ed25519Wallet) -> None:
    other = Ed25519Wallet(bytes(32))
    session.as_wallet(other)
    assert (session.address, session.is_owner) == (other.address, False)
    slot = session.slot(session.send("hello", [Tag("Action", "Greet")]).slot)
    assert slot.message.sender == other.address
    session.as_wallet(wallet)
    assert (session.address, session.is_owner) == (wallet.address, True)
    assert session.slot(session.eval("return Inbox[#Inbox].From").slot).result.output == other.address
