"""`aos blueprint`: list, show and save."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import ROOT, Program

BLUEPRINTS = ROOT / "lua_stdlib" / "blueprints"
TOKEN = (BLUEPRINTS / "token.lua").read_text("utf-8")


def test_list_says_what_there_is(newcomer: Program) -> None:
    ended = newcomer("blueprint", "list")
    assert (ended.status, ended.err) == (0, "")
    assert [line.split()[0] for line in ended.out.splitlines()] == ["chatroom", "token"]
    assert "token     A token: balances, transfers, minting and burning\n" in ended.out
    assert newcomer("blueprint") == ended
    assert newcomer.files() == set()


def test_list_for_programs(newcomer: Program) -> None:
    records = newcomer("blueprint", "list", "--json").json
    assert [record["name"] for record in records] == ["chatroom", "token"]
    assert records[1] == {"name": "token", "description": "A token: balances, transfers, minting and burning"}


@pytest.mark.parametrize("width", [1, 20, 40])
def test_list_in_a_narrow_window_breaks_between_words(newcomer: Program, width: int) -> None:
    shown = newcomer("blueprint", "list", width=width, tty=True).out
    assert " ".join(newcomer("blueprint", "list").out.split()) == " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= max(width, 24)


def test_show_prints_the_source(newcomer: Program) -> None:
    ended = newcomer("blueprint", "show", "token")
    assert (ended.status, ended.out, ended.err) == (0, TOKEN, "")


@pytest.mark.parametrize("words", [["show", "tokn"], ["save", "chatroom", "tokn"]])
def test_an_unknown_name_changes_nothing(newcomer: Program, words: list[str]) -> None:
    ended = newcomer("blueprint", *words)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == "aos: There is no blueprint tokn\n     Did you mean token?\n"
    assert newcomer.files() == set()


def test_a_name_cannot_write_to_the_terminal(newcomer: Program) -> None:
    assert "\x1b" not in newcomer("blueprint", "show", "\x1b[2Jtoken", tty=True, colour="always").err


@pytest.mark.parametrize(
    ("words", "told"),
    [(["lst"], "No such command 'lst'"), (["show"], "Missing argument 'NAME'")],
)
def test_wrong_words_are_told(newcomer: Program, words: list[str], told: str) -> None:
    ended = newcomer("blueprint", *words)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err
    assert "--help` shows how" in ended.err


def test_every_command_has_help_that_is_not_cut_off(newcomer: Program) -> None:
    whole = newcomer("blueprint", "--help").out
    assert not [line for line in whole.splitlines() if line.endswith("...") and "[" not in line]
    for name in ("list", "show", "save"):
        assert f"  {name} " in whole
        assert newcomer("blueprint", name, "--help").out.startswith(f"Usage: aos blueprint {name} ")


# Saving


def test_save_writes_all_into_the_current_directory(newcomer: Program) -> None:
    ended = newcomer("blueprint", "save")
    assert (ended.status, ended.out, ended.err) == (0, "chatroom.lua\ntoken.lua\n", "")
    assert newcomer.files() == {"user/chatroom.lua", "user/token.lua"}
    assert (newcomer.cwd / "token.lua").read_bytes() == (BLUEPRINTS / "token.lua").read_bytes()


def test_save_writes_the_named_ones_into_a_folder_that_it_makes(newcomer: Program) -> None:
    ended = newcomer("blueprint", "save", "token", "token", "--to", "a/b")
    assert (ended.status, ended.out) == (0, "a/b/token.lua\n")
    assert newcomer.files() == {"user/a", "user/a/b", "user/a/b/token.lua"}


def test_save_goes_where_an_absolute_path_or_the_home_folder_is(
    newcomer: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "somebody"))
    assert newcomer("blueprint", "save", "token", "--to", "~/lua").status == 0
    assert (tmp_path / "somebody" / "lua" / "token.lua").read_text() == TOKEN
    assert newcomer("blueprint", "save", "token", "--to", str(tmp_path / "x")).out == f"{tmp_path / 'x/token.lua'}\n"


def test_save_overwrites_only_by_force(newcomer: Program) -> None:
    newcomer.write("token.lua", "-- mine")
    ended = newcomer("blueprint", "save")
    assert (ended.status, ended.out) == (2, "")
    assert "token.lua is there already; nothing was written" in ended.err
    assert "--force" in ended.err
    assert newcomer.files() == {"user/token.lua"}
    assert (newcomer.cwd / "token.lua").read_text() == "-- mine"
    assert newcomer("blueprint", "save", "--force").status == 0
    assert (newcomer.cwd / "token.lua").read_text() == TOKEN


def test_save_writes_no_file_over_a_folder_and_none_below_a_file(newcomer: Program) -> None:
    (newcomer.cwd / "token.lua").mkdir()
    for force in ([], ["--force"]):
        ended = newcomer("blueprint", "save", *force)
        assert (ended.status, ended.out) == (2, "")
        assert "token.lua is a folder; nothing was written" in ended.err
    newcomer.write("taken", "")
    ended = newcomer("blueprint", "save", "--to", "taken")
    assert ended.status == 2
    assert "taken is a file, not a folder" in ended.err
    assert newcomer.files() == {"user/token.lua", "user/taken"}


def test_save_says_when_the_folder_cannot_be_made(newcomer: Program) -> None:
    newcomer.write("taken", "")
    ended = newcomer("blueprint", "save", "--to", "taken/below")
    assert (ended.status, ended.out) == (6, "")
    assert "taken/below cannot be used: Not a directory" in ended.err


def test_a_link_that_leads_nowhere_is_not_written_through(newcomer: Program) -> None:
    (newcomer.cwd / "token.lua").symlink_to("elsewhere.lua")
    assert newcomer("blueprint", "save", "token").status != 0
    assert newcomer.files() == {"user/token.lua"}


def test_what_was_saved_can_be_loaded(aos: Program) -> None:
    aos("blueprint", "save", "token")
    assert aos("run", "--process", "bank", "token.lua").status == 0
    assert aos("eval", "bank", "TotalSupply").out == "1" + "0" * 16 + "\n"
