"""What `aos doctor` looks at in nodes: keys, stores, logs, and the units of a network."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.cli.app import App
from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.transport import Request, UnitRefused
from aos_cli.errors import AosError, ConfigError
from aos_cli.render.doctor import Finding
from aos_cli.settings import (
    LEGACYNET,
    LOCAL_NODE,
    NODE,
    LocalProfile,
    NetworkProfile,
    NodeProfile,
    node_names,
    node_profile,
)
from aos_cli.status import ExitStatus, exit_status_of

if TYPE_CHECKING:
    from aos_cli.units.read_only import ReadOnlyStore
    from aos_cli.units.records import ProcessRecord

_UNIT_SECONDS = 5.0


def size_text(count: int) -> str:
    """Bytes for people."""
    size, unit = float(count), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.1f} {unit}" if unit != "bytes" else f"{count} bytes"


def count_text(number: int, noun: str) -> str:
    """A number of things, such as "1 process" and "2 processes"."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def exposed_key(app: App, key_file: Path) -> Iterator[Finding]:
    """A note when others can read a private key."""
    from aos_cli.wallet import loose_permissions

    if loose_permissions(key_file):
        shown = app.shown_path(key_file)
        yield Finding(
            "wallet", "note", f"Others can read the private key {shown}", f"chmod 600 {shlex.quote(str(key_file))}"
        )


def node_checks(app: App, deep: bool) -> Iterator[Finding]:
    """Every node that can be chosen; of networks only the one that is used is contacted."""
    for profile, used in _profiles(app):
        try:
            if isinstance(profile, NetworkProfile):
                yield from _network(app, profile, used)
            else:
                yield from _keys(app, profile, used)
                yield from _store(app, profile, deep)
        except AosError as error:
            yield Finding("store", "problem", error.message, error.hint, exit_status_of(error))


def _network(app: App, profile: NetworkProfile, used: bool) -> Iterator[Finding]:
    """The units of a network: whether each answers."""
    if not used:
        # One that was never used need not be reached.
        if profile.name != LEGACYNET:
            yield Finding("node", "ok", f"{profile.name}: a network; `--node {profile.name}` has it looked at")
        return
    client = app.client()
    assert isinstance(client, LegacynetClient)  # noqa: S101 - that is what a network's profile gives
    for unit in client.units:
        begun = time.perf_counter()
        try:
            unit.ask(Request("introduce itself", "/", patience_seconds=_UNIT_SECONDS))
        except UnitRefused as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                yield Finding("node", "problem", error.message, error.hint, ExitStatus.NODE)
                continue
        except AosError as error:
            yield Finding("node", "problem", error.message, error.hint, exit_status_of(error))
            continue
        milliseconds = (time.perf_counter() - begun) * 1000
        yield Finding("node", "ok", f"{profile.name}: the {unit.name} {unit.address} answers in {milliseconds:.0f} ms")


def _profiles(app: App) -> list[tuple[NodeProfile, bool]]:
    """The nodes, and whether each is the one that is used."""
    try:
        chosen = app.node.name
    except ConfigError:
        # Said elsewhere; the store is worth a look all the same.
        return [(LocalProfile(LOCAL_NODE, app.home.store, app.home.keys), False)]
    settings = app.settings
    found: list[tuple[NodeProfile, bool]] = []
    for name in dict.fromkeys((*node_names(settings), settings[NODE])):
        settings.set(NODE, name)
        try:
            found.append((node_profile(settings, app.home), name == chosen))
        except ConfigError:
            continue
        finally:
            settings.reset(NODE)
    return found


def _keys(app: App, profile: LocalProfile, used: bool) -> Iterator[Finding]:
    """The keys of a node's units, and with them whether the node can be used: it is inside the program."""
    from aos_cli.units.keys import kept_unit_keys

    name = f"{profile.name}, which is used now" if used else profile.name
    files = [profile.keys / f"{unit}.json" for unit in ("scheduler", "messenger")]
    missing = [file for file in files if not file.exists()]
    if not missing:
        keys = kept_unit_keys(profile.keys)
        yield Finding("node", "ok", f"{name}: inside the program; trust {keys.messenger.address}")
        for file in files:
            yield from exposed_key(app, file)
    elif profile.store.exists():
        text = f"{profile.name}: the key {app.shown_path(missing[0])} is missing, and processes trust it"
        yield Finding("node", "problem", text, "Bring it back from a copy, with the store", ExitStatus.WALLET)
    else:
        yield Finding("node", "ok", f"{name}: inside the program; its keys are made when it is used")


def _store(app: App, profile: LocalProfile, deep: bool) -> Iterator[Finding]:
    from aos_cli.units.read_only import ReadOnlyStore

    shown = app.shown_path(profile.store)
    if not profile.store.exists():
        yield Finding("store", "ok", f"{shown} is not there yet; the first process makes it")
        return
    with contextlib.closing(ReadOnlyStore(profile.store)) as store:
        facts, processes = store.facts(), store.processes()
        slots = sum(process.slots for process in processes)
        ahead = f" and {size_text(facts.ahead_bytes)} written ahead of it" if facts.ahead_bytes else ""
        counts = f"{count_text(len(processes), 'process')}, {count_text(slots, 'slot')}"
        text = f"{shown}: {counts}, {size_text(facts.bytes)}{ahead}, schema {facts.schema}"
        yield Finding("store", "ok", text)
        waiting = slots - sum(process.evaluated for process in processes)
        if waiting:
            yield Finding(
                "store", "note", f"waiting for a result: {count_text(waiting, 'slot')}", "Opening the process does it"
            )
        if deep and all((profile.keys / f"{unit}.json").exists() for unit in ("scheduler", "messenger")):
            yield from _logs(app, profile, store, processes)


def _logs(
    app: App, profile: LocalProfile, store: ReadOnlyStore, processes: Sequence[ProcessRecord]
) -> Iterator[Finding]:
    """Every log of a store: signatures, order, hash chain."""
    from aos_cli.units.keys import kept_unit_keys
    from aos_cli.units.node import Node

    node = Node(store, kept_unit_keys(profile.keys), app.environment.clock_ms)
    sound = 0
    for process in processes:
        try:
            sound += node.verify(process.id)
        except AosError as error:
            hint = "Take the store from a copy; what was evaluated is not lost as long as you keep this one"
            yield Finding("log", "problem", error.message, error.hint or hint, exit_status_of(error))
    yield Finding("log", "ok", f"{profile.name}: signatures and hash chain are right, {count_text(sound, 'slot')}")
