"""What a message or a tick set off: the answers to what its process sent, the answers to those, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from aos_cli.errors import StoreError
from aos_cli.units.happened import Evaluated, Happened, Ticked
from aos_cli.units.node import Node
from aos_cli.units.rounds import BATCH_SLOTS


def consequences(
    node: Node, process_id: str, slot: int, limit: int, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Evaluated]:
    """The slots that an evaluated slot set off in any log, and those that they set off, in the order of their time.

    What waits in front of them in a log is evaluated, too, but not given out; what has nothing to do with them
    is left alone.

    Args:
        node: evaluates them.
        process_id, slot: where it began.
        limit: slots to evaluate or to give at the most.
        cancelled: asked between slots.

    Raises:
        StoreError: a process that was sent something cannot be evaluated.
    """
    awaited: dict[str, set[int]] = {}
    _await_deliveries(awaited, node.evaluated(process_id, slot, slot))
    return _followed(node, awaited, limit, cancelled)


def ticks_and_consequences(
    node: Node, limit: int, cancelled: Callable[[], bool] = lambda: False, *, following: bool = True
) -> Iterator[Happened]:
    """The ticks of monitored processes that are due, and what they set off.

    Args:
        node: evaluates them.
        limit: ticks, and slots behind them, to evaluate or to give at the most.
        cancelled: asked between steps.
        following: False leaves what they set off waiting in the logs.

    Raises:
        StoreError: a process cannot be evaluated.
    """
    awaited: dict[str, set[int]] = {}
    done = 0
    while done < limit and not cancelled():
        due = node.due()[:BATCH_SLOTS]
        if not due:
            break
        broken: dict[str, StoreError] = {}
        made = node.evaluate_some(due, limit - done, cancelled, broken)
        done += made.slots + made.ticks
        ticks = [found for found in made.happened if isinstance(found, Ticked)]
        _await_deliveries(awaited, ticks)
        yield from ticks
        for error in broken.values():
            raise error
    if following:
        yield from _followed(node, awaited, limit - done, cancelled)


def _followed(
    node: Node, awaited: dict[str, set[int]], limit: int, cancelled: Callable[[], bool]
) -> Iterator[Evaluated]:
    """Awaited slots as they get their results, and those that they set off; ticks in front of them do not count."""
    done = 0
    while awaited and done < limit and not cancelled():
        ready = _already_evaluated(node, awaited)
        broken: dict[str, StoreError] = {}
        if not ready:
            made = node.evaluate_some(list(awaited)[:BATCH_SLOTS], limit - done, cancelled, broken)
            slots = [found for found in made.happened if isinstance(found, Evaluated)]
            ready = [found for found in slots if found.entry.slot in awaited.get(found.process.id, ())]
            done += made.slots - len(ready)
        for found in ready:
            _no_longer_awaited(awaited, found)
        _await_deliveries(awaited, ready)
        done += len(ready)
        yield from ready
        for error in broken.values():
            raise error


def _already_evaluated(node: Node, awaited: Mapping[str, set[int]]) -> list[Evaluated]:
    """Awaited slots that got their result in passing, or from another program."""
    return [
        found
        for process_id, slots in awaited.items()
        for slot in sorted(slots)
        if slot < node.record(process_id).evaluated
        for found in node.evaluated(process_id, slot, slot)
    ]


def _await_deliveries(awaited: dict[str, set[int]], happened: Iterable[Happened]) -> None:
    """Notes the slots into which some outboxes went."""
    for found in happened:
        for delivery in found.deliveries:
            if delivery.state == "delivered" and delivery.slot is not None:
                awaited.setdefault(delivery.target, set()).add(delivery.slot)


def _no_longer_awaited(awaited: dict[str, set[int]], found: Evaluated) -> None:
    awaited[found.process.id].discard(found.entry.slot)
    if not awaited[found.process.id]:
        del awaited[found.process.id]
