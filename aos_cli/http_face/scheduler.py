"""The scheduler unit over HTTP: takes items, and gives logs out.

Source: the network's scheduler unit, its routes, its texts, and its status 400 for nearly everything.
"""

from __future__ import annotations

from typing import Any

from aos_cli.http_face.face import Face
from aos_cli.http_face.intake import UNKNOWN, asks_for_assignment, take_assignment, take_item
from aos_cli.http_face.log_json import edge_json, entry_json, process_json
from aos_cli.http_face.routing import Failure, Request, Response, Route, json_reply, number_argument
from aos_cli.units.log_queries import later_slot, slot_named
from aos_cli.units.records import ProcessRecord
from aos_cli.units.rows import within
from aos_cli.units.scheduler import block_height

_PAGE = 100

# A slot may hold an item of 10 MB: where slots are large, fewer are on a page.
_MAX_PAGE = 1000
_MAX_PAGE_BYTES = 32 * 2**20


def front(face: Face, _: Request) -> Response:
    """The time, whose schedule this is, and what else processes have to name."""
    told = {"timestamp": str(face.clock_ms()), "address": face.node.scheduler}
    return json_reply({**told, **face.introduction("su")})


def post(face: Face, request: Request) -> Response:
    """Takes a message, a process or an assignment."""
    take = take_assignment if asks_for_assignment(request) else take_item
    taken = take(face, request)
    return json_reply({"id": taken.id, "timestamp": taken.timestamp_ms})


def timestamp(face: Face, _: Request) -> Response:
    """The scheduler's clock, and the height of the chain by it."""
    now_ms = face.clock_ms()
    return json_reply({"timestamp": str(now_ms), "block_height": f"{block_height(now_ms):012}"})


def process(face: Face, _: Request, process_id: str) -> Response:
    """What a process was born from."""
    record = _record(face, process_id)
    [entry] = face.node.store.entries(record.id, 0, 0)
    return json_reply(process_json(entry))


def latest(face: Face, _: Request, process_id: str) -> Response:
    """The newest slot of a log."""
    record = _record(face, process_id)
    [entry] = face.node.store.entries(record.id, record.slots - 1, record.slots - 1)
    return json_reply(entry_json(entry, show_anchor=False))


def read(face: Face, request: Request, item_id: str) -> Response:
    """A page of a log, for the id of a process; one slot of it, for the id of a message or an assignment."""
    store = face.node.store
    show_anchor = "show-anchor" in request.args
    record = store.process(item_id)
    # A process message may stand in other logs, too; only its own gives pages.
    if record is not None and request.args.get("process-id", item_id) == item_id:
        return json_reply(_page(face, request, record, show_anchor))
    process_id = request.args.get("process-id")
    if process_id is None:
        process_id = next((process_id for process_id, _ in store.slots_of(item_id)), "")
    slot = slot_named(store, process_id, item_id)
    if slot is None:
        raise Failure(400, UNKNOWN)
    [entry] = store.entries(process_id, slot, slot)
    return json_reply(entry_json(entry, show_anchor=show_anchor))


def _page(face: Face, request: Request, record: ProcessRecord, show_anchor: bool) -> dict[str, Any]:
    """Slots of a log, between two nonces or two times: behind the first one, up to the second one.

    Source: the network's scheduler unit; its cursors are times unless the request speaks of nonces.
    """
    by_nonce = bool(request.args.get("from-nonce") or request.args.get("to-nonce"))
    if by_nonce:
        since, until = number_argument(request, "from-nonce"), number_argument(request, "to-nonce")
        first, end = (0 if since is None else since + 1), (record.slots if until is None else until + 1)
    else:
        since, until = number_argument(request, "from"), number_argument(request, "to")
        first = 0 if since is None else later_slot(face.node.store, record, since)
        end = record.slots if until is None else later_slot(face.node.store, record, until)
    limit = number_argument(request, "limit", _PAGE) or _PAGE
    first, end = max(0, first), min(end, record.slots)
    last = min(end, first + max(1, min(limit, _MAX_PAGE))) - 1
    found = face.node.store.entries(record.id, first, last) if first <= last else ()
    entries = within(_MAX_PAGE_BYTES, found, lambda entry: len(entry.message))
    edges = [edge_json(entry, by_nonce=by_nonce, show_anchor=show_anchor) for entry in entries]
    return {"page_info": {"has_next_page": first + len(edges) < end}, "edges": edges}


def _record(face: Face, process_id: str) -> ProcessRecord:
    """A process.

    Raises:
        Failure: there is none of that id.
    """
    record = face.node.store.process(process_id)
    if record is None:
        raise Failure(400, UNKNOWN)
    return record


ROUTES = (
    Route("GET", "/", front),
    Route("POST", "/", post),
    Route("GET", "/timestamp", timestamp),
    Route("GET", "/processes/<process_id>", process),
    Route("GET", "/<id:process_id>/latest", latest),
    Route("GET", "/<id:item_id>", read),
)
