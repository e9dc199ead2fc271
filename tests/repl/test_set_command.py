"""`.set` in a true terminal, and the settings file in the user's editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Terminal

from aos_cli.wallet import generate_ed25519, save_wallet


def test_settings_are_listed_with_their_origins(terminal: Terminal) -> None:
    lines = terminal.ask(".set").splitlines()
    assert ["shell.format", "pretty", "default"] in [line.split() for line in lines]
    assert ["shell.startup", "(empty)", "default"] in [line.split() for line in lines]


def test_a_setting_is_changed_for_the_session(terminal: Terminal, home: Path) -> None:
    assert terminal.ask(".set format json") == "shell.format is json  (.set)"
    assert terminal.ask(".set format").splitlines() == [
        "shell.format is json  (.set)",
        "  How values are shown.",
        "  It takes pretty, lua, json, raw or table.",
    ]
    assert terminal.ask(".set --reset format") == "shell.format is pretty  (default)"
    assert not (home / "config.toml").exists()


def test_a_setting_is_kept(terminal: Terminal, open_terminal: Open, home: Path) -> None:
    (home / "config.toml").write_text("# mine\n")
    shown = terminal.ask(".set --save max-items 7").splitlines()
    assert shown[0].startswith("shell.max-items is 7 in ")
    assert shown[1] == "shell.max-items is 7  (.set)"
    assert (home / "config.toml").read_text() == "# mine\n\n[shell]\nmax-items = 7\n"
    assert "shell.max-items is 7  (aos/config.toml:4)" in open_terminal("bob").ask(".set max-items", "bob")


def test_quotes_keep_blanks(terminal: Terminal) -> None:
    terminal.ask('.set alias.hi "a" .. "b"')
    assert terminal.ask(".set alias.hi").splitlines()[0] == 'alias.hi is "a" .. "b"  (.set)'
    terminal.ask(".set alias.hi 'a b  '")
    assert terminal.ask(".set alias.hi").splitlines()[0] == "alias.hi is a b    (.set)"


def test_a_prompt_of_ones_own_says_what_it_names(open_terminal: Open, bob: None) -> None:
    terminal = open_terminal("--wallet", "bob")
    terminal.wait_for_prompt()
    terminal.enter(".set prompt {wallet} {inbox}/{unread} {slot}> ")
    terminal.wait_until(lambda: terminal.typed == "bob 1/0 0>", "a prompt")
    terminal.enter("Send({Target = ao.id, Data = 'x'})")
    terminal.wait_until(lambda: terminal.typed == "bob 2/1 2>", "a prompt of now")


@pytest.fixture
def bob(home: Path) -> None:
    """Another wallet of the user's, called bob."""
    save_wallet(home / "wallets" / "bob.json", generate_ed25519())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (".set formt json", "There is no setting formt\n  Did you mean format?"),
        (".set format jsn", ".set: shell.format must be pretty, lua, json, raw or table, not 'jsn'"),
        (".set node.default x", "node.default is only asked for when aos starts\n  `.set --save node.default x` keeps"),
        (".set --save format", ".set --save shell.format needs a value\n  It takes pretty"),
        (".set --reset", ".set --reset needs the name of a setting"),
        (".set --reset format json", ".set --reset takes a name only"),
    ],
)
def test_what_is_wrong_is_told(terminal: Terminal, home: Path, line: str, said: str) -> None:
    assert terminal.ask(line).startswith(said)
    assert not (home / "config.toml").exists()


def test_the_next_start_is_set_by_keeping(terminal: Terminal, home: Path) -> None:
    assert terminal.ask(".set --save node.default x") == "node.default is x in aos/config.toml from the next start"
    assert (home / "config.toml").read_text() == '[node]\ndefault = "x"\n'
    assert terminal.ask(".set node.default").startswith("node.default is local  (default)")


def test_colours_change_at_once(terminal: Terminal) -> None:
    terminal.ask(".set color never")
    before = len(terminal.raw)
    terminal.ask(".set")
    assert b"\x1b[2m" not in terminal.raw[before:]
    terminal.ask(".set color always")
    before = len(terminal.raw)
    terminal.ask(".set")
    assert b"\x1b[2m" in terminal.raw[before:]


def test_the_project_and_the_node_are_named(open_terminal: Open, tmp_path: Path) -> None:
    (tmp_path / "aos.toml").write_text("node.default = 'here'\n[nodes.here]\nstore = '.aos'\n")
    terminal = open_terminal()
    terminal.wait_for_prompt()
    assert "On the here node." in terminal.text
    assert "Settings of the project hold: aos.toml; .set lists them." in terminal.text
    assert terminal.ask(".set node.default").startswith("node.default is here  (aos.toml:1)")


def test_the_file_is_edited_and_checked(open_terminal: Open, home: Path, tmp_path: Path) -> None:
    editor = tmp_path / "my editor"
    editor.write_text('#!/bin/sh\ncp "$1" seen.toml; printf \'[shell]\\nformat = 1\\n\' > "$1"\n')
    editor.chmod(0o755)
    terminal = open_terminal("config", "edit", variables={"VISUAL": f"'{editor}'"})
    assert terminal.wait_for_end() == 2
    assert "config.toml:2: shell.format must be pretty, lua, json, raw or table, not 1" in terminal.text
    assert (tmp_path / "seen.toml").read_text().startswith("# Settings of aos.")
    assert (home / "config.toml").read_text() == "[shell]\nformat = 1\n"
