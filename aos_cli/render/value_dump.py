r"""The text that a process makes of a table, read back.

A process has more to say of a table in its text than in its JSON: functions, tables in circles, and values too large
for JSON. The text is coloured, and the colours tell what is what: keys are red, texts green and quoted, everything else
blue. Nothing in a text is escaped, so one that imitates the end of a text is read wrongly; what cannot be read at all
is left to the reader of the screen.
"""

from __future__ import annotations

import re
from typing import Any

from aos_cli.render.value_text import Bare

_TOKEN = re.compile(
    r"""[\s,]*+(?:
      (?P<open>\{)
    | (?P<close>\})
    | \x1b\[31m(?P<key>.*?)\x1b\[0m\ =\ (?=[{\x1b<])
    | \x1b\[32m"(?P<text>.*?)"\x1b\[0m(?=,|\s|\Z)
    | \x1b\[34m(?P<bare>.*?)\x1b\[0m(?=,|\s|\Z)
    | (?P<circle><circular\ reference>)
    )""",
    re.VERBOSE | re.DOTALL,
)

# More than anybody reads; to take a text apart costs about a second for ten million characters.
_MAX_CHARACTERS = 2_000_000


Table = dict[str, Any] | list[Any]

_Entries = list[tuple[str | None, Any]]


def read_dump(dump: str) -> Table | None:
    """A table as dictionaries, lists, texts and `Bare`; None when this is not how processes write tables.

    Tables without keys are lists, empty ones included.
    """
    if not dump.startswith("{") or len(dump) > _MAX_CHARACTERS:
        return None
    open_tables: list[tuple[str | None, _Entries]] = [(None, [])]
    key: str | None = None
    position = 0
    while token := _TOKEN.match(dump, position):
        position = token.end()
        value: Any
        match token.lastgroup:
            case "key":
                key = token["key"]
                continue
            case "open":
                open_tables.append((key, []))
                key = None
                continue
            case "close":
                key, entries = open_tables.pop()
                value = _table(entries)
                if value is None or not open_tables:
                    return None
            case kind:
                value = token["text"] if kind == "text" else Bare(token[kind or 0])
        open_tables[-1][1].append((key, value))
        key = None
    [(_, whole), *unfinished] = open_tables
    is_one_table = not unfinished and len(whole) == 1 and position == len(dump)
    return whole[0][1] if is_one_table and isinstance(whole[0][1], dict | list) else None


def _table(entries: _Entries) -> Table | None:
    """What stands between two braces; None when only some entries have keys, or two have the same."""
    if all(key is None for key, _ in entries):
        return [value for _, value in entries]
    table = {key: value for key, value in entries if key is not None}
    return table if len(table) == len(entries) else None
