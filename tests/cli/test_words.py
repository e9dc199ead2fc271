"""How the words of a command line are understood."""

from __future__ import annotations

from itertools import chain

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import Program

from aos_cli.cli.look import log_command
from aos_cli.cli.main import looks_like_id
from aos_cli.cli.run import eval_command, run_command
from aos_cli.clients.local import LocalClient
from aos_cli.processes import spawn_process
from aos_cli.wallet import create_wallet, generate_ed25519, load_wallet

IDS = st.text("-_aZ09", min_size=43, max_size=43)


def understood(command: click.Command, words: list[str]) -> dict[str, object]:
    return dict(command.make_context(command.name, list(words)).params)


@given(st.permutations([["--wallet", "w.json"], ["-n", "3"], ["--json"], ["NAME"]]), IDS)
def test_options_may_stand_anywhere_and_ids_begin_with_dashes(order: list[list[str]], name: str) -> None:
    words = [name if word == "NAME" else word for word in chain(*order)]
    others = {"errors": False}
    assert understood(log_command, words) == {**others, "wallet": "w.json", "as_json": True, "count": 3, "name": name}


@given(IDS, st.text("-ab1 ", min_size=1).filter(lambda text: not text.startswith("-")))
def test_arguments_keep_their_order(name: str, code: str) -> None:
    others = {"wallet": None, "as_json": False, "dry_run": False, "each": False, "on_error": None}
    assert understood(eval_command, [name, code]) == {**others, "name": name, "code": code}


def test_lua_may_begin_with_a_dash_behind_two_dashes() -> None:
    words = ["--json", "--", "alice", "--[[ comment ]] return 1"]
    assert understood(eval_command, words)["code"] == "--[[ comment ]] return 1"


@pytest.mark.parametrize("code", ["-1", "-(2)", "-- a comment\nreturn 1", "--[[ a\ncomment ]] return 1", "-"])
def test_lua_that_is_no_option_may_begin_with_a_dash(code: str) -> None:
    assert understood(eval_command, ["alice", "--json", code])["code"] == code


@given(st.lists(st.text("-=ajs ", max_size=8)))
def test_everything_behind_the_file_is_the_files(arguments: list[str]) -> None:
    params = understood(run_command, ["--json", "--process", "p", "app.lua", *arguments])
    assert (params["file"], params["arguments"]) == ("app.lua", tuple(arguments))
    assert (params["as_json"], params["process"]) == (True, "p")


@pytest.mark.parametrize(
    ("word", "expected"), [("-" * 43, True), ("a" * 43, True), ("a" * 42, False), ("a" * 44, False), ("ä" * 43, False)]
)
def test_an_id_has_43_characters(word: str, expected: bool) -> None:
    assert looks_like_id(word) is expected


@pytest.mark.parametrize(
    "words", [["--yes"], ["-y", "--quiet", "--wallet", "default"], ["--passphrase-file=none", "--home", "HOME"]]
)
def test_options_in_front_of_a_command_reach_it(aos: Program, words: list[str]) -> None:
    home = aos.cwd / "elsewhere"
    create_wallet(home / "wallet.json", generate_ed25519)
    options = [str(home) if word == "HOME" else word for word in words]
    assert aos(*options, "eval", "alice", "return 1").out == "1\n"
    assert (home / "store.sqlite").exists() == ("HOME" in words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tag", "A=B", "eval", "alice", "1"], "--tag stands in front of the command eval"),
        (["--json", "config", "list"], "--json stands in front of the command config"),
        (["--monitor", "log"], "`aos open --monitor log` opens such a process"),
    ],
)
def test_options_that_a_command_does_not_take_in_front_are_refused(
    newcomer: Program, words: list[str], said: str
) -> None:
    ended = newcomer(*words)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert newcomer.files() == set()


def test_a_process_whose_id_begins_with_a_dash_is_opened(aos: Program) -> None:
    """One in 64 does."""
    wallet = load_wallet(aos.home / "wallet.json")
    client = LocalClient(aos.home / "store.sqlite", aos.home / "node", lambda: 1)
    names = (f"number {number}" for number in range(2000))
    process = next(made for name in names if (made := spawn_process(client, wallet, name)).id.startswith("-"))
    client.close()
    assert aos("eval", process.id, "return Name").out == process.name + "\n"
    assert aos(process.id, stdin="return ao.id").out == process.id + "\n"
    assert aos("log", "--json", process.id).json[0]["process"] == process.id
