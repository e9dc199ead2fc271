"""The units as one WSGI application: all of them on one port, or some.

On one port three paths belong to several units. `GET /` tells what all of them tell; `GET /{id}` asks the scheduler
when it names a process or a part of a log, and the gateway otherwise; `POST /` is the messenger's, which is what
clients send to. Its answer carries what the scheduler's would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from aos_cli.http_face import compute, messenger, scheduler
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.routing import Access, Handler, Request, Response, Route, json_reply, make_router

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BY_ID = "/<id:item_id>"

# Parameters of the scheduler's `GET /{id}`. The official client library asks for a page of a log without `process-id`.
_OF_A_LOG = frozenset({"process-id", "from", "to", "from-nonce", "to-nonce", "limit"})

Rivals = Mapping[Unit, Handler]


def make_app(face: Face, units: Sequence[Unit] = UNITS, log: Callable[[Access], None] | None = None) -> WSGIApplication:
    """The WSGI application of some units.

    Args:
        face: the node.
        units: whose routes; each of them may also have a port of its own.
        log: gets every request once it is answered.
    """
    rivals: dict[tuple[str, str], dict[Unit, Handler]] = {("GET", "/health"): {units[0]: _health}}
    for unit in units:
        for route in _routes_of(unit):
            rivals.setdefault((route.method, route.rule), {})[unit] = route.handler
    routes = [Route(method, rule, _one_of(method, rule, handlers)) for (method, rule), handlers in rivals.items()]
    return make_router(face, routes, log)


def _routes_of(unit: Unit) -> Sequence[Route]:
    if unit == "gateway":
        # GraphQL takes long to load, and the other units do without.
        from aos_cli.http_face.gateway import ROUTES

        return ROUTES
    return {"mu": messenger.ROUTES, "su": scheduler.ROUTES, "cu": compute.ROUTES}[unit]


def _one_of(method: str, rule: str, rivals: Rivals) -> Handler:
    """The handler of a path that one unit has, or several."""
    if len(rivals) == 1:
        return next(iter(rivals.values()))
    if rule == _BY_ID:
        return lambda face, request, **parts: rivals["gateway" if _OF_A_LOG.isdisjoint(request.args) else "su"](
            face, request, **parts
        )
    if (method, rule) == ("GET", "/"):
        return lambda face, request: _front(rivals, face, request)
    if (method, rule) == ("POST", "/"):
        return rivals["mu"]
    raise ValueError(f"{method} {rule} belongs to {', '.join(rivals)}, and nothing says to whom it goes")


def _front(rivals: Rivals, face: Face, request: Request) -> Response:
    """What all units tell of themselves, in one object; where they differ, the scheduler's word is taken."""
    told: dict[str, object] = {}
    for unit in ("gateway", "cu", "su"):
        if unit in rivals:
            told |= rivals[unit](face, request).get_json()
    return json_reply(told)


def _health(_: Face, __: Request) -> Response:
    """An empty answer: whoever gets it knows that the node is there."""
    return Response(status=200)
