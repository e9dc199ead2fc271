"""Settings that change how the shell looks and what it asks."""

from __future__ import annotations

from pathlib import Path

from terminal import Open, Outside, Terminal


def configured(home: Path, text: str) -> None:
    (home / "config.toml").write_text(text)


def test_a_prompt_of_ones_own(open_terminal: Open, home: Path) -> None:
    configured(home, "[shell]\nprompt = '{name}@{node}:{slot}[{unread}/{inbox}]> '\n")
    terminal = open_terminal()
    terminal.wait_until(lambda: terminal.typed == "default@local:0[0/1]>", "the prompt")
    terminal.enter("Send({ Target = ao.id, Action = 'Hi' })")
    terminal.wait_until(lambda: terminal.typed == "default@local:2[1/2]>", "the next prompt")


def test_dangerous_entries_are_asked_for_where_the_user_wants_it(terminal: Terminal, outside: Outside) -> None:
    terminal.ask(".set confirm always")
    terminal.enter("Owner = 'somebody'")
    terminal.wait_for("This gives the process to another owner")
    terminal.type("n\r")
    terminal.wait_for_prompt()
    assert len(outside("log", "default")) == 1
    terminal.enter("Inbox = {}")
    terminal.wait_for("This empties the inbox")
    terminal.type("y\r")
    terminal.wait_until(lambda: terminal.typed.startswith("default@aos-2.0.4[Inbox:0]"), "the empty inbox")
    assert len(outside("log", "default")) == 2


def test_the_local_node_is_not_asked_about(terminal: Terminal) -> None:
    assert terminal.ask("Balances = {}") == ""


def test_an_alias_stands_for_lua(terminal: Terminal) -> None:
    terminal.ask("function add(a, b) return a + b end")
    assert ".sum evaluates return add" in terminal.ask(".alias sum return add")
    assert terminal.ask(".sum (40, 2)") == "42"
    assert terminal.ask(".alias") == "  .sum  return add"
    assert "cannot be an alias" in terminal.ask(".alias log return 1")
    assert "needs Lua behind it" in terminal.ask(".alias empty")
    assert "There is no command .nothing" in terminal.ask(".nothing")


def test_aliases_are_kept_in_the_configuration(open_terminal: Open, home: Path) -> None:
    configured(home, "[alias]\nbal = 'return Balances'\n")
    terminal = open_terminal()
    terminal.ask("Balances = 'none'")
    assert terminal.ask(".bal") == "none"


def test_a_startup_file_is_loaded_when_a_process_is_opened(open_terminal: Open, home: Path, tmp_path: Path) -> None:
    (tmp_path / "start.lua").write_text("Started = (Started or 0) + 1")
    configured(home, f"[shell]\nstartup = '{tmp_path / 'start.lua'}'\n")
    terminal = open_terminal()
    terminal.wait_for("start.lua")
    assert terminal.ask("Started") == "1"


def test_formats_of_values(terminal: Terminal) -> None:
    terminal.ask("t = { b = 2, a = { 1, 2 } }")
    terminal.ask(".format json")
    assert terminal.ask("t").splitlines()[0] == "{"
    assert '"a": [' in terminal.ask("t")
    assert "Values are shown as table" in terminal.ask(".format table")
    assert "b" in terminal.ask("t")
    assert "pretty, lua, json, raw or table" in terminal.ask(".format xml")
    assert "Values are shown as table" in terminal.ask(".format")


def test_timing_is_shown_when_it_is_on(terminal: Terminal) -> None:
    assert terminal.ask(".timing") == "Timing is on."
    shown = terminal.ask("1 + 1").splitlines()
    assert shown[0] == "2"
    assert "ms (sign " in shown[1]
    assert "compute " in shown[1]
    assert "instructions" in shown[1]
    assert terminal.ask(".timing off") == "Timing is off."
    assert terminal.ask("1 + 1") == "2"
    assert "takes on or off" in terminal.ask(".timing maybe")


def test_what_is_longer_than_the_screen_goes_to_the_pager(open_terminal: Open, tmp_path: Path) -> None:
    pager = tmp_path / "pager.sh"
    pager.write_text("#!/bin/sh\nwc -l > paged\n")
    pager.chmod(0o755)
    terminal = open_terminal(rows=24, variables={"PAGER": str(pager)})
    terminal.ask("for i = 1, 100 do print(i) end")
    assert int((tmp_path / "paged").read_text()) == 100
    assert terminal.ask(".pager") == "The pager is off."
    terminal.ask("for i = 1, 100 do print(i) end")
    assert "\n100\n" in terminal.text


def test_a_setting_changes_the_shell_at_once(terminal: Terminal) -> None:
    terminal.ask(".set toolbar false")
    terminal.wait_until(lambda: terminal.toolbar == "", "no toolbar")
    terminal.ask(".set toolbar true")
    terminal.wait_until(lambda: "F1 help" in terminal.toolbar, "the toolbar")


def test_the_menu_can_be_turned_off(open_terminal: Open, home: Path) -> None:
    configured(home, "[shell]\ncompletion = false\n")
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.type("Handlers.")
    terminal.wait_until(lambda: terminal.typed.endswith("Handlers."), "the echo")
    terminal.key("tab")
    # Tab still asks for it.
    terminal.wait_for("append")
