"""Lua that answers a message, in a real process."""

from __future__ import annotations

import pytest

from aos_cli.clients.local import LocalClient
from aos_cli.model import Tag, tag_value
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.source.reply import lua_string, reply_code
from aos_cli.wallet import Ed25519Wallet

WEIRD = 'a"b\\c\n\r\0]]\x1b[2J1 äöü 日本 \udcff%s'


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    session = Session(client, wallet, spawn_process(client, wallet, "test"))
    for number in (1, 2, 3):
        session.send(f"question {number}", [Tag("Action", "Ask"), Tag("Reference", str(number))])
    session.evaluate_pending()
    return session


def code_for(session: Session, number: int, data: str = "answer", tags: tuple[tuple[str, str], ...] = ()) -> str:
    message = session.mailbox.message(number)
    return reply_code(message.text("Id"), message.fields.get("Nonce"), message.text("From"), tags, data)


@pytest.mark.parametrize("text", ["", "plain", WEIRD, "\x001", "]==]", "'", "--[["])
def test_a_text_is_quoted_so_that_lua_reads_it_back(session: Session, text: str) -> None:
    quoted = lua_string(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    size = len(text.encode("utf-8", "surrogateescape"))
    assert session.slot(session.eval(f"return #{quoted}").slot).result.output == str(size)


def test_the_answer_goes_to_the_sender_with_data_and_tags(session: Session) -> None:
    slot = session.slot(session.eval(code_for(session, 3, WEIRD, (("Action", "Told"), ("X", 'q"'), ("X", "2")))).slot)
    assert slot.result.error is None
    assert slot.result.output == ""
    [sent] = slot.sent
    assert sent.message.target == session.address
    assert sent.message.data.encode("utf-8", "replace").startswith(b'a"b\\c\n\r\0]]')
    assert sent.message.action == "Told"
    assert [tag.value for tag in sent.message.tags if tag.name == "X"] == ['q"', "2"]
    assert tag_value(sent.message.tags, "X-Reference") == "2"


def test_a_message_is_found_wherever_it_stands_by_then(session: Session) -> None:
    code = code_for(session, 3)
    session.eval("table.remove(Inbox, 1) Inbox[1], Inbox[3] = Inbox[3], Inbox[1] table.insert(Inbox, 1, 'no message')")
    [sent] = session.slot(session.eval(code).slot).sent
    assert tag_value(sent.message.tags, "X-Reference") == "2"


def test_a_message_that_has_gone_is_not_answered(session: Session) -> None:
    code = code_for(session, 3)
    session.eval("Inbox = {}")
    slot = session.slot(session.eval(code).slot)
    assert "not in the Inbox any more; nothing was sent" in (slot.result.error or "")
    assert slot.sent == ()


def test_a_message_without_a_way_back_is_not_answered(session: Session) -> None:
    session.slot(session.eval("table.insert(Inbox, {Id = 'x', From = 'y', Data = 'mine'})").slot)
    slot = session.slot(session.eval(code_for(session, 5)).slot)
    assert "it has no function `reply`" in (slot.result.error or "")


def test_a_sender_who_borrows_an_id_gets_his_own_answer(session: Session) -> None:
    """The tags Id and Nonce stand in the fields of that name; a borrowed pair is still no number."""
    honest = session.mailbox.message(3)
    session.send("sly", [Tag("Id", honest.text("Id")), Tag("Nonce", "2"), Tag("Reference", "9")])
    session.evaluate_pending()
    [to_honest] = session.slot(session.eval(code_for(session, 3)).slot).sent
    [to_sly] = session.slot(session.eval(code_for(session, 5)).slot).sent
    assert tag_value(to_honest.message.tags, "X-Reference") == "2"
    assert tag_value(to_sly.message.tags, "X-Reference") == "9"
