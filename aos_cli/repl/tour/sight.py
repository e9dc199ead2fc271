"""What can be seen of the tour's processes: their logs, and the state that the logs have led to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aos_cli.errors import StoreError
from aos_cli.units.records import ProcessRecord

if TYPE_CHECKING:
    from aos_cli.clients.base import Slot
    from aos_cli.repl.loop import Repl

T = TypeVar("T")

# The feed may be at work in a process for an instant; it looks three times in a row at the most.
_MOST_LOOKS = 4


class Sight:
    """Looks at the processes of a tour, and at what is new there since it was told to begin.

    Args:
        shell: where the user types; its process is the tour's own now.
        folder: for the tour's files.

    Attributes:
        tour: the process that the tour began in.
        folder: as given.
        command: the dot-command that was entered just now; "" for Lua, and for nothing.
    """

    def __init__(self, shell: Repl, folder: Path) -> None:
        self._shell = shell
        self._client = shell.session.client
        self.tour: ProcessRecord = shell.session.process
        self.folder = folder
        self.command = ""
        self.begin()

    def begin(self) -> None:
        """What happens from here on is new."""
        self._ends = {record.id: record.slots for record in self._client.processes()}
        self._handlers = frozenset(self.handlers())
        self._loads = self._client.loaded_code(self.tour.id).loads

    # Processes

    @property
    def open(self) -> ProcessRecord:
        """The process that is typed at."""
        return self._shell.session.process

    @property
    def friend(self) -> ProcessRecord | None:
        """The newest other process of the user's; None while there is none."""
        own = [record for record in self._client.processes() if record.owner == self.tour.owner]
        return own[-1] if len(own) > 1 else None

    @property
    def is_at_rest(self) -> bool:
        """Whether everything in the logs is evaluated; to look at a process that is at work would have to wait."""
        return all(record.evaluated == record.slots for record in self._client.processes())

    # Logs

    def new(self, process: ProcessRecord | None) -> list[Slot]:
        """The new slots of a process, in order; none of nobody."""
        return [] if process is None else self._client.slots(process.id, self._ends.get(process.id, 0))

    def typed(self) -> list[Slot]:
        """The new slots of the open process that hold lines of the user's."""
        lines = self.new(self.open)
        return [slot for slot in lines if slot.message.action == "Eval" and slot.message.sender == self.tour.owner]

    def has_shown(self) -> bool:
        """Whether such a line has shown something, and did not fail."""
        return any(slot.result.output and slot.result.error is None for slot in self.typed())

    def received(self, process: ProcessRecord | None, sender: ProcessRecord | None) -> list[Slot]:
        """The new slots of a process that hold messages of another one, or of its own."""
        return [slot for slot in self.new(process) if sender is not None and slot.message.sender == sender.id]

    # State

    def text(self, *path: str) -> str:
        """A number, text or boolean in the tour's process, as text; "" when there is none."""
        found = self._seen(lambda: self._client.describe(self.tour.id, path, 0))
        return found.value.text if found else ""

    def is_table(self, *path: str) -> bool:
        """Whether there is such a table in the tour's process."""
        found = self._seen(lambda: self._client.describe(self.tour.id, path, 0))
        return found is not None and found.value.type == "table"

    def handlers(self) -> Sequence[str]:
        """The names of the handlers of the tour's process."""
        # A process has some from birth: an empty list means that nobody could look.
        return self._seen(lambda: self._client.handlers(self.tour.id) or None) or ()

    def new_handlers(self) -> list[str]:
        """The names of those that are new."""
        return [name for name in self.handlers() if name not in self._handlers]

    def inbox_size(self) -> int:
        """How many messages the tour's process keeps that no handler took."""
        return self._client.inbox(self.tour.id, 0)[0]

    def has_loaded(self) -> bool:
        """Whether a file was loaded into the tour's process."""
        return self._client.loaded_code(self.tour.id).loads != self._loads

    def _seen(self, look: Callable[[], T | None]) -> T | None:
        """What a look gives that does not wait: when it gives nothing, somebody else may have been looking."""
        for _ in range(_MOST_LOOKS):
            found = look()
            if found is not None:
                return found
            self._client.inbox(self.tour.id, 0)  # waits for its turn
        return None

    # Files

    def write_file(self, name: str, content: str) -> None:
        """Writes a file into the tour's folder.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            (self.folder / name).write_text(content, "utf-8")
        except OSError as error:
            raise StoreError(f"The tour cannot write its file {name}: {error.strerror}") from error
