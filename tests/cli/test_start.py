"""What `aos` needs and makes before it evaluates anything: wallet, folders, processes and their options."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from program import ROOT, Program

from aos_cli import __version__
from aos_cli.wallet import create_wallet, generate_ed25519, load_wallet

NO_SUCH_ID = "-" * 43


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Wallet


def test_a_fresh_home_gets_a_wallet_of_its_own(newcomer: Program) -> None:
    ended = newcomer(stdin="return 1 + 1")
    assert (ended.status, ended.out) == (0, "2\n")
    path = newcomer.home / "wallet.json"
    key = json.loads(path.read_text())
    assert (key["kty"], key["e"], len(key["n"])) == ("RSA", "AQAB", 683)  # 4096 bits are 683 characters
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)
    making, made, *_ = ended.err.splitlines()
    assert "Making your wallet" in making
    assert str(path) in made
    assert load_wallet(path).address in made
    assert [entry.name for entry in newcomer.home.glob("*wallet*")] == ["wallet.json"]


def test_the_second_start_says_nothing_of_the_wallet(aos: Program) -> None:
    aos(stdin="1")
    ended = aos(stdin="1")
    assert (ended.status, ended.err) == (0, "")


def test_the_wallet_of_the_official_console_is_used(newcomer: Program) -> None:
    wallet = create_wallet(newcomer.cwd / ".aos.json", generate_ed25519)
    assert newcomer("eval", "default", "Owner").out.strip() == wallet.address
    assert not (newcomer.home / "wallet.json").exists()


def test_a_named_wallet_owns_the_process(aos: Program) -> None:
    wallet = create_wallet(aos.cwd / "other.json", generate_ed25519)
    assert aos("alice", "--wallet", "other.json", stdin="Owner").out.strip() == wallet.address


def test_two_wallets_have_processes_of_the_same_name(aos: Program) -> None:
    create_wallet(aos.cwd / "other.json", generate_ed25519)
    aos("alice", stdin="x = 1")
    assert aos("alice", "--wallet", "other.json", stdin="x").out.strip() in ("", "nil")
    assert len(aos.processes()) == 2


def test_a_wallet_that_others_can_read_is_used_with_a_warning(aos: Program) -> None:
    path = aos.home / "wallet.json"
    path.chmod(0o644)
    ended = aos("eval", "default", "1")
    assert ended.status == 0
    assert f"others can read the wallet {path}" in ended.err


# Processes by name and id


def test_without_a_name_the_process_is_default(aos: Program) -> None:
    aos(stdin="1")
    assert [process["name"] for process in aos.processes()] == ["default"]


def test_a_name_opens_the_same_process_again(aos: Program) -> None:
    aos("alice", stdin="counter = 41")
    assert aos("alice", stdin="counter + 1").out == "42\n"
    assert [process["name"] for process in aos.processes()] == ["alice"]


def test_a_spawn_is_said(aos: Program) -> None:
    ended = aos("alice", stdin="1")
    [process] = aos.processes()
    assert f"spawned the process alice {process['id']}" in ended.err


def test_an_id_opens_its_process(aos: Program) -> None:
    aos("alice", stdin="x = 7")
    [process] = aos.processes()
    assert aos(process["id"], stdin="x").out == "7\n"
    assert aos("eval", process["id"], "x").out == "7\n"


@pytest.mark.parametrize("words", [[NO_SUCH_ID], ["open", NO_SUCH_ID], ["eval", NO_SUCH_ID, "1"], ["log", NO_SUCH_ID]])
def test_an_id_may_begin_with_a_dash(aos: Program, words: list[str]) -> None:
    """It is taken for an id, not for options: what is missing is the process."""
    ended = aos(*words)
    assert ended.status == 3
    assert f"There is no process {NO_SUCH_ID}" in ended.err


def test_an_unknown_id_spawns_nothing(aos: Program) -> None:
    assert aos("a" * 43).status == 3
    assert aos.processes() == []


def test_a_process_of_someone_else_is_opened_by_its_id(aos: Program) -> None:
    create_wallet(aos.cwd / "other.json", generate_ed25519)
    aos("alice", "--wallet", "other.json", stdin="x = 1")
    [process] = aos.processes()
    ended = aos("eval", process["id"], "x = 2")
    assert ended.status == 0
    assert aos("alice", "--wallet", "other.json", stdin="x").out == "1\n"


def test_programs_that_start_at_the_same_time_share_one_home(aos: Program) -> None:
    """Four programs find no store and no node keys: each succeeds with its own answer, and a name is one process."""
    words = [("alice", "return 1"), ("bob", "return 2"), ("alice", "error('3')"), ("bob", "return 4")]
    started = [aos.start("eval", name, code) for name, code in words]
    ended = [(process.communicate(timeout=30), process.returncode) for process in started]
    assert [(status, out) for (out, _), status in ended] == [(0, "1\n"), (0, "2\n"), (1, ""), (0, "4\n")]
    assert sorted(process["name"] for process in aos.processes()) == ["alice", "bob"]


# Options of a spawn


def test_tags_and_data_go_into_the_spawn(aos: Program) -> None:
    aos.write("first.txt", "some data")
    words = ["--tag", "Colour=blue", "--tag", "Formula=a=b", "--data", "first.txt"]
    code = "return ao.env.Process.Tags.Colour .. ' ' .. ao.env.Process.Tags.Formula .. ' ' .. Inbox[1].Data"
    ended = aos("alice", *words, stdin=code)
    assert ended.out == "blue a=b some data\n"


def test_data_is_run_at_birth_when_on_boot_says_so(aos: Program) -> None:
    aos.write("boot.lua", "booted = 'yes'")
    assert aos("alice", "--tag", "On-Boot=Data", "--data", "boot.lua", stdin="booted").out == "yes\n"


def test_a_module_is_named_by_its_id(aos: Program) -> None:
    aos("alice", stdin="1")
    [alice] = aos.processes()
    assert aos("bob", "--module", alice["module"], stdin="2").out == "2\n"


def test_spawn_options_are_not_for_a_process_that_is_there(aos: Program) -> None:
    aos("alice", stdin="1")
    ended = aos("alice", "--tag", "A=B", stdin="return ao.env.Process.Tags.A")
    assert "alice is there already" in ended.err


@pytest.mark.parametrize("text", ["novalue", "=value", ""])
def test_a_tag_needs_name_and_value(aos: Program, text: str) -> None:
    ended = aos("alice", "--tag", text)
    assert (ended.status, ended.out) == (2, "")
    assert "NAME=VALUE" in ended.err
    assert aos.processes() == []


def test_several_files_are_loaded_in_their_order(aos: Program) -> None:
    aos.write("one.lua", "list = {'one'}")
    aos.write("my dir/two.lua", "list[#list + 1] = 'two'")
    aos("alice", "--load", "one.lua", "--load", "my dir/two.lua")
    assert aos("eval", "alice", "table.concat(list, ' ')").out == "one two\n"


# Folders


def test_home_is_where_the_option_says(newcomer: Program) -> None:
    create_wallet(newcomer.cwd / "elsewhere" / "wallet.json", generate_ed25519)
    ended = newcomer("--home", str(newcomer.cwd / "elsewhere"), "eval", "alice", "1")
    assert ended.out == "1\n"
    assert (newcomer.cwd / "elsewhere" / "store.sqlite").exists()
    assert not newcomer.home.exists()


def test_home_may_be_relative(newcomer: Program) -> None:
    create_wallet(newcomer.cwd / "here" / "wallet.json", generate_ed25519)
    assert newcomer.apart("--home=here", "eval", "alice", "1").out == "1\n"
    assert (newcomer.cwd / "here" / "store.sqlite").exists()


def test_without_aos_home_the_folders_of_the_platform_are_used(newcomer: Program) -> None:
    folders = {f"XDG_{kind}_HOME": str(newcomer.cwd / kind.lower()) for kind in ("DATA", "STATE", "CONFIG")}
    create_wallet(newcomer.cwd / "data" / "aos" / "wallet.json", generate_ed25519)
    ended = newcomer.apart("eval", "alice", "1", AOS_HOME="", **folders)
    assert (ended.status, ended.out) == (0, "1\n")
    assert (newcomer.cwd / "data" / "aos" / "store.sqlite").exists()


# What stays undone


def test_version_and_help_make_nothing(newcomer: Program) -> None:
    assert newcomer("--version").out == f"aos {__version__}\n"
    for words in (["--help"], ["-h"], ["run", "--help"], ["open", "-h"]):
        ended = newcomer(*words)
        assert (ended.status, ended.err) == (0, "")
    assert newcomer.files() == set()


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_of_the_whole_program(newcomer: Program, word: str) -> None:
    out = newcomer(word).out
    assert out.startswith("Usage: aos [OPTIONS]")
    assert "inbox" in out


def test_a_mistyped_command_with_words_behind_it_is_named(newcomer: Program) -> None:
    ended = newcomer("evl", "alice", "1 + 1")
    assert (ended.status, ended.out) == (2, "")
    assert "There is no command evl" in ended.err
    assert "Did you mean `aos eval`?" in ended.err
    assert newcomer.files() == set()


@pytest.mark.parametrize(("word", "meant"), [("inbxo", "inbox"), ("hepl", "help"), ("version", "--version")])
def test_a_mistyped_command_is_not_the_name_of_a_new_process(aos: Program, word: str, meant: str) -> None:
    ended = aos(word)
    assert ended.status == 2
    assert f"Did you mean `aos {meant}`?" in ended.err
    assert aos.processes() == []


def test_a_lua_file_is_not_the_name_of_a_new_process(aos: Program) -> None:
    aos.write("app.lua", "print(1)")
    ended = aos("app.lua")
    assert ended.status == 2
    assert "`aos run app.lua`" in ended.err
    assert aos.processes() == []


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\x1b[2Jb", "a\nb"])
def test_what_cannot_be_a_name_is_refused(aos: Program, name: str) -> None:
    ended = aos("open", name)
    assert (ended.status, ended.out) == (2, "")
    assert "\x1b" not in ended.err
    assert aos.processes() == []


def test_version_loads_little(newcomer: Program) -> None:
    """Start-up is a feature: what shows the version has no use for a terminal, a network or Lua."""
    code = (
        "import sys; from aos_cli.cli.main import run; from aos_cli.environment import Environment;"
        "run(['--version'], Environment());"
        "print([name for name in ('prompt_toolkit', 'httpx', 'rich', 'lupa') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ended.stdout.splitlines() == [f"aos {__version__}", "[]"]


def test_a_name_behind_a_command_is_no_mistyped_command(aos: Program) -> None:
    ended = aos("eval", "four", "2 + 2")
    assert (ended.status, ended.out) == (0, "4\n")
