"""`aos ps`, `aos inbox` and `aos log`: tables for people, JSON Lines for programs."""

from __future__ import annotations

import pytest
from program import Program


@pytest.fixture
def alice(aos: Program) -> Program:
    """A process that sent itself a message and failed once."""
    aos("eval", "alice", "Send({Target = ao.id, Action = 'Note', Data = 'remember the milk', Colour = 'blue'})")
    aos("eval", "alice", "error('spilt')")
    return aos


def test_ps_lists_processes(alice: Program) -> None:
    alice("eval", "bob", "1")
    out = alice("ps").out
    for process in alice.processes():
        [line] = [line for line in out.splitlines() if process["id"] in line]
        assert process["name"] in line
        assert "you" in line
        assert str(process["slots"]) in line


def test_ps_as_json(alice: Program) -> None:
    [record] = alice("ps", "--json").json
    assert set(record) == {"id", "name", "owner", "module", "slots", "evaluated", "spawned_ms"}
    assert (record["name"], record["slots"], record["evaluated"]) == ("alice", 4, 4)


def test_ps_without_a_process(newcomer: Program) -> None:
    ended = newcomer("ps")
    assert (ended.status, ended.out) == (0, "")
    assert "No process yet" in ended.err
    assert newcomer("ps", "--json").out == ""


LOOKS = (
    ["log", "alice"], ["inbox", "alice"], ["trace", "alice"], ["show", "alice", "1"],
    ["eval", "--dry-run", "alice", "1"], ["watch", "alice", "--from", "0", "-n", "1"],
)  # fmt: skip


@pytest.mark.parametrize("words", LOOKS)
def test_what_ps_lists_is_found_by_its_name_without_a_wallet(alice: Program, words: list[str]) -> None:
    (alice.home / "wallet.json").unlink()
    assert "alice" in alice("ps").out
    assert alice(*words).status == 0
    assert not (alice.home / "wallet.json").exists()


def test_inbox_shows_what_no_handler_took(alice: Program) -> None:
    out = alice("inbox", "alice").out
    [line] = [line for line in out.splitlines() if "Note" in line]
    assert "alice" in line
    assert "remember the milk" in line


def test_inbox_as_json(alice: Program) -> None:
    spawn, note = alice("inbox", "alice", "--json").json
    assert (spawn["number"], note["number"]) == (1, 2)
    assert (note["Action"], note["Data"], note["Colour"]) == ("Note", "remember the milk", "blue")


def test_inbox_shows_the_newest(alice: Program) -> None:
    ended = alice("inbox", "alice", "-n", "1")
    assert "remember the milk" in ended.out
    assert "1 older ones are not shown" in ended.err
    [note] = alice("inbox", "alice", "--count=1", "--json").json
    assert note["number"] == 2


def test_log_says_who_what_and_how_it_ended(alice: Program) -> None:
    lines = [line for line in alice("log", "alice").out.splitlines() if line.strip()]
    spawn, send, note, failed = lines[-4:]
    assert "(spawn)" in spawn
    assert "you" in send
    assert "alice Note" in send  # what was sent
    assert "Note" in note
    assert "error: spilt" in failed


def test_log_as_json(alice: Program) -> None:
    records = alice("log", "alice", "--json").json
    assert [record["slot"] for record in records] == [0, 1, 2, 3]
    assert [record["ok"] for record in records] == [True, True, True, False]
    assert records[3]["error"]["message"] == "spilt"
    [sent] = records[1]["messages"]
    assert sent["id"] == records[2]["message"]


def test_log_shows_the_newest(alice: Program) -> None:
    ended = alice("log", "alice", "-n", "2")
    assert "(spawn)" not in ended.out
    assert "2 older slots are not shown" in ended.err


def test_log_shows_what_failed(alice: Program) -> None:
    alice("eval", "alice", "error('again')")
    alice("eval", "alice", "return 1")
    assert [record["slot"] for record in alice("log", "alice", "--errors", "--json").json] == [3, 4]
    assert [record["slot"] for record in alice("log", "alice", "--errors", "-n1", "--json").json] == [4]
    ended = alice("log", "alice", "--errors")
    assert "spilt" in ended.out
    assert ended.err == ""
    alice("eval", "bob", "1")
    ended = alice("log", "bob", "--errors")
    assert (ended.out, ended.err) == ("", "No message failed.\n")


def test_a_look_changes_nothing(alice: Program) -> None:
    before = alice.processes()
    for words in (["ps"], ["inbox", "alice"], ["log", "alice"], ["log", "alice", "--json"]):
        alice(*words)
    assert alice.processes() == before


@pytest.mark.parametrize("width", [80, 100, 200])
def test_tables_are_readable_in_usual_windows(alice: Program, width: int) -> None:
    """No line is longer than the window, and names and headings are in one piece."""
    for words in (["ps"], ["inbox", "alice"], ["log", "alice"]):
        ended = alice(*words, width=width, tty=True, colour="never")
        assert max(map(len, ended.out.splitlines())) <= width
        assert "alice" in ended.out
    header = alice("ps", width=width).out
    assert "name" in header
    assert "owner" in header


@pytest.mark.parametrize("width", [10, 40])
def test_tables_keep_to_narrow_windows(alice: Program, width: int) -> None:
    for words in (["ps"], ["inbox", "alice"], ["log", "alice"]):
        ended = alice(*words, width=width, tty=True, colour="never")
        assert ended.status == 0
        assert max(map(len, ended.out.splitlines())) <= width


@pytest.mark.parametrize("width", [0, 1])
def test_tables_end_where_nothing_has_room(alice: Program, width: int) -> None:
    for words in (["ps"], ["inbox", "alice"], ["log", "alice"]):
        ended = alice(*words, width=width, tty=True, colour="never")
        assert ended.status == 0
        assert len(ended.out) < 10_000
