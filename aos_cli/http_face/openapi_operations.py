"""What the routing table does not know of the routes: what they are asked with, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aos_cli.http_face.face import Unit
from aos_cli.http_face.gateway import UPLOAD_PATHS


class Operation(NamedTuple):
    """What a route takes and gives; the names are those of `openapi_schemas`.

    Attributes:
        answers: status -> a name in `REPLIES`.
        query: names in `QUERY`.
        body: a name in `BODIES`, or "".
    """

    answers: Mapping[int, str]
    query: Sequence[str] = ()
    body: str = ""


_WRONG = {400: "refused"}
_UNKNOWN = {404: "unknown"}
_NO_TEXT = {404: "no text"}
_TOO_LARGE = {413: "too large"}
_BUSY = {503: "busy"}

_ASSIGNMENT = ("process", "assign", "base layer", "exclude")
_LOG = ("process", "from time", "to time", "from nonce", "to nonce", "limit", "show anchor")

_DATA = Operation({200: "bytes", **_NO_TEXT})
_FREE = Operation({200: "text"})
_KEEPING = Operation({200: "kept", **_WRONG, **_TOO_LARGE}, body="item")
_MONITORING = Operation({200: "text", **_WRONG, **_UNKNOWN, **_TOO_LARGE}, body="item")
_ANSWERS = {200: "answer", 400: "answer"}

OPERATIONS: Mapping[tuple[Unit | None, str, str], Operation] = {
    (None, "GET", "/health"): Operation({200: "nothing"}),
    (None, "GET", "/openapi.json"): Operation({200: "description"}),
    ("mu", "GET", "/"): _FREE,
    ("mu", "POST", "/"): Operation(
        {202: "taken", **_WRONG, **_UNKNOWN, **_TOO_LARGE}, query=_ASSIGNMENT, body="item or nothing"
    ),
    ("mu", "POST", "/monitor/<process_id>"): _MONITORING,
    ("mu", "DELETE", "/monitor/<process_id>"): _MONITORING,
    ("su", "GET", "/"): Operation({200: "scheduler"}),
    ("su", "POST", "/"): Operation(
        {200: "receipt", **_WRONG, **_UNKNOWN, **_TOO_LARGE}, query=_ASSIGNMENT, body="item or nothing"
    ),
    ("su", "GET", "/timestamp"): Operation({200: "time"}),
    ("su", "GET", "/processes/<process_id>"): Operation({200: "process", **_WRONG}),
    ("su", "GET", "/<id:process_id>/latest"): Operation({200: "slot", **_WRONG}),
    ("su", "GET", "/<id:item_id>"): Operation({200: "log or slot", **_WRONG}, query=_LOG),
    ("cu", "GET", "/"): Operation({200: "compute"}),
    ("cu", "GET", "/result/<message_id>"): Operation(
        {200: "result", 202: "in progress", **_WRONG, **_UNKNOWN, **_BUSY}, query=("the process", "no busy")
    ),
    ("cu", "GET", "/results/<process_id>"): Operation(
        {200: "results", **_WRONG, **_UNKNOWN}, query=("from cursor", "to cursor", "sort", "limit")
    ),
    ("cu", "POST", "/dry-run"): Operation(
        {200: "result", **_WRONG, **_UNKNOWN, **_TOO_LARGE, **_BUSY},
        query=("the process", "to message"),
        body="message",
    ),
    ("cu", "GET", "/state/<process_id>"): Operation({422: "impossible", **_UNKNOWN}),
    ("cu", "GET", "/cron/<process_id>"): Operation(
        {200: "results", **_WRONG, **_UNKNOWN, **_BUSY}, query=("from cursor", "to cursor", "limit")
    ),
    ("gateway", "GET", "/"): Operation({200: "network"}),
    ("gateway", "GET", "/info"): Operation({200: "network"}),
    ("gateway", "GET", "/graphql"): Operation(_ANSWERS, query=("query", "variables", "operation")),
    ("gateway", "POST", "/graphql"): Operation({**_ANSWERS, **_TOO_LARGE}, body="question"),
    ("gateway", "GET", "/<id:item_id>"): _DATA,
    ("gateway", "GET", "/raw/<id:item_id>"): _DATA,
    ("gateway", "GET", "/tx/<id:item_id>"): Operation({200: "transaction", **_NO_TEXT}),
    ("gateway", "GET", "/tx/<id:item_id>/status"): Operation({200: "status", **_NO_TEXT}),
    ("gateway", "GET", "/tx/<id:item_id>/data"): Operation({200: "text", **_NO_TEXT}),
    ("gateway", "GET", "/block/height/<int:height>"): Operation({200: "block", **_NO_TEXT}),
    ("gateway", "GET", "/block/hash/<block_id>"): Operation({200: "block", **_NO_TEXT}),
    ("gateway", "GET", "/tx_anchor"): _FREE,
    ("gateway", "GET", "/price/<int:size>"): _FREE,
    ("gateway", "GET", "/price/<int:size>/<target>"): _FREE,
    ("gateway", "GET", "/wallet/<address>/balance"): _FREE,
    **{("gateway", "POST", path): _KEEPING for path in UPLOAD_PATHS},
}
"""(unit, method, rule) -> what the routing table does not know; the unit is None where every port answers so."""
