"""Whether two cores do more than one: 16 processes by two threads of a node, and by two programs over one store."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from clocks import Timing, medians, timed
from figures import Figure, rate
from workers import Worker
from workload import bare_node, evaluate_slots, local_client, new_process, ping

from aos_cli.units.node import Node
from aos_cli.wallet import generate_ed25519

_PROCESSES = 16
_WORKERS = 2

# How many processes each way of evaluating has in its store.
_STORES = {"one": 1, "threads": _PROCESSES, "programs": _PROCESSES}


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


def _round_robin(node: Node, process_ids: list[str], slots: int) -> None:
    """Evaluates slots of several processes in turn, as a node does that has many to serve."""
    for _ in range(slots):
        for process_id in process_ids:
            evaluate_slots(node, process_id, 1)


def _by_threads(node: Node, process_ids: list[str], slots: int) -> Timing:
    def work() -> None:
        with ThreadPoolExecutor(_WORKERS) as pool:
            shares = [process_ids[index::_WORKERS] for index in range(_WORKERS)]
            list(pool.map(partial(_round_robin, node, slots=slots), shares))

    return timed(work)


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
    shared_store, shared_node = bare_node(folder / "threads")
    workers = [Worker("evaluate", folder / "programs", ids["programs"][index::_WORKERS]) for index in range(_WORKERS)]
    measurements: dict[str, Callable[[], Timing]] = {
        "one": partial(timed, partial(evaluate_slots, one_node, ids["one"][0], messages)),
        "threads": partial(_by_threads, shared_node, ids["threads"], slots),
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
    ratios = {name: taken["one"].wall / taken[name].wall for name in ("threads", "programs")}
    better = max(ratios, key=lambda name: ratios[name])

    def ratio(name: str, meaning: str, value: float, at_least: float | None = None) -> Figure:
        return Figure(name, meaning, "times, wall", value, f"median of {repetitions}", at_least=at_least)

    return [
        rate("one-process", "1 process by one node", taken["one"], messages, repetitions),
        rate("sixteen-threads", "16 processes by two threads of one node", taken["threads"], messages, repetitions),
        ratio("sixteen-threads-ratio", "two threads over one process", ratios["threads"]),
        rate("sixteen-programs", "16 processes by two programs, one store", taken["programs"], messages, repetitions),
        ratio("sixteen-programs-ratio", "two programs over one process", ratios["programs"]),
        ratio("sixteen-better-ratio", f"the better of both ({better})", ratios[better], 1.6),
    ]
