# ruff: noqa: E501 - the Lua programs are tables of one line each
"""A program cannot escape its limits, and a limit leaves the state before the message."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from aos_cli.machine import Machine
from aos_cli.machine.port import Limits
from aos_cli.machine.standalone import DEFAULT_ENVIRONMENT, OWNER, PROCESS_ID

COMPUTE = 10_000_000
COMPUTE_HIT = {"Throws": "compute limit of 10,000,000 instructions reached"}
MEMORY = 16 * 1024 * 1024
MEMORY_HIT = {"Throws": "memory limit of 16,777,216 bytes reached"}

LOOPS = {
    "plain": "while true do end",
    "goto": "::again:: goto again",
    "for": "for i = 1, math.huge do end",
    "tail calls": "local function f() return f() end f()",
    "pcall in a loop": "while true do pcall(function() while true do end end) end",
    "pcall once": 'pcall(function() while true do end end) return "survived"',
    "message handler": 'xpcall(function() while true do end end, function() while true do end end) return "survived"',
    "error in a message handler": 'xpcall(function() error(1) end, function() while true do end end) return "survived"',
    "coroutine": "coroutine.wrap(function() while true do end end)()",
    "nested coroutines": "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()",
    "resume that catches": "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
    "comparator": "table.sort({3, 2, 1}, function() while true do end end)",
    "gsub callback": 'string.gsub("aaa", "a", function() while true do end end)',
    "__index": "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
    "load reader": "load(function() while true do end end)",
    "__tostring": "tostring(setmetatable({}, {__tostring = function() while true do end end}))",
    "__tostring in format": 'string.format("%s", setmetatable({}, {__tostring = function() while true do end end}))',
    "__pairs": "for k in pairs(setmetatable({}, {__pairs = function() while true do end end})) do end",
    "flood of coroutines": "while true do coroutine.wrap(function() end)() end",
    "flood of coroutine objects": "while true do coroutine.create(print) end",
    "flood of yields": "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end",
    "flood of small loads": 'while true do load("return 1") end',
    "endless text for load": 'local start = true load(function() if start then start = false return "--[[" end return (" "):rep(65536) end)',
    "Prompt": "Prompt = function() while true do end end",
    "output with __index": "ao.outbox.Error = setmetatable({}, {__index = function() while true do end end, __pairs = function() while true do end end})",
}

BULK = {
    "rep of nothing": 'string.rep("", 1 << 62)',
    "rep by a float": 'string.rep("", 1e18)',
    "rep by a text": 'string.rep("", "1000000000000000")',
    "move": "table.move({}, 1, 1 << 60, 2)",
    "move by floats": "table.move({}, 1.0, 2.0^53, 2)",
    "insert with a false length": "table.insert(setmetatable({}, {__len = function() return 1 << 62 end}), 1, 0)",
    "remove with a false length": "table.remove(setmetatable({}, {__len = function() return 1 << 62 end}), 1)",
    "remove with two lengths": "local n = 0 table.remove(setmetatable({}, {__len = function() n = n + 1 return n == 1 and 5 or 1 << 62 end}), 5) while true do end",
    "sort with two lengths": "local n = 0 table.sort(setmetatable({}, {__index = type, __newindex = rawequal, __len = function() n = n + 1 return n == 1 and 10 or 1 << 30 end})) while true do end",
    "insert at the front": "local t = {} for i = 1, 100000 do t[i] = i end while true do table.insert(t, 1, i) t[#t] = nil end",
    "concat": 'local t = {} for i = 1, 100000 do t[i] = "" end while true do table.concat(t) end',
    "unpack": "local t = {} for i = 1, 100000 do t[i] = i end while true do select('#', table.unpack(t)) end",
    "upper": 'local s = ("x"):rep(1000000) while true do s:upper() end',
    "utf8.len": 'local s = ("x"):rep(1000000) while true do utf8.len(s) end',
}

# A negative charge would give instructions back.
WRAPPED = {
    "move over all integers": "pcall(table.move, {}, math.mininteger, math.maxinteger, 1) while true do end",
    "move almost as far": "pcall(table.move, {}, 1, math.maxinteger, 2) while true do end",
    "rep whose size wraps": 'local s = ("x"):rep(1 << 20) pcall(string.rep, s, 1 << 43) while true do end',
    "rep of the largest number": 'pcall(string.rep, "xy", math.maxinteger) while true do end',
}


def limited(compute: int = COMPUTE, memory: int = 64 * 1024 * 1024) -> Machine:
    return Machine(limits=Limits(compute=compute, memory_bytes=memory))


@pytest.mark.parametrize("code", [*LOOPS.values(), *BULK.values(), *WRAPPED.values()], ids=[*LOOPS, *BULK, *WRAPPED])
def test_every_loop_meets_the_compute_limit(code: str) -> None:
    machine = limited()
    machine.eval("Kept = 7")
    assert machine.eval("Kept = 8 " + code) == COMPUTE_HIT
    assert machine.eval("Kept")["Output"]["data"] == "7"


@pytest.mark.parametrize(
    "code",
    [
        "for i = 1, 10 do setmetatable({}, {__gc = function() while true do end end}) end collectgarbage()",
        "local mt = {} local t = setmetatable({}, mt) mt.__gc = function() while true do end end t = nil collectgarbage()",
        "setmetatable({}, {__gc = true}) setmetatable({}, {__gc = 5})",
    ],
)
def test_finalisers_never_run(code: str) -> None:
    machine = limited()
    assert machine.eval(code + ' for i = 1, 20000 do local t = {i} end return "done"')["Output"]["data"] == "done"
    assert machine.eval("1 + 1")["Output"]["data"] == "2"


@pytest.mark.parametrize("how", ["pcall(loop)", "xpcall(loop, function() while true do end end)"])
def test_the_hook_cannot_be_starved_of_stack(how: str) -> None:
    """Two hundred nested C calls are allowed; near that depth the hook's own call overflows instead of charging."""
    code = f"""
        local function loop() while true do end end
        local function deep(n)
          if n == 0 then while true do {how} end end
          pcall(deep, n - 1)
        end
        for depth = 185, 199 do deep(depth) end
        while true do end"""
    assert limited().eval(code) == COMPUTE_HIT


def test_the_hook_cannot_be_starved_of_lua_stack() -> None:
    code = """
        local function loop() while true do end end
        local function deep(n) xpcall(loop, function() while true do end end) return 1 + deep(n + 1) end
        while true do pcall(deep, 1) end"""
    assert limited(memory=256 * 1024 * 1024).eval(code) == COMPUTE_HIT


GROWTH = {
    "text": 'local s = "x" while true do s = s .. s end',
    "table": "local t = {} while true do t[#t + 1] = #t end",
    "closures": "local f while true do local g = f f = function() return g end end",
    "rep": 'string.rep("x", 1 << 29)',
    "coroutines": "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
    "deep recursion": "local function f(n) local t = {n} return f({t, n}) + 1 end f(1)",
    "global state": "G = {} while true do G[#G + 1] = {} end",
}

CATCHES = {
    "pcall": "pcall(grow) return 'survived'",
    "pcall in a loop": "while true do pcall(grow) end",
    "coroutine": "coroutine.resume(coroutine.create(grow)) return 'survived'",
    "wrap": "pcall(coroutine.wrap(grow)) return 'survived'",
    "load reader": "load(grow) return 'survived'",
    "message handler": "xpcall(function() error(1) end, grow) return 'survived'",
    "xpcall": "xpcall(grow, function() return 'caught' end) return 'survived'",
    "comparator": "pcall(table.sort, {2, 1}, grow) return 'survived'",
    "buffer": "pcall(string.rep, 'x', 1 << 29) return 'survived'",
    "buffer in xpcall": "xpcall(string.rep, function() return 'caught' end, 'x', 1 << 29) return 'survived'",
    "callback": "pcall(string.gsub, 'a', 'a', grow) return 'survived'",
}


@pytest.mark.parametrize("code", GROWTH.values(), ids=GROWTH)
def test_growth_meets_the_memory_limit(code: str) -> None:
    machine = limited(compute=10**9, memory=MEMORY)
    machine.eval("Kept = 7")
    assert machine.eval("Kept = 8 " + code) == MEMORY_HIT
    assert machine.eval("Kept")["Output"]["data"] == "7"


@pytest.mark.parametrize("code", CATCHES.values(), ids=CATCHES)
def test_the_memory_limit_cannot_be_caught(code: str) -> None:
    machine = limited(compute=10**9, memory=MEMORY)
    grow = 'local function grow() local s = "x" while true do s = s .. s end end '
    assert machine.eval(grow + code) == MEMORY_HIT


def test_a_message_into_a_full_process_does_not_stop_the_program() -> None:
    """What the host hands over is made outside of protected calls: it must never run out of memory there."""
    machine = limited(memory=MEMORY)
    for size in (1 << 20, 1 << 16):
        while not machine.eval(f'T = T or {{}} T[#T + 1] = ("x"):rep({size})').get("Throws"):
            pass
    assert machine.eval("--" + "x" * (2 * MEMORY)) == MEMORY_HIT
    assert int(machine.eval("#T")["Output"]["data"]) > 14


def test_a_process_larger_than_its_limit_fails_every_message() -> None:
    machine = limited(memory=1000)
    assert machine.eval("1") == {"Throws": "memory limit of 1,000 bytes reached"}
    assert machine.eval("1") == {"Throws": "memory limit of 1,000 bytes reached"}


def test_the_limits_are_the_ones_given() -> None:
    assert limited(compute=50_000).eval("for i = 1, 1e6 do end") == {
        "Throws": "compute limit of 50,000 instructions reached"
    }
    assert limited(compute=50_000_000).eval("for i = 1, 1e6 do end return 1")["Output"]["data"] == "1"


def message(code: str, number: int) -> dict[str, object]:
    return {
        "Id": PROCESS_ID if number == 0 else f"m{number}".ljust(43, "-"),
        "From": OWNER, "Owner": OWNER, "Target": PROCESS_ID, "Data": code, "Timestamp": number,
        "Tags": [{"name": "Action", "value": "Eval"}], "Block-Height": number, "Module": "m",
    }  # fmt: skip


MEASURED = [
    "local n = 0 for i = 1, 123456 do n = n + i % 7 end return n",
    "for i = 1, 500 do coroutine.wrap(function() for j = 1, 50 do end end)() end",
    'local t = {} for i = 1, 3000 do t["k" .. i] = i end for k in pairs(t) do end table.sort({3, 1, 2})',
    'local n = 0 for i = 1, 400 do local t = {} for j = 1, 20 do t["k" .. j] = j t[j * 3] = j t[-j] = j t[j / 7] = j end'
    " t[true] = 1 t[false] = 1 for k in pairs(t) do n = n + 1 end end return n .. ' ' .. os.clock()",
    *list(LOOPS.values())[:12],
    'return #(("word "):rep(9000):gsub("%w+", "x"))',
]


def measure() -> list[tuple[str, int]]:
    machine = limited()
    found = [machine.evaluate(message(code, number), DEFAULT_ENVIRONMENT) for number, code in enumerate(MEASURED)]
    return [(evaluation.text, evaluation.instructions) for evaluation in found]


def test_verdicts_and_instructions_are_the_same_in_every_run() -> None:
    """Repeated here, and in another Python program with other hash seeds."""
    first = measure()
    assert measure() == first
    code = "import json, test_limits; print(json.dumps(test_limits.measure()))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=__file__.rpartition("/")[0]
    )
    assert [tuple(entry) for entry in json.loads(other.stdout)] == first
    assert len({instructions for _, instructions in first}) > 3
