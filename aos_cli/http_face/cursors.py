"""Cursors of the compute unit: where an evaluation stands in the history of a process."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from typing import Any, NamedTuple

from aos_cli.http_face.failure import Failure
from aos_cli.units.log_queries import Moment, ResultAt

_MAX_NUMBER = 2**63 - 1
_SLOT = re.compile(r"[0-9]{1,10}", re.ASCII)


class Cursor(NamedTuple):
    """A place among the evaluations of a process.

    Attributes:
        moment: when, and which slot or tick if it says so.
        sort: ASC or DESC, the order of the page that the cursor is from; "" when it does not say.
    """

    moment: Moment
    sort: str


def encode_cursor(found: ResultAt, sort: str) -> str:
    """A cursor as clients keep it: JSON in base64."""
    written = {"timestamp": found.timestamp_ms, "ordinate": str(found.slot), "cron": found.cron or None, "sort": sort}
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
        return Cursor(Moment(min(int(text), _MAX_NUMBER)), "")
    try:
        # A plus sign that was not escaped in the query comes as a blank.
        found: Any = json.loads(b64decode(text.replace(" ", "+"), validate=True))
        timestamp_ms, sort = found["timestamp"], found.get("sort") or ""
        ordinate, cron = found.get("ordinate"), found.get("cron")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Failure(400, f"'{name}': {text[:60]!a} is not a cursor") from error
    if isinstance(timestamp_ms, bool) or not isinstance(timestamp_ms, int) or sort not in ("", "ASC", "DESC"):
        raise Failure(400, f"'{name}': {text[:60]!a} is not a cursor")
    slot = int(ordinate) if isinstance(ordinate, str) and _SLOT.fullmatch(ordinate) else None
    at = max(-1, min(timestamp_ms, _MAX_NUMBER))
    return Cursor(Moment(at, slot, cron if isinstance(cron, str) else ""), sort)
