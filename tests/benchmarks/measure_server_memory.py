"""Whether a server that takes messages for hours grows: its memory over 50,000 of them."""

from __future__ import annotations

from pathlib import Path

from figures import Figure
from loaded_node import ServedNode

from aos_cli.wallet import generate_ed25519

_MEGABYTE = 1e6
_CLIENTS = 8
_PROCESSES = 8


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Resident memory after the first fifth of the messages, and by how much it grows with each further fifth."""
    step = 8 if quick else 10_000
    node = ServedNode(folder / "node", generate_ed25519(), _PROCESSES)
    held = []
    try:
        for _ in range(5):
            sent = node.messages(step)
            node.post(_CLIENTS, sent)
            node.settle(sent)
            held.append(node.resident_bytes() / _MEGABYTE)
    finally:
        node.close()
    growth = (held[-1] - held[0]) / (len(held) - 1)
    seen = "MB after each: " + ", ".join(f"{megabytes:.0f}" for megabytes in held)
    return [
        Figure(
            "server-memory", f"memory of a server after {step:,} messages", "MB", held[0], f"{_PROCESSES} processes"
        ),
        # Never 0, which no ratio could be made of: pages come and go.
        Figure(
            "server-memory-growth",
            f"growth with each further {step:,}",
            "MB",
            max(growth, 0.001),
            f"{5 * step:,} messages",
            at_most=2,
            beside=seen,
        ),
    ]
