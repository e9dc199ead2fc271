"""The compute unit over HTTP: results of messages, and what messages would do.

Source: the network's compute unit, its routes, shapes and texts. What it answers 500 to although the client is wrong,
or waits 15 seconds for, is answered at once with 4xx.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from aos_cli.http_face.cursors import Cursor, decode_cursor, encode_cursor
from aos_cli.http_face.face import Face
from aos_cli.http_face.intake import UNKNOWN, known_process
from aos_cli.http_face.routing import Failure, Request, Response, Route, json_reply, number_argument
from aos_cli.units.log_queries import BEGINNING, ResultAt, end_of, good_results, position_at, result_of, slot_named
from aos_cli.units.records import ProcessRecord
from aos_cli.units.rows import within
from aos_cli.units.ticks import Position

_PAGE = 25
_CRON_PAGE = 500
_MAX_MS = 2**62

# The console asks for so many; where results are large, fewer are on a page.
_MAX_PAGE = 1000
_MAX_PAGE_CHARACTERS = 32 * 2**20

_IN_PROGRESS = 'Evaluation of process "{}" to "{}" is in progress.'

_OUTBOX = ("Messages", "Assignments", "Spawns")


def front(face: Face, _: Request) -> Response:
    """Whose node computes here, and the time."""
    return json_reply({"address": face.node.authority, "timestamp": face.clock_ms(), **face.introduction("cu")})


def result(face: Face, request: Request, message_id: str) -> Response:
    """The result of a message, once it is evaluated."""
    record = _named_process(face, request)
    slot = slot_named(face.node.store, record.id, message_id)
    if slot is None:
        raise Failure(404, UNKNOWN)
    if record.evaluated <= slot and not _await_evaluation(face, record.id, slot):
        text = _IN_PROGRESS.format(record.id, message_id)
        if "no-busy" not in request.args:
            return json_reply({"message": text}, 202)
        # This client takes no 202 for an answer; it is told to come again.
        raise Failure(503, text, retry_seconds=1)
    return json_reply(result_json(*result_of(face.node.store, record.id, slot)))


def _await_evaluation(face: Face, process_id: str, slot: int) -> bool:
    """Waits until a slot is evaluated; False when that takes too long.

    Raises:
        AosError: why the process cannot be evaluated.
    """

    def evaluated() -> bool:
        return face.node.record(process_id).evaluated > slot

    with face.waiting():
        seconds = face.patience.result_seconds
        face.worker.wait_until(process_id, lambda: evaluated() or face.worker.problem(process_id) is not None, seconds)
    problem = None if evaluated() else face.worker.problem(process_id)
    if problem is not None:
        raise problem
    return evaluated()


def result_json(result: Mapping[str, Any], instructions: int) -> dict[str, Any]:
    """A result as the compute unit gives it: always with its five keys, and with Error when it is one.

    Args:
        result: as the machine gave it.
        instructions: used by the message, which is what this network meters.
    """
    made = {name: result.get(name) or [] for name in _OUTBOX}
    made |= {"Output": result.get("Output", ""), "GasUsed": instructions}
    # A message without a result has failed outside of its program, at a limit say; for clients it is an error alike.
    error = result.get("Throws", result.get("Error"))
    return made if error is None else {**made, "Error": error}


def results(face: Face, request: Request, process_id: str) -> Response:
    """The evaluations of a process between two cursors, without those that are errors. Nothing is evaluated for it."""
    record = known_process(face, process_id)
    sort = request.args.get("sort") or "ASC"
    if sort not in ("ASC", "DESC"):
        raise Failure(400, f"'sort': {sort[:60]!a} is neither ASC nor DESC")
    since, until = (_cursor_argument(request, name) for name in ("from", "to"))
    # The order of the page that a cursor is from wins over the one that is asked for.
    for cursor in (since, until):
        sort = (cursor.sort if cursor else "") or sort
    after, last = _window(face, record, since, until)
    found = good_results(face.node.store, record, after, last, newest_first=sort == "DESC")
    return _connection(found, max(1, min(number_argument(request, "limit") or _PAGE, _MAX_PAGE)), sort)


def _cursor_argument(request: Request, name: str) -> Cursor | None:
    text = request.args.get(name)
    return decode_cursor(text, name) if text else None


def _window(face: Face, record: ProcessRecord, since: Cursor | None, until: Cursor | None) -> tuple[Position, Position]:
    """The places behind which a list begins, and with which it ends."""
    store = face.node.store
    return (
        position_at(store, record, since.moment) if since else BEGINNING,
        position_at(store, record, until.moment) if until else end_of(record),
    )


def _connection(found: Iterator[ResultAt], limit: int, sort: str) -> Response:
    page = within(_MAX_PAGE_CHARACTERS, islice(found, limit), lambda entry: entry.characters)
    edges = [_edge(entry, sort) for entry in page]
    return json_reply({"pageInfo": {"hasNextPage": next(found, None) is not None}, "edges": edges})


def _edge(entry: ResultAt, sort: str) -> dict[str, Any]:
    node = {name: entry.result.get(name) or [] for name in _OUTBOX}
    node["Output"] = entry.result.get("Output", "")
    return {"node": node, "cursor": encode_cursor(entry, sort)}


def dry_run(face: Face, request: Request) -> Response:
    """What a message would do to a process, without doing it."""
    record = _named_process(face, request)
    upto = request.args.get("to")
    before_ms = None if upto else face.clock_ms() + 1
    if upto:
        slot = slot_named(face.node.store, record.id, upto)
        if slot is None:
            raise Failure(404, UNKNOWN)
        record = replace(record, slots=slot + 1, evaluated=min(record.evaluated, slot + 1))
    elif before_ms is not None:
        # What waits, as the ticks of a process that has slept for months, is not evaluated for each question anew.
        if record.evaluated < record.slots and not _await_evaluation(face, record.id, record.slots - 1):
            raise Failure(503, _IN_PROGRESS.format(record.id, record.slots - 1), retry_seconds=1)
        _tick(face, record.id, before_ms - 1)
        # What has come meanwhile need not be waited for.
        record = replace(record, evaluated=record.slots)
    with face.waiting():
        body, seconds = request.get_data(), face.patience.result_seconds
        found, instructions = face.dry_runs.result(face.node, record, before_ms, body, seconds)
    return json_reply(result_json(found, instructions))


def state(face: Face, _: Request, process_id: str) -> Response:
    """The memory of a process, which no machine of this node can give out."""
    known_process(face, process_id)
    problem = "This node cannot give out the memory of a process; its whole log can be had from the scheduler unit"
    raise Failure(422, problem)


def cron(face: Face, request: Request, process_id: str) -> Response:
    """The ticks of a process's crons between two cursors, without those that are errors; they are evaluated for it."""
    known_process(face, process_id)
    since, until = (_cursor_argument(request, name) for name in ("from", "to"))
    limit = max(1, min(number_argument(request, "limit") or _CRON_PAGE, _MAX_PAGE))
    until_ms = min(face.clock_ms(), until.moment.timestamp_ms if until else _MAX_MS)
    _tick(face, process_id, until_ms)
    record = known_process(face, process_id)
    after, last = _window(face, record, since, until)
    found = good_results(face.node.store, record, after, last, newest_first=False, slots=False)
    return _connection(found, limit, "ASC")


def _tick(face: Face, process_id: str, until_ms: int) -> None:
    """Has the ticks of a process evaluated and kept, so that nobody evaluates them again.

    Raises:
        AosError: why they cannot be evaluated.
        Failure: that takes too long; the client is told to come again.
    """
    if face.node.is_ticked(process_id, until_ms):
        return
    with face.waiting():
        done = face.worker.tick(process_id, until_ms, face.patience.result_seconds)
    if not done:
        in_progress = Failure(503, _IN_PROGRESS.format(process_id, until_ms), retry_seconds=1)
        raise face.worker.problem(process_id) or in_progress


def _named_process(face: Face, request: Request) -> ProcessRecord:
    """The process that a query names.

    Raises:
        Failure: it names none, or one that is not here.
    """
    process_id = request.args.get("process-id")
    if not process_id:
        raise Failure(400, "'processId': Required.")
    return known_process(face, process_id)


ROUTES = (
    Route("GET", "/", front),
    Route("GET", "/result/<message_id>", result),
    Route("GET", "/results/<process_id>", results),
    Route("POST", "/dry-run", dry_run),
    Route("GET", "/state/<process_id>", state),
    Route("GET", "/cron/<process_id>", cron),
)
