from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from program import NOWHERE, ROOT, Ended, Program

from aos_cli.settings import SETTINGS, shown_value

README = (ROOT / "README.md").read_text("utf-8")


def config_of(aos: Program) -> Path:
    return aos.home / "config.toml"


def write_config(aos: Program, text: str) -> Path:
    aos.home.mkdir(exist_ok=True)
    config_of(aos).write_text(text)
    return config_of(aos)


def listed(aos: Program, *before: str, **variables: str) -> dict[str, tuple[object, str]]:
    """What `aos config list` says: name -> value and origin."""
    rows = aos(*before, "config", "list", "--json", **variables).json
    return {row["name"]: (row["value"], row["from"]) for row in rows}


def assert_wrong(ended: Ended, message: str, hint: str = "") -> None:
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"aos: {message}")
    assert hint in ended.err
    assert len(ended.err.splitlines()) <= 2


@pytest.mark.parametrize("words", [["config"], ["config", "list"]])
def test_settings_are_listed_with_their_origins(newcomer: Program, words: list[str]) -> None:
    write_config(newcomer, "\n[shell]\nformat = 'json'\n")
    newcomer.write("aos.toml", "[shell]\ntiming = true\n")
    lines = newcomer(*words, AOS_NODE="local").out.splitlines()
    found = {words[0]: words[1:] for words in map(str.split, lines) if len(words) == 3}
    assert found["shell.format"] == ["json", f"{config_of(newcomer)}:3"]
    assert found["shell.timing"] == ["true", "aos.toml:2"]
    assert found["node.default"] == ["local", "AOS_NODE"]
    assert found["shell.max-items"] == ["50", "default"]
    assert newcomer.files() == {"aos", "aos/config.toml", "user/aos.toml"}


def test_every_setting_is_listed_for_programs(newcomer: Program) -> None:
    newcomer.write("aos.toml", "[alias]\nb = 'Balances'\n")
    # An empty variable is none.
    newcomer.variables.update(dict.fromkeys(NOWHERE, ""))
    assert listed(newcomer) == {
        **{setting.name: (setting.default, "default") for setting in SETTINGS},
        "alias.b": ("Balances", "aos.toml:2"),
    }
    assert newcomer("--color", "always", "config", "list", "--json").json[4] == {
        "name": "shell.color", "value": "always", "from": "--color",
    }  # fmt: skip


def test_a_value_is_set_shown_and_unset(newcomer: Program) -> None:
    ended = newcomer("config", "set", "format", "json")
    assert (ended.status, ended.out) == (0, "")
    assert ended.err == f"shell.format is json in {config_of(newcomer)}\n"
    assert newcomer("config", "get", "shell.format").out == "json\n"
    assert newcomer("config", "unset", "format").status == 0
    assert newcomer("config", "get", "format").out == "pretty\n"
    again = newcomer("config", "unset", "format")
    assert (again.status, again.err) == (0, f"aos: shell.format is not in {config_of(newcomer)}\n")


def test_a_value_may_begin_with_a_dash_and_be_empty(newcomer: Program) -> None:
    newcomer("config", "set", "prompt", "-> ")
    assert newcomer("config", "get", "prompt").out == "-> \n"
    newcomer("config", "set", "prompt", "")
    assert listed(newcomer)["shell.prompt"][0] == ""


def test_a_stronger_word_is_told(newcomer: Program) -> None:
    newcomer.write("aos.toml", "shell.format = 'lua'\n")
    ended = newcomer("config", "set", "format", "json")
    assert ended.err.splitlines()[1:] == ["aos: here aos.toml:1 says lua"]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["set", "formt", "json"], "There is no setting formt", "Did you mean format?"),
        (["set", "format", "jsn"], "aos config set: shell.format must be pretty, lua", "Did you mean json?"),
        (["set", "default", "x"], "default may be node.default or", "whole name"),
        (["set", "nodes.local.store", "x"], "There is no setting nodes.local.store", "another name"),
        (["get", "nothing"], "There is no setting nothing", ""),
        (["unset", "nothing"], "There is no setting nothing", ""),
        (["edit"], "An editor needs a terminal", "aos config set NAME VALUE"),
        (["set", "format"], "Missing argument 'VALUE'", "aos config set --help"),
        (["lst"], "No such command 'lst'", ""),
    ],
)
def test_wrong_words_change_nothing(newcomer: Program, words: list[str], message: str, hint: str) -> None:
    assert_wrong(newcomer("config", *words), message, hint)
    assert newcomer.files() == set()


def test_a_wrong_file_stops_every_command_and_can_be_mended(aos: Program) -> None:
    file = write_config(aos, "[shell]\nformat = 'jsn'\n[limits]\ncomptue = 1\n")
    for words in (["config"], ["ps"], ["eval", "alice", "1"], ["run", "-"]):
        assert_wrong(aos(*words), f"{file}:2: shell.format must be", "Did you mean json?")
    assert aos("config", "path").out == f"{file}\n"
    ended = aos("config", "set", "format", "json")
    assert ended.status == 0
    assert f"{file}:4: there is no setting limits.comptue" in ended.err
    assert aos("config", "unset", "limits.comptue").status == 0
    assert aos("config", "get", "format").out == "json\n"


def test_what_is_no_toml_is_left_alone(newcomer: Program) -> None:
    file = write_config(newcomer, "[shell\n")
    assert_wrong(newcomer("config", "set", "format", "json"), f"{file}:1 is not TOML")
    assert file.read_text() == "[shell\n"


def test_another_file_is_made_and_used(newcomer: Program) -> None:
    assert_wrong(newcomer("--config", "my.toml", "ps"), "--config: there is no file my.toml", "config set NAME VALUE")
    assert newcomer("--config", "my.toml", "config", "set", "timing", "on").status == 0
    assert listed(newcomer, "--config", "my.toml")["shell.timing"] == (True, "my.toml:2")
    assert listed(newcomer, AOS_CONFIG="my.toml")["shell.timing"] == (True, "my.toml:2")
    assert listed(newcomer)["shell.timing"] == (False, "default")


def test_colours_follow_the_settings(aos: Program) -> None:
    aos("eval", "alice", "1")
    assert "\x1b[" not in aos("ps", tty=False).out
    aos("config", "set", "color", "always")
    assert "\x1b[" in aos("ps").out
    assert "\x1b[" not in aos("--color", "never", "ps").out


def test_limits_of_a_project_are_in_the_log_of_new_processes(aos: Program) -> None:
    aos.write("aos.toml", "[limits]\ncompute = 5000\n")
    ended = aos("eval", "alice", "for i = 1, 1e6 do end")
    assert ended.status == 1
    assert "limit" in ended.err
    aos.write("aos.toml", "")
    assert aos("eval", "alice", "for i = 1, 1e6 do end").status == 1
    assert aos("eval", "bob", "for i = 1, 1e6 do end").status == 0


# Nodes


def test_a_node_of_a_project_has_a_store_and_keys_of_its_own(aos: Program) -> None:
    aos.write("aos.toml", "node.default = 'here'\n[nodes.here]\nstore = '.aos'\n")
    assert aos("eval", "alice", "x = 1").status == 0
    store = aos.cwd / ".aos"
    assert {"store.sqlite", "node"} <= {entry.name for entry in store.iterdir()}
    assert [process["name"] for process in aos.processes()] == ["alice"]
    assert aos("--node", "local", "ps", "--json").json == []
    assert not (aos.home / "store.sqlite").exists()
    inside = aos.cwd / "deeper"
    inside.mkdir()
    aos.cwd = inside
    assert [process["name"] for process in aos.processes()] == ["alice"]
    assert not (inside / ".aos").exists()


def test_a_part_of_a_projects_node_is_not_kept_as_a_section_that_hides_the_rest(aos: Program) -> None:
    somebody = "a" * 43
    aos.write("aos.toml", f"[nodes.ours]\nurl = 'http://127.0.0.1:9'\nmodule = '{somebody}'\n")
    for name, value in {"nodes.ours.authority": somebody, "nodes.ours.url": "http://127.0.0.1:8"}.items():
        ended = aos("config", "set", name, value)
        assert_wrong(ended, "A section [nodes.ours] of your own would hide the one of the project", "aos config edit")
    assert not (aos.home / "config.toml").exists()
    assert aos("config", "set", "nodes.mine.url", "http://127.0.0.1:8").status == 0
    # A section that is there is the user's own.
    write_config(aos, "[nodes.ours]\nurl = 'http://127.0.0.1:7'\n")
    assert aos("config", "set", "nodes.ours.authority", somebody).status == 0
    write_config(aos, f"[nodes.ours]\nauthority = '{somebody}'\n")
    ended = aos("--node", "ours", "ps")
    assert_wrong(ended, "The node ours has neither", "Your section [nodes.ours] hides the one of the project")


def test_a_node_is_chosen_by_variable_and_option(aos: Program) -> None:
    write_config(aos, "[nodes.one]\nstore = 'one'\n[nodes.two]\nstore = 'two'\n")
    aos("eval", "alice", "1", AOS_NODE="one")
    assert (aos.home / "one" / "store.sqlite").exists()
    aos("--node", "two", "eval", "alice", "1", AOS_NODE="one")
    assert (aos.home / "two" / "store.sqlite").exists()
    assert "There is no process nobody on the two node" in aos("--node=two", "log", "nobody").err


def test_looking_at_a_new_node_makes_nothing(aos: Program) -> None:
    write_config(aos, "[nodes.one]\nstore = 'one'\n")
    assert aos("--node", "one", "ps").status == 0
    assert not (aos.home / "one").exists()


@pytest.mark.parametrize("words", [["ps"], ["eval", "alice", "1"]])
def test_a_node_that_nobody_described_makes_nothing(newcomer: Program, words: list[str]) -> None:
    assert_wrong(newcomer("--node", "moon", *words), "--node: there is no node moon", "Known: local")
    assert_wrong(newcomer(*words, AOS_NODE="moon"), "AOS_NODE: there is no node moon", "Known: local")
    assert newcomer.files() == set()


def test_a_node_may_be_chosen_before_it_is_described(newcomer: Program) -> None:
    ended = newcomer("config", "set", "node.default", "moon")
    assert ended.status == 0
    assert "there is no node moon" in ended.err
    assert newcomer("config", "set", "nodes.moon.store", "far").status == 0
    assert listed(newcomer)["nodes.moon.store"][0] == str(newcomer.cwd / "far")
    assert newcomer("ps").status == 0


# Wallet and module


def test_a_wallet_is_named_by_variable(aos: Program) -> None:
    (aos.home / "wallet.json").rename(aos.cwd / "other.json")
    (aos.cwd / "other.json").chmod(0o600)
    assert aos("eval", "alice", "1 + 1", AOS_WALLET="./other.json").out == "2\n"
    assert not (aos.home / "wallet.json").exists()


def test_a_key_in_the_place_of_its_file_is_not_shown(aos: Program) -> None:
    key = (aos.home / "wallet.json").read_text()
    ended = aos("ps", AOS_WALLET=key)
    assert ended.status == 2
    assert ended.err.startswith("aos: AOS_WALLET: wallet.default must be the name or the file of a wallet")
    assert key[20:60] not in ended.err


def test_the_module_of_new_processes_is_set(aos: Program) -> None:
    aos("eval", "alice", "1")
    [alice] = aos.processes()
    assert aos("eval", "bob", "1", AOS_MODULE=alice["module"]).status == 0
    assert aos("eval", "eve", "1", AOS_MODULE="m" * 43).status == 3
    assert [process["name"] for process in aos.processes()] == ["alice", "bob"]


# Around it


def test_the_terminal_is_safe_from_what_a_project_says(newcomer: Program) -> None:
    newcomer.write("aos.toml", '[alias]\nb = "\\u001b]0;owned\\u0007 \\u202e"\n')
    for words in (["config"], ["config", "get", "alias.b"]):
        assert not {"\x1b", "\x07", "\u202e"} & set(newcomer(*words).out)


@pytest.mark.parametrize("width", [1, 20, 300])
def test_the_list_loses_nothing_in_any_window(newcomer: Program, width: int) -> None:
    assert newcomer("config", width=width, encoding="ascii").out == newcomer("config", width=100).out


def test_settings_without_files_load_no_toml(newcomer: Program) -> None:
    program = "import sys; from aos_cli.cli.main import main\ntry: main()\nfinally: print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, "ps"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **newcomer.variables},
        cwd=newcomer.cwd, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "aos_cli.settings.files" in done.stdout.split()
    assert not {"tomllib", "tomlkit"} & set(done.stdout.split())


def test_readme_has_every_setting_with_its_default() -> None:
    row = r"^\| `((?:shell|node|wallet|module|legacynet)\.[a-z-]+)` \| (?:`(\S+)`)? ?\|"
    rows = dict(re.findall(row, README, re.MULTILINE))
    shown = {setting.name: shown_value(setting.default) for setting in SETTINGS if setting.name[:6] != "limits"}
    assert rows == shown
    for setting in SETTINGS:
        assert f"`{setting.name}`" in README
        if setting.variable:
            assert f"`{setting.variable}`" in README


def test_readmes_names_are_read(newcomer: Program) -> None:
    [block] = re.findall(r"<!-- names -->\n```toml\n(.*?)```", README, re.DOTALL)
    file = write_config(newcomer, block)
    assert listed(newcomer)["alias.balances"] == ("Balances", f"{file}:2")
    assert listed(newcomer)["nodes.testing.store"] == (str(newcomer.home / "testing"), f"{file}:5")
