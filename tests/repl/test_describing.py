"""What a name in the process is, asked without sending anything; and the words that leave."""

from __future__ import annotations

from terminal import Open, Outside, Terminal


def test_a_value_is_described_and_nothing_is_sent(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("function pay(to, amount) end Balances = { alice = '1' } n = 7")
    assert terminal.ask("?pay").splitlines()[0] == "function pay(to, amount)"
    assert terminal.ask(".describe Balances").splitlines() == [
        "table Balances: 0 in its list, 1 named",
        "  alice  string",
    ]
    assert terminal.ask("?n") == "number n = 7"
    assert terminal.ask("?Handlers.add").startswith("function Handlers.add(")
    assert terminal.ask("?string.format") == "function string.format, of Lua itself"
    assert terminal.ask("?nobody") == "nobody is nil."
    assert "is not a name" in terminal.ask("?1 + 1")
    assert len(outside("log", "default")) == 2


def test_exit_leaves_unless_the_process_has_such_a_global(terminal: Terminal) -> None:
    terminal.ask("quit = 'a value'")
    assert terminal.ask("quit") == "a value"
    terminal.enter("exit")
    assert terminal.wait_for_end() == 0


def test_help_and_clear_need_no_dot(open_terminal: Open, outside: Outside) -> None:
    terminal = open_terminal(rows=200)
    assert "Lua from files" in terminal.ask("help")
    assert "Lua from files" in terminal.ask("?")
    terminal.enter("clear")
    terminal.wait_until(lambda: "Lua from files" not in terminal.text, "an empty screen")
    terminal.ask("help = 'a value'")
    assert terminal.ask("help") == "a value"
    assert len(outside("log", "default")) == 3
