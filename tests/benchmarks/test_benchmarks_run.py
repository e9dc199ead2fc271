"""The benchmarks work: each with tiny counts, and nothing is said about how long it took."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).with_name("run.py")

FIGURES = {
    "startup": {
        "start-version", "official-version", "start-run", "official-run", "start-first-prompt", "start-next-prompt",
    },
    "machine": {"handle-eval", "evals-per-second", "run-eval", "handle-reply", "run-reply"},
    "node": {"ping-pong", "ping-self", "disk-sync"},
    "parallel": {
        "one-process", "sixteen-node", "sixteen-node-ratio",
        "sixteen-programs", "sixteen-programs-ratio", "sixteen-better-ratio",
    },
    "opening": {
        "open-short", "open-medium", "open-long", "open-store", "dry-short", "dry-medium", "dry-long",
        "memory", "disk-ping", "disk-eval",
    },
    "inbox": {
        "inbox-node-empty-handled", "inbox-node-full-handled", "inbox-node-handled-ratio",
        "inbox-node-light-lands", "inbox-node-full-lands", "inbox-node-lands-ratio",
        "inbox-empty-handled", "inbox-full-handled", "inbox-handled-ratio",
        "inbox-light-lands", "inbox-full-lands", "inbox-lands-ratio",
    },
    "overhead": {
        "overhead-arithmetic", "overhead-calls", "overhead-pairs-10", "overhead-pairs-100",
        "overhead-ipairs-100", "overhead-patterns", "overhead-sort",
    },
    "server": {
        "server-post-1", "server-post-8", "server-post-64",
        "server-result-1", "server-result-8", "server-result-64", "server-post-ratio",
    },
    "server_memory": {"server-memory", "server-memory-growth"},
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, RUN, "--quick", *arguments], capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def figures() -> dict[str, dict[str, Any]]:
    done = run("--json")
    assert done.returncode == 0, done.stderr
    return {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}


def test_every_group_gives_its_figures(figures: dict[str, dict[str, Any]]) -> None:
    assert set(figures) == set().union(*FIGURES.values())


@pytest.mark.parametrize("name", sorted(set().union(*FIGURES.values())))
def test_figure_is_a_positive_number_with_a_unit(figures: dict[str, dict[str, Any]], name: str) -> None:
    assert figures[name]["value"] > 0
    assert math.isfinite(figures[name]["value"])
    assert figures[name]["unit"]


def test_ratio_and_verdict_follow_from_value_and_aim(figures: dict[str, dict[str, Any]]) -> None:
    for figure in figures.values():
        value, at_most, at_least = figure["value"], figure["at_most"], figure["at_least"]
        if at_most is not None:
            assert (figure["ratio"], figure["met"]) == (pytest.approx(value / at_most), value < at_most)
        elif at_least is not None:
            assert (figure["ratio"], figure["met"]) == (pytest.approx(value / at_least), value > at_least)
        else:
            assert (figure["ratio"], figure["met"]) == (None, None)
    assert {figure["at_most"] is not None for figure in figures.values()} == {True, False}


def test_table_has_a_line_for_every_figure_and_nothing_else() -> None:
    done = run("--only", "machine", "inbox")

    title, rule, *lines = done.stdout.splitlines()
    assert title.split()[:2] == ["figure", "value"]
    assert set(rule) == {"-", " "}
    assert len(lines) == len(FIGURES["machine"]) + len(FIGURES["inbox"])


def test_unknown_group_is_refused() -> None:
    done = run("--only", "weather")

    assert done.returncode == 2
    assert "weather" in done.stderr
