"""The description of the routes cannot say anything else than the routing table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from httpx import Client, WSGITransport

from aos_cli import __version__
from aos_cli.http_face.app import make_app, routing_table
from aos_cli.http_face.face import UNITS, Face, Unit
from aos_cli.http_face.openapi import describe
from aos_cli.http_face.openapi_operations import OPERATIONS
from aos_cli.http_face.openapi_schemas import BODIES, QUERY, REPLIES, SCHEMAS

PORTS: list[tuple[Unit, ...]] = [UNITS, *((unit,) for unit in UNITS), ("mu", "su"), ("cu", "gateway")]


def routes(units: tuple[Unit, ...]) -> set[tuple[str, str]]:
    return {(method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)) for method, rule in routing_table(units)}


@pytest.mark.parametrize("units", PORTS, ids="+".join)
def test_every_route_is_described_and_every_description_is_a_route(units: tuple[Unit, ...]) -> None:
    paths = describe(routing_table(units))["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == routes(units)


def test_nothing_is_described_that_no_unit_has() -> None:
    alone = {(unit, *place) for one in UNITS for place, rivals in routing_table((one,)).items() for unit in rivals}
    assert set(OPERATIONS) == alone


def test_names_are_all_known_and_all_used() -> None:
    operations = OPERATIONS.values()
    assert {name for one in operations for name in one.query} == set(QUERY)
    assert {one.body for one in operations} - {""} == set(BODIES)
    # What stands where a path has not its form is added by the description itself.
    assert {name for one in operations for name in one.answers.values()} == set(REPLIES) - {"no path"}
    description = describe(routing_table(UNITS))
    assert set(references(description)) <= set(SCHEMAS)


def references(value: Any) -> Iterator[str]:
    """The names of the schemas that a description points to."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "$ref":
                yield below.removeprefix("#/components/schemas/")
            else:
                yield from references(below)
    elif isinstance(value, list):
        for below in value:
            yield from references(below)


@pytest.mark.parametrize("units", PORTS, ids="+".join)
def test_every_operation_says_what_it_is_for(units: tuple[Unit, ...]) -> None:
    for methods in describe(routing_table(units))["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith(".")
            assert operation["responses"]


def test_it_is_served_on_every_port(face: Face) -> None:
    for units in PORTS:
        with Client(transport=WSGITransport(make_app(face, units)), base_url="http://unit.test") as http:
            answer = http.get("/openapi.json")
        assert answer.status_code == 200
        assert answer.json() == describe(routing_table(units))


def test_what_is_served_is_openapi(http: httpx.Client) -> None:
    told = http.get("/openapi.json").json()
    assert told["openapi"].startswith("3.")
    assert told["info"]["version"] == __version__
    dry_run = told["paths"]["/dry-run"]["post"]
    assert [(one["name"], one["required"]) for one in dry_run["parameters"]] == [("process-id", True), ("to", False)]
    assert set(dry_run["responses"]) == {"200", "400", "404", "413", "503"}
    assert told["paths"]["/"]["post"]["responses"]["202"]


def test_parameters_of_one_unit_bind_nobody_where_two_answer(http: httpx.Client) -> None:
    asked = {one["name"]: one for one in http.get("/openapi.json").json()["paths"]["/{item_id}"]["get"]["parameters"]}
    assert asked["item_id"]["schema"] == {"$ref": "#/components/schemas/Id"}
    assert asked["limit"]["schema"] == {"type": "string"}
