"""What differs between two summaries of one process's state, in words of Lua."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from aos_cli.machine.summary import ROOT, Held, Key, LongText, Marked, Summary, Table, Value

ChangeKind = Literal["added", "removed", "changed"]

# How much of a value a change tells.
_MAX_TEXT = 80
_MAX_FIELDS = 4

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')

_NOTHING = Table(0, {}, too_large=False)
_UNSEEN = Table(0, None, too_large=True)

Path = tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in the state of a process that a message changes.

    Attributes:
        path: where, as Lua would write it: `Balances.abc`, `list[2]`; a handler is `Handlers.NAME`.
        before: the value as Lua would write it, cut short; None when there was none.
        after: the value now; None when there is none any more.
    """

    path: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> ChangeKind:
        """Whether it came, went, or is another one now."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two states.

    Attributes:
        changes: in the order of their paths.
        uncompared: the tables that were too large or lay too deep, so that changes in them are not known.
    """

    changes: tuple[Change, ...]
    uncompared: tuple[str, ...]


def compare(before: Summary, after: Summary) -> Comparison:
    """What differs. Tables are compared by what is in them; functions by whether they are the same ones."""
    changes: list[tuple[Path, Change]] = []
    uncompared: list[Path] = []
    waiting: deque[tuple[int, int, Path]] = deque([(ROOT, ROOT, ())])
    # Each pair once, under its shortest path: tables may hold each other.
    seen = {(ROOT, ROOT)}
    while waiting:
        old_number, new_number, path = waiting.popleft()
        old, new = before.get(old_number, _UNSEEN), after.get(new_number, _UNSEEN)
        if old.entries is None or new.entries is None:
            if old.total != new.total:
                changes.append((path, _change(path, _counted(path, old), _counted(path, new))))
            if old.too_large or new.too_large:
                uncompared.append(path)
            continue
        keys = old.entries.keys() | new.entries.keys()
        for key in sorted(
            (key for key in keys if not _same(old.entries.get(key), new.entries.get(key))), key=_order_of_key
        ):
            was, now, place = old.entries.get(key), new.entries.get(key), (*path, key)
            if not (isinstance(was, Held) and isinstance(now, Held)):
                changes.append((place, _change(place, _written(was, before), _written(now, after))))
            elif (pair := (was.table, now.table)) not in seen:
                seen.add(pair)
                waiting.append((*pair, place))
    return Comparison(
        tuple(change for _, change in sorted(changes, key=lambda found: _order_of_path(found[0]))),
        tuple(written_path(path) for path in sorted(uncompared, key=_order_of_path)),
    )


def _change(path: Path, before: str | None, after: str | None) -> Change:
    """A change; of two values that look alike it says that they are two."""
    return Change(written_path(path), before, f"{after} (another)" if after == before else after)


def _same(was: Value | None, now: Value | None) -> bool:
    """Whether two values are one. 1 and 1.0 are not, what is no number is itself, and of tables it is not known yet."""
    if isinstance(was, Held):
        return False
    if isinstance(was, Marked) and isinstance(now, Marked):
        return was.mark == now.mark
    # Only what is no number differs from itself.
    return type(was) is type(now) and (was == now or was != was)


def _order_of_key(key: Key) -> tuple[int, float, str]:
    """Texts first, then numbers, then booleans."""
    if isinstance(key, int | float):
        return 1, key, ""
    return (0, 0, key.decode("utf-8", "replace")) if isinstance(key, bytes) else (2, 0, key)


def _order_of_path(path: Path) -> list[tuple[int, float, str]]:
    return [_order_of_key(key) for key in path]


def written_path(path: Path) -> str:
    """A path as Lua would write it; that of a handler as if the handlers were a table by name."""
    if path[:2] == (b"Handlers", b"list"):
        path = (path[0], *path[2:])
    written = ""
    for key in path:
        name = key.decode("utf-8", "replace") if isinstance(key, bytes) else ""
        if _NAME.fullmatch(name):
            written += f".{name}" if written else name
        else:
            # A global of another name can be reached through the table of globals only.
            written = f"{written or '_G'}[{_quoted(key, len(key)) if isinstance(key, bytes) else key}]"
    return written


def _quoted(text: bytes, length: int) -> str:
    """A text in quotes, cut short. `length` is that of the whole text in bytes."""
    whole = text.decode("utf-8", "replace")
    shown = _ESCAPED.sub(lambda match: _ESCAPES.get(match[0], f"\\{ord(match[0]):03}"), whole[:_MAX_TEXT])
    cut = len(whole) > _MAX_TEXT or length > len(text)
    return f'"{shown}"... ({length:,} bytes)' if cut else f'"{shown}"'


def _written(value: Value | None, summary: Summary) -> str | None:
    """A value as Lua would write it; None for nothing."""
    if value is None:
        return None
    if isinstance(value, Held):
        return _written_table(summary.get(value.table, _UNSEEN), summary)
    return _written_plain(value)


def _written_plain(value: bytes | float | LongText | Marked) -> str:
    if isinstance(value, bytes):
        return _quoted(value, len(value))
    if isinstance(value, LongText):
        return _quoted(value.beginning, value.length)
    if isinstance(value, Marked):
        return f"{value.kind} ({value.place})" if value.place else value.kind
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    # As Lua does.
    written = f"{value:.14g}"
    return f"{written}.0" if written.lstrip("-").isdigit() else written


def _written_table(table: Table, summary: Summary) -> str:
    """A table with its first fields; the tables in it are not opened."""
    if table.entries is None:
        return f"table ({table.total:,} entries)" if table.total else "table"
    fields = list(_fields(table.entries))
    shown: list[str] = []
    room = _MAX_TEXT
    for field in fields[:_MAX_FIELDS]:
        room -= len(field)
        if room < 0:
            break
        shown.append(field)
    left = len(fields) - len(shown)
    if left:
        shown.append(f"{left:,} more" if shown else f"{left:,} entries")
    return f"{{ {', '.join(shown)} }}" if shown else "{}"


def _fields(entries: Mapping[Key, Value]) -> Iterable[str]:
    for key in sorted(entries, key=lambda key: (not isinstance(key, int), _order_of_key(key))):
        value = entries[key]
        written = "{...}" if isinstance(value, Held) else _written_plain(value)
        yield written if isinstance(key, int) else f"{written_path((key,)).removeprefix('_G')} = {written}"


def _counted(path: Path, table: Table) -> str:
    """A table that is only counted. Of two, one may have grown too large to be told."""
    total = table.total if table.entries is None else len(table.entries)
    things = "message" if path == (b"Inbox",) else "entry"
    plural = {"message": "messages", "entry": "entries"}[things]
    return f"{total:,} {things if total == 1 else plural}"
