"""A process that ticks, in the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal
from ticking import BEAT

_TICK = re.compile(r" ◷ tick 0-1-second  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  Cron\ntick at \d+\n → ticker  Beat  \d+")


@pytest.fixture
def ticker(open_terminal: Open, tmp_path: Path) -> Terminal:
    """A window with a process that is to tick every second."""
    (tmp_path / "beat.lua").write_text(BEAT)
    terminal = open_terminal("ticker", "--cron", "1-second", "--load", "beat.lua")
    terminal.wait_for_prompt("ticker")
    return terminal


def test_ticks_appear_in_the_feed_while_somebody_monitors(ticker: Terminal, outside: Outside) -> None:
    assert "It ticks every 1 second; .monitor has delivered what it sends then." in ticker.text
    shown = ticker.ask(".monitor", "ticker")
    assert "Monitored while this shell or another program works on its node" in shown
    ticker.wait_until(lambda: len(_TICK.findall(ticker.text)) >= 2, "two ticks")
    ticker.wait_for(" ← ticker  Beat", 2)
    ticker.enter(".monitor")
    ticker.wait_for("ticker is monitored already.")
    ticker.enter(".unmonitor")
    ticker.wait_for("ticker is not monitored any more: what it sends by its crons goes nowhere.")
    ticker.enter(".unmonitor")
    ticker.wait_for("ticker is not monitored.\n")
    records = outside("watch", "ticker", "--from", "1", "-n", "3")
    assert [record["cron"] for record in records[1:]] == ["0-1-second"] * 2 or records[1]["cron"] == "0-1-second"


def test_a_monitor_is_found_again_in_the_next_shell(ticker: Terminal, open_terminal: Open) -> None:
    ticker.ask(".monitor", "ticker")
    ticker.enter(".exit")
    assert ticker.wait_for_end() == 0
    again = open_terminal("ticker")
    again.wait_for("It ticks every 1 second; what it sends then is delivered.")
    again.wait_until(lambda: bool(_TICK.search(again.text)), "a tick")


def test_a_shell_at_another_process_keeps_the_time(ticker: Terminal, open_terminal: Open) -> None:
    ticker.ask(".monitor", "ticker")
    ticker.enter(".exit")
    assert ticker.wait_for_end() == 0
    other = open_terminal("--color", "never", "other")
    other.wait_for_prompt("other")
    other.ask(".watch ticker", "other")
    other.wait_for(" ticker ◷ tick 0-1-second")
    other.wait_for(" ticker ← ticker  Beat")


def test_a_process_that_does_not_tick_is_not_monitored(terminal: Terminal) -> None:
    shown = terminal.ask(".monitor")
    assert "This process does not tick: it was spawned without a cron" in shown
    assert "`aos NAME --cron 10-minutes` makes a process that does" in shown
    assert terminal.ask(".unmonitor") == "default is not monitored."
    assert terminal.ask(".monitor now").startswith(".monitor takes no words behind it")
