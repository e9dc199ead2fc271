"""Cursors of the compute unit: where an evaluation stands in the history of a process."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, NamedTuple

from aos_cli.http_face.failure import Failure

_MAX_NUMBER = 2**63 - 1


class Cursor(NamedTuple):
    """A place in time.

    Attributes:
        timestamp_ms: of the evaluated slot, whose process has no other one of that time.
        sort: ASC or DESC, the order of the page that the cursor is from; "" when it does not say.
    """

    timestamp_ms: int
    sort: str


def encode_cursor(timestamp_ms: int, slot: int, sort: str) -> str:
    """A cursor as clients keep it: JSON in base64."""
    written = {"timestamp": timestamp_ms, "ordinate": str(slot), "cron": None, "sort": sort}
    return b64encode(json.dumps(written, separators=(",", ":")).encode()).decode()


def decode_cursor(text: str, name: str) -> Cursor:
    """The cursor that a client sends back, which may also be a plain time in milliseconds.

    Args:
        text: the cursor.
        name: of the parameter, for the error.

    Raises:
        Failure: it is neither.
    """
    if text.isascii() and text.isdigit() and len(text) <= 19:
        return Cursor(min(int(text), _MAX_NUMBER), "")
    try:
        # A plus sign that was not escaped in the query comes as a blank.
        found: Any = json.loads(b64decode(text.replace(" ", "+"), validate=True))
        timestamp_ms, sort = found["timestamp"], found.get("sort") or ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Failure(400, f"'{name}': {text[:60]!a} is not a cursor") from error
    if isinstance(timestamp_ms, bool) or not isinstance(timestamp_ms, int) or sort not in ("", "ASC", "DESC"):
        raise Failure(400, f"'{name}': {text[:60]!a} is not a cursor")
    return Cursor(max(-1, min(timestamp_ms, _MAX_NUMBER)), sort)
