"""What requests and answers look like, as OpenAPI writes it: schemas, parameters, bodies and replies by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_JSON = "application/json"
_TEXT = "text/plain"
_OCTETS = "application/octet-stream"


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(optional: Mapping[str, Json] | None = None, /, **required: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


_STRING: Json = {"type": "string"}
_INTEGER: Json = {"type": "integer"}
_BOOLEAN: Json = {"type": "boolean"}
_ID = _ref("Id")
_TAGS = _list(_ref("Tag"))
_OUTBOX = {name: _list({"type": "object"}) for name in ("Messages", "Assignments", "Spawns")}
_INTRODUCTION = {"scheduler": _STRING, "authority": _STRING, "module": _ID, "url": _STRING}
_SIGNED = {"id": _ID, "owner": _ref("Owner"), "tags": _TAGS, "signature": _STRING, "anchor": _or_null(_STRING)}

SCHEMAS: Json = {
    "Id": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_-]{43}$",
        "description": "An item, a process, a module, an assignment or an address: SHA-256 in base64url.",
    },
    "Tag": _object(name=_STRING, value=_STRING),
    "Owner": _object(address=_ID, key=_STRING),
    "Error": _object(error=_STRING),
    "Taken": _object(message=_STRING, id=_ID, timestamp=_INTEGER),
    "Receipt": _object(id=_ID, timestamp=_INTEGER),
    "Busy": _object(message=_STRING),
    "SchedulerFront": _object(timestamp=_STRING, address=_STRING, **_INTRODUCTION),
    "ComputeFront": _object(timestamp=_INTEGER, address=_STRING, **_INTRODUCTION),
    "Network": _object(network=_STRING, version=_INTEGER, height=_INTEGER, current=_STRING, blocks=_INTEGER,
                       peers=_INTEGER, timestamp=_INTEGER, **_INTRODUCTION),
    "Time": _object(timestamp=_STRING, block_height={"type": "string", "pattern": "^[0-9]{12}$"}),
    "Message": _object(data=_or_null(_STRING), target=_or_null(_STRING), **_SIGNED),
    "Assignment": _object(target=_STRING, **_SIGNED),
    "Slot": _object(message=_or_null(_ref("Message")), assignment=_ref("Assignment")),
    "Log": _object(
        page_info=_object(has_next_page=_BOOLEAN), edges=_list(_object(node=_ref("Slot"), cursor=_STRING))
    ),
    "Process": _object(
        process_id=_ID, block=_STRING, timestamp=_INTEGER, owner=_ref("Owner"), tags=_TAGS, signature=_STRING,
        data=_or_null(_STRING), anchor=_or_null(_STRING), target=_or_null(_STRING),
    ),
    "Result": _object({"Error": {}}, Output={}, GasUsed=_INTEGER, **_OUTBOX),
    "Results": _object(
        pageInfo=_object(hasNextPage=_BOOLEAN),
        edges=_list(_object(node=_object(Output={}, **_OUTBOX), cursor=_STRING)),
    ),
    "Unsigned": {
        "type": "object",
        "properties": {
            **{name: {"type": ["string", "null"]} for name in ("Id", "Owner", "Target", "Anchor", "Signature")},
            "Data": {},
            "Tags": {"anyOf": [_TAGS, {"type": "null"}]},
        },
    },
    "Question": _object(
        {"variables": {"type": ["object", "null"]}, "operationName": {"type": ["string", "null"]}}, query=_STRING
    ),
    "Answer": {"type": "object", "properties": {"data": {}, "errors": _list(_object(message=_STRING))}},
    "Transaction": _object(
        format=_INTEGER, id=_ID, last_tx=_STRING, owner=_STRING, tags=_TAGS, target=_STRING, quantity=_STRING,
        data=_STRING, data_size=_STRING, data_root=_STRING, reward=_STRING, signature=_STRING,
    ),
    "TransactionStatus": _object(block_height=_INTEGER, block_indep_hash=_STRING, number_of_confirmations=_INTEGER),
    "Block": _object(
        indep_hash=_STRING, previous_block=_STRING, height=_INTEGER, timestamp=_INTEGER, txs=_list(_ID),
        tags=_list({}), reward_addr=_STRING,
    ),
    "Kept": _object(
        id=_ID, timestamp=_INTEGER, owner=_STRING, winc=_STRING, dataCaches=_list(_STRING),
        fastFinalityIndexes=_list(_STRING),
    ),
}  # fmt: skip

# A parameter without a value is as if it were not there.
_CURSOR: Json = {"type": "string", "pattern": "^([0-9]{0,19}|[A-Za-z0-9+/]+=*)$"}
_NUMBER: Json = {"anyOf": [{"type": "integer", "format": "int64"}, {"const": ""}]}


def _query(name: str, schema: Json, description: str, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": schema}


QUERY: Mapping[str, Json] = {
    "the process": _query("process-id", _ID, "The process that is meant.", required=True),
    "process": _query("process-id", _ID, "The process that is meant."),
    "assign": _query("assign", _ID, "The message to assign to the process, instead of a body."),
    "base layer": _query("base-layer", _STRING, "It is a transaction of the base layer, which is not supported."),
    "exclude": _query("exclude", _STRING, "Fields that the assignment leaves out, with commas."),
    "no busy": _query("no-busy", _STRING, "Answer 503 where it would be 202."),
    "from cursor": _query("from", _CURSOR, "Behind this cursor, or time in ms."),
    "to cursor": _query("to", _CURSOR, "Up to this cursor, or time in ms."),
    "sort": _query("sort", {"type": "string", "enum": ["ASC", "DESC"]}, "Oldest or newest first."),
    "limit": _query("limit", _NUMBER, "Entries on a page at the most."),
    "from time": _query("from", _NUMBER, "Behind this time in ms."),
    "to time": _query("to", _NUMBER, "Up to this time in ms."),
    "from nonce": _query("from-nonce", _NUMBER, "Behind this slot."),
    "to nonce": _query("to-nonce", _NUMBER, "Up to this slot."),
    "show anchor": _query("show-anchor", _STRING, "Give the assignment's anchor in base64url."),
    "to message": _query("to", _ID, "As it was when this message had been evaluated."),
    "query": _query("query", _STRING, "A document of GraphQL.", required=True),
    "variables": _query("variables", _STRING, "Its variables, as JSON."),
    "operation": _query("operationName", _STRING, "Which of its operations is meant."),
}
"""Parameters of queries."""


def _body(media_type: str, schema: Json, description: str, *, required: bool = True) -> Json:
    return {"description": description, "required": required, "content": {media_type: {"schema": schema}}}


BODIES: Mapping[str, Json] = {
    "item": _body(_OCTETS, {}, "A signed data item (ANS-104)."),
    "item or nothing": _body(_OCTETS, {}, "A signed data item (ANS-104); nothing for an assignment.", required=False),
    "message": _body(_JSON, _ref("Unsigned"), "A message that nobody signed."),
    "question": _body(_JSON, _ref("Question"), "A document of GraphQL and its variables."),
}


def _json(name: str, description: str) -> Json:
    return {"description": description, "content": {_JSON: {"schema": _ref(name)}}}


def _text(description: str) -> Json:
    return {"description": description, "content": {_TEXT: {"schema": _STRING}}}


REPLIES: Mapping[str, Json] = {
    "nothing": {"description": "It is there."},
    "description": {"description": "A description in OpenAPI.", "content": {_JSON: {"schema": {"type": "object"}}}},
    "text": _text("Plain text."),
    "no text": _text("There is no such thing here."),
    "no path": _json("Error", "There is no such path."),
    "bytes": {"description": "The data; headers may tell tags of a process.", "content": {"*/*": {"schema": {}}}},
    "refused": _json("Error", "Why not: the client is wrong."),
    "unknown": _json("Error", "There is no such process or message here."),
    "too large": _json("Error", "The body is larger than an item may be."),
    "impossible": _json("Error", "This node cannot do that."),
    "busy": {
        **_json("Error", "It takes long, or too many wait; Retry-After says when to ask again."),
        "headers": {"Retry-After": {"schema": _INTEGER}},
    },
    "in progress": _json("Busy", "It is being evaluated; ask again."),
    "taken": _json("Taken", "It is in its log, durably."),
    "receipt": _json("Receipt", "It is in its log, durably."),
    "scheduler": _json("SchedulerFront", "Whose schedule this is, and what processes name to live here."),
    "compute": _json("ComputeFront", "Who computes, and what processes name to live here."),
    "network": _json("Network", "The chain, and what processes name to live here."),
    "time": _json("Time", "The scheduler's time, and the height of the chain by it."),
    "log or slot": {
        "description": "Slots of a log, for the id of a process; one of them, for the id of a message.",
        "content": {_JSON: {"schema": {"anyOf": [_ref("Log"), _ref("Slot")]}}},
    },
    "slot": _json("Slot", "A slot of a log."),
    "process": _json("Process", "What a process was born from."),
    "result": _json("Result", "A result, with Error if it is one."),
    "results": _json("Results", "Evaluations without those that are errors."),
    "answer": _json("Answer", "What was asked for."),
    "transaction": _json("Transaction", "An item in the form of a transaction."),
    "status": _json("TransactionStatus", "Which block it is in."),
    "block": _json("Block", "A block."),
    "kept": _json("Kept", "It is kept as readable data."),
}
