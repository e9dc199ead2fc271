"""Looks into a process whose machine is here."""

from __future__ import annotations

from typing import Any

from aos_cli.clients.base import HandlerChanges, LoadedCode
from aos_cli.machine.port import Machine

# Where a program that was made of files says what it brought.
# Source: aos_cli/source/emit.py.
_BUNDLED = ("package", "bundled")
_MOST_MODULES = 10_000


Inbox = tuple[int, list[dict[str, Any]]]


def inbox(machine: Machine, count: int) -> Inbox:
    """How many messages the Inbox has, and the newest `count` of them, oldest first."""
    total = machine.length(["Inbox"])
    entries = machine.read(["Inbox"], max(1, total - count + 1), total)
    # A program may put into its Inbox what it likes; the numbers of the others must stay right.
    return total, [entry if isinstance(entry, dict) else {"Data": entry} for entry in entries]


def loaded_code(machine: Machine) -> LoadedCode:
    """What loading files left in a process."""
    modules = machine.inspect([*_BUNDLED, "modules"], _MOST_MODULES)
    digests = {}
    for name in modules.fields if modules else ():
        module = [*_BUNDLED, "modules", name]
        digest = machine.inspect([*module, "digest"], 0)
        # Somebody may have taken the module out of the process, or put another one into its place.
        as_loaded = machine.inspect([*module, "value"], 0) == machine.inspect(["package", "loaded", name], 0)
        if digest and digest.type == "string" and as_loaded:
            digests[name] = digest.text
    loads = machine.inspect([*_BUNDLED, "loads"], 0)
    handlers = HandlerChanges(*(_handler_names(machine, change) for change in HandlerChanges._fields))
    return LoadedCode(digests, loads.text if loads else "", handlers)


def _handler_names(machine: Machine, change: str) -> tuple[str, ...]:
    path = [*_BUNDLED, "handlers", change]
    names = machine.read(path, 1, min(machine.length(path), _MOST_MODULES))
    return tuple(name for name in names if isinstance(name, str))
