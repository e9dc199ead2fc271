"""The blueprint `chatroom`, driven by messages as other processes send them."""

from __future__ import annotations

import pytest
from blueprint_process import handler_names, load, loaded, only, sent
from runtime_process import ALICE, BOB, PROCESS, Process

from aos_cli.source.blueprints import find_blueprint

HANDLERS = ["register", "unregister", "broadcast"]


@pytest.fixture
def room() -> Process:
    return loaded("chatroom")


def members(room: Process) -> list[str]:
    return room.says("table.concat(Members, ' ')").split()


def test_it_begins_empty(room: Process) -> None:
    assert members(room) == []
    assert handler_names(room) == ["_eval", "_default", *HANDLERS]


def test_registering_twice_makes_one_member(room: Process) -> None:
    assert only(room.send("Register")) == {"Target": ALICE, "Data": "Registered."}
    assert only(room.send("Register")) == {"Target": ALICE, "Data": "Already registered."}
    assert only(room.send("Register", sender=BOB)) == {"Target": BOB, "Data": "Registered."}
    assert members(room) == [ALICE, BOB]


def test_unregistering_ends_the_membership(room: Process) -> None:
    room.send("Register")
    room.send("Register", sender=BOB)
    assert only(room.send("Unregister")) == {"Target": ALICE, "Data": "Unregistered"}
    assert only(room.send("Unregister")) == {"Target": ALICE, "Data": "Not registered"}
    assert members(room) == [BOB]


def test_a_broadcast_reaches_each_member_and_then_the_speaker_is_told(room: Process) -> None:
    room.send("Register")
    room.send("Register", sender=BOB)
    *notices, answer = sent(room.send("Broadcast", "hi\nall"))
    told = {"Action": "Broadcast-Notice", "Broadcaster": ALICE, "Data": "hi\nall"}
    assert notices == [{"Target": ALICE, **told}, {"Target": BOB, **told}]
    assert answer == {"Target": ALICE, "Data": "Broadcasted."}


def test_who_is_no_member_may_broadcast(room: Process) -> None:
    room.send("Register")
    notice, answer = sent(room.send("Broadcast", "hi", sender=BOB))
    assert (notice["Target"], notice["Broadcaster"]) == (ALICE, BOB)
    assert answer == {"Target": BOB, "Data": "Broadcasted."}


def test_an_empty_room_is_told_nothing(room: Process) -> None:
    assert only(room.send("Broadcast", "hi")) == {"Target": ALICE, "Data": "Broadcasted."}


def test_a_member_who_stands_there_twice_is_told_once_and_leaves_at_once(room: Process) -> None:
    room.eval(f"Members = {{ '{ALICE}', '{BOB}', '{ALICE}' }}")
    assert [message["Target"] for message in sent(room.send("Broadcast", "hi"))] == [ALICE, BOB, ALICE]
    room.send("Unregister")
    assert members(room) == [BOB]


@pytest.mark.parametrize("action", ["register", "BROADCAST", "Broadcasts"])
def test_actions_are_meant_to_the_letter(room: Process, action: str) -> None:
    assert sent(room.send(action, "hi")) == []
    assert members(room) == []


def test_answers_go_where_the_question_says(room: Process) -> None:
    answer = only(room.send("Register", Reply_To=BOB, Reference="3"))
    assert answer == {"Target": BOB, "X-Reference": "3", "Data": "Registered."}
    assert members(room) == [ALICE]


def test_a_process_that_cannot_reply_sends(room: Process) -> None:
    """As processes of before aos 2."""
    room.eval("Handlers.prepend('old', function() return 'continue' end, function(msg) msg.reply = nil end)")
    assert only(room.send("Register")) == {"Target": ALICE, "Data": "Registered."}


def test_loading_it_again_keeps_the_members_and_replaces_the_handlers(room: Process) -> None:
    room.send("Register")
    room.eval("Handlers.add('register', 'Register', function() error('spoilt') end)")
    load(room, "chatroom")
    assert handler_names(room) == ["_eval", "_default", *HANDLERS]
    assert only(room.send("Register"))["Data"] == "Already registered."


def test_members_that_were_set_before_are_kept() -> None:
    assert members(loaded("chatroom", before=f"Members = {{ '{BOB}' }}")) == [BOB]


def test_a_room_can_be_born_with_it() -> None:
    room = Process(find_blueprint("chatroom").text.decode(), On_Boot="Data")
    assert only(room.send("Register"))["Data"] == "Registered."


@pytest.mark.parametrize("names", [("token", "chatroom"), ("chatroom", "token")])
def test_a_token_and_a_room_live_in_one_process(names: tuple[str, str]) -> None:
    both = loaded(*names)
    both.send("Register", sender=BOB)
    both.send("Transfer", sender=PROCESS, Recipient=ALICE, Quantity="7")
    load(both, *names)
    assert members(both) == [BOB]
    assert only(both.send("Balance"))["Balance"] == "7"
    assert [message["Target"] for message in sent(both.send("Broadcast", "hi"))] == [BOB, ALICE]
    assert len(handler_names(both)) == len(set(handler_names(both))) == 2 + 3 + 7
