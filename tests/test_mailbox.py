"""The inbox as its user sees it: what is unread, which messages are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli import mailbox as mailbox_module
from aos_cli.clients.local import LocalClient
from aos_cli.errors import UsageError
from aos_cli.mailbox import Mailbox, Wanted
from aos_cli.model import Tag
from aos_cli.processes import spawn_process
from aos_cli.read_marks import ReadMarks
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet, tmp_path: Path) -> Session:
    session = Session(client, wallet, spawn_process(client, wallet, "test"))
    session.mailbox.marks = ReadMarks(tmp_path / "read")
    session.evaluate_pending()
    return session


def receive(session: Session, *actions: str, tags: tuple[Tag, ...] = ()) -> None:
    """Lets messages arrive that no handler takes."""
    for action in actions:
        session.send(f"data of {action}", (Tag("Action", action), *tags))
    session.evaluate_pending()


def lua(session: Session, code: str) -> str:
    return session.slot(session.eval(code).slot).result.output


def nobody(process_id: str) -> str:
    return "somebody"


def unread(inbox: Session | Mailbox) -> int:
    tally = inbox.tally()
    assert tally is not None
    return tally.unread


def unread_actions(session: Session) -> list[str]:
    _, messages = session.mailbox.newest(100)
    return [message.text("Action") for message in messages if message.unread]


# Unread


def test_what_arrives_is_unread_and_the_process_itself_is_not(session: Session) -> None:
    assert unread(session) == 0
    receive(session, "One", "Two")
    assert unread(session) == 2
    lua(session, "return 1")
    assert unread(session) == 2


def test_what_was_seen_is_read_for_good(session: Session, client: LocalClient, tmp_path: Path) -> None:
    receive(session, "One", "Two", "Three")
    session.mailbox.mark([session.mailbox.message(3)])
    assert unread_actions(session) == ["One", "Three"]
    again = Mailbox(client, session.process.id, ReadMarks(tmp_path / "read"))
    assert unread(again) == 2
    again.mark(again.newest(100)[1])
    assert unread(session) == 0


def test_with_all_read_the_marks_are_one_number(session: Session, tmp_path: Path) -> None:
    receive(session, *(f"N{number}" for number in range(30)))
    session.mailbox.mark(session.mailbox.newest(10)[1])
    assert unread(session) == 20
    session.mailbox.mark(session.mailbox.newest(40)[1])
    assert (tmp_path / "read").read_text() == '{"floor": 31, "slots": [], "others": []}'
    receive(session, "New")
    assert unread_actions(session) == ["New"]


def test_an_emptied_inbox_has_nothing_unread(session: Session) -> None:
    receive(session, "One", "Two")
    session.mailbox.mark([session.mailbox.message(2)])
    lua(session, "Inbox = {}")
    assert unread(session) == 0
    receive(session, "Three")
    assert unread_actions(session) == ["Three"]


def test_read_messages_stay_read_when_the_program_moves_them(session: Session) -> None:
    receive(session, "One", "Two", "Three")
    session.mailbox.mark([session.mailbox.message(3)])
    lua(session, "table.remove(Inbox, 1) Inbox[1], Inbox[3] = Inbox[3], Inbox[1]")
    assert unread_actions(session) == ["Three", "One"]


@pytest.mark.parametrize("nonce", ["1", "99999999", "-1", "x"])
def test_a_sender_cannot_say_that_he_was_read(session: Session, nonce: str) -> None:
    receive(session, "One", "Two")
    session.mailbox.mark(session.mailbox.newest(100)[1])
    receive(session, "Sly", tags=(Tag("Nonce", nonce),))
    assert unread_actions(session) == ["Sly"]
    session.mailbox.mark(session.mailbox.newest(100)[1])
    assert unread(session) == 0
    receive(session, "Honest")
    assert unread_actions(session) == ["Honest"]


def test_a_message_of_the_programs_own_making_can_be_read(session: Session) -> None:
    lua(session, "table.insert(Inbox, {Data = {1, {x = 'y'}}, Nonce = 1e300})")
    assert unread(session) == 1
    assert session.mailbox.message(2).text("Data") == '[1, {"x": "y"}]'
    session.mailbox.mark([session.mailbox.message(2)])
    assert unread(session) == 0


def test_a_tally_has_all_messages(session: Session) -> None:
    receive(session, "One", "Two")
    session.mailbox.mark([session.mailbox.message(3)])
    assert session.tally() == (3, 1)


@pytest.mark.parametrize("meanwhile", ["for _ = 1, 9 do Inbox[#Inbox + 1] = {} end", ""])
def test_a_message_is_the_one_of_its_number_whatever_comes_meanwhile(
    session: Session, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    receive(session, "One", "Two")
    _once_behind(session, monkeypatch, meanwhile)
    assert session.mailbox.message(2).text("Action") == "One"


def test_a_message_that_is_taken_out_meanwhile_is_said_to_be_gone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(session, "One", "Two")
    _once_behind(session, monkeypatch, "Inbox = {}")
    with pytest.raises(UsageError, match="Message 2 was taken out of the inbox just now"):
        session.mailbox.message(2)


def _once_behind(session: Session, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Has the process do something behind the first look into the inbox."""
    inbox = session.client.inbox
    waiting = [code]

    def busy(process_id: str, count: int) -> object:
        found = inbox(process_id, count)
        while waiting:
            lua(session, waiting.pop())
        return found

    monkeypatch.setattr(session.client, "inbox", busy)


def test_a_process_that_was_never_evaluated_cannot_say(client: LocalClient, wallet: Ed25519Wallet) -> None:
    assert Session(client, wallet, spawn_process(client, wallet, "new")).tally() is None


def test_only_the_newest_are_counted(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """However full an inbox is, no more of it is read; and in front of what was read, nothing."""
    receive(session, *(f"N{number}" for number in range(50)))
    sizes: list[int] = []
    inbox = session.client.known_inbox

    def counted(process_id: str, count: int) -> object:
        sizes.append(count)
        return inbox(process_id, count)

    monkeypatch.setattr(session.client, "known_inbox", counted)
    monkeypatch.setattr(mailbox_module, "MOST_COUNTED", 30)
    assert unread(session) == 30
    assert sizes == [20, 30]
    session.mailbox.marks.add([], floor=45)
    sizes.clear()
    assert unread(session) == 6
    assert sizes == [20]


# Which messages


def test_messages_are_filtered(session: Session) -> None:
    receive(session, "Ping", "Pong", "ping", "Other")
    session.mailbox.mark([session.mailbox.message(4)])

    def numbers(wanted: Wanted, count: int | None = 20) -> list[int]:
        return [message.number for message in session.mailbox.chosen(wanted, nobody, count).messages]

    assert numbers(Wanted()) == [1, 2, 3, 4, 5]
    assert numbers(Wanted(action="PING")) == [2, 4]
    assert numbers(Wanted(action="Ping", unread=True)) == [2]
    assert numbers(Wanted(unread=True)) == [2, 3, 5]
    assert numbers(Wanted(unread=True), 2) == [3, 5]
    assert numbers(Wanted(sender="somebody", action="pong")) == [3]
    assert numbers(Wanted(sender=session.address, action="pong")) == [3]
    assert numbers(Wanted(sender=session.address[:6], action="pong")) == [3]
    assert numbers(Wanted(sender=session.address[:5])) == []
    assert numbers(Wanted(sender="else")) == []


def test_all_of_a_long_inbox_is_searched(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "MOST_COUNTED", 3)
    receive(session, "Needle", *(f"N{number}" for number in range(40)))
    chosen = session.mailbox.chosen(Wanted(action="Needle"), nobody, 20)
    assert [message.number for message in chosen.messages] == [2]
    assert (chosen.total, chosen.more) == (42, False)
    assert len(session.mailbox.chosen(Wanted(), nobody, None).messages) == 42


def test_it_says_whether_there_are_older_ones(session: Session) -> None:
    receive(session, "One", "Two")
    chosen = session.mailbox.chosen(Wanted(), nobody, 2)
    assert ([message.number for message in chosen.messages], chosen.total, chosen.more) == ([2, 3], 3, True)
    assert not session.mailbox.chosen(Wanted(), nobody, 3).more


def test_a_message_by_its_number(session: Session) -> None:
    receive(session, "One", "Two", tags=(Tag("Same", "a"), Tag("Same", "b")))
    message = session.mailbox.message(2)
    assert (message.text("Action"), message.text("Data"), message.identity) == ("One", "data of One", 1)
    assert [tag.value for tag in message.content.tags if tag.name == "Same"] == ["a", "b"]
    for number in (0, 4):
        with pytest.raises(UsageError, match=f"no message {number} in the inbox; it holds 1 to 3"):
            session.mailbox.message(number)
    lua(session, "Inbox = {}")
    with pytest.raises(UsageError, match="it is empty"):
        session.mailbox.message(1)


def test_tags_without_their_list_come_from_their_table(session: Session) -> None:
    lua(session, "table.insert(Inbox, {Tags = {Colour = 'blue'}})")
    assert session.mailbox.message(2).content.tags == (Tag("Colour", "blue"),)
