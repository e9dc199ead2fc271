"""A user types Lua at a process."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal


def evals(outside: Outside, name: str = "default") -> list[str]:
    """The actions of the process's log, without its birth."""
    return [record["action"] for record in outside("log", name, "-n", "1000")[1:]]


def test_start_opens_default_and_prompts(open_terminal: Open, outside: Outside) -> None:
    terminal = open_terminal()
    terminal.wait_for_prompt()
    [process] = outside("ps")
    assert process["name"] == "default"
    assert terminal.lines[0].split()[-1] == process["id"]
    assert ".help" in terminal.lines[1]


def test_a_fresh_user_is_told_of_the_wallet_while_it_is_made(open_terminal: Open, tmp_path: Path) -> None:
    terminal = open_terminal(home=tmp_path / "fresh")
    terminal.wait_for("Making your wallet")
    terminal.wait_for_prompt()
    # The path may be wider than the window.
    assert str(tmp_path / "fresh" / "wallet.json") in terminal.text.replace("\n", "")
    tour = "New to AO? .tour shows it in five minutes."
    assert tour in terminal.lines
    terminal.enter(".exit")
    terminal.wait_for_end()
    again = open_terminal(home=tmp_path / "fresh")
    again.wait_for_prompt()
    assert tour not in again.lines


def test_values_printed_lines_and_errors_are_shown(terminal: Terminal) -> None:
    assert terminal.ask("1 + 1") == "2"
    assert terminal.ask("print('one') print('two') return 'three'") == "one\ntwo\nthree"
    assert terminal.ask("x = 5") == ""
    assert terminal.ask("error('no')") == "error: line 1: no"
    assert "unexpected symbol" in terminal.ask("x = )")
    assert terminal.ask("x") == "5"


def test_each_line_is_a_signed_message_with_a_slot(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("1")
    terminal.ask("2")
    first, second = outside("log", "default")[1:]
    assert (first["slot"], second["slot"]) == (1, 2)
    assert (first["action"], first["from"]) == ("Eval", outside("ps")[0]["owner"])
    assert first["message"] != second["message"]


def test_an_unfinished_chunk_goes_on_in_a_second_line(terminal: Terminal, outside: Outside) -> None:
    terminal.enter("function double(n)")
    terminal.wait_until(lambda: terminal.typed.endswith("..."), "second prompt")
    terminal.enter("return n * 2")
    terminal.enter("end")
    terminal.wait_for_prompt()
    assert terminal.ask("double(21)") == "42"
    assert evals(outside) == ["Eval", "Eval"]


@pytest.mark.parametrize("text", ["f(", "x = {", "[[long", "--[[ comment", "return 1 +", "if x then", "'a\\"])
def test_what_lua_would_read_on_after_is_not_sent(terminal: Terminal, text: str) -> None:
    terminal.enter(text)
    terminal.wait_until(lambda: terminal.typed.endswith("..."), "second prompt")


def test_escape_enter_sends_an_unfinished_chunk(terminal: Terminal) -> None:
    terminal.type("x = (")
    terminal.wait_until(lambda: terminal.typed.endswith("x = ("), "echo")
    terminal.key("escape enter")
    terminal.wait_for("near <eof>")


def test_the_prompt_is_what_the_process_says(terminal: Terminal) -> None:
    terminal.enter("function Prompt() return 'my ' .. #Inbox .. ' prompt$ ' end")
    terminal.wait_until(lambda: terminal.typed == "my 1 prompt$", "new prompt")
    terminal.enter("Send({Target = ao.id, Data = 'x'})")
    terminal.wait_until(lambda: terminal.typed == "my 2 prompt$", "prompt after an arrival")


def test_a_prompt_with_colours_keeps_them(terminal: Terminal) -> None:
    terminal.enter(r"function Prompt() return '\27[32mgreen\27[0m> ' end")
    terminal.wait_until(lambda: terminal.typed == "green>", "new prompt")
    # prompt_toolkit writes the colours anew.
    assert b"green" in terminal.raw
    assert b"\x1b[0;32mgreen" in terminal.raw or b"\x1b[32mgreen" in terminal.raw


def test_a_failing_prompt_leaves_one_to_type_at(terminal: Terminal) -> None:
    terminal.enter("function Prompt() error('no prompt') end")
    terminal.wait_until(lambda: terminal.typed.endswith(">"), "some prompt")
    terminal.enter("return 'alive ' .. 1 + 1")
    terminal.wait_for("alive 2")


# History


def test_history_is_kept_per_process_and_saved_at_every_command(open_terminal: Open) -> None:
    terminal = open_terminal("alice")
    terminal.wait_for_prompt("alice")
    terminal.ask("x = 'remember me'", "alice")
    terminal.close()  # as when the window is closed: no farewell
    again = open_terminal("alice")
    again.wait_for_prompt("alice")
    again.key("up")
    again.wait_until(lambda: again.typed.endswith("x = 'remember me'"), "the line of before")
    other = open_terminal("bob")
    other.wait_for_prompt("bob")
    other.key("up")
    other.enter("return 1 + 1")
    other.wait_for("2")
    assert "remember" not in other.text


def test_history_is_searched_with_ctrl_r(terminal: Terminal) -> None:
    terminal.ask("needle = 1")
    terminal.ask("hay = 2")
    terminal.key("C-r")
    terminal.type("need")
    terminal.wait_for("needle = 1", times=2)
    terminal.key("enter", "enter")
    terminal.wait_for_prompt()
    assert terminal.ask("needle") == "1"


def test_history_keeps_no_secrets(terminal: Terminal, home: Path) -> None:
    terminal.ask(" hidden = 1")
    terminal.ask('key = \'{"d": "private"}\'')
    terminal.ask("shown = 1")
    [file] = (home / "history").iterdir()
    text = file.read_text()
    assert "shown = 1" in text
    assert "hidden" not in text
    assert "private" not in text
    assert file.stat().st_mode & 0o077 == 0


# Ctrl-C, Ctrl-D, leaving


def test_ctrl_c_clears_the_line(terminal: Terminal, outside: Outside) -> None:
    terminal.type("half a line")
    terminal.wait_until(lambda: terminal.typed.endswith("half a line"), "echo")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    assert terminal.ask("1 + 1") == "2"
    assert evals(outside) == ["Eval"]


def test_ctrl_c_clears_an_unfinished_chunk(terminal: Terminal) -> None:
    terminal.enter("function f(")
    terminal.wait_until(lambda: terminal.typed.endswith("..."), "second prompt")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    assert terminal.ask("1 + 1") == "2"


def test_ctrl_c_stops_waiting_for_an_evaluation(terminal: Terminal) -> None:
    terminal.enter("for i = 1, 1e12 do x = i end")
    terminal.wait_until_busy()
    terminal.key("C-c", "C-c")  # impatient, and no reason to leave
    terminal.wait_for("Stopped waiting")
    terminal.wait_for_prompt()
    terminal.type(".exit")
    terminal.key("enter")
    assert terminal.wait_for_end() == 0


def test_ctrl_c_stops_following_a_game_of_ping_pong(terminal: Terminal) -> None:
    terminal.ask("Handlers.add('Ping', 'Ping', function(m) m.reply({Action = 'Ping', Data = m.Data + 1}) end)")
    terminal.enter("Send({Target = ao.id, Action = 'Ping', Data = '1'})")
    terminal.wait_for("Ping", times=9)
    terminal.key("C-c")
    began = time.monotonic()
    terminal.wait_for("Stopped following; the rest waits in the log.")
    terminal.wait_for_prompt()
    shown = terminal.text.count("Ping")
    # The feed would have gone on with the game by now, three rounds a second.
    terminal.wait_until(lambda: time.monotonic() > began + 1.5, "a second and a half")
    assert terminal.text.count("Ping") <= shown + 3  # what was being evaluated
    assert "There is no command" in terminal.ask(".stop")


def test_ctrl_d_leaves(terminal: Terminal) -> None:
    terminal.key("C-d")
    assert terminal.wait_for_end() == 0


def test_ctrl_d_in_a_line_does_not_leave(terminal: Terminal) -> None:
    terminal.type("abc")
    terminal.wait_until(lambda: terminal.typed.endswith("abc"), "echo")
    terminal.key("C-d", "C-c")
    terminal.wait_for_prompt()
    assert terminal.ask("1 + 1") == "2"


@pytest.mark.parametrize("word", [".exit", ".quit", "  .exit  "])
def test_exit_leaves(terminal: Terminal, word: str) -> None:
    terminal.type(word + "\r")
    assert terminal.wait_for_end() == 0


def test_ctrl_z_gives_the_terminal_back_for_a_while(open_terminal: Open) -> None:
    terminal = open_terminal(in_shell=True)
    terminal.type(f"{sys.executable} -m aos_cli\r")
    terminal.wait_for_prompt()
    terminal.type("return 'half")
    terminal.wait_until(lambda: terminal.typed.endswith("'half"), "echo")
    terminal.key("C-z")
    terminal.wait_for("Stopped")
    terminal.type("echo in the ''shell\r")
    terminal.wait_for("\nin the shell")
    terminal.type("fg\r")
    terminal.wait_until(lambda: terminal.typed.endswith("> return 'half"), "the line as it was")
    terminal.type(" a loaf'\r")
    terminal.wait_for("\nhalf a loaf")


# Pasting


def test_a_pasted_block_is_one_message(terminal: Terminal, outside: Outside) -> None:
    terminal.paste("local a = 1\nlocal b = 2\nreturn a + b")
    terminal.wait_for("return a + b")
    terminal.key("enter")
    terminal.wait_for_prompt()
    assert "\n3\n" in terminal.text
    assert evals(outside) == ["Eval"]


def test_a_large_paste_is_whole(terminal: Terminal) -> None:
    lines = [f"t[{number}] = {number}" for number in range(1, 301)]
    terminal.paste("t = {}\n" + "\n".join(lines) + "\nreturn 'sum ' .. #t")
    terminal.wait_for("return 'sum ' .. #t")
    terminal.key("enter")
    terminal.wait_for("sum 300")


def test_lines_typed_ahead_are_evaluated_in_their_order(terminal: Terminal) -> None:
    terminal.type("list = {'a'}\rlist[2] = 'b'\rlist[3] = 'c'\rreturn table.concat(list, '-')\r")
    terminal.wait_for("a-b-c")


# Windows of all kinds


@pytest.mark.parametrize("columns", [0, 1, 10, 40, 200])
def test_windows_of_any_width(open_terminal: Open, columns: int) -> None:
    """A window that says it has no columns, or one, neither loops nor stops anything."""
    terminal = open_terminal(columns=columns, rows=30)
    terminal.wait_until(lambda: b">" in terminal.raw, "prompt")
    terminal.type("return 'al' .. 'ive'\r")
    terminal.wait_until(lambda: "alive" in terminal.text.replace("\n", ""), "answer")
    terminal.type(".log\r.ps\r.inbox\r.exit\r")
    assert terminal.wait_for_end() == 0
    assert len(terminal.raw) < 200_000


def test_a_window_that_is_resized(terminal: Terminal) -> None:
    terminal.type("return 'half")
    for columns in (30, 100, 12, 70):
        terminal.resize(columns, 24)
    terminal.type(" done'\r")
    terminal.wait_until(lambda: "half done" in terminal.text, "answer")


def test_tables_take_the_width_that_the_window_has_now(open_terminal: Open, outside: Outside) -> None:
    terminal = open_terminal(columns=50)
    terminal.wait_for_prompt()
    [process] = outside("ps")
    assert process["id"] not in terminal.ask(".ps")
    terminal.resize(120, 24)
    assert process["id"] in terminal.ask(".ps")


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}], ids=str)
def test_no_colours_where_none_are_wanted(open_terminal: Open, variables: dict[str, str]) -> None:
    terminal = open_terminal(variables=variables)
    terminal.wait_for("Inbox:1]>")
    terminal.type("print('\\27[31mred\\27[0m') error('x')\r")
    terminal.wait_for("line 1: x")
    assert b"\x1b[31m" not in terminal.raw
    assert b"\x1b[1;31m" not in terminal.raw


def test_a_terminal_without_unicode(open_terminal: Open) -> None:
    variables = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    terminal = open_terminal(variables=variables)
    terminal.wait_for("Inbox:1]>")
    terminal.type("Send({Target = ao.id, Action = 'Note', Data = '\\u{416}'}) return '\\u{416}'\r")
    terminal.wait_for("\\u0416")
    terminal.wait_for("-> default  Note")
    terminal.type(".log\r.exit\r")
    assert terminal.wait_for_end() == 0
    assert terminal.raw.isascii()
    assert "Traceback" not in terminal.text


def test_bytes_that_are_no_text_may_be_typed(terminal: Terminal) -> None:
    terminal.type("return 'x\udcff\udcfe'\r")
    terminal.wait_for("\nx")
    terminal.wait_for_prompt()
    assert terminal.ask("1 + 1") == "2"
    assert "Traceback" not in terminal.text
