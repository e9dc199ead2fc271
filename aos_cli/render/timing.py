"""How long a command took, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aos_cli.render.signs import Signs

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Slot

_SECOND_MS = 1000


def timing_line(slot: Slot, parts: Mapping[str, float], signs: Signs | None = None) -> Text:
    """What a command took: `12 ms (sign 3, send 4, compute 5) · 1,000 instructions`.

    Args:
        slot: the result.
        parts: the steps in their order, and how long each took, in ms.
        signs: what the terminal can show.
    """
    from rich.text import Text

    signs = signs or Signs()
    steps = ", ".join(f"{name} {_number(time_ms)}" for name, time_ms in parts.items())
    total_ms = sum(parts.values())
    total = f"{_number(total_ms)} ms" if total_ms < 10 * _SECOND_MS else f"{total_ms / _SECOND_MS:,.1f} s"
    detail = f" ({steps})" if steps else ""
    return Text(f"{total}{detail} {signs.dot} {slot.instructions:,} instructions", style="dim")


def _number(time_ms: float) -> str:
    """Milliseconds with as many digits as mean something."""
    return f"{time_ms:,.0f}" if time_ms >= 10 or time_ms == int(time_ms) else f"{time_ms:.1f}"
