"""An error text of a process, taken apart, and what it says about the source that it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The heading that a process puts between what it printed and the error.
_ERROR_HEADING = re.compile(r"\n\n(?:\x1b\[[0-9;]*m)*error:\n(?:\x1b\[[0-9;]*m)*")
_ERROR_PLACE = re.compile(
    r"\A(?P<chunk>\[string \"(?:[^\"\n]|\"(?!\]))*\"\]|[^\n:]+):(?P<line>\d+): (?P<text>.*)\Z", re.DOTALL
)
# The network's own aos module raises what a handler raised once more, and so puts a place of its own in front.
_RAISED_AGAIN = re.compile(r'\A\[string "\.handlers"\]:\d+: (?=(?:\[string "[^\n]*?"\]|[^\n:\[]+\.lua):\d+: )')
_HANDLER = re.compile(r'\n\thandler "(?P<name>[^\n]*)"')
BUNDLE_BEGINS = "local files = {\n"
"""How the text begins that files from disk travel in; what is wrong in it is never the user's."""

# The place of a frame of a traceback, such as `\tapp.lua:3: in function 'f'`.
_FRAME = re.compile(r"\n\t(?P<chunk>\[string \"[^\n]*?\"\]|[^\n:\[(]+):(?P<line>\d+): in ")
# The chunks of the runtime that every process is born with: all but three of them have a dot in front.
_RUNTIME_CHUNK = re.compile(r'\[string "(?:\.|(?:ao|bit32|json)"\])')

# What a place inside the runtime, or an error without a text, has to do with the user's program.
_EXPLANATIONS = (
    (
        re.compile(r'\A\[string "\.stringify"\]:\d+: attempt to concatenate a (?:boolean|table|function) '),
        "a table that has a boolean, a table or a function as a key cannot be shown",
    ),
    (
        re.compile(r'\A\[string "\.process"\]:\d+: invalid value \((?P<type>\w+)\) .*in table for \'concat\''),
        "print was given a {type}: print(tostring(x)) shows anything",
    ),
    (
        re.compile(r"\Aerror object is a (?P<type>\w+) value"),
        'error was given a {type}, and only a text is an error that is kept: error("what went wrong")',
    ),
    (
        re.compile(r"\Acompute limit of "),
        "it may loop without end; where it stood is not known",
    ),
)
SECOND_VALUE = "the second value of an evaluation counts as an error when it is true"
"""What `is_second_value` means, in words."""

# What an error text names of the line that it is about.
_NAMED = re.compile(
    r"\((?:global|local|field|method|upvalue|constant) '(?P<variable>[^'\n]+)'\)"
    r"|\Abad argument #\d+ to '(?:[^'\n]*[.:])?(?P<function>[^'\n]+)'"
    r"|\Acalling '(?P<method>[^'\n]+)' on bad self"
    r"| near '(?P<symbol>[^\n]+)'\Z"
)
_RAISING = re.compile(r"\b(?:error|assert)\b")
_OPERATORS = (
    ("attempt to perform ", re.compile(r"[-+*/%^&|~<>#]")),
    ("attempt to concatenate ", re.compile(r"\.\.")),
    ("attempt to compare ", re.compile(r"[<>]")),
    ("attempt to get length ", re.compile(r"#")),
    ("attempt to call ", re.compile(r"[({\"'\[]")),
    ("attempt to index ", re.compile(r"[.:\[]")),
)


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
        explanation: what the error means, when its own words do not say it; or "".
        raised: whether the program ran when it failed; False when it could not be compiled, or when nobody knows.
    """

    message: str
    file: str
    line: int
    handler: str
    traceback: str
    printed: str
    explanation: str = ""
    raised: bool = False


def parse_error(text: str, trace: str = "") -> LuaError:
    """The parts of an error text of a process; `trace` is Lua's traceback where the text has none."""
    # The last heading counts: the process may have printed the same words before.
    headings = list(_ERROR_HEADING.finditer(text))
    heading = headings[-1] if headings else None
    printed, body = (text[: heading.start()], text[heading.end() :]) if heading else ("", text)
    body = _RAISED_AGAIN.sub("", body)
    if not heading and "\nstack traceback:" in body:
        return _without_result(body)
    traceback = trace
    handler = ""
    at = printed.find("stack traceback:")
    if at >= 0:
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", printed[at:]).rstrip()
        named = _HANDLER.search(traceback)
        handler = named["name"] if named else ""
        # The three lines that announce the error say again what stands below it.
        printed = printed[: max(printed.rfind("\x1b[31mError\x1b[90m handling message", 0, at), 0)].rstrip("\n")
    raised = heading is not None
    explanation = _explanation(body)
    place = _ERROR_PLACE.match(body)
    if not place:
        return LuaError(body, "", 0, handler, traceback, printed, explanation, raised)
    file, line = _place_of_first_frame(traceback) if is_runtime(place["chunk"]) else _users_place(place)
    return LuaError(place["text"], file, line, handler, traceback, printed, explanation, raised)


def _without_result(text: str) -> LuaError:
    """The parts of the reason why a message had no result; its traceback stands behind it and says where it came from.

    A place that the reason names itself is left in its words.
    """
    reason, _, frames = text.partition("\nstack traceback:")
    named = _HANDLER.search(frames)
    file, line = _place_of_first_frame(frames)
    traceback = f"stack traceback:{frames}".rstrip()
    return LuaError(reason, file, line, named["name"] if named else "", traceback, "", _explanation(reason), True)


def is_runtime(chunk: str) -> bool:
    """Whether a text that begins with a chunk's name speaks of the runtime itself, which says nothing to its user."""
    return _RUNTIME_CHUNK.match(chunk) is not None


def _place_of_first_frame(traceback: str) -> tuple[str, int]:
    """File and line of the user's code that was the last to run; none when a traceback has no such frame."""
    own = (frame for frame in _FRAME.finditer(traceback) if not is_runtime(frame["chunk"]))
    frame = next(own, None)
    return _users_place(frame) if frame else ("", 0)


def _users_place(place: re.Match[str]) -> tuple[str, int]:
    """File and line of a place in the user's code; "" for what was typed."""
    chunk = place["chunk"]
    return "" if chunk.startswith("[string") else chunk, int(place["line"])


def _explanation(text: str) -> str:
    for pattern, words in _EXPLANATIONS:
        found = pattern.match(text)
        if found:
            return words.format(**found.groupdict())
    return ""


def is_second_value(error: LuaError) -> bool:
    """Whether the error of an evaluation is no error of Lua but the second value that it returned."""
    return not error.raised and not error.line


def blamed_part(message: str, line: str) -> tuple[int, int] | None:
    """Where in a line of source the error is, as first character, from 0, and length.

    Lua gives no column. A name in the message that stands in the line exactly once is as good; None without one.
    """
    named = _NAMED.search(message)
    if named:
        word = next(filter(None, named.groups()))
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)" if word.isidentifier() else re.escape(word))
    elif message.startswith("attempt to "):
        return None
    else:
        pattern = _RAISING
    found = [match.span() for match in pattern.finditer(line)]
    return (found[0][0], found[0][1] - found[0][0]) if len(found) == 1 else None


def names_line(message: str, line: str) -> bool:
    """Whether an error text has words of a line of source in it, so that no other line is likely to have raised it."""
    named = _NAMED.search(message)
    if named:
        return next(filter(None, named.groups())) in line
    text = message.split("\n", 1)[0].strip()
    return len(text) > 2 and not text.startswith("attempt to ") and text in line


def fits_line(message: str, line: str) -> bool:
    """Whether a line of source could have raised an error: it has what the text is about."""
    if _NAMED.search(message):
        return names_line(message, line)
    for beginning, operator in _OPERATORS:
        if message.startswith(beginning):
            return operator.search(line) is not None
    return _RAISING.search(line) is not None or names_line(message, line)
