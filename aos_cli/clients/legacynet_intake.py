"""What goes into a legacynet: handed to the messenger, and waited for in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aos_cli.clients.legacynet_shapes import Logged
from aos_cli.clients.legacynet_sources import LogSource, Sources
from aos_cli.clients.legacynet_units import Born, End, MessengerUnit
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Pace, Unit
from aos_cli.errors import NodeError, NodeRefused, NodeTimeout
from aos_cli.model import DataItem

T = TypeVar("T")

# How long a log may lag behind a messenger that says that an item is evaluated.
_LAG_SECONDS = 3.0

_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.1, 5.0


class Intake:
    """Hands items to the messenger until the network has them.

    Args:
        messenger: takes them.
        sources: say in which log they end up.
        pace: the clock of all waiting.
    """

    def __init__(self, messenger: MessengerUnit, sources: Sources, pace: Pace) -> None:
        self._messenger = messenger
        self._sources = sources
        self._pace = pace

    def spawn(self, process: DataItem) -> tuple[Born | None, End]:
        """Makes a process; gives what is known of it then, if somebody knows, and the end of its log."""
        source = self._sources.own()

        def look() -> tuple[Born | None, End] | None:
            end = source.end(process.id)
            return None if end is None else (source.process(process.id), end)

        done = self._messenger.post(process, "spawn", lambda: source.end(process.id) is not None)
        source.sent(process)
        return self._await(look, source, "spawn", process.id, done)

    def send(self, process_id: str, message: DataItem) -> Logged:
        """Sends a message; gives where it stands then."""
        source = self._sources.of(process_id)
        done = self._messenger.post(message, "send", lambda: source.place(process_id, message.id) is not None)
        source.sent(message)
        return self._placed(source, process_id, message.id, "send", done)

    def assign(self, process_id: str, message_id: str, exclude: tuple[str, ...]) -> Logged:
        """Has a message that is somewhere put into the log of a process too; gives where it stands there."""
        assignment_id = self._messenger.assign(process_id, message_id, exclude)
        return self._placed(self._sources.of(process_id), process_id, assignment_id, "assign", done=False)

    def monitor(self, message: DataItem, process_id: str, *, wanted: bool) -> None:
        """Asks that what the crons of a process send be sent on, or no longer."""
        self._messenger.monitor(message, process_id, wanted=wanted)

    def _placed(self, source: LogSource, process_id: str, item_id: str, operation: str, done: bool) -> Logged:
        return self._await(lambda: source.place(process_id, item_id), source, operation, item_id, done)

    def _await(self, look: Callable[[], T | None], source: LogSource, operation: str, item_id: str, done: bool) -> T:
        """What the log will have in a moment: the messenger has it, and a copy of the log may lag behind.

        Args:
            look: looks for it.
            source: where.
            operation: what it is for, in a word.
            item_id: what the messenger took.
            done: whether the messenger says that it was evaluated.
        """
        with self._pace.notice(f"for the {source.unit.name} at {source.unit.host}, which does not have {item_id} yet"):
            return self._awaited(look, source, operation, item_id, done)

    def _awaited(self, look: Callable[[], T | None], source: LogSource, operation: str, item_id: str, done: bool) -> T:
        until = self._pace.now() + (_LAG_SECONDS if done else DEFAULT_PATIENCE_SECONDS)
        delay = _FIRST_DELAY_SECONDS
        while True:
            try:
                found = look()
            except NodeError as error:
                # Nobody should send another one in its place.
                error.hint = f"The messenger has taken it all the same. Its id is {item_id}: look for it first"
                raise
            if found is not None:
                return found
            if self._pace.now() + delay > until:
                raise _not_there(source.unit, operation, item_id, done)
            self._pace.wait(delay)
            delay = min(2 * delay, _LONGEST_DELAY_SECONDS)


def _not_there(unit: Unit, operation: str, item_id: str, done: bool) -> NodeError:
    """What is wrong when an item was taken that no log has."""
    where = f"the {unit.name} at {unit.host}"
    if done:
        problem = f"The messenger says that {item_id} is evaluated, but {where} has no result of it"
        hint = "There is no such process, or its evaluation broke down"
        return NodeRefused(problem, hint, node=unit.host, operation=operation)
    problem = f"The messenger has taken {item_id}, but {where} does not have it"
    return NodeTimeout(problem, "It may come late: look for it by its id", node=unit.host, operation=operation)
