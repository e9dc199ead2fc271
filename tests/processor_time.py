"""How much a program has worked."""

from __future__ import annotations

from pathlib import Path


def processor_ticks(process_id: int) -> int:
    """Processor time of a program, and of its copies that are at work, in hundredths of a second."""
    program = Path(f"/proc/{process_id}")
    copies = " ".join(path.read_text() for path in program.glob("task/*/children")).split()
    stats = [path / "stat" for path in (program, *(program.with_name(copy) for copy in copies))]
    return sum(int(stat.read_text().rsplit(")")[1].split()[11]) for stat in stats)
