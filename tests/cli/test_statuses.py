"""Every exit status by a real run: an error is one sentence on standard error, and nothing was changed by it."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import pytest
from program import Ended, Program

from aos_cli.status import ExitStatus


def assert_refused(ended: Ended, status: ExitStatus) -> None:
    """One sentence on standard error, an indented hint at the most, and nothing on standard output."""
    assert (ended.status, ended.out) == (status, ""), ended.err
    sentence, *hints = ended.err.splitlines()
    assert sentence.startswith("aos: ")
    assert not sentence.endswith(".")
    assert "Traceback" not in ended.err
    assert len(hints) <= 1
    assert all(hint.startswith("     ") for hint in hints)


def test_success_is_0(aos: Program) -> None:
    assert aos("eval", "alice", "1").status == 0


@pytest.mark.parametrize("code", ["error('no')", "x x", "error()", "error({code = 1})", "nothing.field = 1"])
def test_a_lua_error_is_1(aos: Program, code: str) -> None:
    aos("eval", "alice", "1")
    ended = aos("eval", "alice", code)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("error: ")
    aos.write("bad.lua", code)
    assert aos("run", "bad.lua").status == 1
    assert aos("alice", stdin=code).status == 1


WRONG_WORDS = {
    "an unknown option": ["alice", "--lod", "x.lua"],
    "an unknown option of a command": ["ps", "--jsno"],
    "an option of another command": ["ps", "--load", "x.lua"],
    "an extra word": ["alice", "bob"],
    "extra words of a command": ["ps", "alice"],
    "a missing word": ["eval", "alice"],
    "a missing value": ["alice", "--wallet"],
    "a value that is none of the choices": ["--color", "sometimes", "ps"],
    "no number": ["log", "alice", "--count", "many"],
    "a number below 1": ["inbox", "alice", "-n", "0"],
    "a file that is not there": ["alice", "--load", "missing.lua"],
    "data that is not there": ["alice", "--data", "missing.txt"],
    "an unknown option in front": ["--hom", "x", "ps"],
    "an option in front without its value": ["--home"],
    "a lonely flag": ["--hyper", "alice"],
}


@pytest.mark.parametrize("words", WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_a_wrong_word_is_2_and_makes_nothing(newcomer: Program, words: list[str]) -> None:
    assert_refused(newcomer(*words), ExitStatus.USAGE)
    assert newcomer.files() == set()


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["alice", "--lod", "x"], "--load"),
        (["alice", "--walet", "x"], "--wallet"),
        (["ps", "--jsno"], "--json"),
        (["--hom", "x", "ps"], "--home"),
        (["--colour", "never", "ps"], "--color"),
        (["alice", "--home", "x"], "in front"),
        (["eval", "alice", "1", "--color", "never"], "in front"),
        (["alice", "bob"], "aos open --help"),
        (["--run", "1"], "aos eval NAME CODE"),
        (["log", "--list"], "aos ps"),
        (["open", "alice", "--tag-name", "A"], "--tag NAME=VALUE"),
        (["eval", "--cron", "1-hour", "x", "1"], "`aos NAME --cron 10-minutes` makes a process that ticks"),
        (["eval", "--monitor", "x", "1"], "`aos NAME --monitor` has what the ticks of a process send delivered"),
        (["--montior"], "aos open --help"),
        (["log", "alice", "--count"], "aos log --help"),
    ],
)
def test_a_wrong_word_is_answered_by_a_suggestion(newcomer: Program, words: list[str], suggestion: str) -> None:
    assert suggestion in newcomer(*words).err


def test_wrong_configuration_is_2_and_makes_nothing(newcomer: Program) -> None:
    newcomer.home.mkdir()
    (newcomer.home / "config.toml").write_text("[limits]\ncomptue = 1\n")
    ended = newcomer("eval", "alice", "1")
    assert_refused(ended, ExitStatus.USAGE)
    assert "Did you mean compute?" in ended.err
    assert newcomer.files() == {"aos", "aos/config.toml"}


@pytest.mark.parametrize("words", [["inbox", "nobody"], ["log", "nobody"], ["eval", "a" * 43, "1"]])
def test_a_process_that_is_not_there_is_3(aos: Program, words: list[str]) -> None:
    assert_refused(aos(*words), ExitStatus.NODE)
    assert aos.processes() == []


@pytest.mark.parametrize("words", [["inbox", "nobody"], ["log", "a" * 43], ["ps"], ["ps", "--json"]])
def test_a_look_makes_nothing(newcomer: Program, words: list[str]) -> None:
    newcomer(*words)
    assert newcomer.files() == set()


def test_a_module_that_is_not_there_is_3(aos: Program) -> None:
    assert_refused(aos("alice", "--module", "m" * 43), ExitStatus.NODE)
    assert aos.processes() == []


@pytest.mark.parametrize("content", ["", "no JSON", "{}", '{"kty": "RSA", "n": "AQAB"}', '{"kty": "EC"}'])
def test_a_wallet_that_is_none_is_4(aos: Program, content: str) -> None:
    aos.write("broken.json", content)
    assert_refused(aos("alice", "--wallet", "broken.json"), ExitStatus.WALLET)
    assert aos.processes() == []


def test_a_missing_wallet_file_is_4_and_is_not_made(aos: Program) -> None:
    assert_refused(aos("alice", "--wallet", "missing.json"), ExitStatus.WALLET)
    assert not (aos.cwd / "missing.json").exists()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"app.lua": "require('nowhere')"},
        {"app.lua": "require('a')", "a.lua": "require('b')", "b.lua": "require('a')"},
        {"app.lua": "require('../up')"},
    ],
    ids=["a missing file", "a missing module", "a cycle", "a module outside"],
)
def test_a_source_that_cannot_be_bundled_is_5(aos: Program, files: dict[str, str]) -> None:
    for name, content in files.items():
        aos.write(name, content)
    assert_refused(aos("run", "app.lua"), ExitStatus.SOURCE)


def test_a_current_directory_that_was_removed_is_5(aos: Program) -> None:
    aos.cwd = Path()  # what the environment has then
    assert_refused(aos("run", "app.lua"), ExitStatus.SOURCE)
    assert_refused(aos("run", "-", stdin="1"), ExitStatus.SOURCE)
    assert aos("eval", "alice", "1").out == "1\n"


def test_a_damaged_store_is_6(aos: Program) -> None:
    (aos.home / "store.sqlite").write_bytes(b"this is no database" * 1000)
    for words in (["eval", "alice", "1"], ["ps"], ["log", "alice"]):
        assert_refused(aos(*words), ExitStatus.STORE)


def test_a_store_that_cannot_be_made_is_6(aos: Program) -> None:
    (aos.home / "store.sqlite").mkdir()
    assert_refused(aos("eval", "alice", "1"), ExitStatus.STORE)


@pytest.mark.parametrize("words", [["run", "-"], ["eval", "alice", "-"], ["alice"]])
def test_ctrl_c_is_130(aos: Program, words: list[str]) -> None:
    with aos.start(*words) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("Send({Target = 'somebody', Data = 'x'})\nfor i = 1, 1e12 do x = i end")
        process.stdin.close()
        process.stdin = None  # so that `communicate` does not close it again
        _wait_until_busy(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert "interrupted" in err


def _wait_until_busy(process_id: int) -> None:
    """Waits until a program has a second thread, the one that evaluates, and has used it."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for task in Path(f"/proc/{process_id}/task").iterdir():
            with contextlib.suppress(OSError):  # a thread that has ended meanwhile
                if int(task.name) != process_id and int((task / "stat").read_text().rsplit(")")[1].split()[11]) >= 5:
                    return
        time.sleep(0.01)
    raise AssertionError("no thread was at work")


def test_a_reader_that_goes_is_no_error(aos: Program) -> None:
    """`aos ps --json | head -1` ends quietly."""
    with aos.start("run", "-") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate("print(1)", timeout=10)
    assert (process.returncode, err) == (0, "")


def test_a_home_that_the_system_refuses(aos: Program) -> None:
    assert_refused(aos("--home", "a" * 300, "ps"), ExitStatus.USAGE)


def test_the_store_is_closed_at_the_end(aos: Program) -> None:
    """The last one that closes it merges the log written ahead, and takes it away."""
    assert aos("eval", "alice", "return 1").status == 0
    assert [name for name in aos.files() if name.endswith(("-wal", "-shm"))] == []
