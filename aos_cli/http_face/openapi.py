"""The routes of the node, described in OpenAPI for programs that read such descriptions.

The routing table says which paths there are, what stands in them, and, in the first lines of its handlers, what they
are for. What it does not know, namely queries, bodies and answers, stands in `openapi_operations`; a route that is
missing there cannot be described, and is found by a test.

Source: the OpenAPI Specification 3.1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from aos_cli import __version__
from aos_cli.http_face.openapi_operations import OPERATIONS, Operation
from aos_cli.http_face.openapi_schemas import BODIES, QUERY, REPLIES, SCHEMAS
from aos_cli.http_face.routing import Handler, Rivals, Table

Json = dict[str, Any]

_PART = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
_REFERENCE = "#/components/schemas/"

_ABOUT = (
    "The units of AO's legacynet on one node: messenger (mu), scheduler (su), compute unit (cu) and gateway. Pages of "
    "any origin may use it."
)


def describe(table: Table) -> Json:
    """The description of some routes."""
    paths: dict[str, Json] = {}
    for (method, rule), units in table.items():
        paths.setdefault(_path(rule), {})[method.lower()] = _operation(method, rule, units)
    return {
        "openapi": "3.1.0",
        "info": {"title": "aos node", "version": __version__, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _path(rule: str) -> str:
    return _PART.sub(r"{\g<name>}", rule)


def _operation(method: str, rule: str, units: Rivals) -> Json:
    """What stands under a path and a method; where several units answer, the one after the other."""
    found = [OPERATIONS[unit, method, rule] for unit in units]
    described: Json = {
        "summary": " / ".join(dict.fromkeys(_summary(handler) for handler in units.values())),
        "tags": [unit or "all" for unit in units],
        "parameters": [*_path_parameters(rule), *_query_parameters(found)],
        "responses": _responses([*found, *_elsewhere(rule)]),
    }
    bodies = [operation.body for operation in found if operation.body]
    if bodies:
        described["requestBody"] = BODIES[bodies[0]]
    return described


def _summary(handler: Handler) -> str:
    return (handler.__doc__ or "").strip().split("\n")[0]


def _path_parameters(rule: str) -> Iterator[Json]:
    for part in _PART.finditer(rule):
        name = part["name"]
        if part["converter"] == "int":
            schema: Json = {"type": "integer", "minimum": 0}
        elif part["converter"] == "id" or name in ("process_id", "message_id"):
            schema = {"$ref": f"{_REFERENCE}Id"}
        else:
            schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operations: Sequence[Operation]) -> Iterator[Json]:
    """The parameters of a query. One that not all units know may be anything: those who do not know it pass it over."""
    for name in dict.fromkeys(name for operation in operations for name in operation.query):
        known = all(name in operation.query for operation in operations)
        yield QUERY[name] if known else {**QUERY[name], "required": False, "schema": {"type": "string"}}


def _elsewhere(rule: str) -> Iterator[Operation]:
    """What is answered where a part of the path does not have its form: then it is another path."""
    if any(part["converter"] for part in _PART.finditer(rule)):
        yield Operation({404: "no path"})


def _responses(operations: Sequence[Operation]) -> Json:
    """The answers by status, in the order of numbers; what several units answer differently is put together."""
    replies: dict[str, list[str]] = {}
    for operation in operations:
        for status, name in operation.answers.items():
            known = replies.setdefault(str(status), [])
            if name not in known:
                known.append(name)
    return {status: _together([REPLIES[name] for name in replies[status]]) for status in sorted(replies)}


def _together(replies: Sequence[Json]) -> Json:
    """One reply for several that have a status in common."""
    if len(replies) == 1:
        return replies[0]
    schemas: dict[str, list[Any]] = {}
    for reply in replies:
        for media_type, content in reply.get("content", {}).items():
            schemas.setdefault(media_type, []).append(content["schema"])
    content = {
        media_type: {"schema": found[0] if len(found) == 1 else {"anyOf": found}}
        for media_type, found in schemas.items()
    }
    return {"description": " / ".join(reply["description"] for reply in replies), "content": content}
