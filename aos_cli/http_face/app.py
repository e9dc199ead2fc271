"""The units as one WSGI application: all of them on one port, or some.

On one port three paths belong to several units. `GET /` tells what all of them tell; `GET /{id}` asks the scheduler
when it names a process or a part of a log, and the gateway otherwise; `POST /` is the messenger's, which is what
clients send to. Its answer carries what the scheduler's would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aos_cli.http_face import compute, messenger, scheduler
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.routing import (
    Access,
    Handler,
    Request,
    Response,
    Rivals,
    Route,
    Table,
    json_reply,
    make_router,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BY_ID = "/<id:item_id>"

# Whose word is taken where the fronts of units differ: the last one's.
_WITH_FRONT: tuple[Unit, ...] = ("gateway", "cu", "su")

# Parameters of the scheduler's `GET /{id}`. The official client library asks for a page of a log without `process-id`.
_OF_A_LOG = frozenset({"process-id", "from", "to", "from-nonce", "to-nonce", "limit"})


def make_app(face: Face, units: Sequence[Unit] = UNITS, log: Callable[[Access], None] | None = None) -> WSGIApplication:
    """The WSGI application of some units.

    Args:
        face: the node.
        units: whose routes; each of them may also have a port of its own.
        log: gets every request once it is answered.
    """
    table = routing_table(units)
    routes = [Route(method, rule, _one_of(rule, handlers)) for (method, rule), handlers in table.items()]
    return make_router(face, routes, log)


def routing_table(units: Sequence[Unit]) -> Table:
    """Which of some units answer where."""

    def description(_: Face, __: Request) -> Response:
        """This description."""
        # It is long, and few ask for it.
        from aos_cli.http_face.openapi import describe

        return json_reply(describe(table))

    rivals: dict[tuple[str, str], dict[Unit | None, Handler]] = {
        ("GET", "/health"): {None: _health},
        ("GET", "/openapi.json"): {None: description},
    }
    for unit in units:
        for route in _routes_of(unit):
            rivals.setdefault((route.method, route.rule), {})[unit] = route.handler
    table = {place: _answering(*place, handlers) for place, handlers in rivals.items()}
    return table


def _routes_of(unit: Unit) -> Sequence[Route]:
    if unit == "gateway":
        # GraphQL takes long to load, and the other units do without.
        from aos_cli.http_face.gateway import ROUTES

        return ROUTES
    return {"mu": messenger.ROUTES, "su": scheduler.ROUTES, "cu": compute.ROUTES}[unit]


def _answering(method: str, rule: str, rivals: Rivals) -> Rivals:
    """Those who answer at a path that one unit has, or several."""
    if len(rivals) == 1 or rule == _BY_ID:
        return rivals
    if (method, rule) == ("GET", "/"):
        return {unit: rivals[unit] for unit in _WITH_FRONT if unit in rivals}
    if (method, rule) == ("POST", "/"):
        return {"mu": rivals["mu"]}
    raise ValueError(f"{method} {rule} belongs to {', '.join(map(str, rivals))}, and nothing says to whom it goes")


def _one_of(rule: str, rivals: Rivals) -> Handler:
    """The handler that asks the right one, or all."""
    if len(rivals) == 1:
        return next(iter(rivals.values()))
    if rule == _BY_ID:
        return lambda face, request, **parts: rivals["gateway" if _OF_A_LOG.isdisjoint(request.args) else "su"](
            face, request, **parts
        )
    return lambda face, request: _front(rivals, face, request)


def _front(rivals: Rivals, face: Face, request: Request) -> Response:
    """What all units tell of themselves, in one object."""
    told: dict[str, object] = {}
    for front in rivals.values():
        told |= front(face, request).get_json()
    return json_reply(told)


def _health(_: Face, __: Request) -> Response:
    """An empty answer: whoever gets it knows that the node is there."""
    return Response(status=200)
