"""The documents that AO's clients send to a gateway, in the form in which they send them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from face_tools import AO_TAGS, NOBODY, USER
from gateway_tools import OTHER, Gateway, gateway_over, tag_pairs
from standing_clock import Clock

from aos_cli.codec.ans104 import build_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.machine.module import bundled_module
from aos_cli.units.aliases import RUNNING_MODULE_TAG, STAND_INS


@pytest.fixture
def gateway(clock: Clock) -> Iterator[Gateway]:
    with gateway_over(None, clock) as gateway:
        yield gateway


# Documents of clients


MODULE_CHECK = """
    query GetTransactions ($transactionIds: [ID!]!) {
      transactions(ids: $transactionIds) {
        edges {
          node {
            owner { address }
            tags { name value }
            block { id height timestamp }
          }
        }
      }
    }"""


@pytest.mark.parametrize("asked", [bundled_module().id, *STAND_INS])
def test_a_spawn_finds_its_module(gateway: Gateway, asked: str) -> None:
    """The tags that aoconnect insists on, for our module and for those that it stands in for."""
    [edge] = gateway.ask(MODULE_CHECK, transactionIds=[asked])["transactions"]["edges"]
    tags = dict(tag_pairs(edge["node"]["tags"]))
    assert tags["Data-Protocol"] == "ao"
    assert tags["Type"] == "Module"
    assert {"Module-Format", "Input-Encoding", "Output-Encoding"} <= tags.keys()
    assert tags.get(RUNNING_MODULE_TAG) == (None if asked == bundled_module().id else bundled_module().id)


def test_one_module_answers_for_each_id_that_was_asked_for(gateway: Gateway) -> None:
    asked = [*STAND_INS, bundled_module().id]
    assert sorted(gateway.ids("(ids: $ids, first: 1)", ids=("[ID!]!", asked))) == sorted(asked)


def test_a_module_that_is_not_there_is_not_found(gateway: Gateway) -> None:
    assert gateway.ask(MODULE_CHECK, transactionIds=[NOBODY]) == {"transactions": {"edges": []}}


LOCATION = """
  query GetSchedulerLocation ($owner: String!) {
    transactions (
      owners: [$owner]
      tags: [
        { name: "Data-Protocol", values: ["ao"] },
        { name: "Type", values: ["Scheduler-Location"] }
      ]
      # Only need the most recent Scheduler-Location
      sort: HEIGHT_DESC
      first: 1
    ) { edges { node { tags { name value } } } }
  }"""


def test_the_scheduler_tells_where_it_is(gateway: Gateway) -> None:
    def url() -> str:
        [edge] = gateway.ask(LOCATION, owner=gateway.node.scheduler)["transactions"]["edges"]
        tags = dict(tag_pairs(edge["node"]["tags"]))
        assert tags["Time-To-Live"].isdigit()
        return tags["Url"]

    places = ["http://127.0.0.1:4003", "http://127.0.0.1:5003", "http://127.0.0.1:4003"]
    for place in places:
        gateway.face.urls = {**gateway.face.urls, "su": place}
        assert url() == place
        assert url() == place
    # Each move is one item, and asking makes none.
    every = gateway.ids('(tags: [{name: "Type", values: ["Scheduler-Location"]}])')
    assert len(every) == len(places)


def test_a_foreign_scheduler_is_where_the_logs_of_its_processes_are(gateway: Gateway) -> None:
    gateway.face.urls = {**gateway.face.urls, "su": "http://127.0.0.1:4003"}
    nowhere = {"transactions": {"edges": []}}
    assert gateway.ask(LOCATION, owner=NOBODY) == nowhere
    gateway.spawn("named", ("Scheduler", NOBODY))
    [edge] = gateway.ask(LOCATION, owner=NOBODY)["transactions"]["edges"]
    assert ("Url", "http://127.0.0.1:4003") in tag_pairs(edge["node"]["tags"])

    # One that has said itself where it is, is believed.
    gateway.spawn("other", ("Scheduler", OTHER.address))
    gateway.put(
        ("Data-Protocol", "ao"), ("Type", "Scheduler-Location"), ("Url", "http://su.test"), ("Time-To-Live", "1"),
        signer=OTHER,
    )  # fmt: skip
    [edge] = gateway.ask(LOCATION, owner=OTHER.address)["transactions"]["edges"]
    assert ("Url", "http://su.test") in tag_pairs(edge["node"]["tags"])


def test_a_console_finds_its_process_by_name(gateway: Gateway) -> None:
    mine = gateway.spawn("chat")
    gateway.spawn("other")
    gateway.spawn("chat", signer=OTHER)
    document = """query ($owners: [String!]!) {
      transactions(
        first: 10, owners: $owners,
        tags: [{ name: "Data-Protocol", values: ["ao"] }, { name: "Type", values: ["Process"]}, { name: "Name", values: ["chat"]}]
      ) { edges { node { id tags { name value } } } }
    }"""  # noqa: E501 - as the console writes it
    found = gateway.ask(document, owners=[USER.address, ""])["transactions"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [mine]
    assert gateway.ask(document, owners=[""])["transactions"]["edges"] == []


def test_every_field_of_a_message(gateway: Gateway) -> None:
    document = """query ($ids: [ID!]!) {
      transactions(ids: $ids) {
        pageInfo { hasNextPage }
        edges {
          cursor
          node {
            id anchor signature recipient
            block { timestamp id height previous }
            owner { address key }
            fee { winston ar } quantity { winston ar }
            data { size type }
            tags { name value }
            ingested_at parent { id } bundledIn { id }
          }
        }
      }
    }"""
    process = gateway.spawn("all")
    message = gateway.send(process, "hello", ("Content-Type", "text/plain"), ("Content-Type", "x"))
    found = gateway.ask(document, ids=[message])["transactions"]
    assert found["pageInfo"] == {"hasNextPage": False}
    [edge] = found["edges"]
    node = edge["node"]
    stored = build_item(
        USER, target=process, anchor=f"{gateway.clock.now:032}".encode(), data=b"hello",
        tags=(("Content-Type", "text/plain"), ("Content-Type", "x"), *AO_TAGS, ("Type", "Message")),
    )  # fmt: skip
    block = node.pop("block")
    assert node.pop("ingested_at") == block["timestamp"]
    assert node == {
        "id": message,
        "anchor": encode_base64url(stored.anchor),
        "signature": encode_base64url(stored.signature),
        "recipient": process,
        "owner": {"address": USER.address, "key": encode_base64url(USER.owner)},
        "fee": {"winston": "0", "ar": "0.000000000000"},
        "quantity": {"winston": "0", "ar": "0.000000000000"},
        "data": {"size": "5", "type": "text/plain"},
        "tags": [{"name": tag.name, "value": tag.value} for tag in stored.tags],
        "parent": None,
        "bundledIn": None,
    }
    [entry] = gateway.node.store.entries(process, 1, 1)
    assert block["height"] == entry.place.block_height
    assert 0 <= entry.place.timestamp_ms // 1000 - block["timestamp"] < 120
    before = gateway.ask("query ($id: String) { block(id: $id) { height } }", id=block["previous"])
    assert before == {"block": {"height": block["height"] - 1}}


def test_a_directive_leaves_fields_out(gateway: Gateway) -> None:
    document = """query GetProcesses ($processIds: [ID!]!, $skipTags: Boolean!, $skipSignature: Boolean!) {
      transactions(ids: $processIds) { edges { node {
        id signature @skip (if: $skipSignature) tags @skip(if: $skipTags) { name value }
      } } }
    }"""
    process = gateway.spawn("skipped")
    [edge] = gateway.ask(document, processIds=[process], skipTags=True, skipSignature=False)["transactions"]["edges"]
    assert edge["node"].keys() == {"id", "signature"}


def test_an_assignment_is_found_by_what_it_assigns(gateway: Gateway) -> None:
    process = gateway.spawn("assigned")
    message = gateway.send(process)
    tags = '[{name: "Type", values: ["Assignment"]}, {name: "Message", values: ["' + message + '"]}]'
    [found] = gateway.ids(f"(tags: {tags})")
    document = "query ($id: ID!) { transaction(id: $id) { owner { address } tags { name value } data { size } } }"
    node = gateway.ask(document, id=found)["transaction"]
    assert node["owner"]["address"] == gateway.node.scheduler
    assert dict(tag_pairs(node["tags"]))["Process"] == process
    assert node["data"]["size"] == "0"


# Filters


def test_values_of_one_filter_are_alternatives_and_filters_add_up(gateway: Gateway) -> None:
    one = gateway.put(("A", "1"), ("B", "x"))
    two = gateway.put(("A", "2"), ("B", "x"))
    gateway.put(("A", "3"), ("B", "x"))
    gateway.put(("A", "1"), ("B", "y"))
    gateway.put(("B", "1"), ("A", "x"))
    found = gateway.ids('(tags: [{name: "A", values: ["1", "2"]}, {name: "B", values: ["x"]}], sort: HEIGHT_ASC)')
    assert found == [one.id, two.id]


def test_a_filter_can_ask_for_those_that_have_it_not(gateway: Gateway) -> None:
    gateway.put(("A", "1"), ("B", "x"))
    two = gateway.put(("A", "2"), ("B", "x"))
    neither = gateway.put(("B", "x"))
    found = gateway.ids(
        '(tags: [{name: "A", values: ["1"], op: NEQ}, {name: "B", values: ["x"], op: EQ}], sort: HEIGHT_ASC)'
    )
    assert found == [two.id, neither.id]
    assert {two.id, neither.id} <= set(gateway.ids('(tags: [{name: "A", values: ["1"], op: NEQ}], first: 100)'))


def test_what_came_by_itself_is_in_no_bundle(gateway: Gateway) -> None:
    process_id = gateway.spawn("loose")
    assert gateway.ids(f'(ids: ["{process_id}"], bundledIn: ["{NOBODY}"])') == []
    assert gateway.ids(f'(ids: ["{process_id}"], bundledIn: null)') == [process_id]


def test_recipients(gateway: Gateway) -> None:
    one, two = gateway.spawn("one"), gateway.spawn("two")
    to_one = gateway.send(one)
    gateway.send(two)
    assert gateway.ids("(recipients: $all)", all=("[String!]!", [one])) == [to_one]


def test_values_that_are_no_text_are_found_and_shown(gateway: Gateway) -> None:
    """Bytes that are not UTF-8 are shown as gateways show them, and a query may hold half a character."""
    item = gateway.put(("A", "caf\udce9"))
    asked = '(tags: [{name: "A", values: $values}])'
    assert gateway.ids(asked, values=("[String!]!", ["caf\udce9"])) == [item.id]
    assert gateway.ids(asked, values=("[String!]!", ["\ud800", "a\0b"])) == []
    node = gateway.ask("query ($id: ID!) { transaction(id: $id) { tags { value } } }", id=item.id)["transaction"]
    assert node == {"tags": [{"value": "caf\ufffd"}]}


def test_a_range_of_blocks(gateway: Gateway) -> None:
    process = gateway.spawn("blocks")
    messages = []
    for _ in range(3):
        gateway.clock.now += 120_000
        messages.append(gateway.send(process, "", ("Wanted", "yes")))
    [entry] = gateway.node.store.entries(process, 2, 2)
    height = entry.place.block_height
    tags = 'tags: [{name: "Wanted", values: ["yes"]}], sort: HEIGHT_ASC'
    assert gateway.ids(f"({tags}, block: {{min: {height}}})") == messages[1:]
    assert gateway.ids(f"({tags}, block: {{max: {height}}})") == messages[:2]
    assert gateway.ids(f"({tags}, block: {{min: {height}, max: {height}}})") == messages[1:2]
    assert gateway.ids(f"({tags}, block: {{min: {height + 1}, max: {height}}})") == []


# Pages

PAGE = """query ($after: String, $sort: SortOrder) {
  transactions(tags: [{name: "N", values: ["n"]}], first: 2, after: $after, sort: $sort) {
    pageInfo { hasNextPage } edges { cursor node { id } }
  }
}"""


@pytest.mark.parametrize("sort", ["HEIGHT_ASC", "HEIGHT_DESC", "INGESTED_AT_ASC", "INGESTED_AT_DESC"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_pages_give_everything_once(gateway: Gateway, sort: str, count: int) -> None:
    made = [gateway.put(("N", "n"), ("Number", str(number))).id for number in range(count)]
    seen: list[str] = []
    after = None
    more = True
    while more:
        page = gateway.ask(PAGE, after=after, sort=sort)["transactions"]
        more = page["pageInfo"]["hasNextPage"]
        assert len(page["edges"]) == 2 or not more
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["edges"][-1]["cursor"] if page["edges"] else None
    assert seen == (made if sort.endswith("_ASC") else made[::-1])


def test_a_page_has_ten_edges_and_never_more_than_a_hundred(gateway: Gateway) -> None:
    for number in range(101):
        gateway.put(("Number", str(number)))
    assert len(gateway.ids("")) == 10
    assert len(gateway.ids("(first: 5000)")) == 100
    assert gateway.ids("(first: 0)") == []


def test_what_comes_later_stands_behind_the_cursor(gateway: Gateway) -> None:
    """A client that follows the chain upwards sees every item once, as it comes."""
    process = gateway.spawn("followed")
    document = PAGE.replace("first: 2", "first: 100")
    after = None
    for number in range(3):
        sent = gateway.send(process, "", ("N", "n"))
        edges = gateway.ask(document, after=after, sort="HEIGHT_ASC")["transactions"]["edges"]
        assert [edge["node"]["id"] for edge in edges] == [sent], number
        after = edges[-1]["cursor"]
        gateway.clock.now += 60_000


# Blocks


def test_blocks_follow_from_the_clock(gateway: Gateway) -> None:
    document = """query GetBlocks ($min: Int!, $limit: Int!) {
      blocks(height: {min: $min}, first: $limit, sort: HEIGHT_ASC) {
        pageInfo { hasNextPage } edges { cursor node { id timestamp height previous } }
      }
    }"""
    newest = gateway.ask("{ block { id height timestamp } }")["block"]
    assert 0 <= gateway.clock.now // 1000 - newest["timestamp"] < 120
    page = gateway.ask(document, min=newest["height"] - 2, limit=2)["blocks"]
    assert page["pageInfo"] == {"hasNextPage": True}
    first, second = (edge["node"] for edge in page["edges"])
    assert (first["height"], second["height"]) == (newest["height"] - 2, newest["height"] - 1)
    assert second["previous"] == first["id"]
    assert second["timestamp"] - first["timestamp"] == 120
    last = gateway.ask(document, min=newest["height"] - 1, limit=2)["blocks"]
    assert last["pageInfo"] == {"hasNextPage": False}
    assert last["edges"][-1]["node"]["id"] == newest["id"]
    assert gateway.ask(document, min=newest["height"] + 1, limit=2)["blocks"]["edges"] == []


def test_blocks_by_cursor_and_id(gateway: Gateway) -> None:
    newest = gateway.ask("{ block { height } }")["block"]["height"]
    document = """query ($after: String, $sort: SortOrder, $ids: [ID!]) {
      blocks(first: 2, after: $after, sort: $sort, ids: $ids) {
        pageInfo { hasNextPage } edges { cursor node { id height } }
      }
    }"""

    def page(**variables: object) -> tuple[list[int], bool]:
        found = gateway.ask(document, **variables)["blocks"]
        return [edge["node"]["height"] for edge in found["edges"]], found["pageInfo"]["hasNextPage"]

    assert page() == ([newest, newest - 1], True)
    assert page(after=str(newest - 1)) == ([newest - 2, newest - 3], True)
    assert page(after="1") == ([0], False)
    assert page(sort="HEIGHT_ASC") == ([0, 1], True)
    assert page(sort="HEIGHT_ASC", after=str(newest - 1)) == ([newest], False)
    named = [edge["node"]["id"] for edge in gateway.ask(document)["blocks"]["edges"]]
    assert page(ids=[*named, "A" * 64, "?"]) == ([newest, newest - 1], False)
    assert gateway.ask("query ($id: String) { block(id: $id) { id } }", id="A" * 64) == {"block": None}


def test_the_first_block_has_none_before_it(gateway: Gateway) -> None:
    found = gateway.ask("{ blocks(first: 1, sort: HEIGHT_ASC) { edges { node { height previous } } } }")
    assert found["blocks"]["edges"] == [{"node": {"height": 0, "previous": ""}}]
