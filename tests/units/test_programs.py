"""Several programs over one store, and one log in programs that differ."""

from __future__ import annotations

import hashlib
import shutil
from itertools import pairwise
from pathlib import Path
from subprocess import Popen

from node_tools import (
    evaluate,
    finished,
    log_texts,
    message_item,
    node_over,
    settled,
    spawn,
    start,
    throw_results_away,
)

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.units.node import Node

_READY = """
import sys
from pathlib import Path
from node_tools import *
node = node_over(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
"""

# Everything that a Lua program could see of the computer it runs on.
_CURIOUS = """
local t = {}
for i = 1, 40 do t["key" .. i] = i end
local keys = {}
for k in pairs(t) do keys[#keys + 1] = k end
table.sort(keys, function(a, b) return t[a] % 7 < t[b] % 7 end)
Seen = (Seen or "") .. table.concat(keys, ",") .. tostring(math.random(1e9)) .. tostring(os.time())
  .. string.format("%.14g", 1 / 3) .. ("\\xc3\\xa4"):upper()
Send({Target = ao.id, Action = "Note", Data = Seen, Extra = tostring(#Inbox)})
return Seen
"""


def run_together(programs: list[Popen[str]]) -> list[str]:
    """Lets programs that said that they are ready go on at the same time; what they wrote after that."""
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    return [finished(program) for program in programs]


def lengths(node: Node) -> list[tuple[int, int]]:
    return [(record.slots, record.evaluated) for record in node.store.processes()]


def test_programs_evaluate_one_process_at_the_same_time(node: Node, path: Path) -> None:
    process = spawn(node)
    for number in range(60):
        code = f"X = (X or 0) + {number} Send({{Target = ao.id, Data = tostring(X)}}) return X"
        node.submit(message_item(process, code, ("Action", "Eval")).raw)
    program = _READY + "print(settled(node))"
    for output in run_together([start(program, str(path), stdin=-1) for _ in range(2)]):
        assert int(output) >= 0
    assert lengths(node) == [(121, 121)]
    assert node.verify(process) == 121
    # This node has evaluated nothing yet: it replays, and compares each result with the recorded one.
    assert evaluate(node, process, "return X")["Output"]["data"] == str(sum(range(60)))
    delivered = [delivery for slot in range(1, 61) for delivery in node.store.deliveries(process, slot)]
    assert sorted(delivery.slot or 0 for delivery in delivered) == list(range(61, 121))


_APPEND = (
    _READY
    + """
for number in range(25):
    receipt = node.submit(message_item(sys.argv[3], f"{sys.argv[2]} {number}").raw)
    print(receipt.slot, receipt.message_id)
"""
)


def test_programs_append_to_one_log_at_the_same_time(node: Node, path: Path) -> None:
    """The clock of all of them stands still; of the order, nothing is lost, double or equal."""
    process = spawn(node)
    outputs = run_together([start(_APPEND, str(path), str(number), process, stdin=-1) for number in range(4)])
    receipts = sorted(
        (int(slot), message) for output in outputs for slot, message in map(str.split, output.splitlines())
    )
    entries = list(node.store.entries(process, 1))
    assert receipts == [(entry.slot, entry.message_id) for entry in entries]
    assert [entry.slot for entry in entries] == list(range(1, 101))
    times = [decode_assignment(decode_item(entry.assignment)).timestamp_ms for entry in entries]
    assert all(before < after for before, after in pairwise(times))
    assert node.verify(process) == 101


def test_a_clock_that_runs_back_gives_increasing_timestamps(path: Path) -> None:
    times = iter(range(1_700_000_000_000, 0, -1_000_000))
    node = node_over(path, lambda: next(times))
    process = spawn(node)
    for _ in range(5):
        evaluate(node, process, "return 1")
    assert node.verify(process) == 6
    node.store.close()


_SPAWN = (
    _READY
    + """
print(node.submit(process_item(node, ("Name", "same"), ("Program", sys.argv[2])).raw, unless_named=True).process_id)
"""
)


def test_programs_that_spawn_one_name_at_the_same_time_get_one_process(node: Node, path: Path) -> None:
    outputs = run_together([start(_SPAWN, str(path), str(number), stdin=-1) for number in range(3)])
    assert len(set(outputs)) == 1
    assert [record.id for record in node.store.processes(name="same")] == [outputs[0].strip()]


_REPLAY = """
import hashlib, sys
from pathlib import Path
from node_tools import *
node = node_over(Path(sys.argv[1]))
settled(node)
for text in log_texts(node, sys.argv[2]):
    print(hashlib.sha256(text.encode()).hexdigest())
node.store.close()
"""


def test_a_log_gives_equal_results_in_any_program(node: Node, path: Path, tmp_path: Path) -> None:
    process = spawn(node)
    for _ in range(4):
        evaluate(node, process, _CURIOUS)
    settled(node)
    evaluate(node, process, "return Inbox")
    texts = log_texts(node, process)
    assert len(texts) == 10
    node.store.close()
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "HOME": "/"},
    ]
    programs = []
    for number, env in enumerate(surroundings):
        folder = tmp_path / f"elsewhere{number}"
        folder.mkdir()
        copied = shutil.copy(path, folder)
        throw_results_away(Path(copied))
        programs.append(start(_REPLAY, str(copied), process, env=env, cwd=folder))
    digests = {finished(program) for program in programs}
    assert len(digests) == 1
    again = node_over(path)
    ours = [hashlib.sha256((text or "").encode()).hexdigest() for text in log_texts(again, process)]
    assert digests.pop().split() == ours
    assert log_texts(again, process) == texts
    again.store.close()
