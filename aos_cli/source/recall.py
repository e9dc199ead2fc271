"""The Lua text that a process was given, found again in its log: what an error points at.

A file on disk may be another one by now, and what was typed is on no disk; the log has both as the process had them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aos_cli.errors import AosError
from aos_cli.lua_error import BUNDLE_BEGINS

if TYPE_CHECKING:
    from aos_cli.clients.base import Slot

# An error is shown within an instant; a file that was loaded longer ago is not looked for.
_MOST_SLOTS = 500
_PAGE = 50

# How `emit` begins an entry; the text behind it ends with as many signs as it begins with.
_ENTRY = re.compile(r'\{path = "(?P<path>[^"\\\n]*(?:\\.[^"\\\n]*)*)", names = \{[^\n]*\}, text = \[(?P<level>=*)\[\n')
_ESCAPE = re.compile(r"\\(\d{3})")


class Recall:
    """Looks for source in the logs of a node.

    Args:
        slots: reads the slots of a process, from a first to a last one, as `NodeClient.slots` does.
    """

    def __init__(self, slots: Callable[[str, int, int | None], list[Slot]]) -> None:
        self._slots = slots

    def file(self, slot: Slot, name: str) -> str | None:
        """The text of a loaded file.

        Args:
            slot: the message that met it; the file was loaded then or before.
            name: as Lua's errors have it, which shorten long ones to `...` and their end.
        """
        found = (bundled_text(earlier.message.data, name) for earlier in self._evaluations(slot))
        return next((text for text in found if text is not None), None)

    def typed(self, slot: Slot, fits: Callable[[str], bool]) -> tuple[str, int] | None:
        """What was typed before a slot, the newest text that fits, and its slot."""
        for earlier in self._evaluations(slot):
            text = earlier.message.data
            if earlier.number < slot.number and not text.startswith(BUNDLE_BEGINS) and fits(text):
                return text, earlier.number
        return None

    def _evaluations(self, slot: Slot) -> Iterator[Slot]:
        """The Eval messages of a process, from a slot backwards; few enough to be looked through while somebody waits.

        Nothing more comes from a node that cannot be asked: its trouble is not what the user wants to read here.
        """
        if slot.message.action == "Eval":
            yield slot
        last = slot.number - 1
        while last >= 0 and slot.number - last <= _MOST_SLOTS:
            first = max(0, last - _PAGE + 1)
            try:
                page = self._slots(slot.process.id, first, last)
            except AosError:
                return
            yield from (earlier for earlier in reversed(page) if earlier.message.action == "Eval")
            last = first - 1


def bundled_text(program: str, name: str) -> str | None:
    """The text of a file in a program that `emit` wrote; None when it is none, or has no such file."""
    if not program.startswith(BUNDLE_BEGINS):
        return None
    position = len(BUNDLE_BEGINS)
    while entry := _ENTRY.search(program, position):
        end = program.find(f"]{entry['level']}]", entry.end())
        if end < 0:
            return None
        path = _ESCAPE.sub(lambda escape: chr(int(escape[1])), entry["path"])
        if path == name or (name.startswith("...") and path.endswith(name[3:])):
            return program[entry.end() : end]
        position = end
    return None
