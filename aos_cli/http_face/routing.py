"""Requests to handlers and their answers to replies: what every unit over HTTP has in common."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.wrappers import Request, Response

from aos_cli.errors import AosError, CodecError, NodeRefused, NodeTimeout, UsageError
from aos_cli.http_face.face import Face, Unit
from aos_cli.http_face.failure import Failure
from aos_cli.units.scheduler import MAX_ITEM_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "CORS",
    "TOO_LARGE",
    "Access",
    "Failure",
    "Handler",
    "Request",
    "Response",
    "Rivals",
    "Route",
    "Table",
    "bytes_reply",
    "json_reply",
    "make_router",
    "number_argument",
    "text_reply",
]

logger = logging.getLogger(__name__)

Handler = Callable[..., Response]
"""(face, request, **parts of the path) -> response."""

Rivals = Mapping[Unit | None, Handler]
"""Who answers at a path, and how; None stands for what every port has."""

Table = Mapping[tuple[str, str], Rivals]
"""(method, rule) -> who answers there."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
"""Headers of every answer: pages of any origin may use the node, which is what wallets and dapps in a browser are.
The answer to a preflight may be kept for a day."""

# What a browser asks before a page of the internet may speak to a computer of the user's own network.
# Source: Private Network Access, W3C community group draft.
_ASKS_FOR_NETWORK, _GRANTS_NETWORK = "Access-Control-Request-Private-Network", "Access-Control-Allow-Private-Network"

TOO_LARGE = f"The body is larger than {MAX_ITEM_BYTES:,} bytes"
"""What a client is told whose item no unit takes."""

_MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Route:
    """Which handler answers what.

    Attributes:
        method: such as GET, which answers HEAD as well.
        rule: a path in werkzeug's notation. `<id:name>` is one of the 43 characters of an id.
        handler: called with the face, the request, and the parts of the path by name.
    """

    method: str
    rule: str
    handler: Handler


class Access(NamedTuple):
    """A request that was answered, for the access log.

    Attributes:
        client: the address that it came from, or "".
        path: with the query.
        body_bytes: size of the answer; None when it is not known in advance.
        seconds: until the answer was ready.
    """

    client: str
    method: str
    path: str
    status: int
    body_bytes: int | None
    seconds: float


# Replies


def json_reply(value: object, status: int = 200) -> Response:
    """A reply of JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        content = text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, which programs can produce, can be written as an escape only.
        content = json.dumps(value, separators=(",", ":")).encode()
    return Response(content, status, content_type="application/json; charset=utf-8")


def text_reply(text: str, status: int = 200) -> Response:
    """A reply of plain text."""
    return Response(text, status, content_type="text/plain; charset=utf-8")


def bytes_reply(
    content: bytes, content_type: str = "application/octet-stream", headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """A reply of anything."""
    return Response(content, 200, headers, content_type=content_type)


def _error_reply(status: int, message: str) -> Response:
    return json_reply({"error": message}, status)


def _failure_reply(error: AosError) -> Response:
    """The reply to a request that could not be done. Only what is our own fault is 5xx."""
    if isinstance(error, Failure):
        reply = _error_reply(error.status, error.message)
        if error.retry_seconds is not None:
            reply.headers["Retry-After"] = str(error.retry_seconds)
        return reply
    if isinstance(error, CodecError | NodeRefused | UsageError):
        return _error_reply(400, error.message)
    return _error_reply(504 if isinstance(error, NodeTimeout) else 500, error.message)


# Requests


def number_argument(request: Request, name: str, default: int | None = None) -> int | None:
    """A number of the query; `default` when it is not there.

    Raises:
        Failure: it is no whole number, or too large for any database.
    """
    text = request.args.get(name)
    if text is None or text == "":
        return default
    digits = text.removeprefix("-")
    # The length keeps `int` from chewing on a whole query.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= _MAX_NUMBER):
        raise Failure(400, f"'{name}': {text[:60]!a} is not a number")
    return int(text)


class _LimitedRequest(Request):
    """A request whose body is as large as an item may be, at the most."""

    max_content_length = MAX_ITEM_BYTES


class _Id(BaseConverter):
    regex = "[A-Za-z0-9_-]{43}"


# Application


def make_router(face: Face, routes: Sequence[Route], log: Callable[[Access], None] | None = None) -> WSGIApplication:
    """The WSGI application of some routes.

    Args:
        face: what the handlers answer from.
        routes: of two that fit a path, the one with more fixed parts answers.
        log: gets every request once it is answered.
    """
    handlers: dict[str, Handler] = {}
    rules = []
    for number, route in enumerate(routes):
        endpoint = str(number)
        handlers[endpoint] = route.handler
        rules.append(Rule(route.rule, methods=[route.method], endpoint=endpoint))
    # Slashes too many are taken off before: a browser does not follow redirects in a preflight.
    paths = Map(rules, converters={"id": _Id}, strict_slashes=False, merge_slashes=False, redirect_defaults=False)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.monotonic()
        request = _LimitedRequest(environ)
        reply = _answer(face, request, paths, handlers)
        reply.headers.update(CORS)
        if log is not None:
            path = request.full_path if request.query_string else request.path
            seconds = time.monotonic() - started
            client = request.remote_addr or ""
            size = reply.content_length if reply.content_length is not None else reply.calculate_content_length()
            log(Access(client, request.method, path, reply.status_code, size, seconds))
        return reply(environ, start_response)

    return application


def _answer(face: Face, request: Request, paths: Map, handlers: Mapping[str, Handler]) -> Response:
    """The reply to a request, whatever happens."""
    if request.method == "OPTIONS":
        grants = {_GRANTS_NETWORK: "true"} if _ASKS_FOR_NETWORK in request.headers else {}
        # Not 204: the server ends the connection after an answer that says no length, and a browser needs it at once.
        return Response(status=200, headers=grants)
    path = "/" + "/".join(part for part in request.path.split("/") if part)
    try:
        _check_encoding(request)
        endpoint, parts = paths.bind("").match(path, request.method)
        return handlers[endpoint](face, request, **parts)
    except HTTPException as error:
        return _http_reply(error, request)
    except AosError as error:
        if not isinstance(error, Failure | CodecError | NodeRefused | UsageError):
            logger.warning("%s %s: %s", request.method, request.path, error.message)
        return _failure_reply(error)
    except Exception:  # whatever it is, it is a mistake of ours and the client gets an answer
        logger.exception("%s %s", request.method, request.path)
        return _error_reply(500, "Internal error of the node; its log says more")


def _check_encoding(request: Request) -> None:
    """Checks that a body is what it says: a packed one would be taken for a wrong one.

    Raises:
        Failure: it is packed.
    """
    encoding = request.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise Failure(415, f"Send the body as it is, without Content-Encoding: {encoding[:60]!a}")


def _http_reply(error: HTTPException, request: Request) -> Response:
    """The reply to what werkzeug found wrong with a request."""
    status = error.code or 500
    texts: dict[int, str] = {
        404: f"There is nothing at {request.path}",
        405: f"{request.path} does not take {request.method}",
        413: TOO_LARGE,
    }
    reply = _error_reply(status, texts.get(status) or error.description or error.name)
    allowed: Any = getattr(error, "valid_methods", None)
    if allowed:
        reply.headers["Allow"] = ", ".join(sorted(allowed))
    return reply
