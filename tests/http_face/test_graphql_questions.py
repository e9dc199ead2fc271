"""Questions of GraphQL that are wrong, too large, or that the node cannot answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gateway_tools import Gateway, gateway_over
from standing_clock import Clock


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Gateway]:
    with gateway_over(None, clock) as gateway:
        yield gateway


def problem(reply: Any) -> str:
    """What the first error says."""
    return str(reply.json()["errors"][0]["message"])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ transactions", "Syntax Error"),
        ("", "Syntax Error"),
        ("{ nothing }", "Cannot query field"),
        ("{ transactions(sort: SIDEWAYS) { edges { cursor } } }", "SIDEWAYS"),
        ("query ($ids: [ID!]!) { transactions(ids: $ids) { edges { cursor } } }", "ids"),
        ("{ transactions(first: -1) { edges { cursor } } }", "negative"),
        ('{ transactions(after: "x") { edges { cursor } } }', "cursor"),
        ('{ transactions(after: "99999999999999999999") { edges { cursor } } }', "cursor"),
        ("{a" * 4000, "nested too deeply"),
        ("{ block { id } }" + " " * 20_000, "characters"),
    ],
)
def test_a_wrong_document(gateway: Gateway, query: str, said: str) -> None:
    reply = gateway.reply(query)
    assert reply.status_code == 400
    assert said in problem(reply)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "query"),
        (b"\xff", "query"),
        (b"[" * 100_000, "query"),
        (b"[]", "query"),
        (b'{"query": 1}', "query"),
        (b'{"query": "{ block { id } }", "variables": []}', "variables"),
        (b'{"query": "{ block { id } }", "variables": "{"}', "variables"),
        (b'{"query": "{ block { id } }", "operationName": 1}', "operationName"),
        (b'{"query": "{ block { id } }", "operationName": "Other"}', "Other"),
    ],
)
def test_a_wrong_body(gateway: Gateway, body: bytes, said: str) -> None:
    reply = gateway.http.post("/graphql", content=body)
    assert reply.status_code == 400
    assert said in problem(reply)


def test_too_many_values(gateway: Gateway) -> None:
    document = "query ($ids: [ID!]!) { transactions(ids: $ids) { edges { node { id } } } }"
    reply = gateway.reply(document, ids=[str(number) for number in range(2000)])
    assert reply.status_code == 400
    assert "1000" in problem(reply)
    assert gateway.ask(document, ids=[str(number) for number in range(990)]) == {"transactions": {"edges": []}}


def test_too_many_lists(gateway: Gateway) -> None:
    lists = [f"a{number}: transactions {{ edges {{ cursor }} }}" for number in range(21)]
    assert gateway.reply("{" + " ".join(lists[:20]) + "}").status_code == 200
    reply = gateway.reply("{" + " ".join(lists) + "}")
    assert reply.status_code == 400
    assert "20 lists" in problem(reply)


def test_lists_that_take_too_long(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aos_cli.http_face.graphql_resolvers._MAX_SECONDS", -1.0)
    reply = gateway.reply("{ transactions { edges { cursor } } }")
    assert reply.status_code == 400
    assert "takes too long" in problem(reply)


NAMES = " ".join(f"a{number}" for number in range(100)).split()


@pytest.mark.parametrize(
    "query",
    [
        "{ transactions { edges { node {" + " ".join(f"{name}: tags {{ name }}" for name in NAMES) + "} } } }",
        "{ transactions { edges { node { tags { ...All ... on Tag { value } } } } } } fragment All on Tag {"
        + " ".join(f"{name}: name" for name in NAMES)
        + "}",
    ],
)
def test_too_many_fields(gateway: Gateway, query: str) -> None:
    reply = gateway.reply(query)
    assert reply.status_code == 400
    assert "too many fields" in problem(reply)


def test_every_field_of_many_lists(gateway: Gateway) -> None:
    node = """id anchor signature recipient owner { address key } fee { winston ar } quantity { winston ar }
              data { size type } tags { name value } block { id timestamp height previous } parent { id }
              bundledIn { id }"""
    lists = " ".join(f"a{number}: transactions(first: 100) {{ ...All }}" for number in range(20))
    page = "fragment All on TransactionConnection { pageInfo { hasNextPage } edges { cursor node {" + node + "} } }"
    assert gateway.reply("{" + lists + "}" + page).status_code == 200


def test_a_question_in_the_address(gateway: Gateway) -> None:
    module = gateway.face.module_id
    document = "query One ($id: ID!) { transaction(id: $id) { id } } query Two { block { height } }"
    parameters = {"query": document, "variables": json.dumps({"id": module}), "operationName": "One"}
    reply = gateway.http.get("/graphql", params=parameters)
    assert reply.json() == {"data": {"transaction": {"id": module}}}


def test_aliases_and_fragments(gateway: Gateway) -> None:
    found = gateway.ask("{ a: block { ...f } b: block { ...f } } fragment f on Block { height }")
    assert found["a"] == found["b"]


def test_the_schema_describes_itself(gateway: Gateway) -> None:
    fields = gateway.ask("{ __schema { queryType { fields { name } } } }")["__schema"]["queryType"]["fields"]
    assert {field["name"] for field in fields} == {"transaction", "transactions", "block", "blocks"}


def test_could_not_look_is_not_the_same_as_not_found(gateway: Gateway) -> None:
    gateway.face.close()
    gateway.node.store.close()
    reply = gateway.reply("{ transactions { edges { cursor } } }")
    assert reply.status_code == 500
    assert "cannot be used" in reply.json()["error"]
