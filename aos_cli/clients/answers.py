"""What an answer of HTTP says: its JSON, its words for a person, and when it wishes to be asked again."""

from __future__ import annotations

import html
import json
import re
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx

# Deeper nesting than any answer of a unit has; what goes through JSON further on may end in a full stack.
_MOST_DEPTH = 100

_MOST_TEXT = 300
_MOST_LOOKED_AT_BYTES = 64 * 1024
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,300})", re.IGNORECASE)


class Answer(NamedTuple):
    """What a unit answered."""

    status: int
    headers: httpx.Headers
    content: bytes


def json_of(content: bytes) -> Any:
    """The JSON of a text.

    Raises:
        ValueError: it is none, or is nested too deep.
    """
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _check_depth(found, content)
    return found


def _check_depth(found: object, content: bytes) -> None:
    """Goes through what was read from `content`, level by level.

    Raises:
        ValueError: there are too many levels.
    """
    if content.count(b"[") + content.count(b"{") <= _MOST_DEPTH:
        return
    level = [found]
    for _ in range(_MOST_DEPTH):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise ValueError(f"nested deeper than {_MOST_DEPTH} levels")


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that an answer wishes to be waited; None when it does not say."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,7}", text):
        return float(text)
    try:
        # Counted by the unit's own clock: ours may be another.
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(headers["Date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return max(0.0, seconds)


def words_of(answer: Answer) -> str:
    """What an answer says, in few words."""
    content = answer.content[:_MOST_LOOKED_AT_BYTES]
    if "html" in answer.headers.get("Content-Type", "") or content.lstrip()[:1] == b"<":
        title = _TITLE.search(content)
        return "a web page" + (f", {shortened(html.unescape(title[1].decode('utf-8', 'replace')))}" if title else "")
    try:
        found = json_of(content)
    except ValueError:
        found = content.decode("utf-8", "replace")
    if isinstance(found, dict):
        found = next((found[name] for name in ("error", "Error", "message") if found.get(name)), found)
    return shortened(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))


def is_error(answer: Answer) -> bool:
    """Whether an answer is what the units of a network say when they refuse: `{"error": TEXT}`."""
    try:
        found = json_of(answer.content)
    except ValueError:
        return False
    return isinstance(found, dict) and isinstance(found.get("error"), str)


def shortened(text: str) -> str:
    """A text as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_TEXT else f"{line[:_MOST_TEXT]}..."
