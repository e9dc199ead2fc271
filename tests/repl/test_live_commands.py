"""`.live`, `.pause`, `.watch` and `.unwatch` in a terminal, and how the feed does in the toolbar."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Shown, Terminal


def send(outside: Outside, name: str, action: str) -> None:
    outside("eval", name, f"Send({{Target = ao.id, Action = '{action}'}})")


def wait_for_toolbar(terminal: Terminal, text: str) -> None:
    terminal.wait_until(lambda: text in terminal.toolbar, f"{text!r} at the bottom, not {terminal.toolbar!r}")


def test_a_pause_only_counts_and_live_shows_all_in_order(terminal: Terminal, outside: Outside) -> None:
    wait_for_toolbar(terminal, "feed live")
    assert "Paused: what arrives is only counted" in terminal.ask(".pause")
    wait_for_toolbar(terminal, "feed paused")
    terminal.type("return 'half")
    for number in (1, 2, 3):
        send(outside, "default", f"N{number}.")
    wait_for_toolbar(terminal, "inbox 3 new")
    wait_for_toolbar(terminal, "slot 6")
    terminal.wait_until(lambda: "[Inbox:4]> return 'half" in terminal.typed, "the prompt with the half-typed line")
    assert "N1." not in terminal.text
    terminal.type("'")
    terminal.key("enter")
    terminal.wait_for("\nhalf")
    terminal.wait_for_prompt()
    assert "N1." not in terminal.text
    terminal.ask(".live")
    terminal.wait_for("6 arrived while the feed was paused:")
    terminal.wait_for("← default  N3.")
    wait_for_toolbar(terminal, "feed live")
    arrived = [line.split()[-1] for line in terminal.lines if "← default" in line]
    assert arrived == ["N1.", "N2.", "N3."]
    send(outside, "default", "N4.")
    terminal.wait_for("← default  N4.")
    assert terminal.text.count("← default  N1.") == 1


def test_a_setting_pauses_as_well(terminal: Terminal, outside: Outside) -> None:
    terminal.ask(".set live false")
    wait_for_toolbar(terminal, "feed paused")
    send(outside, "default", "Quiet")
    wait_for_toolbar(terminal, "inbox 1 new")
    assert "Quiet" not in terminal.text
    terminal.ask(".set live true")
    terminal.wait_for("← default  Quiet")


def test_what_came_before_a_command_is_held_back_too(terminal: Terminal, outside: Outside) -> None:
    """And what the command itself sets off is shown all the same."""
    terminal.ask(".pause")
    send(outside, "default", "Before")
    shown = terminal.ask("Send({Target = ao.id, Action = 'Mine'}) return 'done'")
    assert "done" in shown
    assert "→ default  Mine" in shown
    assert "← default  Mine" in shown
    assert "Before" not in shown
    terminal.ask(".live")
    terminal.wait_for("← default  Before")
    assert terminal.text.count("← default  Mine") == 1


def test_a_game_without_end_leaves_the_feed_resting(open_terminal: Open, home: Path) -> None:
    (home / "config.toml").write_text("[limits]\nfollow = 5\n")
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.ask("Handlers.add('Loop', 'Loop', function() Send({Target = ao.id, Action = 'Loop'}) end)")
    assert "Stopped following" in terminal.ask("Send({Target = ao.id, Action = 'Loop'})")
    wait_for_toolbar(terminal, "feed resting")
    terminal.ask("Handlers.remove('Loop')")
    wait_for_toolbar(terminal, "feed live")


# Watching others


@pytest.fixture
def three(open_terminal: Open, shown: Shown, outside: Outside) -> tuple[Terminal, str]:
    """A window with alice; bob and carol have none."""
    shown("eval", "bob", "1")
    shown("eval", "carol", "1")
    alice = open_terminal("alice")
    alice.wait_for_prompt("alice")
    [bob] = [process["id"] for process in outside("ps") if process["name"] == "bob"]
    return alice, bob


def test_another_process_is_watched_while_a_line_is_typed(three: tuple[Terminal, str], outside: Outside) -> None:
    alice, bob = three
    assert "No other process is watched" in alice.ask(".watch", "alice")
    assert f"Watching bob  {bob}" in alice.ask(".watch bob", "alice")
    alice.type("return 'half")
    outside("eval", "carol", f"Send({{Target = '{bob}', Action = 'Hello', Data = 'dear bob'}})")
    alice.wait_for(" bob ← carol  Hello  dear bob")
    alice.wait_until(lambda: alice.typed.endswith("return 'half"), "the half-typed line")
    alice.type("'")
    alice.key("enter")
    alice.wait_for("\nhalf")
    assert alice.ask(".watch", "alice").split() == ["bob", bob]
    assert "bob is not watched any more." in alice.ask(".unwatch bob", "alice")
    outside("eval", "bob", "Send({Target = ao.id, Action = 'Unseen'})")
    send(outside, "alice", "Seen")
    alice.wait_for("← alice  Seen")
    assert "Unseen" not in alice.text


def test_what_a_command_set_off_is_not_told_twice(three: tuple[Terminal, str], outside: Outside) -> None:
    alice, bob = three
    alice.ask(f".watch {bob}", "alice")
    alice.ask(f"Send({{Target = '{bob}', Action = 'Once'}})", "alice")
    outside("eval", "bob", "return 'later'")
    alice.wait_for(" bob ← you  Eval  return 'later'")
    assert [line.strip() for line in alice.lines if "← Once" in line or "←  Once" in line] == ["bob ← Once"]
    assert "bob ← alice  Once" not in alice.text


def test_watching_goes_on_in_another_process(three: tuple[Terminal, str], outside: Outside) -> None:
    alice, _ = three
    alice.ask(".watch bob", "alice")
    alice.enter(".switch carol")
    alice.wait_for_prompt("carol")
    send(outside, "bob", "Still")
    alice.wait_for(" bob ← bob  Still")
    alice.enter(".switch bob")
    alice.wait_for_prompt("bob")
    send(outside, "bob", "Own")
    alice.wait_for("\n ← bob  Own")
    alice.enter(".switch carol")
    alice.wait_for_prompt("carol")
    send(outside, "bob", "Again")
    alice.wait_for(" bob ← bob  Again")
    assert " bob ← bob  Own" not in alice.text


def test_another_users_process_is_watched(terminal: Terminal, shown: Shown, outside: Outside) -> None:
    shown("wallet", "new", "tester", "--type", "ed25519")
    shown("eval", "theirs", "1", "--wallet", "tester")
    assert "Watching theirs" in terminal.ask(".watch theirs")
    shown("eval", "theirs", "Send({Target = ao.id, Action = 'Foreign'})", "--wallet", "tester")
    terminal.wait_for(" theirs ← theirs  Foreign")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (".watch nobody", "There is no process nobody"),
        (".watch default", "This is the process that is open"),
        (".unwatch", "No other process is watched."),
        (".unwatch default", "default is not watched"),
        (".live now", ".live takes no words behind it"),
    ],
)
def test_wrong_words(terminal: Terminal, line: str, message: str) -> None:
    assert message in terminal.ask(line)


def test_in_a_narrow_window_without_colours(open_terminal: Open, shown: Shown, outside: Outside) -> None:
    shown("eval", "bob", "1")
    terminal = open_terminal(columns=34, variables={"NO_COLOR": "1", "PYTHONIOENCODING": "ascii"})
    terminal.wait_for("Type Lua")
    terminal.type(".watch bob\r")
    terminal.wait_for("Watching bob")
    send(outside, "bob", "Narrow")
    terminal.wait_for("bob <- bob  Narrow")
    terminal.type(".inbox 1\r")
    terminal.wait_for("message 1 of the inbox")
