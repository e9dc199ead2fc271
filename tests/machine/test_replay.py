# ruff: noqa: E501 - the Lua programs are tables of one line each
"""The same log gives the same bytes, in other programs with other seeds, zones, languages and folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aos_cli.machine.module import bundled_sources
from aos_cli.machine.native import NativeMachine
from aos_cli.machine.port import Limits
from aos_cli.machine.standalone import AUTHORITY, DEFAULT_ENVIRONMENT, OWNER, PROCESS_ID

ROOT = Path(__file__).resolve().parents[2]

# One round of a life; `%d` is the round.
ROUND = [
    "Handlers.add('count', 'Count', function(msg) Counts = (Counts or 0) + 1 msg.reply({Data = tostring(Counts), Action = 'Counted'}) end)",
    "T = T or {} for i = 1, 20 do T['key' .. (i * 7919 %% 101) .. '-%d'] = i end local r = {} for k, v in pairs(T) do r[#r + 1] = k .. v end return table.concat(r, ' ')",
    "local t = {} for i = 1, 300 do t[i] = i * 7919 %% 1009 end table.sort(t) return table.concat(t, ',')",
    "local n = 0 local t = {} for i = 1, 400 do t[i] = i end pcall(table.sort, t, function(a, b) n = n * 31 %% 65537 + a return n %% 2 == 0 end) return table.concat(t, ',')",
    "return tostring({}) .. tostring(print) .. tostring(function() end) .. tostring(coroutine.create(print)) .. string.format('%%s', {})",
    "return { [true] = 1, x = { y = {} }, 1, 2, 3.5, f = print, ['%d'] = 2 ^ 53 }",
    "error({ code = %d })",
    "local x = nil + %d",
    "error('plain %d')",
    "while true do end",
    "local s = 'x' while true do s = s .. s end",
    "pcall(function() while true do end end) return 'survived'",
    "return math.random() .. ' ' .. math.random(1000) .. ' ' .. math.random(5, 9)",
    "return os.time() .. os.date() .. os.date('%%A %%B %%x %%X %%p') .. os.clock() .. tostring(os.getenv('HOME'))",
    "W = W or setmetatable({}, {__mode = 'k'}) for i = 1, 50 do W[{}] = i end local n = 0 for k in pairs(W) do n = n + 1 end return n",
    "local g = {} for i = 1, 20000 do g = { g } end local n = 0 for k in pairs(W) do n = n + 1 end return n .. collectgarbage('count')",
    "return require('json').encode({ b = 1, a = { 1, 2, 3 }, c = { d = '\\u{e4}', e = 1.5, f = %d } })",
    "Send({ Target = 'other', Action = 'Note', Round = '%d', Zeta = '1', Alpha = '2', Tags = { M = 'x', A = 'y' } })",
    "Spawn('module', { Data = 'x', Tags = { B = '1', A = '2' } }) return ao.reference",
    "Waiting = (Waiting or 0) + 1 local msg = Receive({ Action = 'Wake-%d' }) Send({ Target = msg.From, Data = 'awake' }) return 1",
    "local r = {} for w in ('the quick brown fox %d'):gmatch('%%a+') do r[#r + 1] = w:upper() end return table.concat(r, '-')",
    "return ('%%.14g %%a %%5.2f'):format(1 / 3, 0.1, 1e15 + %d) .. tostring(1e100) .. tostring(-0.0) .. 1e15 .. '\\195\\164' .. (('\\195\\164'):upper())",
    "local r = {} for k, v in next, { z = 1, a = 2, [10] = 3, [-1] = 4 } do r[#r + 1] = tostring(k) end return table.concat(r, ' ')",
    "return debug.traceback('here') .. tostring(debug.getinfo(1).short_src)",
    "local t = {} for i = 1, 30 do t[{}] = i tostring(t) end local n = 0 for k, v in pairs(t) do n = n + v end return n",
    "print(Handlers.list) return Inbox",
]


def log() -> list[dict[str, Any]]:
    """Some two hundred messages: evals, counted messages, wake-ups and things nobody handles."""
    bodies: list[tuple[str, str, str]] = []
    for number in range(6):
        bodies += [("Eval", code % number if "%d" in code else code.replace("%%", "%"), OWNER) for code in ROUND]
        bodies += [("Count", "", "someone")] * 3 + [
            (f"Wake-{number}", "", "someone"),
            ("Hello", "text " * number, "nobody"),
        ]
    return [
        {
            "Id": PROCESS_ID if slot == 0 else f"message-{slot}".ljust(43, "-"),
            "From": sender.ljust(43, "-"),
            "Owner": OWNER if sender == OWNER else AUTHORITY,
            "Target": PROCESS_ID,
            "Data": body,
            "Tags": [{"name": "Action", "value": action}, {"name": "b", "value": "1"}, {"name": "a", "value": "2"}],
            "Timestamp": 1_700_000_000_000 + slot,
            "Block-Height": 1_000_000 + slot,
            "Module": "module",
        }
        for slot, (action, body, sender) in enumerate(bodies)
    ]


def replay() -> list[str]:
    """The result texts of the log; a message without a result is left out of the state that others see."""
    limits = Limits(compute=2_000_000, memory_bytes=16 * 1024 * 1024)

    def fresh() -> NativeMachine:
        return NativeMachine(bundled_sources(), DEFAULT_ENVIRONMENT, limits)

    machine, kept, texts = fresh(), [], []
    for message in log():
        evaluation = machine.evaluate(message)
        texts.append(f"{evaluation.instructions} {evaluation.text}")
        if not evaluation.failed:
            kept.append(message)
            continue
        machine.close()
        machine = fresh()
        for earlier in kept:
            machine.evaluate(earlier)
    return texts


def start(folder: Path, **variables: str) -> subprocess.Popen[str]:
    code = "import test_replay; print('\\n'.join(test_replay.replay()).encode('unicode_escape').decode())"
    environment = {
        **os.environ,
        **variables,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}",
        "HOME": str(folder),
    }
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_other_surroundings_change_no_byte(tmp_path: Path) -> None:
    programs = [
        start(tmp_path, PYTHONHASHSEED="1", TZ="America/St_Johns", LANG="C", LC_ALL="C"),
        start(ROOT, PYTHONHASHSEED="77", TZ="Asia/Kathmandu", LANG="de_DE.UTF-8", LC_ALL="C.UTF-8"),
        start(tmp_path.parent, PYTHONHASHSEED="random", TZ="UTC", LANG="tr_TR.UTF-8", LC_ALL="de_DE.UTF-8"),
    ]
    outputs = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], [error[-500:] for _, error in outputs]
    first = outputs[0][0]
    assert first == outputs[1][0] == outputs[2][0]
    assert "compute limit" in first
    assert "memory limit" in first
    assert first.count("Throws") < 40
    assert first.count("Counted") == 18
    assert first.count("awake") == 6
    assert len(log()) > 180
