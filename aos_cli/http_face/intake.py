"""Taking items and assignments from outside: what the messenger and the scheduler have in common.

The messenger of the network hands everything to a scheduler; here both are one, so both ends of that road take the
same things and refuse them for the same reasons.
Source of the texts: the errors of the network's units. Where these answer 500 for a mistake of the client's, it is 400.
"""

from __future__ import annotations

from typing import NamedTuple

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.codec.ids import encode_base64url, is_id
from aos_cli.errors import CodecError, NodeRefused
from aos_cli.http_face.face import Face
from aos_cli.http_face.routing import Failure, Request
from aos_cli.model import DataItem, Tag, tag_value
from aos_cli.units.assigning import assign
from aos_cli.units.records import ProcessRecord

_NO_ITEM = "'body': A valid and signed data item must be provided as the body."
_HALF_AN_ASSIGNMENT = "You must set both process-id and assign to send an assignment, not just one"
_KNOWN = "Message already exists"
UNKNOWN = "Message or Process not found"


class Taken(NamedTuple):
    """What is in a log now.

    Attributes:
        id: of the item, or of the assignment that was asked for.
        timestamp_ms: of its slot.
    """

    id: str
    timestamp_ms: int


def asks_for_assignment(request: Request) -> bool:
    """Whether a POST is about a message that is here already.

    Raises:
        Failure: it says only half of what that takes.
    """
    named = [name in request.args for name in ("process-id", "assign")]
    if any(named) and not all(named):
        raise Failure(400, _HALF_AN_ASSIGNMENT)
    return all(named)


def signed_item(request: Request) -> DataItem:
    """The data item in a body; its signature is not looked at.

    Raises:
        Failure: there is none.
    """
    try:
        return decode_item(request.get_data())
    except CodecError as error:
        raise Failure(400, f"{_NO_ITEM} {error.message}") from error


def take_item(face: Face, request: Request) -> Taken:
    """Puts the message or process in a body into its log, durably, and has it evaluated soon.

    Raises:
        Failure: it is no item, or was taken before.
        NodeRefused: the node does not take it.
    """
    item = signed_item(request)
    kind = _kind(item)
    _check_tags(face, item, kind)
    try:
        verify_item(item)
    except CodecError as error:
        raise Failure(400, f"{_NO_ITEM} {error.message}") from error
    if kind == "Process" and face.node.store.process(item.id) is not None:
        raise Failure(400, _KNOWN)
    try:
        receipt = face.node.accept(item)
    except NodeRefused as error:
        if kind == "Message" and item.target and face.node.store.process(encode_base64url(item.target)) is None:
            raise Failure(404, error.message) from error
        raise
    if receipt.assignment is None:
        raise Failure(400, _KNOWN)
    face.worker.wake()
    return Taken(item.id, receipt.assignment.timestamp_ms)


def _kind(item: DataItem) -> str:
    """What an item is for AO. What it is not is said in the words that clients know.

    Raises:
        Failure: says which tag is missing.
    """
    if Tag("Data-Protocol", "ao") not in item.tags:
        raise Failure(400, "Tag 'Data-Protocol': must contain 'ao'")
    kinds = [tag.value for tag in item.tags if tag.name == "Type" and tag.value in ("Message", "Process")]
    if not kinds:
        raise Failure(400, "Tag 'Type': must be either 'Process' or 'Message'")
    if kinds[0] == "Process" and not (tag_value(item.tags, "Module") and tag_value(item.tags, "Scheduler")):
        raise Failure(400, "Required Module and Scheduler tags for Process type not present")
    return kinds[0]


def _check_tags(face: Face, item: DataItem, kind: str) -> None:
    """Checks what the network's units look at in tags, so that nothing works here that does not work there.

    Raises:
        Failure: says which tag is wrong.
    """
    if Tag("From-Process", face.node.authority) in item.tags:
        # Processes trust the messenger; nobody else speaks in its name.
        raise Failure(400, "Invalid From-Process value.")
    for tag in item.tags:
        if tag.name.endswith("+link"):
            raise Failure(400, f"Tag {tag.name[:60]!a} cannot contain +link")
    boot = tag_value(item.tags, "On-Boot", "Data")
    if kind == "Process" and boot != "Data" and face.node.store.item(boot) is None:
        raise Failure(400, f"Tag 'On-Boot': {boot[:60]!a} is neither Data nor the id of an item that is here")


def take_assignment(face: Face, request: Request) -> Taken:
    """Puts a message that is here already into the log of another process, durably.

    Raises:
        Failure: the message or the process is not here, or the process has the message.
    """
    process_id, message_id = request.args["process-id"], request.args["assign"]
    for name, value in (("process-id", process_id), ("assign", message_id)):
        if not is_id(value):
            raise Failure(400, f"'{name}': {value[:60]!a} is not an id of 43 characters")
    if "base-layer" in request.args:
        raise Failure(400, "Messages of the base layer cannot be assigned: this node has no connection to Arweave")
    if face.node.store.item(message_id) is None or face.node.store.process(process_id) is None:
        raise Failure(400, UNKNOWN)
    exclude = frozenset(name for value in request.args.getlist("exclude") for name in value.split(","))
    assignment = assign(face.node, process_id, message_id, exclude)
    if assignment is None:
        raise Failure(400, _KNOWN)
    face.worker.wake()
    return Taken(assignment.id, decode_assignment(assignment).timestamp_ms)


def known_process(face: Face, process_id: str) -> ProcessRecord:
    """A process.

    Raises:
        Failure: there is none of that id.
    """
    record = face.node.store.process(process_id)
    if record is None:
        raise Failure(404, f"There is no process {process_id[:60]} here")
    return record
