"""What is a whole entry, and what is left of what somebody copied off a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from aos_cli.source.lexer import tokenize

Check = Callable[[bytes, str], str | None]
"""Gives Lua's message about a chunk of some name, or None when it is well."""

# In front of what somebody typed, on this screen or in a guide: a process's prompt, or one of further lines.
_PROMPT = re.compile(r"\A(?:[^\s>]*aos[^\s>]*|[^\s>]+@[^\s>]+)> ?")
_CONTINUATION = re.compile(r"\A *\.\.\. ")


def is_incomplete(text: str, check: Check) -> bool:
    """Whether Lua would read on after `text`: it is well so far, but does not end."""
    source = text.encode("utf-8", "surrogateescape")
    # As the process reads it: an expression first, then statements.
    messages = [check(b"return " + source, "=typed"), check(source, "=typed")]
    return None not in messages and any(_ends_too_early(message or "", text) for message in messages)


def _ends_too_early(message: str, text: str) -> bool:
    """Whether Lua's message says that more text could still make it right."""
    if not message.endswith("<eof>"):
        return False
    # A plain string ends with its line, unless the line end is escaped: what follows cannot mend it.
    return "unfinished string" not in message or text.rstrip(" \t").endswith(("\\", "\\z"))


def whole_entries(lines: Iterable[str], check: Check) -> Iterator[tuple[int, str]]:
    """What Enter would send of lines that are typed one after the other; lines without code are skipped.

    Args:
        lines: each with its line end. An entry is there as soon as its last line is, before the next one is read.
        check: Lua's opinion of a chunk.

    Returns:
        For each entry the number of its first line, from 1, and its text. The last one may be unfinished.
    """
    begun, first = "", 1
    for number, line in enumerate(lines, 1):
        first = first if begun else number
        begun += line
        if not is_incomplete(begun, check):
            if any(token.kind != "comment" for token in tokenize(begun)):
                yield first, begun
            begun = ""
    if begun:
        yield first, begun


def without_prompts(text: str) -> str:
    """A pasted text without the prompts that were copied with it; a text that begins with none stays as it is."""
    lines = text.split("\n")
    if not _PROMPT.match(lines[0]):
        return text
    return "\n".join(_CONTINUATION.sub("", _PROMPT.sub("", line)) for line in lines)
