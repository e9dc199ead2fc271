"""The error of a message, told to people: what, where, in which line of their source, and how Lua came there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from aos_cli.lua_error import (
    BUNDLE_BEGINS,
    SECOND_VALUE,
    LuaError,
    blamed_part,
    fits_line,
    is_runtime,
    is_second_value,
    names_line,
    parse_error,
)
from aos_cli.render.code_frame import SourceFinder, code_frame
from aos_cli.render.sanitiser import to_plain, visible_name
from aos_cli.render.values import MAX_OUTPUT_CHARACTERS, View

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Slot

# Frames of a stack that overflowed are all alike.
_MOST_FRAMES = 20


class _Origin(NamedTuple):
    """The source of an error: its text, the slot in which it was typed if that was an earlier one, or 0."""

    text: str
    earlier_slot: int = 0


_TYPED_PLACE = re.compile(r'\[string "aos"\]:(\d+)')

# How Lua calls what the library's `_eval` runs.
_TYPED_CHUNK = "in local 'chunk'"

_NIL_GLOBAL = re.compile(r"\ba nil value \(global '(?P<name>\w+)'\)", re.ASCII)

# Who evaluates what the owner types; a library's handler that the user did not write.
_EVAL_HANDLER = "_eval"


def failure_text(slot: Slot, view: View, sources: SourceFinder | None) -> Text:
    """The error of a slot.

    Args:
        slot: has an error.
        view: how wide the source may be, and in which signs and colours.
        sources: where to look for the source; None looks at the message itself only.
    """
    from rich.text import Text

    error = parse_error(slot.result.error or "", slot.result.trace)
    origin = _origin(slot, error, sources)
    text = Text("error: ", style="bold red")
    text.append(_place(error, origin), style="bold not red")
    text.append(to_plain(_readable(error.message.rstrip()), limit=MAX_OUTPUT_CHARACTERS), style="not bold default")
    frame = _frame(slot, error, origin, view)
    if frame:
        text.append("\n")
        text.append_text(Text(style="not bold default").append_text(frame))
    for note in _notes(slot, error, sources):
        text.append(f"\n  {note}", style="not bold default")
    frames = _frames(slot, error)
    for line in frames[:_MOST_FRAMES]:
        text.append(f"\n  {to_plain(_readable(line))}", style="not bold default dim")
    if len(frames) > _MOST_FRAMES:
        text.append(f"\n  {view.more(len(frames) - _MOST_FRAMES)}", style="not bold default dim")
    return text


def _origin(slot: Slot, error: LuaError, sources: SourceFinder | None) -> _Origin | None:
    """Where the line of an error is to be read; None when that is not known, or not for sure.

    All typed code has one name, so a line of it may be that of any message. The text of the message itself is taken if
    the error could come from there, an earlier one only if the error has words of its line.
    """
    if not error.line:
        return None
    if error.file:
        text = sources.file(slot, error.file) if sources else None
        return None if text is None else _Origin(text)
    own = slot.message.data
    if slot.message.action == "Eval":
        line = _line_of(own, error.line)
        if line is not None and (not error.raised or fits_line(error.message, line)):
            return _Origin(own)
    found = (
        sources.typed(slot, lambda typed: names_line(error.message, _line_of(typed, error.line) or ""))
        if sources
        else None
    )
    return _Origin(*found) if found else None


def _line_of(text: str, number: int) -> str | None:
    """A line of a text, from 1; None when it has fewer."""
    lines = text.split("\n", number)
    return lines[number - 1] if len(lines) >= number else None


def _place(error: LuaError, origin: _Origin | None) -> str:
    if not error.line:
        return ""
    if error.file:
        return to_plain(f"{error.file}:{error.line}: ")
    return f"line {error.line}{f' of slot {origin.earlier_slot}' if origin and origin.earlier_slot else ''}: "


def _frame(slot: Slot, error: LuaError, origin: _Origin | None, view: View) -> Text | None:
    """The source of an error; None when it is not known, or is a single line that was typed just now."""
    if origin is None or (origin.text == slot.message.data and "\n" not in origin.text.rstrip()):
        return None
    part = blamed_part(error.message, _line_of(origin.text, error.line) or "")
    column, length = (part[0] + 1, part[1]) if part else (None, 1)
    return code_frame(origin.text, error.line, column, length, view)


def _notes(slot: Slot, error: LuaError, sources: SourceFinder | None) -> Iterator[str]:
    """What there is to say of an error beside its own words."""
    if error.explanation:
        yield error.explanation
    elif slot.message.action == "Eval" and is_second_value(error):
        yield SECOND_VALUE
    elif slot.message.action == "Eval" and sources:
        yield from _lost_local(slot, error, sources)
    if error.handler and error.handler != _EVAL_HANDLER:
        yield f"in handler {visible_name(error.handler)}"
    if slot.result.rolled_back:
        yield "the message had no result; the state is the one before it"


def _lost_local(slot: Slot, error: LuaError, sources: SourceFinder) -> Iterator[str]:
    """A word about a global that is nil because an earlier line made it a local."""
    named = None if error.file else _NIL_GLOBAL.search(error.message)
    if named is None:
        return
    declared = re.compile(rf"^\s*local\s+(?:function\s+|(?:\w+\s*,\s*)*){named['name']}\b", re.MULTILINE)
    found = sources.typed(slot, lambda typed: declared.search(typed) is not None)
    if found:
        yield f"{named['name']} was a local of slot {found[1]}; locals end with their message, globals stay"


def _readable(text: str) -> str:
    """A text in which the places of typed code are written as people say them."""
    return _TYPED_PLACE.sub(r"line \1", text).replace(_TYPED_CHUNK, "in what was typed")


def _frames(slot: Slot, error: LuaError) -> list[str]:
    """How Lua came to the error, as far as the user wrote it."""
    frames = [frame for frame in map(str.strip, error.traceback.splitlines()[1:]) if _is_users(frame)]
    if slot.message.data.startswith(BUNDLE_BEGINS):
        frames = [frame for frame in frames if not _TYPED_PLACE.match(frame)]
    # One frame alone, in code that was typed or loaded just now, is the place that is said already.
    return [] if slot.result.trace and len(frames) == 1 else frames


def _is_users(frame: str) -> bool:
    """Whether a line of a traceback says something about the user's program; frames of the runtime itself do not."""
    return not is_runtime(frame) and not frame.startswith(('handler "', "(..."))
