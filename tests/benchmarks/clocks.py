"""How long something takes, by two clocks: CPU seconds of the program and its children, and wall seconds."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timing(NamedTuple):
    """Seconds by both clocks.

    Attributes:
        cpu: user and system time of all threads, and of children that were waited for.
        wall: what a person waits.
    """

    cpu: float
    wall: float


def cpu_seconds() -> float:
    """CPU seconds of this program and its ended children so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    # process_time counts nanoseconds where getrusage counts microseconds, but knows no children.
    return time.process_time() + children.ru_utime + children.ru_stime


def timed(work: Callable[[], object]) -> Timing:
    """What one call of `work` takes."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    work()
    return Timing(cpu_seconds() - cpu, time.perf_counter() - wall)


def medians(measurements: Mapping[str, Callable[[], Timing]], repetitions: int) -> dict[str, Timing]:
    """The median of each measurement, by each clock.

    They are taken in turn, again and again, so that a slow minute of a shared computer falls on all of them alike.
    """
    taken: dict[str, list[Timing]] = {name: [] for name in measurements}
    for _ in range(repetitions):
        for name, measure in measurements.items():
            taken[name].append(measure())
    return {
        name: Timing(statistics.median(t.cpu for t in timings), statistics.median(t.wall for t in timings))
        for name, timings in taken.items()
    }
