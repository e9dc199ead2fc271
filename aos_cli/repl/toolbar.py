"""The line at the bottom: which node and process, how far, what is new, and in which mode the shell is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.utils import get_cwidth

from aos_cli.render.sanitiser import visible_id, visible_name
from aos_cli.repl.feed import Health

# Below this there is room for the prompt only.
_LEAST_WIDTH = 24


@dataclass(slots=True)
class Status:
    """What the toolbar says.

    Attributes:
        node: the node's name.
        name, process_id: the process.
        speaker: the wallet that speaks; "" for the user's default one.
        slots: length of the log.
        inbox, unread: messages in the inbox, and those of them that were not looked at.
        feed: `live` shows what arrives; `paused` by the user; `resting` after a game without end was left; `failing`
            when the node cannot be asked.
        dry: whether nothing is kept.
        multiline, vi: ways of typing that are not the usual ones.
    """

    node: str
    name: str
    process_id: str
    speaker: str = ""
    slots: int = 0
    inbox: int = 0
    unread: int = 0
    feed: Health = "live"
    dry: bool = False
    multiline: bool = False
    vi: bool = False


_FEED_CLASSES = {"live": "good", "paused": "warning", "resting": "warning", "failing": "bad"}


def toolbar(status: Status, width: int, *, unicode: bool) -> StyleAndTextTuples:
    """The toolbar as parts with their styles, not wider than the window; [] when there is no room.

    What matters least is left out first.
    """
    if width < _LEAST_WIDTH:
        return []
    separator = " · " if unicode else " | "
    parts = _parts(status)
    while len(parts) > 1 and _cells(parts, separator) + 2 > width:
        parts.remove(max(parts, key=lambda part: part.rank))
    shown: StyleAndTextTuples = [("", " ")]
    for index, part in enumerate(parts):
        if index:
            shown.append(("", separator))
        shown.append((f"class:bottom-toolbar.{part.style}" if part.style else "", part.text[: width - 2]))
    return shown


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece; of several that do not fit, the one of the highest rank goes."""

    text: str
    rank: int
    style: str = ""


def _parts(status: Status) -> list[_Part]:
    ends = f"{status.process_id[:4]}..{status.process_id[-4:]}"
    parts = [
        _Part("DRY: nothing is kept", 0, "warning") if status.dry else None,
        _Part(visible_name(status.node, width=16), 7),
        _Part(visible_name(status.name, width=24) or "no name", 1),
        _Part(visible_id(ends), 9),
        _Part(f"as {visible_name(status.speaker, width=16)}", 2, "warning") if status.speaker else None,
        _Part(f"slot {max(status.slots - 1, 0)}", 8),
        _Part(f"inbox {status.unread} new", 5, "good") if status.unread else None,
        _Part(f"feed {status.feed}", 6, _FEED_CLASSES[status.feed]),
        _Part("multi-line: Esc Enter sends", 3, "warning") if status.multiline else None,
        _Part("vi", 4) if status.vi else None,
        _Part("F1 help", 10),
    ]
    return [part for part in parts if part is not None]


def _cells(parts: Sequence[_Part], separator: str) -> int:
    return sum(get_cwidth(part.text) for part in parts) + len(separator) * (len(parts) - 1)
