"""Dot-commands: what the shell does without a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal

from aos_cli.repl.commands import COMMANDS


def test_an_unknown_dot_command_is_not_sent(terminal: Terminal, outside: Outside) -> None:
    assert "There is no command .foo; nothing was sent" in terminal.ask(".foo")
    assert "Did you mean .inbox?" in terminal.ask(".inbx 3")
    assert "There is no command .LOG" in terminal.ask("  .LOG")
    assert [process["slots"] for process in outside("ps")] == [1]


def test_help_lists_every_command(open_terminal: Open) -> None:
    terminal = open_terminal(columns=120, rows=100)
    terminal.wait_for_prompt()
    shown = terminal.ask(".help")
    for command in COMMANDS.values():
        assert f"  {command.name} " in shown
        assert command.help in shown
    assert "Ctrl-D" in shown


def test_help_explains_one_command(terminal: Terminal) -> None:
    assert terminal.ask(".help load").strip().startswith(".load [--all] FILE...")
    assert "There is no command .nothing" in terminal.ask(".help nothing")


def test_inbox_outbox_log_and_ps_show_what_happened(terminal: Terminal) -> None:
    assert terminal.ask(".outbox") == "Nothing was sent."
    terminal.ask("Send({Target = ao.id, Action = 'Note', Data = 'milk'})")
    inbox = terminal.ask(".inbox")
    [line] = [line for line in inbox.splitlines() if "Note" in line]
    assert line.split() == ["new", "2", "default", "Note", "milk"]
    [line] = [line for line in terminal.ask(".outbox").splitlines() if "Note" in line]
    assert line.split() == ["1", "default", "Note", "milk", "delivered"]
    log = terminal.ask(".log").splitlines()
    assert [line.split()[0] for line in log if line[:5].strip().isdigit()] == ["0", "1", "2"]
    assert "you" in terminal.ask(".ps")


def test_the_number_of_rows_is_bounded_by_the_argument(terminal: Terminal) -> None:
    for number in range(3):
        terminal.ask(f"Send({{Target = ao.id, Action = 'Note', Data = 'note {number}'}})")
    shown = terminal.ask(".inbox -n 1")
    assert "note 2" in shown
    assert "note 1" not in shown
    assert "note 1" not in terminal.ask(".outbox 1")
    assert len([line for line in terminal.ask(".log 2").splitlines() if "default" in line or "you" in line]) == 2


def test_options_stand_where_the_help_shows_them(terminal: Terminal) -> None:
    """As in `.log [ROWS] [--all] [--errors]`."""
    terminal.ask("error('one')")
    terminal.ask("error('two')")
    failed = [line for line in terminal.ask(".log 1 --errors").splitlines() if "error" in line]
    assert len(failed) == 1
    assert "given twice" in terminal.ask(".outbox 1 --all")
    assert "Eval" in terminal.ask(".trace 1 --all")


@pytest.mark.parametrize("argument", ["0", "-1", "many", "1.5", "\u0663"])
def test_a_number_of_rows_is_a_number(terminal: Terminal, argument: str) -> None:
    assert "is not a number of rows" in terminal.ask(f".log {argument}")


def test_words_behind_a_command_without_arguments_are_refused(terminal: Terminal) -> None:
    assert ".exit takes no" in terminal.ask(".exit now")
    assert ".ps takes no" in terminal.ask(".ps alice")


# Loading


def test_load_evaluates_a_file_with_what_it_requires(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "shapes.lua").write_text("return {corners = 4}")
    (tmp_path / "main.lua").write_text("print(require('shapes').corners)")
    shown = terminal.ask(".load main.lua")
    assert shown.splitlines()[0].startswith("Loading main.lua: 2 files, ")
    assert shown.splitlines()[-1] == "4"


def test_load_takes_paths_with_blanks_and_several_files(terminal: Terminal, tmp_path: Path, outside: Outside) -> None:
    (tmp_path / "my dir").mkdir()
    (tmp_path / "my dir" / "one.lua").write_text("list = {'one'}")
    (tmp_path / "two.lua").write_text("list[2] = 'two'")
    terminal.ask(".load my dir/one.lua")
    terminal.ask(".load 'my dir/one.lua' two.lua")
    assert terminal.ask("table.concat(list, ' ')") == "one two"
    assert [process["slots"] for process in outside("ps")] == [4]


def test_load_says_what_is_wrong_and_sends_nothing(terminal: Terminal, tmp_path: Path, outside: Outside) -> None:
    (tmp_path / "lost.lua").write_text("require('nowhere')")
    (tmp_path / "a.lua").write_text("return require('b')")
    (tmp_path / "b.lua").write_text("return require('a')")
    assert "missing.lua" in terminal.ask(".load missing.lua")
    assert "nowhere" in terminal.ask(".load lost.lua")
    circle = terminal.ask(".load a.lua")
    assert circle.index("a.lua") < circle.index("b.lua") < circle.rindex("a.lua")
    assert ".load needs a file" in terminal.ask(".load")
    assert "cannot be read" in terminal.ask(".load 'open")
    assert "is a folder" in terminal.ask(".load .")
    assert [process["slots"] for process in outside("ps")] == [1]


def test_an_error_in_a_loaded_file_names_file_line_and_handler(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "app.lua").write_text("Handlers.add('careless', 'Poke', function()\n  error('here')\nend)")
    terminal.ask(".load app.lua")
    shown = terminal.ask("Send({Target = ao.id, Action = 'Poke'})")
    assert "error: app.lua:2: here" in shown
    assert "in handler careless" in shown


def test_load_option_is_shown_before_the_first_prompt(open_terminal: Open, tmp_path: Path) -> None:
    (tmp_path / "well.lua").write_text("print('well done')")
    (tmp_path / "bad.lua").write_text("error('broken')")
    terminal = open_terminal("--load", "well.lua", "--load", "bad.lua")
    terminal.wait_for_prompt()
    assert "well done" in terminal.text
    assert "bad.lua:1: broken" in terminal.text


# What was sent


def test_outbox_shows_as_many_rows_as_asked_for_however_far_back(terminal: Terminal) -> None:
    terminal.ask("for i = 1, 3 do Send({Target = ao.id, Action = 'Note', Data = 'n' .. i}) end")
    for _ in range(12):
        terminal.ask("return 'quiet'")
    rows = [line for line in terminal.ask(".outbox 1").splitlines() if "Note" in line]
    assert ["n3" in row for row in rows] == [True]
    rows = [line for line in terminal.ask(".outbox 2").splitlines() if "Note" in line]
    assert [row.split()[3] for row in rows] == ["n2", "n3"]


@pytest.mark.parametrize("rows", ["0", "-1", "x", "1.5", "٣", "1234567"])
def test_a_number_of_rows_is_checked(terminal: Terminal, rows: str) -> None:
    assert "is not a number of rows" in terminal.ask(f".log {rows}")
