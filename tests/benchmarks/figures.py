"""A measured number with its aim, and how a list of them is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clocks import Timing


class BenchmarkBroken(Exception):
    """What was to be measured did not do its work, so that a figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        name: for programs.
        meaning: for people.
        unit: of `value`, with the clock by which it was taken.
        value: what the aim is held against.
        counts: how much was measured, how often.
        at_most, at_least: the aim; at most one of the two.
        beside: the same by the other clock, with its unit; "" when there is none.
    """

    name: str
    meaning: str
    unit: str
    value: float
    counts: str
    at_most: float | None = None
    at_least: float | None = None
    beside: str = ""

    @property
    def aim(self) -> str:
        """The aim as text, "" without one."""
        if self.at_most is not None:
            return f"< {self.at_most:,g}"
        return f"> {self.at_least:,g}" if self.at_least is not None else ""

    @property
    def ratio(self) -> float | None:
        """The value over its aim."""
        aim = self.at_most if self.at_most is not None else self.at_least
        return None if aim is None else self.value / aim

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.at_most is not None:
            return self.value < self.at_most
        return self.value > self.at_least if self.at_least is not None else None

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


def microseconds(
    name: str, meaning: str, timing: Timing, messages: int, repetitions: int, *, at_most: float | None = None
) -> Figure:
    """CPU time per message."""
    cpu, wall = (seconds * 1e6 / messages for seconds in timing)
    counts = f"{messages:,} messages, median of {repetitions}"
    return Figure(name, meaning, "us CPU", cpu, counts, at_most, beside=f"{_number(wall)} us wall")


def seconds(name: str, meaning: str, timing: Timing, repetitions: int, *, at_most: float | None = None) -> Figure:
    """CPU time of a whole thing."""
    beside = f"{_number(timing.wall)} s wall"
    return Figure(name, meaning, "s CPU", timing.cpu, f"median of {repetitions}", at_most, beside=beside)


def rate(
    name: str, meaning: str, timing: Timing, messages: int, repetitions: int, *, at_least: float | None = None
) -> Figure:
    """Messages per second of wall time."""
    counts = f"{messages:,} messages, median of {repetitions}"
    beside = f"{_number(timing.cpu * 1e6 / messages)} us CPU each"
    return Figure(name, meaning, "messages/s wall", messages / timing.wall, counts, at_least=at_least, beside=beside)


def _number(value: float) -> str:
    """Three or four digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


_TITLES = ("figure", "value", "unit", "aim", "of aim", "", "beside", "counts")
_TO_THE_RIGHT = {1, 3, 4}


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned text."""
    rows: list[Sequence[str]] = [_TITLES, *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index in _TO_THE_RIGHT else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> Sequence[str]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    value = _number(figure.value)
    return (figure.meaning, value, figure.unit, figure.aim, ratio, verdict, figure.beside, figure.counts)
