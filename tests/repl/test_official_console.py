"""The shell with the habits of the official console: what its users know works, and its defects are not here.

The id in front of a docstring or of a case, such as C04, is the row of the list of its features that the test takes;
"list" is the list of its defects. Options and files are in tests/cli/test_official_options.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Shown, Terminal

from aos_cli.repl.commands import COMMANDS


def slots(outside: Outside) -> int:
    """How many messages the process has got, its birth included."""
    [process] = outside("ps")
    count: int = process["slots"]
    return count


def editor(tmp_path: Path, command: str) -> str:
    """An editor that does something to its file."""
    script = tmp_path / "editor.sh"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    return str(script)


# Start


def test_a_start_says_where_it_is_and_sends_nothing(terminal: Terminal, outside: Outside) -> None:
    """B07 B10 D03: two lines and the prompt that the process makes."""
    [process] = outside("ps")
    assert process["id"] in terminal.lines[0]
    assert terminal.lines[1].startswith("On the local node.")
    assert terminal.typed == "default@aos-2.0.4[Inbox:1]>"
    assert process["slots"] == 1


def test_what_arrives_is_shown_from_the_start(terminal: Terminal, shown: Shown, outside: Outside) -> None:
    """B12 D10 D13: in one line above the prompt, at once, also while a line is typed."""
    terminal.type("return 'half")
    terminal.wait_until(lambda: terminal.typed.endswith("'half"), "echo")
    [process] = outside("ps")
    shown("eval", "bob", f"Send({{Target = '{process['id']}', Action = 'Hello'}})")
    terminal.wait_for(" ← bob  Hello")
    terminal.type(" a loaf'\r")
    terminal.wait_for("\nhalf a loaf")


def test_a_window_without_columns_does_not_loop(open_terminal: Open) -> None:
    """B14, list "0-column tty loop"."""
    terminal = open_terminal(columns=0)
    terminal.wait_until(lambda: b"Inbox" in terminal.raw, "prompt")
    terminal.type(".exit\r")
    assert terminal.wait_for_end() == 0
    assert len(terminal.raw) < 50_000


def test_an_option_does_not_swallow_the_name(open_terminal: Open, outside: Outside) -> None:
    """A02, list "flag swallowing name"."""
    terminal = open_terminal("--color", "never", "alice")
    terminal.wait_for_prompt("alice")
    assert [process["name"] for process in outside("ps")] == ["alice"]
    assert open_terminal("--mainnet", "bob").wait_for_end() == 2
    assert open_terminal("--run", "x = 1", "carol").wait_for_end() == 0
    assert [process["name"] for process in outside("ps")] == ["alice", "carol"]


def test_no_color_is_heeded(open_terminal: Open) -> None:
    """E11 D20, list "NO_COLOR ignored"."""
    terminal = open_terminal(variables={"NO_COLOR": "1"})
    terminal.ask(r"print('\27[31mred\27[0m')")
    assert b"\x1b[31m" not in terminal.raw


# Dot-commands


def test_help_has_every_command_and_explains_each(open_terminal: Open) -> None:
    """C01."""
    terminal = open_terminal(rows=100)
    shown = terminal.ask(".help")
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert ".load-blueprint NAME" in terminal.ask(".help load-blueprint")


def test_load_takes_paths_as_they_are_typed(terminal: Terminal, tmp_path: Path, outside: Outside) -> None:
    """C02: with blanks, quotes or blanks around; one message, and a file that is missing sends none."""
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "app.lua").write_text("print('loaded')")
    for line in (".load my dir/app.lua", '.load "my dir/app.lua"', "  .load my dir/app.lua  "):
        assert terminal.ask(line).endswith("loaded")
    assert slots(outside) == 4
    assert "missing.lua: No such file" in terminal.ask(".load missing.lua")
    assert slots(outside) == 4


def test_blueprints_are_loaded_by_name(terminal: Terminal) -> None:
    """C03: offline; a name is completed, and an unknown one answered by those there are."""
    terminal.type(".load-blueprint cha")
    terminal.key("tab")
    terminal.wait_until(lambda: terminal.typed.endswith(".load-blueprint chatroom"), "the name")
    terminal.key("enter")
    terminal.wait_for("Loading chatroom")
    assert "chatroom, token" in terminal.ask(".load-blueprint staking")


def type_block(terminal: Terminal, *lines: str) -> None:
    """Enters `.editor` and types lines at it."""
    terminal.wait_for_prompt()
    terminal.enter(".editor")
    terminal.wait_for(".done sends them", terminal.text.count(".done sends them") + 1)
    for line in lines:
        terminal.type(line + "\r")


def test_the_words_of_editor(terminal: Terminal, tmp_path: Path, outside: Outside) -> None:
    """C04: .delete, .print, which leaves nothing, files and blueprints inside, and .done."""
    (tmp_path / "part.lua").write_text("y = 2\n")
    block = ("x = 1", "oops", ".delete", ".load part.lua", ".load-blueprint chatroom", ".print", "z = x + y", ".done")
    type_block(terminal, *block)
    assert terminal.ask("z") == "3"
    assert terminal.ask("type(Members)") == "table"
    assert slots(outside) == 4
    assert "oops" not in outside("show", "default", "1")[0]["data"]


def test_a_file_that_editor_cannot_read_is_said_and_the_block_stays(terminal: Terminal) -> None:
    """C04."""
    type_block(terminal, "x = 6 * 7", ".load missing.lua", ".load-blueprint missing", "return 'x is ' .. x", ".done")
    terminal.wait_for("x is 42")
    assert "cannot read missing.lua" in terminal.text
    assert "There is no blueprint missing" in terminal.text


def test_print_of_editor_writes_nothing_active(terminal: Terminal, tmp_path: Path) -> None:
    """C04: a file may have anything in it."""
    (tmp_path / "hostile.lua").write_bytes(b"-- \x1b]0;title\x07 \x1b[31mred\n")
    type_block(terminal, ".load hostile.lua", ".print", ".cancel")
    terminal.wait_for("Dropped")
    assert b"\x1b]0;" not in terminal.raw
    assert b"\x1b[31mred" not in terminal.raw


def test_cancel_in_dry_mode_leaves_the_prompt_as_it_was(terminal: Terminal, outside: Outside) -> None:
    """C04 C06, list ".dryrun+.editor+.cancel prompt"."""
    terminal.ask(".dryrun")
    type_block(terminal, "x = 1", ".cancel")
    terminal.wait_for("Dropped; nothing was sent.")
    terminal.wait_for_prompt()
    assert "dry run: nothing was kept" in terminal.ask("x = 1")
    assert "Dry mode is off" in terminal.ask(".dryrun")
    assert slots(outside) == 1


@pytest.mark.parametrize("word", [".done", ".cancel", ".print", ".delete"])
def test_a_word_of_editor_at_the_prompt_is_explained(terminal: Terminal, word: str) -> None:
    """C04 C13."""
    assert terminal.ask(word).splitlines()[-1].strip() == "It is a word of .editor"


def test_pad_sends_what_was_changed(open_terminal: Open, tmp_path: Path, outside: Outside) -> None:
    """C05 E08 E09, list ".pad crash": the editor need not write, and has no key in its environment."""
    script = editor(tmp_path, 'test -e "$HOME/told" && echo "return 6 * 7" > "$1"; env > "$HOME/told"')
    terminal = open_terminal(variables={"EDITOR": "no-such-editor", "VISUAL": script})
    assert "not changed" in terminal.ask(".pad")
    assert terminal.ask(".pad") == "42"
    assert "not changed" in terminal.ask(".pad")
    assert slots(outside) == 2
    told = (tmp_path / "told").read_text()
    assert "WALLET" not in told
    assert "kty" not in told


@pytest.mark.parametrize("command", ["exit 3", "kill -9 $$"])
def test_an_editor_that_fails_sends_nothing(
    open_terminal: Open, tmp_path: Path, outside: Outside, command: str
) -> None:
    """C05."""
    script = editor(tmp_path, f'echo "x = 1" > "$1"; {command}')
    terminal = open_terminal(columns=250, variables={"EDITOR": script})
    assert "ended with status" in terminal.ask(".pad")
    assert slots(outside) == 1


def test_pause_holds_back_and_live_shows(terminal: Terminal, shown: Shown, outside: Outside) -> None:
    """C07 D12: the toolbar says how the feed does."""
    terminal.ask(".pause")
    terminal.wait_until(lambda: "feed paused" in terminal.toolbar, "the word paused")
    [process] = outside("ps")
    shown("eval", "bob", f"Send({{Target = '{process['id']}', Action = 'Hello'}})")
    terminal.wait_until(lambda: "[Inbox:2]" in terminal.typed, "the count")
    assert "← bob" not in terminal.text
    terminal.ask(".live")
    terminal.wait_for(" ← bob  Hello")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param(".update", ".new NAME makes one", id="C10 .update"),
        pytest.param(".patch", "Did you mean", id="C11 patch"),
        pytest.param(".foo", ".help lists", id="C13 unknown dot-command sent"),
        pytest.param(".LOAD x.lua", "There is no command .LOAD", id="C13 capitals"),
        pytest.param(".checkpoint", ".help lists", id="C14 .checkpoint"),
    ],
)
def test_a_command_that_is_not_here_is_answered_and_not_sent(
    terminal: Terminal, outside: Outside, word: str, said: str
) -> None:
    shown = terminal.ask(word)
    assert f"There is no command {word.split()[0]}; nothing was sent" in shown
    assert said in shown
    assert slots(outside) == 1


@pytest.mark.parametrize(
    ("word", "said"), [(".monitor", "was spawned without a cron"), (".unmonitor", "default is not monitored")]
)
def test_monitoring_does_not_crash(terminal: Terminal, outside: Outside, word: str, said: str) -> None:
    """C08 C09."""
    assert said in terminal.ask(word)
    assert slots(outside) == 1
    assert terminal.ask("1 + 1") == "2"


@pytest.mark.parametrize("word", [".inbox", ".watch", ".history", ".clear", ".set", ".outbox", ".log", ".trace"])
def test_commands_that_were_missed_are_here(word: str) -> None:
    """C14."""
    assert word in COMMANDS


# Typing


def test_three_pasted_lines_are_one_message(terminal: Terminal, outside: Outside) -> None:
    """D07, list "3-line paste = 3 messages"."""
    terminal.paste("a = 1\nb = 2\nreturn a + b")
    terminal.wait_for("return a + b")
    terminal.key("enter")
    terminal.wait_for("\n3\n")
    assert slots(outside) == 2


def test_an_unfinished_line_goes_on(terminal: Terminal, outside: Outside) -> None:
    """D07."""
    terminal.enter("function f()")
    terminal.wait_until(lambda: terminal.typed.endswith("..."), "second prompt")
    terminal.enter("return 7 end")
    assert terminal.ask("f()") == "7"
    assert slots(outside) == 3


def test_input_after_a_command_that_runs_long_is_not_run_beside_it(terminal: Terminal) -> None:
    """D04 D08: it waits."""
    terminal.type("for i = 1, 3e6 do order = 'first' end return 'first'\rreturn order .. ' then second'\r")
    terminal.wait_for("first then second")


def test_what_was_typed_stays_on_the_screen_once(terminal: Terminal) -> None:
    """D09: wide characters too."""
    terminal.ask("return '\u65e5\u672c\u8a9e' .. ('x'):rep(90)")
    assert sum("return '\u65e5\u672c\u8a9e'" in line for line in terminal.lines) == 1


@pytest.mark.parametrize("text", ["x = 1\ny = 2\nz = = 3", "x = 1\ny = 2\nerror('z')"])
def test_an_error_is_told_with_its_line(terminal: Terminal, text: str) -> None:
    """D05, list "syntax error always line 1"."""
    terminal.paste(text)
    terminal.wait_for(text.splitlines()[-1])
    terminal.key("enter")
    terminal.wait_for("line 3: ")


def test_what_was_sent_is_shown(terminal: Terminal) -> None:
    """D02."""
    assert terminal.ask("Send({Target = ao.id, Action = 'Hi'}).output").splitlines()[1:] == [
        " → default  Hi",
        " ← default  Hi",
    ]


# Leaving


def test_exit_keeps_the_history(open_terminal: Open) -> None:
    """C12 D14, list ".exit loses history"."""
    terminal = open_terminal()
    terminal.ask("x = 'kept'")
    terminal.type(".exit\r")
    assert terminal.wait_for_end() == 0
    again = open_terminal()
    again.wait_for_prompt()
    again.key("up", "up")
    again.wait_until(lambda: again.typed.endswith("x = 'kept'"), "the line of before")


def test_ctrl_c_on_an_empty_line_says_how_to_leave(terminal: Terminal) -> None:
    """D15: a second one left the official console; here it clears a line, and says nothing then."""
    terminal.type("half")
    terminal.wait_until(lambda: terminal.typed.endswith("half"), "echo")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    assert "leaves." not in terminal.text.split(".help")[-1].partition("\n")[2]
    terminal.key("C-c", "C-c")
    terminal.wait_for("\nCtrl-D or .exit leaves.\n", times=2)
    assert terminal.ask("1 + 1") == "2"


def test_ctrl_d_leaves_no_program_behind(terminal: Terminal) -> None:
    """D16 D17, list "Ctrl-D zombie"."""
    terminal.key("C-d")
    assert terminal.wait_for_end() == 0
