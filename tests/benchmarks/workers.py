"""Programs of their own that benchmarks need: a second one over the same store, and one with a memory of its own.

    python workers.py evaluate FOLDER ID...   for each number on stdin: evaluates as many slots of each process,
                                              prints CPU seconds
    python workers.py memory FOLDER ID...     opens the processes, prints bytes of memory per process

`Worker` starts them.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from clocks import cpu_seconds
from figures import BenchmarkBroken
from workload import bare_node, local_client, settle


class Worker:
    """One of these programs, as its parent sees it.

    Args:
        task: evaluate or memory.
        folder: of the store.
        process_ids: what it works at.
    """

    def __init__(self, task: str, folder: Path, process_ids: Sequence[str]) -> None:
        arguments = [sys.executable, __file__, task, str(folder), *process_ids]
        self._program = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, slots: int) -> None:
        """Says how many slots of each process it has to evaluate now."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{slots}\n")
        self._program.stdin.flush()

    def answer(self) -> float:
        """Waits for the number that it prints.

        Raises:
            BenchmarkBroken: it ended without one.
        """
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        if not line:
            raise BenchmarkBroken("A worker ended without an answer")
        return float(line)

    def close(self) -> None:
        """Lets it end and waits for that."""
        self._program.communicate()


def _evaluate(folder: Path, process_ids: Sequence[str]) -> None:
    store, node = bare_node(folder)
    for line in sys.stdin:
        began = cpu_seconds()
        settle(node, int(line) * len(process_ids), process_ids)
        _answer(cpu_seconds() - began)
    store.close()


def _memory(folder: Path, process_ids: Sequence[str]) -> None:
    client = local_client(folder)
    # The first one brings the libraries into memory; the others are what one more costs.
    first, *others = process_ids
    client.inbox(first, 0)
    before = _resident_bytes()
    for process_id in others:
        client.inbox(process_id, 0)
    _answer((_resident_bytes() - before) / len(others))
    client.close()


def _answer(number: float) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _resident_bytes() -> int:
    """What the program holds in memory. Source: proc(5), /proc/[pid]/statm, field 2, in pages."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    {"evaluate": _evaluate, "memory": _memory}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:])
