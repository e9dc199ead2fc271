"""`.trace` and `.show` in the shell."""

from __future__ import annotations

from terminal import Open, Outside, Terminal


def test_trace_shows_what_the_newest_command_set_off(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("Handlers.add('echo', 'Echo', function(msg) Send({Target = ao.id, Action = 'Heard'}) end)")
    terminal.ask("Send({Target = ao.id, Action = 'Echo'})")
    before = outside("ps")
    lines = terminal.ask(".trace").splitlines()
    assert lines[1].startswith("default 2 ← you  Eval")
    assert lines[2].startswith("└─ → default 3  Echo")
    assert lines[3].startswith("   └─ → default 4  Heard")
    assert outside("ps") == before


def test_trace_takes_a_slot_or_an_id(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("Send({Target = ao.id, Action = 'Echo'})")
    shown = terminal.ask(".trace 2")
    assert shown.startswith("because of default 1 ← you  Eval")
    [record] = outside("show", "default:2")
    assert terminal.ask(f".trace {record['message'][:9]} --all") == shown
    assert "has no slot 99" in terminal.ask(".trace 99")
    assert "There is no message or process" in terminal.ask(".trace nowhere")


def test_show_shows_one_message(terminal: Terminal) -> None:
    terminal.ask("""Send({Target = ao.id, Action = 'Echo', Data = '{"a":[1]}'})""")
    shown = terminal.ask(".show 2")
    for part in ("default slot 2", "Echo", '  "a": [', "hash chain", "because of  default slot 1"):
        assert part in shown
    assert terminal.ask(".show").startswith("default slot 1")


def test_a_message_that_is_not_evaluated_yet_waits(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.enter("while true do end")
    terminal.wait_until_busy()
    terminal.key("C-c")
    terminal.wait_for("Stopped waiting")
    assert terminal.ask(".trace").splitlines()[1].endswith("waiting")
    assert "it waits to be evaluated" in terminal.ask(".show 1")


def test_a_trace_in_a_narrow_window(open_terminal: Open) -> None:
    terminal = open_terminal(columns=40)
    terminal.wait_for_prompt()
    terminal.ask("Send({Target=ao.id,Action='Echo'})")
    lines = terminal.ask(".trace").splitlines()
    assert lines[0].split() == ["message", "result"]
    assert lines[2].split() == ["└─", "→", "default", "2", "Echo", "ok"]
