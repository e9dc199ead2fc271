"""`aos doctor`: it finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from program import ROOT, Program

from aos_cli.cli.checks import LIBRARIES


def findings(aos: Program, *arguments: str, status: int = 0, **variables: str) -> dict[str, list[dict[str, Any]]]:
    """What the program finds, by area."""
    ended = aos("doctor", "--json", *arguments, **variables)
    assert ended.status == status, ended.out + ended.err
    found: dict[str, list[dict[str, Any]]] = {}
    for record in ended.json:
        found.setdefault(record["area"], []).append(record)
    return found


def problem(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    [record] = [record for records in found.values() for record in records if record["state"] == "problem"]
    return record


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_newcomer_has_no_problem_and_nothing_is_made(newcomer: Program) -> None:
    found = findings(newcomer)
    assert [record["state"] for record in found["wallet"]] == ["note"]
    assert found["wallet"][0]["hint"] == "`aos` makes one at the first start"
    assert "not there yet" in found["store"][0]["text"]
    assert newcomer.files() == set()


def test_every_area_is_looked_at_and_nothing_changes(aos: Program) -> None:
    aos("eval", "alice", "1")
    before = contents(aos.home)
    found = findings(aos, "--deep")
    assert {"aos", "libraries", "home", "disk", "settings", "wallet", "node", "store", "log", "terminal", "lua"} <= set(
        found
    )
    assert contents(aos.home) == before
    assert found["store"][0]["text"].startswith(f"{aos.home / 'store.sqlite'}: 1 process, 2 slots, ")
    assert "are right, 2 slots" in found["log"][0]["text"]


def test_people_get_lines_and_a_summary(newcomer: Program) -> None:
    ended = newcomer("doctor")
    assert re.search(r"^note     wallet     There is no wallet yet\n {20}`aos` makes one", ended.out, re.MULTILINE)
    assert ended.err == "No problem was found, 1 note.\n"


@pytest.mark.parametrize("width", [1, 30, 59, 60, 200])
def test_a_terminal_gets_whole_words(newcomer: Program, width: int) -> None:
    narrow = newcomer("doctor", width=width, tty=True, NO_COLOR="1").out
    assert "".join(narrow.split()).count("makesoneatthefirststart") == 1
    # Only a word that has no room at all stands out.
    assert not [line for line in narrow.splitlines() if len(line) > width and len(line.split()) > 3]


def test_a_pipe_gets_whole_lines(newcomer: Program) -> None:
    lines = newcomer("doctor", width=30).out.splitlines()
    [libraries] = [line for line in lines if line.startswith("ok       libraries  ")]
    assert all(library in libraries for library in LIBRARIES)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_colours_are_given_on_request_only(newcomer: Program, encoding: str) -> None:
    assert "\x1b[" not in newcomer("doctor", tty=True, encoding=encoding, NO_COLOR="1").out
    assert "\x1b[" in newcomer("doctor", tty=True, encoding=encoding).out


def test_a_damaged_store_hides_nothing_else(aos: Program) -> None:
    aos("eval", "alice", "1")
    store = aos.home / "store.sqlite"
    store.write_bytes(b"\xff" * 8192)
    found = findings(aos, "--deep", status=6)
    assert "store.sqlite is damaged" in problem(found)["text"]
    assert found["lua"][0]["state"] == "ok"
    assert store.read_bytes() == b"\xff" * 8192


def test_a_changed_log_is_found_by_a_deep_look_only(aos: Program) -> None:
    aos("eval", "alice", "1")
    aos("eval", "bob", "1")
    with closing(sqlite3.connect(aos.home / "store.sqlite")) as connection, connection:
        connection.execute("UPDATE slot SET timestamp_ms = timestamp_ms + 1 WHERE key = (1 << 32) | 1")
    findings(aos)
    found = findings(aos, "--deep", status=6)
    assert problem(found)["text"].startswith("Slot 1 of ")
    assert "are right, 2 slots" in found["log"][-1]["text"]


def test_waiting_slots_are_noted(aos: Program) -> None:
    aos("eval", "alice", "1")
    with closing(sqlite3.connect(aos.home / "store.sqlite")) as connection, connection:
        connection.execute("UPDATE process SET evaluated = 1")
    assert findings(aos)["store"][1]["text"] == "waiting for a result: 1 slot"


def test_a_wallet_that_cannot_be_used_is_a_problem(newcomer: Program) -> None:
    newcomer.home.mkdir()
    (newcomer.home / "wallet.json").write_text("no key")
    found = findings(newcomer, status=4)
    assert problem(found)["area"] == "wallet"


def test_a_private_key_that_others_can_read_is_noted(aos: Program) -> None:
    (aos.home / "wallet.json").chmod(0o644)
    [_, note] = findings(aos)["wallet"]
    assert note["state"] == "note"
    assert note["hint"] == f"chmod 600 {aos.home / 'wallet.json'}"


def test_lost_keys_of_a_node_are_a_problem(aos: Program) -> None:
    aos("eval", "alice", "1")
    (aos.home / "node" / "messenger.json").unlink()
    found = findings(aos, "--deep", status=4)
    assert "messenger.json is missing" in problem(found)["text"]
    assert found["store"][0]["state"] == "ok"
    assert not (aos.home / "node" / "messenger.json").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [("[shell]\nformat = 7\n", "config.toml:2"), ("[shell", "config.toml:1"), ("[shell]\nfromat = 7", "shell.fromat")],
)
def test_a_wrong_file_of_settings_hides_nothing_else(aos: Program, content: str, said: str) -> None:
    aos("eval", "alice", "1")
    (aos.home / "config.toml").write_text(content)
    found = findings(aos, status=2)
    assert said in problem(found)["text"]
    assert found["wallet"][0]["text"].startswith("default, ")
    assert "1 process, 2 slots" in found["store"][0]["text"]


def test_a_node_that_does_not_exist_is_a_problem_of_the_settings(aos: Program) -> None:
    found = findings(aos, status=2, AOS_NODE="mars")
    assert problem(found)["area"] == "settings"
    assert "there is no node mars" in problem(found)["text"]


def test_every_node_is_looked_at(aos: Program) -> None:
    aos("config", "set", "nodes.test.store", "other")
    assert aos("--node", "test", "eval", "alice", "1").status == 0
    nodes = [record["text"] for record in findings(aos, AOS_NODE="test")["node"]]
    assert [text.partition(":")[0] for text in nodes] == ["local", "test, which is used now"]


def test_a_misspelt_variable_is_noted(aos: Program) -> None:
    [note, _] = findings(aos, AOS_WALET="tester")["settings"]
    assert note["text"] == "aos does not read the variable AOS_WALET"
    assert note["hint"] == "Did you mean AOS_WALLET?"


def test_a_home_that_is_a_file_is_a_problem(newcomer: Program) -> None:
    newcomer.home.write_text("")
    ended = newcomer("doctor", "--json")
    assert ended.status in (2, 6)
    assert "cannot be looked into" in ended.err or "is no folder" in ended.out


def test_folders_that_others_can_write_to_are_noted(aos: Program) -> None:
    aos.home.chmod(0o777)
    assert findings(aos)["home"][0]["hint"] == f"chmod go-w {aos.home}"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"NO_COLOR": "1"}, "colours off: NO_COLOR is set"),
        ({"FORCE_COLOR": "1"}, "colours on: FORCE_COLOR is set"),
        ({}, "colours off: standard output is no terminal"),
    ],
)
def test_the_reason_for_colours_is_said(newcomer: Program, variables: dict[str, str], said: str) -> None:
    assert said in [record["text"] for record in findings(newcomer, **variables)["terminal"]]


def test_the_option_is_a_reason_as_well(newcomer: Program) -> None:
    assert "colours on: --color says always" in newcomer("--color", "always", "doctor", "--json").out


def test_programs_that_are_not_there_are_noted(newcomer: Program) -> None:
    found = findings(newcomer, PATH="/nowhere", EDITOR="no-such-editor -w", PAGER="no-such-pager")
    assert found["editor"][0]["text"] == "no-such-editor was not found"
    assert found["pager"][0]["state"] == "note"


def test_no_passphrase_is_asked_for_and_no_secret_is_shown(aos: Program) -> None:
    key = (aos.home / "wallet.json").read_text()
    aos.write("pass", "secret words\n")
    aos("wallet", "new", "locked", "--type", "ed25519", "--passphrase-file", "pass")
    ended = aos("doctor", "--json", AOS_WALLET="locked")
    assert ended.status == 0
    assert "protected by a passphrase" in ended.out
    assert re.search(r'"d": ?"([^"]+)"', key)[1] not in ended.out  # type: ignore[index] # the key has it


def test_the_libraries_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [re.match(r"[\w-]+", line)[0] for line in project["dependencies"]] == list(LIBRARIES)  # type: ignore[index]
