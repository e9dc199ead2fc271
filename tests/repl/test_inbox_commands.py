"""`.inbox` and `.reply` in a terminal, and the count of what is unread."""

from __future__ import annotations

import pytest
from terminal import Open, Outside, Shown, Terminal

NOTE = "Send({Target = ao.id, Action = 'Note', Data = '{\"n\":1}', Colour = 'blue'})"


def wait_for_unread(terminal: Terminal, count: int) -> None:
    wanted = f"inbox {count} new" if count else ""

    def shows() -> bool:
        bar = terminal.toolbar
        return wanted in bar if wanted else bool(bar) and " new" not in bar

    terminal.wait_until(shows, f"{count} unread in {terminal.toolbar!r}")


def test_unread_counts_up_and_the_list_resets_it(terminal: Terminal, outside: Outside) -> None:
    wait_for_unread(terminal, 0)
    terminal.ask(NOTE)
    wait_for_unread(terminal, 1)
    terminal.type("half a li")  # it counts while a line is typed
    outside("eval", "default", NOTE)
    wait_for_unread(terminal, 2)
    terminal.wait_until(lambda: terminal.typed.endswith("half a li"), "the half-typed line")
    terminal.key("C-c")
    shown = terminal.ask(".inbox")
    assert [line.split()[:2] for line in shown.splitlines() if "Note" in line] == [["new", "2"], ["new", "3"]]
    wait_for_unread(terminal, 0)
    assert "new" not in terminal.ask(".inbox")


def test_unread_survives_a_restart(terminal: Terminal, open_terminal: Open) -> None:
    terminal.ask(NOTE)
    terminal.ask(NOTE)
    terminal.ask(".inbox 2")
    wait_for_unread(terminal, 1)
    terminal.key("C-d")
    assert terminal.wait_for_end() == 0
    again = open_terminal()
    again.wait_for_prompt()
    wait_for_unread(again, 1)
    shown = again.ask(".inbox --unread")
    assert [line.split()[:2] for line in shown.splitlines() if "Note" in line] == [["new", "3"]]


def test_what_was_read_elsewhere_is_read(terminal: Terminal, shown: Shown) -> None:
    terminal.ask(NOTE)
    wait_for_unread(terminal, 1)
    assert "Note" in shown("inbox", "default")
    wait_for_unread(terminal, 0)


def test_a_message_in_full(terminal: Terminal) -> None:
    terminal.ask(NOTE)
    out = terminal.ask(".inbox 2")
    assert "message 2 of the inbox" in out
    assert '"n": 1' in out
    assert ["Colour", "blue"] in [line.split() for line in out.splitlines()]


def test_the_list_is_filtered(terminal: Terminal) -> None:
    terminal.ask(NOTE)
    terminal.ask("Send({Target = ao.id, Action = 'Other'})")
    assert "Note" not in terminal.ask(".inbox --action other --from default")
    assert "Older ones are not shown" in terminal.ask(".inbox -n 1")
    assert "Older ones" not in terminal.ask(".inbox --all")
    assert terminal.ask(".inbox --from nobody") == "No message fits."
    terminal.ask("Inbox = {}")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (".inbox x", "'x' is not the number of a message"),
        (".inbox 7", "There is no message 7 in the inbox; it holds 1 to 1"),
        (".inbox --unread 1", ".inbox shows one message or filters the list, not both"),
        (".inbox --form x", ".inbox has no option --form"),
        (".inbox --from", ".inbox --from lacks its value"),
        (".reply", ".reply needs the number of a message"),
        (".reply 1", ".reply needs the data of the answer"),
        (".reply 7 hi", "There is no message 7 in the inbox"),
        (".reply x hi", "'x' is not the number of a message"),
        (".reply 1 --tag x hi", "--tag x is not of the form NAME=VALUE"),
        (".log --all 3", "The number of rows was given twice"),
    ],
)
def test_wrong_words_send_nothing(terminal: Terminal, outside: Outside, line: str, message: str) -> None:
    assert message in terminal.ask(line)
    assert [process["slots"] for process in outside("ps")] == [1]


def test_a_reply_reaches_who_asked(open_terminal: Open, outside: Outside) -> None:
    alice, bob = open_terminal("alice"), open_terminal("bob")
    alice.wait_for_prompt("alice")
    bob.wait_for_prompt("bob")
    [identity] = [process["id"] for process in outside("ps") if process["name"] == "bob"]
    alice.enter(f"print(Send({{Target = '{identity}', Action = 'Ask'}}).receive().Data)")
    bob.wait_for("← alice  Ask")
    out = bob.ask(""".reply 2 --action Answer --tag "Mood=quite good" it's "42", no \\ more""", "bob")
    assert "→ alice  Answer  it's" in out
    assert "error" not in out
    alice.wait_for("""\nit's "42", no \\ more""")
    answer = outside("log", "alice")[-1]
    assert answer["action"] == "Answer"


def test_only_the_owner_replies(terminal: Terminal, shown: Shown, outside: Outside) -> None:
    shown("wallet", "new", "tester", "--type", "ed25519")
    terminal.ask(".as tester")
    assert "who alone can answer in its name" in terminal.ask(".reply 1 hello")
    assert [process["slots"] for process in outside("ps")] == [1]


def test_rows_of_the_log_and_the_outbox(terminal: Terminal) -> None:
    terminal.ask(NOTE)
    terminal.ask("error('spilt')")
    assert [line.split()[0] for line in terminal.ask(".log -n 2").splitlines() if ":" in line] == ["2", "3"]
    errors = terminal.ask(".log --errors")
    assert "spilt" in errors
    assert "Note" not in errors
    assert "(spawn)" in terminal.ask(".log --all")
    assert "Note" in terminal.ask(".outbox --all")


def test_no_message_failed(terminal: Terminal) -> None:
    assert terminal.ask(".log --errors") == "No message failed."
