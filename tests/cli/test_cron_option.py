"""`--cron` and `--monitor`: a process that ticks, from its birth."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from program import Program
from ticking import BEAT


def tags_of(aos: Program, name: str) -> list[tuple[str, str]]:
    [record] = aos("show", name, "0", "--json").json
    return [(tag["name"], tag["value"]) for tag in record["tags"]]


def test_a_process_is_spawned_with_the_tags_of_its_crons(aos: Program) -> None:
    ended = aos("--cron", "10-seconds", "ticker", "--cron=5-blocks")
    assert (ended.status, ended.out) == (0, "")
    crons = [tag for tag in tags_of(aos, "ticker") if tag[0].startswith("Cron-")]
    assert crons == [
        ("Cron-Interval", "10-seconds"), ("Cron-Tag-Action", "Cron"),
        ("Cron-Interval", "5-blocks"), ("Cron-Tag-Action", "Cron"),
    ]  # fmt: skip
    ended = aos("ticker", "--cron", "1-hour")
    assert "ticker is there already" in ended.err
    assert len([tag for tag in tags_of(aos, "ticker") if tag[0] == "Cron-Interval"]) == 2


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (
            "10-moons",
            "aos: --cron: Cron-Interval is '10-moons', not a number and a unit such as 10-minutes\n",
        ),
        ("500-milliseconds", "aos: --cron: Cron-Interval 500-milliseconds is less than a second"),
        ("", "aos: --cron: Cron-Interval is '', not a number"),
    ],
)
def test_a_wrong_interval_is_refused_and_nothing_is_made(newcomer: Program, interval: str, said: str) -> None:
    ended = newcomer("ticker", "--cron", interval)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(said)
    assert newcomer.files() == set()


def test_wrong_tags_are_refused_at_the_spawn(aos: Program) -> None:
    ended = aos("ticker", "--tag", "Cron-Tag-Action=Cron", "--tag", "Cron-Interval=1-hour")
    assert ended.status == 3
    assert "Cron-Tag-Action stands in front of any Cron-Interval" in ended.err
    assert aos.processes() == []


def test_only_a_process_that_ticks_is_monitored(aos: Program) -> None:
    aos("plain")
    ended = aos("plain", "--monitor")
    assert ended.status == 2
    assert "was spawned without a cron" in ended.err


def test_ticks_are_told_while_somebody_watches(aos: Program, tmp_path: Path) -> None:
    beat = aos.write("beat.lua", BEAT)
    assert aos.apart("ticker", "--cron", "1-second", "--monitor", "--load", str(beat)).status == 0
    with aos.start("watch", "ticker", "--from", "2", "--json") as watching:
        assert watching.stdout is not None
        records = [json.loads(watching.stdout.readline()) for _ in range(4)]
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=20)
    ticks = [record for record in records if record["cron"]]
    assert {record["cron"] for record in ticks} == {"0-1-second"}
    assert all(record["output"].startswith("tick at ") for record in ticks)
    assert all(record["messages"][0]["state"] == "delivered" for record in ticks)
    beats = [record for record in records if record["action"] == "Beat"]
    assert beats
    assert beats[0]["cron"] is None
    [shown] = aos("show", "ticker", str(beats[0]["slot"]), "--json").json
    assert shown["because"]["cron"] == "0-1-second"
    assert "because of" in aos("trace", "ticker", str(beats[0]["slot"])).out
    assert "tick 0-1-second" in aos("trace", "ticker", str(beats[0]["slot"])).out
    assert "tick 0-1-second" in aos("show", "ticker", str(beats[0]["slot"])).out
