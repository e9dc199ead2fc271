"""Dot-commands of the guided tour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import LeaveShell, command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl
    from aos_cli.repl.tour.guide import Guide

_STOP = "stop"


def _tour_words(repl: Repl, word: str) -> Iterable[str]:
    return (_STOP,)


@command(".tour", "[stop]", "Take the guided tour; in it, show the task once more, or leave.", _tour_words)
def _tour(repl: Repl, argument: str) -> None:
    if argument not in ("", _STOP):
        raise UsageError(".tour takes nothing behind it but stop", "In the tour, .next and .back turn the pages")
    guide = _guide_of(repl)
    if argument:
        _needed(guide)
        raise LeaveShell
    if guide is None:
        repl.host.take_tour()
    else:
        guide.again()


@command(".next", "", "In the tour, have the task done and go on.")
def _next(repl: Repl, argument: str) -> None:
    _needed(_guide_of(repl)).skip()


@command(".back", "", "In the tour, go back to the task before.")
def _back(repl: Repl, argument: str) -> None:
    _needed(_guide_of(repl)).back()


def _guide_of(repl: Repl) -> Guide | None:
    """The guide of the tour that is on in this shell."""
    from aos_cli.repl.tour.guide import TourShell

    return repl.guide if isinstance(repl, TourShell) else None


def _needed(guide: Guide | None) -> Guide:
    if guide is None:
        raise UsageError("There is no tour here", ".tour begins one")
    return guide
