"""Options, variables, files and modules as users of the official console know them.

The id in front of a docstring, such as A14, is the row of the list of its features that the test takes.
"""

from __future__ import annotations

import stat

import pytest
from program import Program

from aos_cli.cli.official import ADVICE, command_line
from aos_cli.errors import UsageError
from aos_cli.wallet import create_wallet, generate_ed25519

NO_SUCH_ID = "-" * 43


# Options


@pytest.mark.parametrize(
    ("line", "here"),
    [
        ("alice", "open alice"),
        ("", "open"),
        ("alice --run 1+1", "eval alice -- 1+1"),
        ("--run 1+1 alice", "eval alice -- 1+1"),
        ("--run=a=b alice", "eval alice -- a=b"),
        ("--run -x alice --wallet w.json", "eval alice --wallet w.json -- -x"),
        (f"{NO_SUCH_ID} --run 1", f"eval {NO_SUCH_ID} -- 1"),
        ("alice --run x=1 --dry-run", "eval alice --dry-run -- x=1"),
        ("--list", "ps"),
        ("--list --json", "ps --json"),
        (f"--watch={NO_SUCH_ID}", f"watch -- {NO_SUCH_ID}"),
        ("--watch alice -n 1", "watch -n 1 -- alice"),
        ("--get-blueprints", "blueprint save"),
        ("--get-blueprints lua", "blueprint save --to lua"),
        ("--get-blueprints=lua", "blueprint save --to lua"),
        ("--tag-name A --tag-value B alice --tag-name C --tag-value=D=E", "open --tag A=B --tag C=D=E alice"),
        ("-- --list", "open -- --list"),
        ("alice --legacy", "--node legacynet open alice"),
        ("--legacy alice --cu-url=http://c --run 1", "--node legacynet --cu-url http://c eval alice -- 1"),
        ("alice --mu-url http://m --node mine", "--node mine --mu-url http://m open alice"),
        ("alice --authority A --scheduler S", "open --tag Authority=A alice --scheduler S"),
    ],
)
def test_official_words_have_words_of_ours(line: str, here: str) -> None:
    """A02 A14 A19 A20 A21 A22 A24: an option takes its own value and no other word."""
    assert command_line(line.split()) == here.split()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--run 1", "--run needs the name of a process"),
        ("--run 1 --wallet w.json", "--run needs the name of a process"),
        ("alice --run", "--run lacks its value"),
        ("alice --run 1 --run 2", "--run was given 2 times"),
        ("--watch", "--watch lacks its value"),
        ("alice --tag-name A", "--tag-name and --tag-value come in pairs"),
        ("alice --tag-name A --tag-value", "--tag-value lacks its value"),
        ("alice --tag-name a=b --tag-value c", "cannot have = in it"),
    ],
)
def test_what_an_official_option_lacks_is_said_before_anything_is_made(newcomer: Program, line: str, said: str) -> None:
    """A14 A19: the official console noticed it after a spawn, or crashed."""
    with pytest.raises(UsageError):
        command_line(line.split())
    ended = newcomer(*line.split())
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert newcomer.files() == set()


# What opens a process has these; other commands have not.
_OPENING = {
    "--run", "--watch", "--tag-name", "--tag-value", "--load", "--legacy", "--authority", "--scheduler", "--cron",
    "--monitor",
}  # fmt: skip


@pytest.mark.parametrize("option", sorted(set(ADVICE) - _OPENING))
def test_an_option_that_is_not_here_is_answered_by_one_sentence(newcomer: Program, option: str) -> None:
    """A02 A04 A05 A06 A07 A08 A09 A10 A12 A13 A20 A23 A25 A26: it does not swallow the name, and makes nothing."""
    # Those that are kept are so in front of a name only.
    ended = newcomer(*(["ps", option] if option in ("--list", "--get-blueprints") else [option, "alice"]))
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == f"aos: There is no option {option} here\n     {ADVICE[option]}\n"
    assert newcomer.files() == set()


def test_names_and_ids(aos: Program) -> None:
    """A01: without a name it is "default", a number is a name, and an id may begin with a dash."""
    assert aos(stdin="Name").out == "default\n"
    assert aos("42", stdin="Name").out == "42\n"
    assert f"There is no process {NO_SUCH_ID}" in aos(NO_SUCH_ID).err


def test_a_wallet_is_chosen_by_its_file(aos: Program) -> None:
    """A03: a bad one is told in a sentence."""
    other = create_wallet(aos.cwd / "other.json", generate_ed25519)
    assert aos("alice", "--wallet", "other.json", "--run", "Owner").out == other.address + "\n"
    ended = aos("alice", "--wallet", "nowhere.json")
    assert (ended.status, ended.out) == (4, "")
    assert "nowhere.json" in ended.err


def test_an_authority_is_a_tag(aos: Program) -> None:
    """A09: as the sentence about --authority says."""
    aos("alice", "--tag", "Authority=somebody", stdin="1")
    assert aos("eval", "alice", "--json", "ao.authorities").json[0]["value"] == ["somebody"]


def test_a_module_is_found_by_its_id_or_name(aos: Program) -> None:
    """A11."""
    module = aos("eval", "alice", "ao.env.Module.Id").out.strip()
    assert aos("bob", "--module", module, "--load", aos.write("f.lua", "print(1)").name).out == "1\n"
    ended = aos("carol", "--module", "sqlite")
    assert (ended.status, ended.out) == (3, "")
    assert "There is no module sqlite on the local node" in ended.err
    assert aos("carol", "--module", "aos", "--load", "f.lua").out == "1\n"


def test_tags_of_a_spawn(aos: Program) -> None:
    """A14: in pairs, as often as wanted."""
    words = ["--tag-name", "Colour", "--tag-value", "blue", "--tag-name", "Size", "--tag-value", "a=b"]
    code = "return ao.env.Process.Tags.Colour .. ' ' .. ao.env.Process.Tags.Size"
    assert aos("alice", *words, stdin=code).out == "blue a=b\n"


def test_data_of_a_spawn_runs_on_boot(aos: Program) -> None:
    """A15 A16: and a file that is not there is an error."""
    aos.write("boot.lua", "booted = 'yes'")
    words = ["--tag-name", "On-Boot", "--tag-value", "Data", "--data"]
    assert aos("alice", *words, "missing.lua").status == 2
    assert aos.processes() == []
    assert aos("alice", *words, "boot.lua", stdin="booted").out == "yes\n"


def test_files_are_loaded_and_their_errors_are_shown(aos: Program) -> None:
    """A17, list "--load error hidden" and "--load missing file exit 0": several files, with blanks in their names."""
    aos.write("one.lua", "x = 1")
    aos.write("my dir/two.lua", "error('two fails')")
    ended = aos("alice", "--load", "one.lua", "--load", "my dir/two.lua")
    assert (ended.status, ended.out) == (1, "")
    assert "my dir/two.lua:1: two fails" in ended.err
    missing = aos("bob", "--load", "missing.lua")
    assert (missing.status, missing.out) == (2, "")
    assert "missing.lua: there is no such file" in missing.err
    assert [process["name"] for process in aos.processes()] == ["alice"]


@pytest.mark.parametrize(("code", "status"), [("return 6 * 7", 0), ("error('no')", 1)])
def test_a_file_comes_by_a_pipe(aos: Program, code: str, status: int) -> None:
    """A18 D19, list "piped --load race": also into a process that is known already; nothing waits for a terminal."""
    for _ in range(2):
        assert aos.apart("alice", stdin=code).status == status
    ended = aos("alice", "--load", stdin=code)
    assert ended.status == 2
    assert ended.err.endswith("standard input\n")


def test_run_evaluates_once(aos: Program) -> None:
    """A19 A27 B08 D17 D20: results only on standard output, no colours in a pipe, 0 or 1."""
    ended = aos("alice", "--run", "print('\\27[31mone\\27[0m') return 2")
    assert (ended.status, ended.out) == (0, "one\n2\n")
    assert "spawned the process alice" in ended.err
    failed = aos("--run", "error('no')", "alice")
    assert (failed.status, failed.out, failed.err) == (1, "", "error: line 1: no\n")


def test_run_can_be_dry(aos: Program) -> None:
    """A20: on the local node too."""
    aos("alice", "--run", "x = 1")
    for option in ("--dry-run", "--dryrun"):
        ended = aos("alice", "--run", "x = 2 return x", option)
        assert (ended.status, ended.out) == (0, "2\n")
    assert aos("alice", "--run", "x").out == "1\n"


def test_list_lists_and_watch_watches(aos: Program) -> None:
    """A21 A22: `--watch=ID` needs no ownership, and what it cannot find is said."""
    assert "No process yet" in aos("--list").err
    aos("alice", "--run", "1 + 1")
    [process] = aos.processes()
    assert process["id"] in aos("--list").out
    shown = aos(f"--watch={process['id']}", "--from", "1", "-n", "1").out
    assert shown.split() == ["alice", "←", "you", "Eval", "1", "+", "1", "2"]
    ended = aos("--watch=nobody")
    assert (ended.status, ended.out) == (3, "")
    assert "There is no process nobody" in ended.err


def test_get_blueprints_writes_files(newcomer: Program) -> None:
    """A24: offline, into the current folder or another one; nothing is written over."""
    assert newcomer("--get-blueprints", "lua").out.split() == ["lua/chatroom.lua", "lua/token.lua"]
    assert (newcomer.cwd / "lua" / "token.lua").exists()
    again = newcomer("--get-blueprints", "lua")
    assert (again.status, again.out) == (2, "")
    assert newcomer.files() == {"user/lua", "user/lua/chatroom.lua", "user/lua/token.lua"}


def test_help_is_whole_and_without_colours_in_a_pipe(newcomer: Program) -> None:
    """A27, list "NO_COLOR ignored"."""
    for ended in (newcomer("--help"), newcomer("--help", tty=True, NO_COLOR="1"), newcomer("--version")):
        assert (ended.status, ended.err) == (0, "")
        assert "\x1b" not in ended.out
        assert "..." not in ended.out.replace(" ...", "")


# Variables


def test_a_variable_names_the_module_of_new_processes(aos: Program) -> None:
    """E03."""
    module = aos("eval", "alice", "ao.env.Module.Id").out.strip()
    assert aos("eval", "bob", "ao.env.Module.Id", AOS_MODULE=module).out.strip() == module
    ended = aos("eval", "carol", "1", AOS_MODULE="M" * 43)
    assert ended.status == 3
    assert "M" * 43 in ended.err


def test_variables_that_were_not_heeded_are(aos: Program) -> None:
    """E11: NO_COLOR, FORCE_COLOR, XDG_* and AOS_CONFIG."""
    coloured = r"print('\27[31mred\27[0m')"
    assert "\x1b" in aos("eval", "alice", coloured, FORCE_COLOR="1").out
    assert "\x1b" not in aos("eval", "alice", coloured, tty=True, NO_COLOR="1").out
    aos.write("mine.toml", "[limits]\ncompute = 1234567\n")
    assert aos("config", "get", "limits.compute", AOS_CONFIG="mine.toml").out == "1234567\n"
    folders = {f"XDG_{kind}_HOME": str(aos.cwd / kind) for kind in ("DATA", "STATE", "CONFIG")}
    create_wallet(aos.cwd / "DATA" / "aos" / "wallet.json", generate_ed25519)
    assert aos.apart("eval", "alice", "1", AOS_HOME="", **folders).out == "1\n"
    assert (aos.cwd / "DATA" / "aos" / "store.sqlite").exists()


# Start


def test_the_wallet_is_the_owners_alone(newcomer: Program) -> None:
    """B01: and it is said that it was made, and where."""
    ended = newcomer("alice", "--run", "1")
    path = newcomer.home / "wallet.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"Your wallet is {path}" in ended.err


def test_a_look_up_that_fails_spawns_nothing(aos: Program) -> None:
    """B03 B05 B15, list "GraphQL 500 -> spawn": here the store stands for the network; the error names it."""
    aos("alice", "--run", "1")
    store = aos.home / "store.sqlite"
    whole = store.read_bytes()
    store.write_bytes(b"not a store any more" * 500)
    for words in (["alice"], ["alice", "--run", "1"], [NO_SUCH_ID]):
        ended = aos(*words)
        assert (ended.status, ended.out) == (6, "")
        assert str(store) in ended.err
    store.write_bytes(whole)
    assert [process["name"] for process in aos.processes()] == ["alice"]


def test_an_id_or_a_name_that_is_not_clear_spawns_nothing(aos: Program) -> None:
    """B02 B04: several of one name are told apart by their ids."""
    assert aos("A" * 43).status == 3
    child = "Spawn(ao.env.Module.Id, {Name = 'twin'})"
    aos("alice", "--run", f"{child} {child}")
    twins = [process["id"] for process in aos.processes() if process["name"] == "twin"]
    ended = aos("--watch=twin")
    assert (ended.status, ended.out) == (3, "")
    assert len(twins) == 2
    assert all(twin in ended.err for twin in twins)
    assert len(aos.processes()) == 3


def test_a_start_asks_nothing_and_sends_nothing(aos: Program) -> None:
    """B06 B09 B10: no update, no probe in the log; a new name is a new process."""
    for _ in range(2):
        assert aos("alice").status == 0
    assert [process["slots"] for process in aos.processes()] == [1]


def test_everything_is_in_one_home(aos: Program) -> None:
    """B16: no files lie loose in the user's home folder."""
    aos("alice", "--run", "1")
    assert list(aos.cwd.iterdir()) == []


# Modules on disk


def written(aos: Program, **files: str) -> Program:
    for name, content in files.items():
        aos.write(f"{name.replace('__', '/')}.lua", content)
    return aos


@pytest.mark.parametrize(
    ("files", "out"),
    [
        pytest.param({"lib__a": "return require('b')", "b": "return 'root'"}, "root", id="L01 from the main file"),
        pytest.param({"lib__a__init": "return 'init'"}, "init", id="L02 a folder with init.lua"),
        pytest.param({"lib__a": "return ...", "lib__b": "return 1"}, "lib.a", id="L08 the name is in the dots"),
    ],
)
def test_where_modules_are_looked_for(aos: Program, files: dict[str, str], out: str) -> None:
    written(aos, main="return (require('lib.a'))", **files)
    assert aos("run", "main.lua").out == out + "\n"


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('local a, b = require("a"), require("b") return a + b', id="L04a one-line double require"),
        pytest.param("--[[ require('gone') ]] return require('a') + require('b')", id="L04b a comment"),
        pytest.param("local s = '--' .. require('a') return require('b') + 1", id="L04c dashes in a string"),
        pytest.param("return require [[a]] + require 'b'", id="L03 L04d other brackets"),
    ],
)
def test_which_requires_are_seen(aos: Program, code: str) -> None:
    written(aos, main=code, a="return 1", b="return 2")
    assert aos("run", "main.lua").out == "3\n"


def test_a_module_that_is_nowhere_is_an_error(aos: Program) -> None:
    """L05: with its place; modules of the process are none."""
    written(aos, main="local json = require('json')\nrequire('gone')")
    ended = aos("run", "main.lua")
    assert (ended.status, ended.out) == (5, "")
    assert "gone" in ended.err
    assert "main.lua:2" in ended.err


def test_modules_run_once_and_the_main_file_last(aos: Program) -> None:
    """L06 L07: errors name the file of the module."""
    written(aos, a="print('a')", b="require('a') print('b')", main="require('b') require('a') print('main')")
    assert aos("run", "main.lua").out == "a\nb\nmain\n"
    written(aos, a="\nerror('here')")
    assert "a.lua:2: here" in aos("run", "main.lua").err


def test_any_name_of_a_module_is_valid(aos: Program) -> None:
    """L08, list "lib/c invalid Lua": names that differ in a sign are different modules."""
    written(
        aos, lib__c="return 'c'", a__b="return 'dot'", a_b="return 'line'",
        main="return require('lib/c') .. require('a.b') .. require('a_b')",
    )  # fmt: skip
    assert aos("run", "main.lua").out == "cdotline\n"


def test_both_spellings_of_a_module_are_known(aos: Program) -> None:
    """L09, list "alias lost"."""
    written(aos, d="return {}", main="return require('.d') == require('d')")
    assert aos("run", "main.lua").out == "true\n"


def test_a_cycle_is_told(aos: Program) -> None:
    """L10, list "cycle overflow": as a path, and nothing is evaluated."""
    written(aos, main="print('never') require('a')", a="require('b')", b="require('a')")
    ended = aos("run", "main.lua")
    assert (ended.status, ended.out) == (5, "")
    assert ended.err.index("a.lua") < ended.err.index("b.lua") < ended.err.rindex("a.lua")


def test_a_file_named_like_a_module_of_the_process_is_said(aos: Program) -> None:
    """L12."""
    written(aos, json="return {mine = true}", main="return require('json').mine")
    ended = aos("run", "main.lua")
    assert ended.out == "true\n"
    assert "stands in for" in ended.err


# Results


def test_a_second_value_is_an_error_that_is_shown(aos: Program) -> None:
    """D01: `return` is tried first, nil and false print nothing, and a second value is the error."""
    assert [aos("eval", "alice", code).out for code in ("1 + 1", "x = 1", "nil", "false")] == ["2\n", "", "", ""]
    ended = aos("eval", "alice", "1, 2")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("error: ")
    assert "2" in ended.err


def test_what_was_sent_is_data_too(aos: Program) -> None:
    """D02."""
    [record, _] = aos("eval", "alice", "--json", "Send({Target = ao.id, Action = 'Hi'}) return {1}").json
    assert [sent["action"] for sent in record["messages"]] == ["Hi"]
    assert (record["value"], record["instructions"] > 0) == ([1], True)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        pytest.param("x = 1\ny = 2\nz = = 3", "app.lua:3: ", id="D05 syntax error always line 1"),
        pytest.param("x = 1\n\nerror('no')", "app.lua:3: no", id="D05 a thrown text"),
        pytest.param("require('part')", "part.lua:2: deep", id="D06 in a module"),
        pytest.param("error({})", "error object is a table value", id="D05 no text"),
    ],
)
def test_errors_have_their_own_file_and_line(aos: Program, code: str, place: str) -> None:
    written(aos, app=code, part="\nerror('deep')")
    ended = aos("run", "app.lua")
    assert ended.status == 1
    assert place in ended.err
