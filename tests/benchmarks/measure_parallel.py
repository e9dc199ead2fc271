"""Whether much work goes faster than little: 16 processes by one node, and by two programs that share a store."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import Figure, rate
from workers import Worker
from workload import bare_node, local_client, new_process, ping, settle

from aos_cli.wallet import generate_ed25519

_PROCESSES = 16
_WORKERS = 2

# How many processes each way of evaluating has in its store.
_STORES = {"one": 1, "node": _PROCESSES, "programs": _PROCESSES}


def _self_pinging(folder: Path, processes: int) -> list[str]:
    """Makes a store with processes that each have a ping to themselves under way; gives their ids."""
    folder.mkdir()
    client = local_client(folder)
    signer = generate_ed25519()
    ids = []
    for index in range(processes):
        session = new_process(client, signer, f"ping-{index}")
        ping(session, session)
        ids.append(session.process.id)
    client.close()
    return ids


def _by_programs(workers: list[Worker], slots: int) -> Timing:
    began = time.perf_counter()
    for worker in workers:
        worker.ask(slots)
    cpu = sum(worker.answer() for worker in workers)
    return Timing(cpu, time.perf_counter() - began)


def measure(folder: Path, quick: bool) -> list[Figure]:
    """Messages per second of all processes together, against one process of one node."""
    slots, repetitions = (2, 1) if quick else (60, 3)
    messages = _PROCESSES * slots
    ids = {name: _self_pinging(folder / name, count) for name, count in _STORES.items()}
    one_store, one_node = bare_node(folder / "one")
    shared_store, shared_node = bare_node(folder / "node")
    workers = [Worker("evaluate", folder / "programs", ids["programs"][index::_WORKERS]) for index in range(_WORKERS)]
    measurements: dict[str, Callable[[], Timing]] = {
        "one": partial(timed, partial(settle, one_node, messages, ids["one"])),
        "node": partial(timed, partial(settle, shared_node, messages, ids["node"])),
        "programs": partial(_by_programs, workers, slots),
    }
    try:
        for measurement in measurements.values():
            measurement()  # replays the logs into machines
        taken = medians(measurements, repetitions)
    finally:
        for worker in workers:
            worker.close()
        one_store.close()
        shared_store.close()
    return _figures(taken, messages, repetitions)


def _figures(taken: dict[str, Timing], messages: int, repetitions: int) -> list[Figure]:
    ratios = {name: taken["one"].wall / taken[name].wall for name in ("node", "programs")}
    better = max(ratios, key=lambda name: ratios[name])

    def ratio(name: str, meaning: str, value: float, at_least: float | None = None) -> Figure:
        return Figure(name, meaning, "times, wall", value, f"median of {repetitions}", at_least=at_least)

    return [
        rate("one-process", "1 process by one node", taken["one"], messages, repetitions),
        rate("sixteen-node", "16 processes by one node", taken["node"], messages, repetitions),
        ratio("sixteen-node-ratio", "16 processes over one, by one node", ratios["node"]),
        rate("sixteen-programs", "16 processes by two programs, one store", taken["programs"], messages, repetitions),
        ratio("sixteen-programs-ratio", "16 by two programs over one by one", ratios["programs"]),
        ratio("sixteen-better-ratio", f"the better of both ({better})", ratios[better], 1.6),
    ]
