"""`.load-blueprint` at the true shell."""

from __future__ import annotations

from terminal import Outside, Terminal


def test_a_blueprint_is_loaded_with_one_message(terminal: Terminal, outside: Outside) -> None:
    assert terminal.ask(".load-blueprint token") == "Loading token"
    assert [process["slots"] for process in outside("ps")] == [2]
    terminal.ask("Send({Target = ao.id, Action = 'Transfer', Recipient = 'x', Quantity = '1'})")
    assert terminal.ask("Balances.x") == "1"
    assert terminal.ask(".load-blueprint token") == "Loading token"
    assert terminal.ask("Balances.x") == "1"


def test_an_error_in_a_blueprint_names_its_file_line_and_handler(terminal: Terminal) -> None:
    terminal.ask(".load-blueprint token")
    terminal.ask("Balances = 5")
    shown = terminal.ask("Send({Target = ao.id, Action = 'Balances'})")
    assert "error: blueprint/token.lua:" in shown
    assert "in handler balances" in shown


def test_an_unknown_name_sends_nothing(terminal: Terminal, outside: Outside) -> None:
    shown = terminal.ask(".load-blueprint").splitlines()
    assert shown == [".load-blueprint needs a name", "  The blueprints are chatroom, token"]
    assert terminal.ask(".load-blueprint tokn").splitlines() == ["There is no blueprint tokn", "  Did you mean token?"]
    assert "There is no blueprint token chatroom" in terminal.ask(".load-blueprint token chatroom")
    assert [process["slots"] for process in outside("ps")] == [1]
