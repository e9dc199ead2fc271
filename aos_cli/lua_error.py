"""An error text of a process, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The heading that a process puts between what it printed and the error.
_ERROR_HEADING = re.compile(r"\n\n(?:\x1b\[[0-9;]*m)*error:\n(?:\x1b\[[0-9;]*m)*")
_ERROR_PLACE = re.compile(
    r"\A(?P<chunk>\[string \"(?:[^\"\n]|\"(?!\]))*\"\]|[^\n:]+):(?P<line>\d+): (?P<text>.*)\Z", re.DOTALL
)
_HANDLER = re.compile(r'\n\thandler "(?P<name>[^\n]*)"')


@dataclass(frozen=True, slots=True)
class LuaError:
    """An error text taken apart.

    Attributes:
        message: the error without its place.
        file: the user's file, as they named it; "" for typed code.
        line: 0 when unknown.
        handler: name of the handler that ran, or "".
        traceback: Lua's, or "".
        printed: what the process printed before.
    """

    message: str
    file: str
    line: int
    handler: str
    traceback: str
    printed: str


def parse_error(text: str) -> LuaError:
    """The parts of an error text of a process."""
    # The last heading counts: the process may have printed the same words before.
    headings = list(_ERROR_HEADING.finditer(text))
    heading = headings[-1] if headings else None
    printed, body = (text[: heading.start()], text[heading.end() :]) if heading else ("", text)
    if not heading and "\nstack traceback:" in body:
        # A message without a result has its traceback behind the reason.
        body, _, frames = body.partition("\nstack traceback:")
        named = _HANDLER.search(frames)
        return LuaError(body, "", 0, named["name"] if named else "", f"stack traceback:{frames}".rstrip(), "")
    traceback = ""
    handler = ""
    at = printed.find("stack traceback:")
    if at >= 0:
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", printed[at:]).rstrip()
        named = _HANDLER.search(traceback)
        handler = named["name"] if named else ""
        # The three lines that announce the error say again what stands below it.
        printed = printed[: max(printed.rfind("\x1b[31mError\x1b[90m handling message", 0, at), 0)].rstrip("\n")
    place = _ERROR_PLACE.match(body)
    if not place:
        return LuaError(body, "", 0, handler, traceback, printed)
    chunk = place["chunk"]
    if chunk.startswith('[string ".'):
        # A place in the runtime itself says nothing to its user.
        return LuaError(place["text"], "", 0, handler, traceback, printed)
    file = "" if chunk.startswith("[string") else chunk
    return LuaError(place["text"], file, int(place["line"]), handler, traceback, printed)
