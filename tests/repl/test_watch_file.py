"""Loading files in the shell, once and whenever they are saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program of two files in the current directory."""
    (tmp_path / "lib.lua").write_text("Runs = (Runs or 0) + 1 return 'lib'")
    (tmp_path / "main.lua").write_text("Handlers.add('Old', 'Old', print) return require 'lib'")
    return tmp_path


def watching(terminal: Terminal, line: str = ".watch-file main.lua") -> str:
    """Begins to watch; gives what was shown."""
    shown = terminal.ask(line)
    assert "; .watch-file --stop ends it" in shown
    return shown


# .load


def test_load_shows_the_files_and_what_became_of_the_handlers(terminal: Terminal, folder: Path) -> None:
    """L11, rank 9 and 10 of the goal list."""
    assert terminal.ask(".load main.lua").splitlines() == [
        "Loading main.lua: 2 files, 89 bytes",
        "  lib.lua   new              35",
        "  main.lua  main             54",
        "lib",
        "Handlers: added Old",
    ]


def test_load_sends_only_what_changed(terminal: Terminal, folder: Path) -> None:
    terminal.ask(".load main.lua")
    shown = terminal.ask(".load main.lua").splitlines()
    assert shown[0] == "Loading main.lua: 2 files, 89 bytes; 1 to send, 54 bytes"
    assert shown[1].split() == ["lib.lua", "unchanged", "35"]
    assert shown[-1] == "Handlers: replaced Old"
    assert terminal.ask("Runs") == "1"
    (folder / "lib.lua").write_text("Runs = (Runs or 0) + 10 return 'new'")
    assert terminal.ask(".load main.lua").splitlines()[1].split() == ["lib.lua", "changed", "36"]
    assert terminal.ask("Runs") == "11"
    assert terminal.ask(".load --all main.lua").splitlines()[1].split() == ["lib.lua", "again", "36"]
    assert terminal.ask("Runs") == "21"


def test_another_terminals_load_counts(terminal: Terminal, folder: Path, open_terminal: Open) -> None:
    """A module is left out only when the process has it, whoever loaded it."""
    terminal.ask(".load main.lua")
    other = open_terminal()
    other.wait_for_prompt()
    assert other.ask(".load main.lua").splitlines()[1].split() == ["lib.lua", "unchanged", "35"]
    (folder / "lib.lua").write_text("return 'newer'")
    other.ask(".load main.lua")
    terminal.wait_for("newer")
    assert "  lib.lua   unchanged        14" in terminal.ask(".load main.lua").splitlines()


def test_load_warns_of_modules_that_are_not_loaded_with_the_file(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "main.lua").write_text("pcall(require, 'gone')\nlocal name = 'json' require(name)")
    shown = terminal.ask(".load main.lua")
    assert "main.lua:1 can do without the module gone, which is not there" in shown
    assert "main.lua:2 computes the name of a module" in shown


def test_wrong_words_send_nothing(terminal: Terminal, folder: Path, outside: Outside) -> None:
    assert ".load needs a file" in terminal.ask(".load --all")
    assert ".load has no option --al" in terminal.ask(".load --al main.lua")
    assert ".watch-file has no option --end" in terminal.ask(".watch-file --end")
    assert "--stop ends the watching of all files" in terminal.ask(".watch-file --stop main.lua")
    assert "cannot read gone.lua" in terminal.ask(".watch-file gone.lua")
    assert terminal.ask(".watch-file") == "No file is watched."
    assert [process["slots"] for process in outside("ps")] == [1]


# .watch-file


def test_a_save_is_loaded_above_the_line_that_is_typed(terminal: Terminal, folder: Path) -> None:
    assert watching(terminal).splitlines()[-2] == "Handlers: added Old"
    terminal.type("Runs +")
    (folder / "main.lua").write_text("Handlers.add('New', 'New', print) return require('lib') .. '!'")
    terminal.wait_for("Handlers: added New")
    assert "Reloaded main.lua (changed: main.lua)\nlib!\nHandlers: added New" in terminal.text
    terminal.wait_until(lambda: terminal.typed.endswith("> Runs +"), "the typed line")
    terminal.type(" 1")
    terminal.key("enter")
    terminal.wait_for("\n2\n")
    assert "Eval" not in terminal.text


def test_a_module_is_followed_and_the_rest_keeps_its_state(terminal: Terminal, folder: Path) -> None:
    (folder / "other.lua").write_text("local n = 0 return function() n = n + 1 return n end")
    (folder / "main.lua").write_text("return require('other')() .. require('lib')")
    watching(terminal)
    (folder / "lib.lua").write_text("return ' saved'")
    terminal.wait_for("Reloaded main.lua (changed: lib.lua)\n2 saved")


def test_a_mistake_leaves_the_old_code_and_is_mended_by_the_next_save(terminal: Terminal, folder: Path) -> None:
    watching(terminal)
    (folder / "lib.lua").write_text("return return")
    terminal.wait_for("main.lua failed (changed: lib.lua)\nerror: lib.lua:1: unexpected symbol near 'return'")
    assert terminal.ask("require 'lib'") == "lib"
    (folder / "lib.lua").unlink()
    terminal.wait_for("Reloaded main.lua (changed: lib.lua)")
    (folder / "main.lua").unlink()
    terminal.wait_for("cannot read main.lua")
    (folder / "main.lua").write_text("return 'mended'")
    terminal.wait_for("Reloaded main.lua (changed: main.lua)\nmended")


def test_a_long_reload_does_not_keep_from_typing(terminal: Terminal, folder: Path) -> None:
    watching(terminal)
    (folder / "main.lua").write_text("for i = 1, 1e8 do end return 'done at last'")
    terminal.type("-- typed meanwhile")
    terminal.wait_until(lambda: terminal.typed.endswith("typed meanwhile"), "the typed line")
    assert "done at last" not in terminal.text
    terminal.wait_for("done at last", seconds=30)


def test_watched_files_are_listed_and_let_go(terminal: Terminal, folder: Path) -> None:
    watching(terminal)
    watching(terminal, ".watch-file lib.lua main.lua")
    watching(terminal)
    assert terminal.ask(".watch-file").splitlines() == ["Watching lib.lua, main.lua", "Watching main.lua"]
    assert terminal.ask(".watch-file --stop").splitlines() == [
        "No longer watching lib.lua, main.lua",
        "No longer watching main.lua",
    ]
    (folder / "main.lua").write_text("return 'unseen'")
    assert terminal.ask(".watch-file") == "No file is watched."
    assert "unseen" not in terminal.text


def test_the_shell_ends_at_once_while_it_watches(terminal: Terminal, folder: Path) -> None:
    watching(terminal)
    terminal.enter(".exit")
    assert terminal.wait_for_end() == 0
    assert "Traceback" not in terminal.text


def test_files_go_to_their_process_while_another_one_is_open(terminal: Terminal, folder: Path) -> None:
    watching(terminal)
    terminal.enter(".new bob")
    terminal.wait_for_prompt("bob")
    assert terminal.ask(".watch-file", "bob") == "Watching main.lua for default"
    (folder / "main.lua").write_text("Mine = 'mine' Handlers.add('New', 'New', print) return 'elsewhere'")
    terminal.wait_for("Reloaded main.lua for default (changed: main.lua)\nelsewhere\nHandlers: added New")
    assert terminal.ask("tostring(Mine)", "bob") == "nil"
    terminal.enter(".switch default")
    assert terminal.ask("Mine") == "mine"
