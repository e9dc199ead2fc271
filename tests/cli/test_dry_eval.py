"""`aos eval --dry-run`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from processor_time import processor_ticks
from program import Program


def stored(aos: Program) -> list[str]:
    """Everything in the store, as SQL."""
    connection = sqlite3.connect(aos.home / "store.sqlite")
    lines = list(connection.iterdump())
    connection.close()
    return lines


@pytest.fixture
def bank(aos: Program) -> Program:
    """A user with the process "bank"."""
    assert aos("eval", "bank", "Balances = { abc = '10' }").status == 0
    return aos


@pytest.mark.parametrize("option", ["--dry-run", "--dryrun"])
def test_it_shows_what_would_happen_and_keeps_nothing(bank: Program, option: str) -> None:
    before = stored(bank)
    code = "Balances.abc = '7' Send({ Target = ao.id, Action = 'Hi' }) print('hello') return 'done'"
    ended = bank("eval", option, "bank", code)
    assert (ended.status, ended.out) == (0, "hello\ndone\n")
    assert ended.err.splitlines() == [
        "dry run: nothing was kept",
        "would send",
        " → bank  Hi",
        "would change",
        ' ~ Balances.abc  "10" → "7"',
    ]
    assert stored(bank) == before
    assert bank("eval", "bank", "Balances.abc").out == "10\n"


def test_json_says_that_it_was_dry(bank: Program) -> None:
    [record] = bank("eval", "--dry-run", "--json", "bank", "Balances.abc = '7' return 42").json
    assert (record["ok"], record["dry"], record["slot"], record["value"]) == (True, True, 2, 42)
    assert record["changes"] == [{"path": "Balances.abc", "kind": "changed", "before": '"10"', "after": '"7"'}]
    assert record["uncompared"] == []


STATUSES = {
    "an error": ("x = 1 error('no')", "error: line 1: no"),
    "no result": ("error({})", "error object is a table value"),
}


@pytest.mark.parametrize(("code", "said"), STATUSES.values(), ids=STATUSES)
def test_a_failing_program_has_the_status_of_one(bank: Program, code: str, said: str) -> None:
    before = stored(bank)
    ended = bank("eval", "--dry-run", "bank", f"print('before') {code}")
    assert ended.status == 1
    assert said in ended.err
    assert bank("eval", "--dry-run", "--json", "bank", code).status == 1
    assert stored(bank) == before


def test_what_was_printed_before_an_error_goes_to_standard_output(bank: Program) -> None:
    assert bank("eval", "--dry-run", "bank", "print('before') error('no')").out == "before\n"


def test_code_comes_from_standard_input(bank: Program) -> None:
    assert bank("eval", "--dry-run", "bank", "-", stdin="return 6 * 7").out == "42\n"


def test_nothing_is_made_for_somebody_new(newcomer: Program) -> None:
    """No process, no store and no wallet, whatever the name."""
    for name in ("bank", "A" * 43):
        ended = newcomer("eval", "--dry-run", name, "1")
        assert (ended.status, ended.out) == (3, "")
        assert f"There is no process {name}" in ended.err
    assert newcomer.files() == set()


def test_no_process_is_spawned_for_a_new_name(bank: Program) -> None:
    before = stored(bank)
    assert bank("eval", "--dry-run", "bnak", "1").status == 3
    assert stored(bank) == before


def test_somebody_without_a_wallet_tries_as_a_stranger(bank: Program) -> None:
    """What a stranger evaluates lands in the inbox; no wallet is made for the look."""
    [process] = bank.processes()
    wallet = bank.home / "wallet.json"
    wallet.unlink()
    ended = bank("eval", "--dry-run", process["id"], "Balances = nil")
    assert ended.status == 0
    assert " ~ Inbox  1 message → 2 messages" in ended.err
    assert not wallet.exists()


def test_a_wrong_wallet_is_told(bank: Program, tmp_path: Path) -> None:
    assert bank("eval", "--dry-run", "--wallet", str(tmp_path / "none.json"), "bank", "1").status == 4


def test_ctrl_c_keeps_nothing_either(bank: Program) -> None:
    """The program runs apart, where the signal reaches it while Lua works."""
    before = stored(bank)
    with bank.start("eval", "--dry-run", "bank", "while true do end") as started:
        while processor_ticks(started.pid) < 100:
            assert started.poll() is None
        started.send_signal(2)
        _, errors = started.communicate(timeout=30)
    assert (started.returncode, errors) == (130, "aos: interrupted\n")
    assert stored(bank) == before
