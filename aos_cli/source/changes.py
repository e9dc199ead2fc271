"""Which files of a bundle a process has already, so that only the others are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from aos_cli.source.bundle import Bundle

Status = Literal["main", "new", "changed", "again", "unchanged"]
"""Why a file is sent: the user named it, the process does not have it, has another one, or has it with another version
of something that it requires. An unchanged file stays at home and keeps the value that it has in the process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What of a bundle is sent.

    Attributes:
        bundle: the files.
        statuses: of each of them, in their order.
    """

    bundle: Bundle
    statuses: tuple[Status, ...]

    @property
    def kept(self) -> frozenset[int]:
        """Positions of the files that are not sent."""
        return frozenset(index for index, status in enumerate(self.statuses) if status == "unchanged")

    def data(self, arguments: Sequence[str] | None = None) -> bytes:
        """The Lua text to send; see `Bundle.data`."""
        return self.bundle.data(arguments, self.kept)


def plan(bundle: Bundle, digests: Mapping[str, str], *, everything: bool = False) -> Plan:
    """Compares a bundle with what a process has.

    Main files always run. A file runs again together with anything that it requires, directly or not: it may hold on
    to the old value. A `require` whose name is computed is not seen here.

    Args:
        bundle: the files.
        digests: of the modules that the process has from files, by require name.
        everything: send all files, whatever the process has.
    """
    statuses = [_own_status(bundle, index, digests) for index in range(len(bundle.files))]
    if everything:
        return Plan(bundle, tuple("again" if status == "unchanged" else status for status in statuses))
    moved = {chunk.display for chunk, status in zip(bundle.chunks, statuses, strict=True) if status != "unchanged"}
    grown = True
    while grown:
        grown = False
        for index, chunk in enumerate(bundle.chunks):
            if statuses[index] == "unchanged" and not moved.isdisjoint(chunk.uses):
                statuses[index] = "again"
                moved.add(chunk.display)
                grown = True
    return Plan(bundle, tuple(statuses))


def _own_status(bundle: Bundle, index: int, digests: Mapping[str, str]) -> Status:
    if bundle.files[index] in bundle.mains:
        return "main"
    chunk = bundle.chunks[index]
    # A name that is asked for the first time has to be given to the module, even if others are known.
    known = {digests.get(name) for name in chunk.names}
    if known == {chunk.digest}:
        return "unchanged"
    return "new" if known == {None} else "changed"


def changed_files(before: Bundle, after: Bundle) -> tuple[str, ...]:
    """The displays of the files that were changed or are new in the later of two bundles; else of those that went."""
    old, new = before.texts(), after.texts()
    changed = tuple(display for display, text in new.items() if old.get(display) != text)
    return changed or tuple(display for display in old if display not in new)
