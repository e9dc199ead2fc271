"""`aos inbox`: lists, filters, shows one message, waits for the next."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from program import Program

NOTES = """
for i, colour in ipairs({'red', 'green', 'blue'}) do
  Send({Target = ao.id, Action = i == 2 and 'Other' or 'Note', Data = '{"n":' .. i .. '}', Colour = colour})
end
"""


@pytest.fixture
def alice(aos: Program) -> Program:
    """A process with three messages in its inbox, behind its own; and bob, who sent none."""
    aos("eval", "alice", NOTES)
    aos("eval", "bob", "1")
    return aos


def numbers(alice: Program, *options: str) -> list[int]:
    return [record["number"] for record in alice("inbox", "alice", "--json", *options).json]


def unread(alice: Program) -> list[int]:
    return numbers(alice, "--unread")


def test_what_is_shown_on_a_terminal_is_read(alice: Program) -> None:
    assert unread(alice) == [2, 3, 4]
    shown = alice("inbox", "alice", "-n", "1", tty=True)
    assert [line.split()[:2] for line in shown.out.splitlines() if "Note" in line] == [["new", "4"]]
    assert unread(alice) == [2, 3]
    assert "new" not in alice("inbox", "alice", "-n", "1", tty=True).out
    alice("inbox", "alice", "--number", "2", tty=True)
    assert unread(alice) == [3]
    alice("inbox", "alice", tty=True)
    assert unread(alice) == []
    alice("eval", "alice", "Send({Target = ao.id, Action = 'New'})")
    assert unread(alice) == [5]


def test_a_pipe_and_json_leave_it_unread(alice: Program) -> None:
    assert "new" in alice("inbox", "alice").out
    alice("inbox", "alice", "--number", "2")
    alice("inbox", "alice", "--json", tty=True)
    assert unread(alice) == [2, 3, 4]


def test_messages_are_filtered(alice: Program) -> None:
    assert numbers(alice, "--action", "note") == [2, 4]
    assert numbers(alice, "--from", "alice") == [2, 3, 4]
    assert numbers(alice, "--from", "you") == [1]
    assert numbers(alice, "--from", "alice", "--action=Note", "-n", "1") == [4]
    [identity] = [process["id"] for process in alice.processes() if process["name"] == "alice"]
    assert numbers(alice, "--from", identity[:6]) == [2, 3, 4]
    ended = alice("inbox", "alice", "--from", "bob")
    assert (ended.status, ended.out, ended.err) == (0, "", "No message fits.\n")


def test_one_message_in_full(alice: Program) -> None:
    out = alice("inbox", "alice", "--number", "3").out
    assert "message 3 of the inbox" in out
    assert '{\n  "n": 2\n}' in out
    assert ["Colour", "green"] in [line.split() for line in out.splitlines()]
    [record] = alice("inbox", "alice", "--number", "3", "--json").json
    assert (record["number"], record["Colour"], record["unread"]) == (3, "green", True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--number", "9"), "There is no message 9 in the inbox; it holds 1 to 4"),
        (("--number", "1", "--unread"), "--number shows one message"),
        (("--number", "1", "--wait"), "--number shows one message"),
        (("--wait", "-n", "2"), "--wait waits for one message"),
        (("--timeout", "2"), "--timeout needs --wait"),
        (("--number", "x"), "'x' is not a valid integer"),
    ],
)
def test_wrong_words_are_refused(alice: Program, options: tuple[str, ...], message: str) -> None:
    ended = alice("inbox", "alice", *options)
    assert (ended.status, ended.out) == (2, "")
    assert message in ended.err
    assert len(ended.err.splitlines()) <= 2


def test_the_next_message_that_fits_is_waited_for(alice: Program) -> None:
    with alice.start("inbox", "alice", "--wait", "--action", "Second", "--json", "--timeout", "20") as waiting:
        # Sent again and again, since nobody can see when the program has begun to wait.
        while waiting.poll() is None:
            alice("eval", "alice", "Send({Target = ao.id, Action = 'First'}) Send({Target = ao.id, Action = 'Second'})")
        out, err = waiting.communicate()
    assert (waiting.returncode, err) == (0, "")
    assert '"Action": "Second"' in out
    assert len(out.splitlines()) == 1


def test_what_waits_is_evaluated_meanwhile(alice: Program) -> None:
    """A follow limit of one leaves the message in alice's log."""
    [identity] = [process["id"] for process in alice.processes() if process["name"] == "alice"]
    alice.write("config.toml", "[limits]\nfollow = 1\n")
    alice("--config", "config.toml", "eval", "bob", f"Send({{Target = '{identity}', Action = 'A'}})")
    alice("--config", "config.toml", "eval", "alice", "Send({Target = ao.id}) Send({Target = ao.id, Action = 'Left'})")
    assert any(process["slots"] > process["evaluated"] for process in alice.processes())
    [record] = alice("inbox", "alice", "--wait", "--action", "Left", "--json", "--timeout", "20").json
    assert record["Action"] == "Left"


def test_nothing_came_in_time(alice: Program) -> None:
    ended = alice("inbox", "alice", "--wait", "--timeout", "0.1")
    assert (ended.status, ended.out) == (124, "")
    assert ended.err == "aos: No message came in 0.1 seconds\n"


def test_waiting_may_begin_behind_a_slot(alice: Program) -> None:
    """A job that asks first and waits later does not miss an answer that was quick."""
    [*_, before, newest] = alice("inbox", "alice", "--json").json
    slot = before["Nonce"]
    ended = alice("inbox", "alice", "--wait", "--after", str(slot), "--timeout", "5", "--json")
    assert (ended.status, ended.json) == (0, [newest])
    assert alice("inbox", "alice", "--wait", "--after", str(newest["Nonce"]), "--timeout", "0.1").status == 124
    refused = alice("inbox", "alice", "--after", "1")
    assert (refused.status, refused.err) == (2, "aos: --after needs --wait\n")


def has_open(pid: int, file: Path) -> bool:
    """Whether a program has a file open."""
    with contextlib.suppress(OSError):  # one that is closed meanwhile
        return any(os.path.realpath(entry) == str(file) for entry in Path(f"/proc/{pid}/fd").iterdir())
    return False


def test_waiting_is_interrupted(alice: Program) -> None:
    waiting = alice.start("inbox", "alice", "--wait", "--action", "Never")
    try:
        end = time.monotonic() + 20
        # Before that, Python itself may be interrupted.
        while not has_open(waiting.pid, alice.home / "store.sqlite"):
            assert time.monotonic() < end
        alice("eval", "alice", "Send({Target = ao.id, Action = 'Other'})")
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=20)
    finally:
        waiting.kill()
    # Python ends by the signal itself when it was met while a class was being made; shells say 130 then, too.
    assert waiting.returncode in (130, -signal.SIGINT)
    assert (out, err) == ("", "aos: interrupted\n")
