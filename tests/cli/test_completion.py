"""`aos completion`, through click's machinery and in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect  # type: ignore[import-untyped] # has no types
import pytest
from program import ROOT, Program

from aos_cli.cli.main import COMMAND_NAMES

Complete = Callable[..., list[str]]


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> Complete:
    """What is offered for the last of some words."""

    def complete(aos: Program, *words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", "\n".join(["aos", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        ended = aos(_AOS_COMPLETE="bash_complete")
        assert (ended.status, ended.err) == (0, "")
        return [line.removeprefix("plain,") for line in ended.out.splitlines() if line]

    return complete


def test_a_first_word_is_a_command_or_a_process(aos: Program, complete: Complete) -> None:
    aos("eval", "alice", "1")
    assert complete(aos, "") == [*COMMAND_NAMES, "alice"]
    assert complete(aos, "al") == ["alice"]
    assert "run" in complete(aos, "r")
    assert complete(aos, "--color", "never", "al") == ["alice"]


def test_options_of_the_program_and_of_opening_stand_in_front(aos: Program, complete: Complete) -> None:
    assert complete(aos, "--no") == ["--node"]
    assert complete(aos, "--wa") == ["--wallet"]
    assert complete(aos, "eval", "--dry") == ["--dry-run", "--dryrun"]


def test_what_serving_takes_is_completed(newcomer: Program, complete: Complete) -> None:
    assert complete(newcomer, "node", "") == ["serve"]
    assert complete(newcomer, "node", "serve", "--po") == ["--port", "--ports"]
    assert complete(newcomer, "node", "serve", "--host", "l") == ["localhost"]


@pytest.mark.parametrize("command", ["open", "eval", "inbox", "log", "trace", "show"])
def test_a_process_is_completed_by_name_and_by_id(aos: Program, complete: Complete, command: str) -> None:
    aos("eval", "alice", "1")
    aos("eval", "bob", "1")
    assert complete(aos, command, "") == ["alice", "bob"]
    # An id may begin with the same letter.
    assert [word for word in complete(aos, command, "b") if len(word) < 43] == ["bob"]
    # The beginning of an id that begins with a dash is taken for an option.
    for found in [process["id"] for process in aos.processes() if not process["id"].startswith("-")]:
        assert complete(aos, command, found[:8]) == [found]


def test_processes_of_other_owners_are_completed_by_id_only(aos: Program, complete: Complete) -> None:
    aos("wallet", "new", "tester", "--type", "ed25519")
    aos("eval", "--wallet", "tester", "theirs", "1")
    assert "theirs" not in complete(aos, "")
    assert complete(aos, "--wallet", "tester", "th") == ["theirs"]


def test_names_that_a_shell_would_take_apart_are_not_offered(aos: Program, complete: Complete) -> None:
    names = ["two words", "a;reboot", "$(reboot)", "*", "a,b", "plain", "größer-als_1.2"]
    for name in names:
        assert aos("eval", name, "1").status == 0
    assert complete(aos, "eval", "") == ["plain", "größer-als_1.2"]


def test_nothing_is_made_by_looking(newcomer: Program, complete: Complete) -> None:
    assert complete(newcomer, "") == list(COMMAND_NAMES)
    assert complete(newcomer, "--wallet", "x") == ["file,x"]
    assert newcomer.files() == set()


def test_what_is_broken_is_not_offered_and_not_complained_of(aos: Program, complete: Complete) -> None:
    aos("eval", "alice", "1")
    (aos.home / "config.toml").write_text("[shell")
    assert complete(aos, "eval", "") == []
    (aos.home / "config.toml").unlink()
    (aos.home / "store.sqlite").write_bytes(b"\xff" * 8192)
    assert complete(aos, "eval", "") == []


def test_files_and_folders_are_left_to_the_shell(aos: Program, complete: Complete) -> None:
    assert complete(aos, "run", "cou") == ["file,cou"]
    assert complete(aos, "run", "counter.lua", "") == ["file,"]
    assert complete(aos, "--load", "x") == ["file,x"]
    assert complete(aos, "--home", "x") == ["dir,x"]


def test_wallets_are_completed(aos: Program, complete: Complete) -> None:
    aos("wallet", "new", "tester", "--type", "ed25519")
    assert complete(aos, "--wallet", "") == ["default", "tester"]
    assert complete(aos, "wallet", "show", "te") == ["tester"]
    assert complete(aos, "wallet", "new", "te") == []


def test_settings_are_completed_with_their_values(aos: Program, complete: Complete) -> None:
    assert complete(aos, "config", "set", "shell.fo") == ["shell.format"]
    assert complete(aos, "config", "set", "shell.format", "") == ["pretty", "lua", "json", "raw", "table"]
    assert complete(aos, "config", "set", "shell.timing", "t") == ["true"]
    assert complete(aos, "config", "set", "wallet.default", "d") == ["default"]
    assert complete(aos, "config", "set", "no.setting", "") == []


def test_nodes_are_completed_with_and_without_an_equals_sign(aos: Program, complete: Complete) -> None:
    aos("config", "set", "nodes.test.store", "other")
    assert complete(aos, "--node", "") == ["local", "legacynet", "test"]
    # bash makes words of their own of `=` and what is around it.
    assert complete(aos, "--node", "=", "te") == ["test"]
    assert complete(aos, "--node", "=", "test", "run", "x") == ["file,x"]


def test_blueprints_choices_topics_and_subcommands_are_completed(aos: Program, complete: Complete) -> None:
    assert complete(aos, "blueprint", "show", "tok") == ["token"]
    assert complete(aos, "--color", "a") == ["auto", "always"]
    assert complete(aos, "help", "ke") == ["keys"]
    assert complete(aos, "wallet", "im") == ["import"]
    assert complete(aos, "completion", "") == ["bash", "zsh", "fish"]


def test_a_question_of_nobody_ends_with_a_failure(newcomer: Program) -> None:
    assert newcomer(_AOS_COMPLETE="tcsh_complete").status == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_how_to_install_it_at_a_terminal(newcomer: Program, shell: str) -> None:
    ended = newcomer("completion", shell, tty=True)
    assert f"_AOS_COMPLETE={shell}_complete" in ended.out
    assert ended.err.startswith(("eval", "aos completion fish >"))
    assert ended.err.count("\n") == 1
    assert newcomer("completion", shell).err == ""
    assert newcomer(_AOS_COMPLETE=f"{shell}_source").out == newcomer("completion", shell).out


# Real shells


@pytest.fixture
def installed(aos: Program, tmp_path: Path) -> dict[str, str]:
    """Variables of a shell in which `aos` is installed, and a process alice is there."""
    aos("eval", "alice", "1")
    program = tmp_path / "bin" / "aos"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m aos_cli "$@"\n')
    program.chmod(0o755)
    return {**aos.variables, "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "xterm", "LANG": "C.UTF-8"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_gets_its_words(installed: dict[str, str], tmp_path: Path) -> None:
    script = """
        eval "$(aos completion bash)"
        COMP_WORDS=(aos eval al) COMP_CWORD=2
        _aos_completion aos
        echo "${COMPREPLY[@]}"
        complete -p aos
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=installed, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["alice", "complete -o nosort -F _aos_completion aos"]
    assert done.stderr == ""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_tab_key_completes_in_bash(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "counter.lua").write_text("")
    bash = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], env=installed, cwd=str(tmp_path), encoding="utf-8", timeout=20
    )
    try:
        bash.sendline('bind "set enable-bracketed-paste off"; PS1=; eval "$(aos completion bash)"; echo re""ady')
        bash.expect("ready")
        bash.send("echo X; : aos\x15aos run coun\t")
        bash.expect("counter.lua")
        bash.send("\x15aos --wallet default ali\t")
        bash.expect("alice")
    finally:
        bash.close(force=True)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_accept_the_script(installed: dict[str, str], tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    script = "autoload -U compinit; compinit -D; " if shell == "zsh" else ""
    load = 'eval "$(aos completion zsh)"' if shell == "zsh" else "aos completion fish | source"
    done = subprocess.run([shell, "-c", script + load], env=installed, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_word_loads_nothing_that_is_slow_to_load(installed: dict[str, str], tmp_path: Path) -> None:
    """The shell asks at every Tab."""
    asking = {**installed, "_AOS_COMPLETE": "bash_complete", "COMP_WORDS": "aos\nal", "COMP_CWORD": "1"}
    command = [sys.executable, "-X", "importtime", "-m", "aos_cli"]
    done = subprocess.run(command, env=asking, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "plain,alice"
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert loaded & {"prompt_toolkit", "rich", "lupa", "httpx", "werkzeug", "graphql", "waitress", "pygments"} == set()
