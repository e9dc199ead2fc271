"""Dry runs at the terminal."""

from __future__ import annotations

from pathlib import Path

from terminal import Open, Outside, Terminal

ON = "Dry mode is on: what you type is tried, and nothing is kept. .dryrun ends it."
OFF = "Dry mode is off: what you type is sent again."


def test_code_is_tried_once(terminal: Terminal, outside: Outside) -> None:
    terminal.ask("count = 1")
    shown = terminal.ask('.dryrun count = 2 Send({ Target = ao.id }) return "tried"')
    assert shown.splitlines() == [
        "tried",
        "dry run: nothing was kept",
        "would send",
        " → default",
        "would change",
        " ~ count  1 → 2",
    ]
    assert terminal.ask("count") == "1"
    assert [slot["action"] for slot in outside("log", "default")] == ["", "Eval", "Eval"]


def test_in_dry_mode_everything_is_tried(terminal: Terminal, outside: Outside) -> None:
    assert terminal.ask(".dryrun") == ON
    assert terminal.ask("count = 1").splitlines() == ["dry run: nothing was kept", "would change", " + count  1"]
    assert terminal.ask("return count").splitlines() == ["dry run: nothing was kept", "would change no global"]
    assert terminal.ask(".dryrun") == OFF
    assert terminal.ask("return tostring(count)") == "nil"
    assert len(outside("log", "default")) == 2


def test_a_file_is_tried_in_dry_mode(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "app.lua").write_text("function app() end", "utf-8")
    terminal.ask(".dryrun")
    assert " + app  function (app.lua:1)" in terminal.ask(".load app.lua").splitlines()


def test_an_error_is_shown_as_ever(terminal: Terminal) -> None:
    shown = terminal.ask(".dryrun error('no')").splitlines()
    assert shown[:2] == ["error: line 1: no", "dry run: nothing was kept"]


def test_ctrl_c_stops_the_waiting(terminal: Terminal, outside: Outside) -> None:
    terminal.enter(".dryrun while true do end")
    terminal.wait_until_busy()
    terminal.key("C-c")
    terminal.wait_until(lambda: "nothing is kept" in terminal.text, "the word about the dry run")
    assert terminal.ask("return 1 + 1") == "2"
    assert len(outside("log", "default")) == 2


def test_a_narrow_window_without_colours_shows_all_of_it(open_terminal: Open) -> None:
    terminal = open_terminal(columns=40, variables={"NO_COLOR": "1"})
    terminal.wait_for_prompt()
    terminal.enter(".dryrun name = ('word '):rep(9)")
    terminal.wait_until(lambda: terminal.text.split("would change")[-1].count("word") == 9, "the change")
    assert max(map(len, terminal.lines)) <= 40
