"""The messenger unit over HTTP: takes signed items and requests for assignments.

Source: the network's messenger unit, its routes and texts.
"""

from __future__ import annotations

from aos_cli.codec.ans104 import verify_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.http_face.face import Face
from aos_cli.http_face.intake import asks_for_assignment, known_process, signed_item, take_assignment, take_item
from aos_cli.http_face.routing import Failure, Request, Response, Route, json_reply, text_reply


def front(face: Face, _: Request) -> Response:
    """What this is, and what processes have to name to live here."""
    named = "".join(f"\n{name}: {value}" for name, value in face.identity().items())
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


def monitor(face: Face, request: Request, process_id: str) -> Response:
    """Notes that the cron messages of a process are wanted."""
    monitored = _monitored(face, request, process_id)
    if monitored in face.monitored:
        raise Failure(400, "Process already being monitored")
    face.monitored.add(monitored)
    return text_reply("Monitoring process")


def unmonitor(face: Face, request: Request, process_id: str) -> Response:
    """Notes that the cron messages of a process are not wanted any more."""
    monitored = _monitored(face, request, process_id)
    if monitored not in face.monitored:
        raise Failure(404, "Process monitor not found")
    face.monitored.remove(monitored)
    return text_reply("Process deleted")


def _monitored(face: Face, request: Request, process_id: str) -> str:
    """The process that a signed item is about: its target, whatever the path says.

    Raises:
        Failure: there is no item, or no such process.
        SignatureInvalid: nobody signed it.
    """
    if not request.get_data():
        raise Failure(400, "Signed data item is required")
    item = signed_item(request)
    verify_item(item)
    return known_process(face, encode_base64url(item.target) if item.target else process_id).id


ROUTES = (
    Route("GET", "/", front),
    Route("POST", "/", post),
    Route("POST", "/monitor/<process_id>", monitor),
    Route("DELETE", "/monitor/<process_id>", unmonitor),
)
