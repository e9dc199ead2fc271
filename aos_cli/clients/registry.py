"""The processes that a user has met on networks, in one small file: what a network would have to be asked for.

An entry is about things that never change, so it holds for ever; it belongs to one network, so that a process of
another is never taken for it. The logs themselves are never kept here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from aos_cli.errors import StoreError
from aos_cli.private_files import replace_private_file, stamp_of

_FORMAT = 1


class KnownProcess(NamedTuple):
    """What stays true of a process.

    Attributes:
        network: which one it is on.
        id: 43 characters.
        name: value of its Name tag, or "".
        owner: as for `ProcessRecord`.
        module_id: the module that it runs.
        variant: the protocol's, such as "ao.TN.1".
        spawned_ms: milliseconds since 1970 by the scheduler's clock; 0 when nobody said.
        scheduler: address of the scheduler that has its log; "" for the network's own.
    """

    network: str
    id: str
    name: str
    owner: str
    module_id: str
    variant: str
    spawned_ms: int
    scheduler: str = ""


_TEXTS = frozenset(KnownProcess._fields) - {"spawned_ms"}


class Registry:
    """The known processes. Several programs may use one file; it is replaced as a whole, and read when it changed.

    Args:
        file: where they are kept; None for a registry that ends with the program.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._known: dict[tuple[str, str], KnownProcess] = {}

    def find(self, network: str, process_id: str) -> KnownProcess | None:
        """A process of a network; None when nobody met it."""
        return self._fresh().get((network, process_id))

    def named(self, network: str, name: str, owner: str) -> list[KnownProcess]:
        """The processes of that name and owner, in the order in which they were met."""
        return [one for one in self.of(network) if one.name == name and one.owner == owner]

    def of(self, network: str) -> list[KnownProcess]:
        """All processes of a network, in the order in which they were met."""
        return [one for one in self._fresh().values() if one.network == network]

    def remember(self, process: KnownProcess) -> None:
        """Keeps a process.

        Raises:
            StoreError: the file cannot be written; the process is known until the program ends.
        """
        self._change(lambda known: known.__setitem__((process.network, process.id), process))

    def forget(self, network: str, process_id: str) -> None:
        """Drops a process, as one of a network that began anew.

        Raises:
            StoreError: the file cannot be written.
        """
        self._change(lambda known: known.pop((network, process_id), None))

    def _change(self, change: Callable[[dict[tuple[str, str], KnownProcess]], object]) -> None:
        before = self._fresh()
        after = dict(before)
        change(after)
        if after != before:
            self._known = after
            self._write()

    def _fresh(self) -> dict[tuple[str, str], KnownProcess]:
        stamp = stamp_of(self._file)
        if self._file is not None and stamp != self._stamp:
            self._stamp, self._known = stamp, self._read()
        return self._known

    def _read(self) -> dict[tuple[str, str], KnownProcess]:
        """What the file says; an entry that cannot be read is left out: the network knows it as well."""
        known: dict[tuple[str, str], KnownProcess] = {}
        try:
            listed = json.loads(self._file.read_bytes())["processes"] if self._file else []
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return known
        for fields in listed if isinstance(listed, list) else []:
            process = _decoded(fields)
            if process is not None:
                known[process.network, process.id] = process
        return known

    def _write(self) -> None:
        if self._file is None:
            return
        listed = [one._asdict() for one in self._known.values()]
        text = json.dumps({"format": _FORMAT, "processes": listed}, indent=1)
        try:
            replace_private_file(self._file, text)
        except OSError as error:
            problem = f"Known processes cannot be kept in {self._file.parent}: {error.strerror}"
            raise StoreError(problem, "They are looked up in the network again") from error
        self._stamp = stamp_of(self._file)


def _decoded(fields: Any) -> KnownProcess | None:
    """An entry of the file; None for what is none."""
    if not isinstance(fields, dict):
        return None
    spawned_ms = fields.pop("spawned_ms", None)
    fields.setdefault("scheduler", "")
    if (
        fields.keys() != _TEXTS
        or type(spawned_ms) is not int
        or not all(isinstance(one, str) for one in fields.values())
    ):
        return None
    return KnownProcess(**fields, spawned_ms=spawned_ms)
