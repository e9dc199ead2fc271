"""Processes talk, and their users see it: two terminals over one store."""

from __future__ import annotations

import pytest
from terminal import Open, Outside, Terminal


@pytest.fixture
def pair(open_terminal: Open, outside: Outside) -> tuple[Terminal, Terminal]:
    """A window with alice, who knows `bob`, and one with bob."""
    alice, bob = open_terminal("alice"), open_terminal("bob")
    alice.wait_for_prompt("alice")
    bob.wait_for_prompt("bob")
    [identity] = [process["id"] for process in outside("ps") if process["name"] == "bob"]
    alice.ask(f"bob = '{identity}'", "alice")
    return alice, bob


def test_what_arrives_stands_above_the_line_being_typed(pair: tuple[Terminal, Terminal], outside: Outside) -> None:
    alice, bob = pair
    bob.type("return 'half a ")
    bob.wait_until(lambda: bob.typed.endswith("half a"), "echo")
    alice.enter("Send({Target = bob, Action = 'Greeting', Data = 'good morning'})")
    bob.wait_for("Greeting", seconds=3)
    bob.wait_until(lambda: "half a" in bob.typed, "the half-typed line below it")
    [line] = [line for line in bob.lines if "Greeting" in line]
    assert line.split() == ["←", "alice", "Greeting", "good", "morning"]
    assert bob.typed.startswith("bob@aos-")
    assert bob.typed.endswith("> return 'half a")
    assert bob.text.count("half a") == 1
    assert bob.lines.index(line) < bob.lines.index(bob.typed)
    bob.type("loaf'")
    bob.key("enter")
    bob.wait_for("\nhalf a loaf")
    assert bob.text.count("Greeting") == 1
    assert outside("inbox", "bob")[-1]["Data"] == "good morning"


def test_the_prompt_counts_what_arrived(pair: tuple[Terminal, Terminal]) -> None:
    alice, bob = pair
    alice.enter("Send({Target = bob, Data = 'one'})")
    bob.wait_until(lambda: "[Inbox:2]>" in bob.typed, "the new count in the prompt")


def test_many_arrivals_come_in_order_each_once(pair: tuple[Terminal, Terminal]) -> None:
    alice, bob = pair
    bob.type("x = ")
    alice.enter("for i = 1, 20 do Send({Target = bob, Action = 'N' .. i .. '.'}) end")
    bob.wait_for("N20.")
    bob.wait_until(lambda: bob.typed.endswith("x ="), "the half-typed line")
    arrived = [line.split()[-1] for line in bob.lines if "←" in line]
    assert arrived == [f"N{number}." for number in range(1, 21)]


def test_ask_and_receive(pair: tuple[Terminal, Terminal]) -> None:
    alice, bob = pair
    bob.ask("Handlers.add('Ping', 'Ping', function(msg) msg.reply({Data = 'pong to ' .. msg.Data}) end)", "bob")
    alice.enter("print(ao.send({Target = bob, Action = 'Ping', Data = 'alice'}).receive().Data)")
    alice.wait_for("pong to alice")
    bob.wait_for("Ping")


def test_receive_waits_for_a_later_message(pair: tuple[Terminal, Terminal]) -> None:
    alice, bob = pair
    bob.ask("function wait() local msg = Receive({Action = 'News'}) print('heard ' .. msg.Data) end wait()", "bob")
    alice.enter("Send({Target = bob, Action = 'News', Data = 'of spring'})")
    bob.wait_for("heard of spring")


def test_a_message_is_forwarded(pair: tuple[Terminal, Terminal], open_terminal: Open, outside: Outside) -> None:
    alice, bob = pair
    carol = open_terminal("carol")
    carol.wait_for_prompt("carol")
    [identity] = [process["id"] for process in outside("ps") if process["name"] == "carol"]
    bob.ask(f"Handlers.add('F', 'Pass', function(msg) msg.forward('{identity}', {{Action = 'Passed'}}) end)", "bob")
    alice.enter("Send({Target = bob, Action = 'Pass', Data = 'parcel'})")
    carol.wait_for("Passed")
    assert outside("inbox", "carol")[-1]["Data"] == "parcel"


def test_a_child_is_spawned_and_answers(pair: tuple[Terminal, Terminal], outside: Outside) -> None:
    alice, _ = pair
    shown = alice.ask("kid = Spawn(ao.env.Module.Id, {Name = 'kid'}).receive().Process print('born ' .. #kid)", "alice")
    assert "+ spawned kid" in shown
    assert "born 43" in shown
    assert "kid" in [process["name"] for process in outside("ps")]


def test_a_message_is_assigned(pair: tuple[Terminal, Terminal], outside: Outside) -> None:
    alice, bob = pair
    alice.ask("Send({Target = ao.id, Action = 'Letter', Data = 'to be read by bob'})", "alice")
    bob.ask("ao.addAssignable('Letters', {Action = 'Letter'})", "bob")
    alice.enter("Assign({Processes = {bob}, Message = Inbox[#Inbox].Id})")
    bob.wait_for("← alice  Letter")
    assert outside("inbox", "bob")[-1]["Data"] == "to be read by bob"


def test_an_error_in_a_handler_shows_in_both_terminals(pair: tuple[Terminal, Terminal]) -> None:
    alice, bob = pair
    bob.ask("Handlers.add('Bad', 'Bad', function() error('bob stumbled') end)", "bob")
    alice.enter("Send({Target = bob, Action = 'Bad'})")
    bob.wait_for("in handler Bad")
    assert "bob stumbled" in bob.text
    alice.wait_for("bob stumbled")


def test_a_message_to_nobody_is_kept(pair: tuple[Terminal, Terminal]) -> None:
    alice, _ = pair
    assert "kept: nobody of that id here" in alice.ask(f"Send({{Target = '{'A' * 43}', Data = 'x'}})", "alice")


def test_both_evaluate_at_once(pair: tuple[Terminal, Terminal]) -> None:
    """Two programs write to one store: nothing fails, and each line is answered once."""
    alice, bob = pair
    for number in range(5):
        alice.type(f"return 'a' .. {number} .. '!'\r")
        bob.type(f"return 'b' .. {number} .. '!'\r")
    alice.wait_for("a4!")
    bob.wait_for("b4!")
    for terminal, letter in ((alice, "a"), (bob, "b")):
        assert [terminal.text.count(f"{letter}{number}!") for number in range(5)] == [1] * 5
        assert "error" not in terminal.text


def test_one_process_in_two_terminals(open_terminal: Open, outside: Outside) -> None:
    """What is typed in one window arrives in the other as a message of the same process."""
    one, other = open_terminal("alice"), open_terminal("alice")
    one.wait_for_prompt("alice")
    other.wait_for_prompt("alice")
    assert len(outside("ps")) == 1
    one.ask("shared = 'from one'", "alice")
    other.wait_for("Eval  shared = 'from one'")
    assert other.ask("shared", "alice").splitlines()[-1] == "from one"


# Work that takes long

# A minute of Lua, so that the test ends in the middle of it.
_LONG = ("--tag", "Compute-Limit=30000000000")


def test_the_shell_answers_while_abandoned_work_goes_on(open_terminal: Open) -> None:
    terminal = open_terminal(*_LONG)
    terminal.wait_for_prompt()
    terminal.type("while true do end\r")
    terminal.wait_until_busy()
    terminal.key("C-c")
    terminal.wait_for("Stopped waiting")
    for _ in range(20):  # as long as the feed needs to lose its patience
        assert "default" in terminal.ask(".ps")
    terminal.key("C-d")
    assert terminal.wait_for_end() == 0
