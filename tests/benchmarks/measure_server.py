"""The node as a server: durable messages and results per second over HTTP, by how many clients ask at once."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from figures import Figure
from loaded_node import Load, ServedNode

from aos_cli.wallet import load_wallet

_WALLET = Path(__file__).parents[1] / "vectors" / "test-wallet.json"
_CLIENTS = (1, 8, 64)
_PROCESSES = 8


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Requests per second of wall time and their latencies; signed by an Arweave wallet, as most are."""
    messages, repetitions = (16, 1) if quick else (400, 5)
    node = ServedNode(folder / "node", load_wallet(_WALLET), _PROCESSES)
    posts: dict[int, list[Load]] = {clients: [] for clients in _CLIENTS}
    gets: dict[int, list[Load]] = {clients: [] for clients in _CLIENTS}
    try:
        # In turn, again and again, so that a slow minute of a shared computer falls on all of them alike.
        for _ in range(repetitions):
            for clients in _CLIENTS:
                sent = node.messages(messages)
                posts[clients].append(node.post(clients, sent))
                node.settle(sent)
                gets[clients].append(node.results(clients, sent))
    finally:
        node.close()
    figures = [_rate(f"server-post-{clients}", "POST /", clients, posts[clients]) for clients in _CLIENTS]
    figures += [_rate(f"server-result-{clients}", "GET /result", clients, gets[clients]) for clients in _CLIENTS]
    few, many = (statistics.median(load.seconds for load in posts[clients]) for clients in _CLIENTS[1:])
    counts = f"median of {repetitions}"
    meaning = f"POST / of {_CLIENTS[2]} clients against {_CLIENTS[1]}"
    return [*figures, Figure("server-post-ratio", meaning, "times, wall", few / many, counts, at_least=1)]


def _rate(name: str, meaning: str, clients: int, loads: Sequence[Load]) -> Figure:
    """Requests per second, with how long one takes."""
    requests = len(loads[0].latencies)
    rate = requests / statistics.median(load.seconds for load in loads)
    latencies = sorted(latency * 1000 for load in loads for latency in load.latencies)
    middle, slow = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
    beside = f"p50 {middle:.1f} ms, p99 {slow:.1f} ms"
    of = f"{clients} client{'s' if clients > 1 else ''}"
    counts = f"{requests:,} requests, median of {len(loads)}"
    return Figure(name, f"{meaning}, {of}", "requests/s wall", rate, counts, beside=beside)
