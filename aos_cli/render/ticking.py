"""How often a process ticks, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import visible_name

if TYPE_CHECKING:
    from aos_cli.units.cron import Cron


def rhythm(crons: Sequence[Cron]) -> str:
    """Such as `every 10 seconds and every 5 blocks`; `by its crons` when they are not known."""
    told = dict.fromkeys(f"every {visible_name(cron.interval.replace('-', ' ', 1))}" for cron in crons)
    return " and ".join(told) or "by its crons"
