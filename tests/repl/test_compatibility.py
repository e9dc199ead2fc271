"""Defects of the official console that users met, each as a test that it is not here.

Those of files and modules are in tests/source and tests/cli/test_loading.py.
"""

from __future__ import annotations

import pytest
from terminal import Open, Outside, Terminal


@pytest.mark.parametrize("word", [".monitor", ".unmonitor", ".update", ".checkpoint"])
def test_a_command_that_is_not_here_is_refused_and_stops_nothing(
    terminal: Terminal, outside: Outside, word: str
) -> None:
    assert f"There is no command {word}; nothing was sent" in terminal.ask(word)
    assert outside("ps")[0]["slots"] == 1


def test_exit_keeps_the_history(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.ask("x = 'kept'")
    terminal.type(".exit\r")
    assert terminal.wait_for_end() == 0
    again = open_terminal()
    again.wait_for_prompt()
    again.key("up", "up")
    again.wait_until(lambda: again.typed.endswith("x = 'kept'"), "the line of before")


def test_ctrl_d_leaves_no_program_behind(terminal: Terminal) -> None:
    terminal.key("C-d")
    assert terminal.wait_for_end() == 0


def test_three_pasted_lines_are_one_message(terminal: Terminal, outside: Outside) -> None:
    terminal.paste("a = 1\nb = 2\nreturn a + b")
    terminal.wait_for("return a + b")
    terminal.key("enter")
    terminal.wait_for("\n3\n")
    assert outside("ps")[0]["slots"] == 2


@pytest.mark.parametrize("text", ["x = 1\ny = 2\nz = = 3", "x = 1\ny = 2\nerror('z')"])
def test_an_error_is_told_with_its_line(terminal: Terminal, text: str) -> None:
    terminal.paste(text)
    terminal.wait_for(text.splitlines()[-1])
    terminal.key("enter")
    terminal.wait_for("line 3: ")


def test_an_option_does_not_swallow_the_name(open_terminal: Open, outside: Outside) -> None:
    """`--color` takes a value; the word behind it is the process."""
    terminal = open_terminal("--color", "never", "alice")
    terminal.wait_for_prompt("alice")
    assert [process["name"] for process in outside("ps")] == ["alice"]
    refused = open_terminal("--legacy", "bob")
    assert refused.wait_for_end() == 2
    assert len(outside("ps")) == 1


def test_a_window_without_columns_does_not_loop(open_terminal: Open) -> None:
    terminal = open_terminal(columns=0)
    terminal.wait_until(lambda: b"Inbox" in terminal.raw, "prompt")
    terminal.type(".exit\r")
    assert terminal.wait_for_end() == 0
    assert len(terminal.raw) < 50_000


def test_no_color_is_heeded(open_terminal: Open) -> None:
    terminal = open_terminal(variables={"NO_COLOR": "1"})
    terminal.ask(r"print('\27[31mred\27[0m')")
    assert b"\x1b[31m" not in terminal.raw


def test_input_after_a_command_that_runs_long_is_not_run_beside_it(terminal: Terminal) -> None:
    terminal.type("for i = 1, 3e6 do order = 'first' end return 'first'\rreturn order .. ' then second'\r")
    terminal.wait_for("first then second")
