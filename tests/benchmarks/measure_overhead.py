"""What limits, ordered `pairs` and the guarded library cost: the same Lua in a bare state and in a machine."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import lupa.lua53 as lupa
from clocks import medians, timed
from figures import BenchmarkBroken, Figure
from workload import BareProcess

# Each ends in a number, by which both sides are compared. `%d` is how often the loop turns, a thousandth in quick mode.
_LOOPS = {
    "arithmetic": ("arithmetic", 4_000_000, "local s = 0 for i = 1, %d do s = s + i %% 7 end return s"),
    "calls": (
        "function calls and table writes",
        600_000,
        "local t = {} local function f(i) t[i %% 100 + 1] = i return i end "
        "local s = 0 for i = 1, %d do s = s + f(i) end return s",
    ),
    "pairs-10": (
        "pairs over 10 names",
        60_000,
        "local t, s = {}, 0 for i = 1, 10 do t['name' .. i] = i end "
        "for i = 1, %d do for _, v in pairs(t) do s = s + v end end return s",
    ),
    "pairs-100": (
        "pairs over 100 names",
        8_000,
        "local t, s = {}, 0 for i = 1, 100 do t['name' .. i] = i end "
        "for i = 1, %d do for _, v in pairs(t) do s = s + v end end return s",
    ),
    "ipairs-100": (
        "ipairs over 100 entries",
        20_000,
        "local t, s = {}, 0 for i = 1, 100 do t[i] = i end "
        "for i = 1, %d do for _, v in ipairs(t) do s = s + v end end return s",
    ),
    "patterns": (
        "gsub and match on short texts",
        40_000,
        "local s = 0 for i = 1, %d do local t = ('key-' .. i .. '=value'):gsub('%%-', '_') "
        "s = s + #t:match('^(%%w+)_') end return s",
    ),
    "sort": (
        "table.sort of 100 numbers",
        1_000,
        "local s = 0 for i = 1, %d do local t = {} for j = 1, 100 do t[j] = j * 7919 %% 101 end "
        "table.sort(t) s = s + t[50] end return s",
    ),
}


def measure(folder: Path, quick: bool) -> list[Figure]:
    """How many times as long each loop takes in a machine."""
    repetitions = 1 if quick else 5
    figures = []
    for name, (meaning, full_turns, template) in _LOOPS.items():
        turns = max(1, full_turns // 1000) if quick else full_turns
        code = template % turns
        bare, process = lupa.LuaRuntime(), BareProcess()
        _compare(bare, process, code)
        taken = medians(
            {
                "bare": partial(timed, partial(bare.execute, code)),
                "machine": partial(timed, partial(process.run, 1, "Eval", code)),
            },
            repetitions,
        )
        beside = f"{taken['bare'].cpu * 1e3:.1f} ms bare"
        counts = f"{turns:,} turns, median of {repetitions}"
        ratio = taken["machine"].cpu / taken["bare"].cpu
        title = f"{meaning}, against bare Lua"
        figures.append(Figure(f"overhead-{name}", title, "times, CPU", ratio, counts, beside=beside))
    return figures


def _compare(bare: lupa.LuaRuntime, process: BareProcess, code: str) -> None:
    """Runs the code once on both sides, which must agree; it warms them up, too."""
    expected = str(bare.execute(code))
    output = json.loads(process.run(1, "Eval", code).text)["Output"]
    if expected not in str(output):
        raise BenchmarkBroken(f"bare Lua gives {expected}, the machine {output}")
