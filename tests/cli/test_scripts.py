"""The program without a person in front of it: how much it says, entry by entry, in time, and where little works."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from program import ROOT, Ended, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

SENDING = "Send({Target = ao.id, Action = 'Note'}) return 1"


def from_a_shell(aos: Program, command: str, words: Sequence[str] = ()) -> Ended:
    """Runs a line of `sh` in which `aos` is the program; `"$@"` are the words."""
    function = f'aos() {{ {shlex.quote(sys.executable)} -m aos_cli "$@"; }}\n'
    done = subprocess.run(
        ["/bin/sh", "-c", function + command, "sh", *words],
        cwd=aos.cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **aos.variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


# How much is said: R25 of what users expect


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet_leaves_the_results_alone(aos: Program, flag: str) -> None:
    loud = aos("eval", "alice", SENDING)
    assert "spawned the process alice" in loud.err
    assert "→ alice  Note" in loud.err
    quiet = aos(flag, "eval", "bob", SENDING)
    assert (quiet.status, quiet.err) == (0, "")
    assert quiet.out.splitlines()[0] == "1"
    assert aos(flag, "eval", "--dry-run", "bob", "x = 1 return 2") == Ended(0, "2\n", "")
    assert aos(flag, "wallet", "new", "other", "--type", "ed25519").err == ""


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["eval", "alice", "error('no')"], 1, "error: line 1: no"),
        (["eval", "--dry-run", "alice", "error('no')"], 1, "error: line 1: no"),
        (["inbox", "nobody"], 3, "aos: There is no process nobody"),
        (["log", "alice", "--jsno"], 2, "aos: No such option"),
    ],
)
def test_quiet_does_not_hide_errors(aos: Program, words: list[str], status: int, told: str) -> None:
    aos("eval", "alice", "1")
    ended = aos("-q", *words)
    assert (ended.status, ended.out) == (status, "")
    assert ended.err.startswith(told)


def test_verbose_says_which_files_are_used_and_what_took_how_long(aos: Program) -> None:
    aos.write("config.toml", "[limits]\nfollow = 9\n")
    ended = aos("-v", "--config", "config.toml", "eval", "--json", "alice", SENDING)
    first, *others = ended.json
    told = ended.err.splitlines()
    assert "aos: settings config.toml" in told
    assert any(line.startswith("aos: wallet ") and line.endswith(first["from"]) for line in told)
    assert any(line.startswith("aos: node local, store ") and line.endswith("store.sqlite") for line in told)
    costs = [line for line in told if line.endswith(" instructions")]
    assert [line.split(":")[1].strip() for line in costs] == [f"alice slot {r['slot']}" for r in (first, *others)]
    assert f"{first['instructions']:,} instructions" in costs[0]


def test_verbose_says_what_an_error_came_from(aos: Program) -> None:
    (aos.home / "store.sqlite").write_bytes(b"this is no database" * 1000)
    assert "because of" not in aos("ps").err
    ended = aos("-v", "ps")
    assert (ended.status, ended.out) == (6, "")
    assert "     because of DatabaseError SQLITE_NOTADB: file is not a database\n" in ended.err


def test_a_key_is_never_among_the_details(aos: Program) -> None:
    secret = json.loads((aos.home / "wallet.json").read_text())["d"]
    assert secret not in aos("-v", "eval", "alice", SENDING).err


def test_quiet_and_verbose_exclude_each_other(newcomer: Program) -> None:
    ended = newcomer("-q", "-v", "ps")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("aos: --quiet and --verbose do not go together\n")


def test_the_flags_stand_in_front(newcomer: Program) -> None:
    assert newcomer("ps", "-q").err.startswith("aos: -q stands in front of the command or the name\n")


# Entry by entry: R18 and R19

ENTRIES = """\
-- a comment is no message

x = 1
function f()
  return x + 1
end
f()
error("no")
x = 10
f()
"""


def test_each_entry_is_a_message_of_its_own(aos: Program) -> None:
    ended = aos("eval", "--each", "alice", "-", stdin=ENTRIES.replace('error("no")\n', ""))
    assert (ended.status, ended.out) == (0, "2\n11\n")
    assert aos.processes()[0]["slots"] == 6


@pytest.mark.parametrize(
    ("options", "out", "slots"),
    [([], "2\n", 5), (["--on-error", "stop"], "2\n", 5), (["--on-error", "continue"], "2\n11\n", 7)],
)
def test_an_entry_that_fails_ends_it_or_not(aos: Program, options: list[str], out: str, slots: int) -> None:
    ended = aos("eval", "--each", *options, "alice", "-", stdin=ENTRIES)
    assert (ended.status, ended.out) == (1, out)
    assert "error: line 1: no\n" in ended.err
    assert "aos: what begins in line 8 of standard input failed\n" in ended.err
    assert aos.processes()[0]["slots"] == slots


def test_an_unfinished_last_entry_fails(aos: Program) -> None:
    ended = aos("eval", "--each", "alice", "-", stdin="1\nreturn {\n")
    assert (ended.status, ended.out) == (1, "1\n")
    assert "what begins in line 2 of standard input failed" in ended.err


def test_another_program_reads_an_answer_before_it_writes_on(aos: Program) -> None:
    with aos.start("eval", "--each", "--json", "alice", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(f"return {number} * 2\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["value"] == number * 2
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    "words",
    [["--each", "alice", "1"], ["--each", "--dry-run", "alice", "-"], ["--on-error", "stop", "alice", "1"]],
)
def test_entries_come_from_standard_input(newcomer: Program, words: list[str]) -> None:
    ended = newcomer("eval", *words, stdin="1")
    assert (ended.status, ended.out) == (2, "")
    assert newcomer.files() == set()


# In time


def test_watching_ends_in_time(aos: Program) -> None:
    aos("eval", "alice", "1")
    ended = aos("watch", "alice", "--from", "1", "--count", "5", "--timeout", "0.1", "--json")
    assert (ended.status, [record["slot"] for record in ended.json]) == (124, [1])
    assert ended.err == "aos: Time is up after 0.1 s; slots that came: 1 of 5\n"
    assert aos("watch", "alice", "--from", "1", "--count", "1", "--timeout", "60").status == 0


@pytest.mark.parametrize("words", [["watch", "alice"], ["inbox", "alice", "--wait"]])
@pytest.mark.parametrize("seconds", ["nan", "-1", "soon"])
def test_a_time_that_is_none_is_refused(aos: Program, words: list[str], seconds: str) -> None:
    """No clock ever passes "nan", so the program would wait without end."""
    aos("eval", "alice", "1")
    ended = aos(*words, "--timeout", seconds)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("aos: Invalid value for '--timeout'")


def test_ctrl_c_is_told_in_one_line(aos: Program) -> None:
    aos("eval", "alice", "1")
    with aos.start("watch", "alice", "--from", "0") as watching:
        assert watching.stdout is not None
        watching.stdout.readline()  # it watches now
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
    assert (watching.returncode, err) == (130, "aos: interrupted\n")


# Where little works


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["run", "--help"], ["help", "--man"]])
def test_a_reader_of_help_that_goes_is_no_error(newcomer: Program, words: list[str]) -> None:
    """As `aos --help | head -1`: status and standard error are those of a whole run."""
    ended = from_a_shell(newcomer, '{ aos "$@"; echo $? >&2; } | true', words)
    assert ended.err == "0\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("words", "status", "out"),
    [
        (["eval", "alice", SENDING], 0, "1\n"),
        (["eval", "alice", "error('no')"], 1, ""),
        (["ps", "--jsno"], 2, ""),
        (["inbox", "nobody"], 3, ""),
    ],
)
def test_the_status_is_right_when_nothing_can_be_told(aos: Program, words: list[str], status: int, out: str) -> None:
    aos("eval", "alice", "1")
    ended = from_a_shell(aos, 'aos "$@" 2>/dev/full', words)
    assert ended.status == status
    assert ended.out.startswith(out)


def test_a_blueprint_that_does_not_fit_is_not_half_there(newcomer: Program) -> None:
    ended = from_a_shell(newcomer, "ulimit -f 0; aos blueprint save --to b")
    assert (ended.status, ended.out) == (6, "")
    place = newcomer.cwd / "b" / "chatroom.lua"
    assert ended.err == f"aos: {place} cannot be written: File too large\n     --to names another folder\n"
    assert newcomer.files() == {"user/b"}


def test_a_store_that_cannot_grow_says_where_to_look(aos: Program) -> None:
    aos("eval", "alice", "1")
    ended = from_a_shell(aos, "ulimit -f 0; aos eval alice 2")
    assert (ended.status, ended.out) == (6, "")
    assert ended.err.count("\n") == 2
    assert "The disk may be full, failing or read-only; `aos doctor` looks" in ended.err
    assert aos("eval", "alice", "return 3").out == "3\n"


def test_damage_is_told_in_one_line(aos: Program) -> None:
    aos("eval", "alice", "return 1")
    store = aos.home / "store.sqlite"
    content = bytearray(store.read_bytes())
    content[4096 * 4 : 4096 * 12] = b"\xff" * 4096 * 8
    store.write_bytes(content)
    for ended in (aos("ps"), aos("eval", "alice", "1")):
        assert ended.status == 6
        assert [line[:5] for line in ended.err.splitlines()] == ["aos: ", "     "]
    assert all(finding["text"].count("\n") == 0 for finding in aos("doctor", "--json").json)


@pytest.mark.parametrize(
    "words",
    [
        ["ps", "--json"], ["log", "alice", "--json"], ["inbox", "alice", "--json"], ["show", "alice", "1", "--json"],
        ["trace", "alice", "1", "--json"], ["watch", "alice", "--from", "0", "--count", "2", "--json"],
        ["eval", "--dry-run", "--json", "alice", "x = 1 return x"],
    ],
)  # fmt: skip
def test_a_read_only_home_can_be_looked_at(aos: Program, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """As one that a job gets from an earlier one. SQLite would put files beside the store."""
    aos("eval", "alice", SENDING)

    def beside() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in aos.home.rglob("*") if path.is_file()}

    before = beside()
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode, **how: mode != os.W_OK and may(path, mode, **how))
    ended = aos("-v", *words)
    assert (ended.status, ", read only\n" in ended.err) == (0, True), ended.err
    assert ended.json
    assert beside() == before


def test_twenty_jobs_at_once_lose_nothing(aos: Program) -> None:
    counting = "'Count = (Count or 0) + 1 return Count'"
    ended = from_a_shell(aos, f"for job in $(seq 20); do aos -q eval tally {counting} & done; wait")
    assert sorted(map(int, ended.out.split())) == list(range(1, 21)), ended.err
    assert [process["name"] for process in aos.processes()] == ["tally"]
