from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from standing_clock import Clock

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.codec.ans104 import build_item
from aos_cli.errors import NodeRefused, StoreError, WalletError
from aos_cli.machine.module import known_modules
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet, Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return Session(client, wallet, spawn_process(client, wallet, "test"))


def follow(client: LocalClient, limit: int = 1000) -> list[Slot]:
    return list(client.follow(limit, lambda: False))


def evaluated(session: Session, code: str) -> Slot:
    return session.slot(session.eval(code).slot)


def test_processes_are_found_by_id_and_by_name_and_owner(client: LocalClient, wallet: Ed25519Wallet) -> None:
    first, second = (spawn_process(client, wallet, name) for name in ("one", "two"))
    assert client.find_process(first.id) == first
    assert client.find_process("A" * 43) is None
    assert client.find_named("two", wallet.address) == [second]
    assert client.find_named("two", "somebody else") == []
    assert client.processes() == [first, second]


def test_a_record_says_what_is_known_without_evaluating(
    client: LocalClient, wallet: Ed25519Wallet, clock: Clock
) -> None:
    record = spawn_process(client, wallet, "one")
    assert (record.name, record.owner, record.slots, record.evaluated) == ("one", wallet.address, 1, 0)
    assert (record.module_id, record.spawned_ms) == (client.default_module(), clock.now)


def test_a_name_makes_one_process_for_each_owner(
    client: LocalClient, wallet: Ed25519Wallet, rsa_wallet: Wallet
) -> None:
    first = spawn_process(client, wallet, "same")
    assert spawn_process(client, wallet, "same") == first
    other = spawn_process(client, rsa_wallet, "same")
    assert [record.id for record in client.processes()] == [first.id, other.id]


def test_processes_without_a_name_are_all_new(client: LocalClient, wallet: Ed25519Wallet) -> None:
    assert spawn_process(client, wallet, "").id != spawn_process(client, wallet, "").id


def test_two_programs_that_spawn_a_name_at_once_get_one_process(
    tmp_path: Path, clock: Clock, wallet: Ed25519Wallet
) -> None:
    clients = [LocalClient(tmp_path / "s.sqlite", tmp_path / "node", clock) for _ in range(4)]
    barrier, found = threading.Barrier(4), set()

    def run(client: LocalClient) -> None:
        barrier.wait()
        found.add(spawn_process(client, wallet, "same").id)

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == len(clients[0].processes()) == 1
    for client in clients:
        client.close()


def test_a_receipt_says_where_a_message_stands(client: LocalClient, session: Session) -> None:
    item = build_item(
        session._signer, target=session.process.id, tags=[("Data-Protocol", "ao"), ("Type", "Message")], data=b"x"
    )
    receipt = client.send(item.raw)
    assert receipt == (session.process.id, item.id, 1)
    assert client.send(item.raw) == receipt


def test_a_slot_tells_the_whole_story(client: LocalClient, session: Session, clock: Clock) -> None:
    clock.now += 5000
    code = "print('printed') Send({Target = ao.id, Action = 'Hi', Data = 'text'}) return 7"
    slot = evaluated(session, code)
    assert (slot.number, slot.timestamp_ms, slot.process.id) == (1, clock.now, session.process.id)
    assert (slot.message.action, slot.message.data, slot.message.sender) == ("Eval", code, session.address)
    assert slot.message.target == session.process.id
    assert slot.result.output.startswith("printed")
    assert slot.result.output.endswith("7")
    assert slot.result.error is None
    assert slot.instructions > 0
    (sent,) = slot.sent
    assert (sent.kind, sent.state, sent.slot, sent.problem) == ("message", "delivered", 2, "")
    assert (sent.message.action, sent.message.data) == ("Hi", "text")
    assert (sent.message.sender, sent.message.target) == (session.process.id, session.process.id)
    assert client.slots(session.process.id, 1) == [slot]


def test_an_error_is_part_of_the_slot(session: Session) -> None:
    slot = evaluated(session, "error('boom')")
    assert slot.result.error is not None
    assert "boom" in slot.result.error
    assert not slot.result.rolled_back
    slot = evaluated(session, "ao.send({Target = ao.id, Value = 0/0})")
    assert slot.result.rolled_back


def test_refused_entries_are_shown_as_the_process_wrote_them(session: Session) -> None:
    code = """
      ao.outbox.Messages = {5, {Target = 'bob', Tags = {{name = 'Action', value = 'Hi'}, 'x'}, Data = 'lost'}}
      ao.outbox.Spawns = {{Tags = {{name = 'Name', value = 'n'}}}, {Tags = 'x'}}
      ao.outbox.Assignments = {{Processes = {ao.id}, Message = 'short'}}
    """
    sent = evaluated(session, code).sent
    assert [(one.kind, one.state, one.message.id) for one in sent] == [
        ("message", "refused", ""), ("message", "refused", ""), ("spawn", "refused", ""), ("spawn", "refused", ""),
        ("assignment", "refused", ""),
    ]  # fmt: skip
    assert all(one.problem for one in sent)
    assert (sent[1].message.target, sent[1].message.data, sent[1].message.action) == ("bob", "lost", "Hi")
    assert sent[2].message.tags == (("Name", "n"),)


def test_a_refused_spawn_is_shown_with_its_tags(session: Session) -> None:
    (sent,) = evaluated(session, "Spawn(('A'):rep(43), {Name = 'n'})").sent
    assert (sent.kind, sent.state) == ("spawn", "refused")
    assert ("Name", "n") in sent.message.tags


def test_following_evaluates_what_was_set_off(client: LocalClient, session: Session) -> None:
    again = "if msg.N ~= '0' then Send({Target = ao.id, Action = 'Tick', N = '0'}) end"
    evaluated(session, f"Handlers.add('tick', 'Tick', function(msg) {again} end)")
    evaluated(session, "Send({Target = ao.id, Action = 'Tick', N = '1'})")
    assert [slot.number for slot in follow(client)] == [3, 4]
    assert follow(client) == []


def test_following_stops_when_told(client: LocalClient, session: Session) -> None:
    for _ in range(5):
        session.eval("return 1")
    assert len(follow(client, 2)) == 2
    assert list(client.follow(10, lambda: True)) == []
    assert len(follow(client)) == 4


def test_the_inbox_gives_the_newest_messages(client: LocalClient, session: Session) -> None:
    for number in range(5):
        evaluated(session, f"Send({{Target = ao.id, Data = 'm{number}'}})")
    follow(client)
    total, newest = client.inbox(session.process.id, 2)
    assert (total, [message["Data"] for message in newest]) == (6, ["m3", "m4"])
    assert client.inbox(session.process.id, 100)[0] == len(client.inbox(session.process.id, 100)[1])
    assert client.inbox(session.process.id, 0) == (6, [])


@pytest.mark.parametrize(
    "code",
    [
        # The usual prompt counts the inbox; without one it would fail and undo the message.
        "Prompt = function() return '' end Inbox = nil",
        "Prompt = function() return '' end Inbox = 5",
        "Inbox = {}",
        "Inbox = setmetatable({}, {__index = error})",
    ],
)
def test_a_program_may_do_what_it_likes_to_its_inbox(client: LocalClient, session: Session, code: str) -> None:
    evaluated(session, code)
    assert client.inbox(session.process.id, 5) == (0, [])


def test_what_is_no_message_in_an_inbox_keeps_its_place(client: LocalClient, session: Session) -> None:
    evaluated(session, "Inbox[#Inbox + 1] = 'a note' Inbox[#Inbox + 1] = { Data = 'newest' }")
    total, newest = client.inbox(session.process.id, 2)
    assert (total, newest) == (3, [{"Data": "a note"}, {"Data": "newest"}])


def test_the_modules_of_a_process_are_its_own_and_those_loaded_later(client: LocalClient, session: Session) -> None:
    evaluated(session, "package.loaded['mine'] = {}")
    assert client.known_modules(session.process.id) == known_modules() | {"mine"}


def test_looking_changes_nothing(client: LocalClient, session: Session) -> None:
    evaluated(session, "X = 1")
    client.changed()
    client.inbox(session.process.id, 5)
    client.known_modules(session.process.id)
    client.slots(session.process.id, 0)
    assert not client.changed()
    record = client.find_process(session.process.id)
    assert record is not None
    assert record.slots == 2


def test_a_change_by_another_program_is_seen(
    tmp_path: Path, client: LocalClient, session: Session, clock: Clock
) -> None:
    other = LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)
    client.changed()
    assert not client.changed()
    Session(other, session._signer, session.process).eval("return 1")
    assert client.changed()
    assert not client.changed()
    other.close()


def test_a_store_in_memory_ends_with_its_client(clock: Clock, wallet: Ed25519Wallet) -> None:
    first, second = LocalClient(None, None, clock), LocalClient(None, None, clock)
    session = Session(first, wallet, spawn_process(first, wallet, "test"))
    assert evaluated(session, "return 1 + 1").result.output == "2"
    assert second.processes() == []
    first.close()
    second.close()


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_everything_is_for_its_user_alone(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "deep" / "home"
    LocalClient(folder / "store.sqlite", folder / "node", clock).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "store.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "node").stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        LocalClient(tmp_path / "file" / "store.sqlite", None, clock)
    assert str(tmp_path / "file") in caught.value.message


def test_damaged_keys_give_the_store_back(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "scheduler.json").write_text("no key")
    with pytest.raises(WalletError):
        LocalClient(tmp_path / "store.sqlite", tmp_path / "node", clock)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["node", "store.sqlite"]  # its log is merged


def test_an_unknown_process_is_refused(client: LocalClient) -> None:
    for ask in (
        lambda: client.slot("A" * 43, 0),
        lambda: client.slots("A" * 43, 0),
        lambda: client.inbox("A" * 43, 1),
        lambda: client.known_modules("A" * 43),
    ):
        with pytest.raises(NodeRefused, match="There is no process"):
            ask()
