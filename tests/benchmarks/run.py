"""Measures `aos` and prints every figure beside its aim.

    python tests/benchmarks/run.py                      all figures as a table, in a few minutes
    python tests/benchmarks/run.py --only node inbox    some of them
    python tests/benchmarks/run.py --json               as one JSON object
    python tests/benchmarks/run.py --quick              tiny counts: shows that the benchmarks work, measures nothing
    python tests/benchmarks/run.py --only server_memory what takes minutes by itself is measured only when it is named

Everything happens in a temporary folder (TMPDIR says where: it must be on a disk for the node's figures to count).
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from figures import Figure, table

_GROUPS = ("startup", "machine", "node", "parallel", "opening", "inbox", "overhead", "server")
_LONG_GROUPS = ("server_memory",)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures aos and prints every figure beside its aim.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=(*_GROUPS, *_LONG_GROUPS),
        metavar="NAME",
        help=f"some of {', '.join((*_GROUPS, *_LONG_GROUPS))}",
    )
    parser.add_argument("--quick", action="store_true", help="tiny counts: the figures mean nothing")
    return parser.parse_args()


def _measure(group: str, root: Path, quick: bool) -> list[Figure]:
    """The figures of one group. Its modules are imported now: start-up is measured with little in memory."""
    folder = root / group
    folder.mkdir()
    sys.stderr.write(f"measuring {group} ...")
    sys.stderr.flush()
    began = time.monotonic()
    figures: list[Figure] = importlib.import_module(f"measure_{group}").measure(folder, quick)
    sys.stderr.write(f" {time.monotonic() - began:.0f} s\n")
    return figures


def main() -> None:
    """Runs what was asked for."""
    arguments = _arguments()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="aos-benchmarks-") as root:
        # Nothing may touch the user's own home, whatever a benchmark forgets.
        os.environ["HOME"] = os.environ["AOS_HOME"] = root
        for group in arguments.only or (_GROUPS + _LONG_GROUPS if arguments.quick else _GROUPS):
            figures += _measure(group, Path(root), arguments.quick)
    if arguments.json:
        computer = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
        document = {"computer": computer, "quick": arguments.quick, "figures": [f.record() for f in figures]}
        sys.stdout.write(json.dumps(document) + "\n")
    else:
        sys.stdout.write(table(figures) + "\n")


if __name__ == "__main__":
    main()
