"""`aos watch`: slots of any process, as they come."""

from __future__ import annotations

import json
import signal

import pytest
from program import Program


@pytest.fixture
def alice(aos: Program) -> Program:
    aos("eval", "alice", "Send({Target = ao.id, Action = 'Note', Data = 'milk'})")
    return aos


def test_slots_are_told_as_a_story(alice: Program) -> None:
    ended = alice("watch", "alice", "--from", "0", "--count", "3")
    assert ended.status == 0
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[0] == " alice is born"
    assert lines[1].startswith(" alice ← you  Eval  Send({")
    assert "    → alice  Note  milk" in lines
    assert lines[-1] == " alice ← alice  Note  milk"


def test_slots_as_json(alice: Program) -> None:
    records = alice("watch", "alice", "--from=1", "-n", "2", "--json").json
    assert [(record["slot"], record["action"]) for record in records] == [(1, "Eval"), (2, "Note")]


def test_new_slots_come_each_once_and_ctrl_c_ends_it(alice: Program) -> None:
    with alice.start("watch", "alice", "--from", "2", "--json") as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["slot"] == 2  # it watches now
        for number in range(3):
            alice("eval", "alice", f"return {number}")
        records = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert [(record["slot"], record["output"]) for record in records] == [(3, "0"), (4, "1"), (5, "2")]
        watching.send_signal(signal.SIGINT)
        _, err = watching.communicate(timeout=20)
    assert (watching.returncode, err) == (130, "aos: interrupted\n")


def test_what_nobody_evaluates_is_evaluated(alice: Program) -> None:
    alice.write("config.toml", "[limits]\nfollow = 1\n")
    alice("--config", "config.toml", "eval", "alice", "Send({Target = ao.id}) Send({Target = ao.id, Action = 'Left'})")
    [record] = alice.processes()
    waiting = record["slots"] - record["evaluated"]
    assert waiting
    records = alice("watch", "alice", f"--count={waiting}", "--json").json
    assert records[-1]["action"] == "Left"
    assert alice.processes()[0]["evaluated"] == record["slots"]


def test_watching_asks_for_no_wallet_and_makes_none(newcomer: Program) -> None:
    ended = newcomer("watch", "A" * 43)
    assert ended.status == 3
    assert f"There is no process {'A' * 43} on the local node" in ended.err
    assert newcomer.files() == set()


def test_another_ones_process_is_watched_by_its_name(alice: Program) -> None:
    alice("wallet", "new", "other", "--type", "ed25519")
    alice("eval", "theirs", "1", "--wallet", "other")
    assert " theirs is born" in alice("watch", "theirs", "--from", "0", "--count", "1").out


def test_a_slot_beyond_the_log_is_refused(alice: Program) -> None:
    ended = alice("watch", "alice", "--from", "9")
    assert ended.status == 2
    assert "--from 9: the log of alice has the slots 0 to 2" in ended.err


def test_a_reader_that_leaves_ends_it(alice: Program) -> None:
    with alice.start("watch", "alice", "--from", "0") as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        watching.stdout.close()
        watching.stdout = None
        while watching.poll() is None:
            alice("eval", "alice", "return 1")
    assert watching.returncode == 0
