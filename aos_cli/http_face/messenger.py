"""The messenger unit over HTTP: takes signed items and requests for assignments.

Source: the network's messenger unit, its routes and texts.
"""

from __future__ import annotations

from aos_cli.codec.ids import encode_base64url
from aos_cli.http_face.face import Face
from aos_cli.http_face.intake import asks_for_assignment, known_process, signed_item, take_assignment, take_item
from aos_cli.http_face.routing import Failure, Request, Response, Route, json_reply, text_reply


def front(face: Face, _: Request) -> Response:
    """What this is, and what processes have to name to live here."""
    named = "".join(f"\n{name}: {value}" for name, value in face.introduction("mu").items())
    return text_reply(f"ao messenger unit{named}")


def post(face: Face, request: Request) -> Response:
    """Takes a message, a process or an assignment; it is in the log, durably, when the answer goes out.

    The timestamp is what a scheduler would add: on one port its clients end up here, too.
    """
    if asks_for_assignment(request):
        message, taken = "Processing Assignment", take_assignment(face, request)
    else:
        message, taken = "Processing DataItem", take_item(face, request)
    return json_reply({"message": message, "id": taken.id, "timestamp": taken.timestamp_ms}, 202)


def monitor(face: Face, request: Request, **_: str) -> Response:
    """Has what the ticks of a process send delivered, durably."""
    if not face.node.monitor(_signed(face, request)):
        raise Failure(400, "Process already being monitored")
    face.worker.wake()
    return text_reply("Monitoring process")


def unmonitor(face: Face, request: Request, **_: str) -> Response:
    """Has it delivered no longer."""
    if not face.node.monitor(_signed(face, request), wanted=False):
        raise Failure(404, "Process monitor not found")
    return text_reply("Process deleted")


def _signed(face: Face, request: Request) -> bytes:
    """The signed item in a body; the process that it is about is its target, whatever the path says.

    Raises:
        Failure: there is no item, or no such process.
    """
    if not request.get_data():
        raise Failure(400, "Signed data item is required")
    item = signed_item(request)
    if not item.target:
        raise Failure(400, "The data item has no target, which would be the process")
    known_process(face, encode_base64url(item.target))
    return item.raw


ROUTES = (
    Route("GET", "/", front),
    Route("POST", "/", post),
    Route("POST", "/monitor/<process_id>", monitor),
    Route("DELETE", "/monitor/<process_id>", unmonitor),
)
