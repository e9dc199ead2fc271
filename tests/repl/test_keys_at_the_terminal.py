"""The line editor under a true terminal: menu, suggestions, function keys, editors, blocks, several processes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal


def test_the_menu_offers_what_the_process_has(terminal: Terminal) -> None:
    terminal.ask("Balances = { alice = '1', bob = '2' }")
    terminal.type("Balances.")
    terminal.wait_for("string", 2)
    terminal.key("tab", "tab")
    terminal.wait_until(lambda: terminal.typed.endswith("Balances.bob"), "the second choice")
    # Enter takes the choice; the entry is sent by the next one.
    terminal.key("enter")
    terminal.key("enter")
    terminal.wait_for("\n2\n")


def test_clear_leaves_an_empty_screen_with_a_prompt(terminal: Terminal) -> None:
    terminal.ask("1 + 41")
    terminal.enter(".clear")
    terminal.wait_until(lambda: "42" not in terminal.text, "an empty screen")
    assert terminal.ask("6 * 7") == "42"


def test_looking_for_completions_sends_nothing(terminal: Terminal, outside: Outside) -> None:
    terminal.type("Handlers.ap")
    terminal.wait_for("append")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    assert len(outside("log", "default")) == 1


def test_commands_and_their_words_are_completed(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "counter.lua").write_text("Count = 41")
    terminal.type(".loa")
    terminal.wait_for("Evaluate Lua files")
    terminal.type("d cou")
    terminal.key("tab")
    terminal.wait_until(lambda: terminal.typed.endswith(".load counter.lua"), "the file's name")
    terminal.key("enter")
    assert terminal.ask("Count + 1") == "42"


def test_the_rest_of_an_older_entry_is_suggested(terminal: Terminal) -> None:
    terminal.ask("answer = 6 * 7")
    terminal.type("answ")
    terminal.wait_until(lambda: terminal.typed.endswith("answer = 6 * 7"), "the suggestion")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    terminal.type("answ")
    terminal.wait_until(lambda: terminal.typed.endswith("answer = 6 * 7"), "the suggestion")
    terminal.key("right")
    terminal.type(" return answer")
    terminal.key("enter")
    terminal.wait_for("\n42\n")


def test_blocks_are_indented(terminal: Terminal, outside: Outside) -> None:
    terminal.type("function f(x)")
    terminal.key("enter")
    terminal.type("if x then")
    terminal.key("enter")
    terminal.type("return 1")
    terminal.key("enter")
    terminal.type("end")
    terminal.key("enter")
    terminal.type("end")
    terminal.key("enter")
    terminal.wait_for("Inbox:1]>", 2)
    terminal.key("up")
    terminal.wait_for("  if x then", 2)
    terminal.key("C-c")
    assert terminal.ask("f(true)") == "1"


def test_function_keys_leave_the_entry_alone(open_terminal: Open) -> None:
    terminal = open_terminal(rows=100)
    terminal.wait_for_prompt()
    terminal.type("x = 1")
    terminal.key("f1")
    terminal.wait_for(".history")
    terminal.key("f2")
    terminal.wait_until(lambda: "multi-line" in terminal.toolbar, "multi-line in the toolbar")
    terminal.key("f2")
    terminal.key("f4")
    terminal.wait_until(lambda: "vi" in terminal.toolbar.split(" · "), "vi in the toolbar")
    terminal.key("f4")
    terminal.wait_until(lambda: "vi" not in terminal.toolbar.split(" · "), "the usual keys")
    terminal.key("enter")
    assert terminal.ask("x") == "1"
    terminal.key("f10")
    assert terminal.wait_for_end() == 0


def test_ctrl_c_ends_the_waiting_of_a_key_for_a_process_that_is_at_work(open_terminal: Open) -> None:
    terminal = open_terminal("busy", "--tag", "Compute-Limit=1000000000000")
    terminal.ask("1", "busy")
    terminal.enter("for i = 1, 1e11 do x = i end")
    terminal.wait_until_busy()
    terminal.key("C-c")
    terminal.wait_for("Stopped waiting.")
    terminal.wait_for_prompt("busy")
    terminal.type("half a line")
    terminal.wait_until(lambda: terminal.typed.endswith("half a line"), "the line")
    terminal.key("f5")
    terminal.wait_until(lambda: not terminal.typed.endswith("half a line"), "the end of typing")
    terminal.wait_until_busy()
    terminal.key("C-c")
    # The line is there again, or is cleared if the editor was the first to hear of the key.
    terminal.wait_until(lambda: terminal.typed.startswith("busy@"), "the prompt again")


def test_a_block_is_one_message(terminal: Terminal, outside: Outside) -> None:
    terminal.wait_for_prompt()
    terminal.enter(".editor")
    terminal.wait_for(".done sends them")
    for line in ("x = 1", "y = 2", "oops", ".delete", "z = x + y", ".print"):
        terminal.type(line)
        terminal.key("enter")
    terminal.wait_for("z = x + y", 2)
    terminal.type(".done")
    terminal.key("enter")
    assert terminal.ask("z") == "3"
    assert [record["action"] for record in outside("log", "default")][1:] == ["Eval", "Eval"]


def test_a_dropped_block_sends_nothing(terminal: Terminal, outside: Outside) -> None:
    terminal.wait_for_prompt()
    terminal.enter(".editor")
    terminal.wait_for(".done sends them")
    terminal.type("x = 1")
    terminal.key("enter")
    terminal.type(".cancel")
    terminal.key("enter")
    terminal.wait_for("Dropped; nothing was sent.")
    terminal.wait_for_prompt()
    assert len(outside("log", "default")) == 1


def test_a_file_is_put_into_a_block(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "two words.lua").write_text("\ufeffx = 20\r\ny = 22\r\n")
    terminal.wait_for_prompt()
    terminal.enter(".editor")
    terminal.wait_for(".load FILE puts a file here")
    for line in ("z = 0", ".load two words.lua", ".load nothing.lua"):
        terminal.type(line)
        terminal.key("enter")
    terminal.wait_for("cannot read nothing.lua")
    for line in ("z = x + y", ".done"):
        terminal.type(line)
        terminal.key("enter")
    assert terminal.ask("z") == "42"


def editor(tmp_path: Path, *commands: str) -> str:
    """An editor that does something to its file."""
    script = tmp_path / "editor.sh"
    script.write_text("\n".join(["#!/bin/sh", *commands]) + "\n")
    script.chmod(0o755)
    return str(script)


def test_an_entry_is_edited_in_the_users_editor(open_terminal: Open, tmp_path: Path) -> None:
    terminal = open_terminal(variables={"EDITOR": editor(tmp_path, 'echo "40 + 2" > "$1"')})
    terminal.wait_for_prompt()
    terminal.type("1")
    terminal.key("C-x", "C-e")
    terminal.wait_until(lambda: terminal.typed.endswith("> 40 + 2"), "the edited entry")
    terminal.key("enter")
    terminal.wait_for("\n42\n")


def test_edit_brings_an_older_entry_back(open_terminal: Open, tmp_path: Path) -> None:
    terminal = open_terminal(variables={"VISUAL": editor(tmp_path, 'sed -i s/1/2/ "$1"')})
    terminal.ask("x = 1")
    terminal.ask("'other'")
    terminal.enter(".edit 2")
    terminal.wait_until(lambda: terminal.typed.endswith("> x = 2"), "the edited entry")
    terminal.key("enter")
    assert terminal.ask("x") == "2"


def test_a_pad_is_sent_when_it_was_changed(open_terminal: Open, tmp_path: Path, outside: Outside) -> None:
    terminal = open_terminal(variables={"EDITOR": editor(tmp_path, 'echo "return 6 * 7" > "$1"')})
    assert terminal.ask(".pad") == "42"
    assert "not changed" in terminal.ask(".pad")
    assert len(outside("log", "default")) == 2


def test_an_editor_that_is_not_there_is_named(open_terminal: Open) -> None:
    """The official console crashed when its pad had never been written."""
    terminal = open_terminal(variables={"EDITOR": "true"})
    assert "not changed" in terminal.ask(".pad")
    terminal = open_terminal(variables={"EDITOR": "/no/such/editor"})
    assert "/no/such/editor cannot be started" in terminal.ask(".pad")


def test_an_editor_that_takes_its_file_away_ends_nothing(open_terminal: Open, tmp_path: Path) -> None:
    terminal = open_terminal(variables={"EDITOR": editor(tmp_path, 'rm "$1"')})
    terminal.ask("x = 1")
    assert "The text cannot be edited: No such file or directory" in terminal.ask(".edit")
    terminal.type("1 + 1")
    terminal.key("C-x", "C-e")
    terminal.wait_for("The text cannot be edited", 2)
    terminal.key("enter")
    terminal.wait_for("\n2\n")


def test_a_pad_that_cannot_be_had_ends_nothing(terminal: Terminal, home: Path) -> None:
    (home / "pads").write_text("in the way")
    assert "be made: File exists" in terminal.ask(".pad")
    assert terminal.ask("6 * 7") == "42"


def test_history_lists_entries(terminal: Terminal) -> None:
    terminal.ask("x = 1")
    terminal.ask("y = 2")
    assert terminal.ask(".history").split("\n") == ["  x = 1", "  y = 2"]
    assert terminal.ask(".history x =").split("\n") == ["  x = 1"]
    assert terminal.ask(".history 1 y = 2").split("\n") == ["  y = 2"]


@pytest.mark.parametrize("number", ["0", "9" * 4301], ids=["0", "beyond what Python reads"])
def test_a_number_of_entries_is_a_number(terminal: Terminal, number: str) -> None:
    terminal.ask("x = 1")
    terminal.paste(f".history {number}")
    terminal.key("enter")
    terminal.wait_for("is not a number of entries from 1 to 999999")
    terminal.paste(f".edit {number}")
    terminal.key("enter")
    terminal.wait_for("is not the number of an entry from 1 to 999999")
    assert terminal.ask("6 * 7") == "42"


@pytest.mark.parametrize("line", [".load " + "a" * 300, ".watch-file " + "a" * 300, ".load a\0b", ".as a/\0b"])
def test_names_that_no_system_takes_end_nothing(terminal: Terminal, line: str) -> None:
    terminal.wait_for_prompt()
    terminal.paste(line)
    terminal.key("tab", "enter")
    terminal.wait_until(lambda: "too long" in terminal.text or "NUL" in terminal.text, "the reason")
    assert terminal.ask("6 * 7") == "42"


def test_a_shell_goes_from_process_to_process(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("x = 1")
    terminal.enter(".new second")
    terminal.wait_for_prompt("second")
    assert terminal.ask("tostring(x)", "second") == "nil"
    assert "There is a process default already" in terminal.ask(".new default", "second")
    terminal.enter(".switch default")
    terminal.wait_for_prompt("default")
    assert terminal.ask("x") == "1"
    terminal.wait_until(lambda: "default" in terminal.toolbar, "the toolbar")
    assert [record["name"] for record in outside("ps")] == ["default", "second"]


def test_a_switch_spawns_nothing(terminal: Terminal, outside: Outside) -> None:
    assert "There is no process nobody; nothing was made" in terminal.ask(".switch nobody")
    assert len(outside("ps")) == 1


def test_a_narrow_window_has_no_toolbar(open_terminal: Open) -> None:
    terminal = open_terminal(columns=20)
    terminal.type("1+1")
    terminal.key("enter")
    terminal.wait_for("2")
    assert terminal.toolbar == ""


def test_without_colour_typing_has_none(open_terminal: Open) -> None:
    terminal = open_terminal(variables={"NO_COLOR": "1"})
    terminal.wait_for_prompt()
    terminal.type("local x = 'a'")
    terminal.wait_until(lambda: "local x = 'a'" in terminal.typed, "the entry")
    assert not re.search(rb"\x1b\[[0-9;]*\b[34][0-9]\b", terminal.raw)


def test_values_of_settings_and_names_of_wallets_are_completed(terminal: Terminal, outside: Outside) -> None:
    terminal.type(".set format js")
    terminal.key("tab")
    terminal.wait_until(lambda: terminal.typed.endswith(".set format json"), "the value")
    terminal.key("C-c")
    terminal.wait_for_prompt()
    terminal.type(".as def")
    terminal.key("tab")
    terminal.wait_until(lambda: terminal.typed.endswith(".as default"), "the wallet")
