"""Opening a process with a long log, trying a line in it when it is open, and its cost in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from clocks import medians, timed
from figures import Figure, microseconds, seconds
from workers import Worker
from workload import COUNTING_CODE, evaluated, follow, found, local_client, new_process, ping

from aos_cli.clients.local import LocalClient
from aos_cli.session import Session
from aos_cli.wallet import generate_ed25519, load_wallet

_MEGABYTE = 1e6
_WALLET = Path(__file__).parents[1] / "vectors" / "test-wallet.json"


def _long_log(folder: Path, messages: int) -> str:
    """Makes a store with a process that has evaluated that many pings of its own; gives its id."""
    folder.mkdir()
    client = local_client(folder)
    session = new_process(client, generate_ed25519(), "long")
    ping(session, session)
    follow(client, messages)
    client.close()
    return session.process.id


def _open(folder: Path, process_id: str) -> None:
    """Opens the store and brings a machine in front of the next slot."""
    client = local_client(folder)
    client.inbox(process_id, 0)
    client.close()


def measure(folder: Path, quick: bool) -> list[Figure]:
    """CPU seconds by length of the log; bytes per open process, and per message on disk."""
    lengths, repetitions = ((5, 20, 50), 1) if quick else ((10, 1000, 10_000), 3)
    stores = {length: folder / f"log-{length}" for length in lengths}
    ids = {length: _long_log(at, length) for length, at in stores.items()}
    measurements = {str(length): partial(timed, partial(_open, stores[length], ids[length])) for length in lengths}
    # Not the process but its store alone: what every start pays for what is in it.
    measurements["store"] = partial(timed, lambda: local_client(stores[lengths[-1]]).close())
    taken = medians(measurements, repetitions)
    names = ("open-short", "open-medium", "open-long")
    aims = (None, None, 1.5)
    figures = [
        seconds(name, f"open after {length:,} messages", taken[str(length)], repetitions, at_most=aim)
        for name, length, aim in zip(names, lengths, aims, strict=True)
    ]
    figures.append(seconds("open-store", f"of that, the store of {lengths[-1]:,}", taken["store"], repetitions))
    figures += _dry_runs(stores, ids, *((2, 1) if quick else (20, 3)))
    return [*figures, _memory(folder, 3 if quick else 50), *_disk(folder, quick)]


def _dry_runs(stores: Mapping[int, Path], ids: Mapping[int, str], count: int, repetitions: int) -> list[Figure]:
    """Dry runs in a process that is open, by the length of its log."""
    clients = {length: local_client(at) for length, at in stores.items()}
    signer = generate_ed25519()
    sessions = {length: Session(client, signer, found(client, ids[length])) for length, client in clients.items()}

    def run(length: int) -> None:
        for number in range(count):
            sessions[length].dry_run(f"return {number}")

    for length in clients:
        run(length)
    taken = medians({str(length): partial(timed, partial(run, length)) for length in clients}, repetitions)
    for client in clients.values():
        client.close()
    names = dict(zip(clients, ("dry-short", "dry-medium", "dry-long"), strict=True))
    return [
        microseconds(names[length], f"dry run after {length:,} messages", taken[str(length)], count, repetitions)
        for length in clients
    ]


def _memory(folder: Path, processes: int) -> Figure:
    at = folder / "memory"
    at.mkdir()
    client = local_client(at)
    signer = generate_ed25519()
    ids = [new_process(client, signer, f"process-{index}").process.id for index in range(processes + 1)]
    client.close()
    worker = Worker("memory", at, ids)
    per_process = worker.answer() / _MEGABYTE
    worker.close()
    return Figure("memory", "resident memory per open process", "MB", per_process, f"{processes} processes", at_most=1)


def _disk(folder: Path, quick: bool) -> list[Figure]:
    hops, evals = (20, 10) if quick else (1000, 200)
    ping_pong = _bytes_per_message(folder / "ping-pong", _ping_pong, hops)
    rsa_evals = _bytes_per_message(folder / "evals", _evals, evals)
    return [
        Figure("disk-ping", "disk per message, ping-pong (Ed25519)", "bytes", ping_pong, f"{hops:,} messages"),
        Figure("disk-eval", "disk per message, Evals of an Arweave wallet", "bytes", rsa_evals, f"{evals:,} messages"),
    ]


def _bytes_per_message(folder: Path, fill: Callable[[LocalClient, int], None], messages: int) -> float:
    """By how much a store is larger with messages than without."""
    sizes = []
    for count in (0, messages):
        at = folder / str(count)
        at.mkdir(parents=True)
        client = local_client(at)
        fill(client, count)
        client.close()  # merges the log written ahead into the file
        sizes.append(sum(file.stat().st_size for file in at.glob("store.sqlite*")))
    return (sizes[1] - sizes[0]) / messages


def _ping_pong(client: LocalClient, hops: int) -> None:
    signer = generate_ed25519()
    alice, bob = (new_process(client, signer, name) for name in ("alice", "bob"))
    ping(alice, bob)
    follow(client, hops)


def _evals(client: LocalClient, evals: int) -> None:
    session = new_process(client, load_wallet(_WALLET), "counter")
    for _ in range(evals):
        evaluated(session, COUNTING_CODE)
