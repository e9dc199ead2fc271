"""Items and assignments in the order of the chain, found by what stands in them."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from pathlib import Path

import pytest
from node_tools import USER, eval_slot, message_item, node_over, settled, spawn

from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.model import DataItem
from aos_cli.units import catalogue as catalogue_module
from aos_cli.units.catalogue import Catalogue, Field, Filter
from aos_cli.units.node import Node


def put(node: Node, *tags: tuple[str, str]) -> str:
    """An item that is in no log."""
    item = build_item(USER, tags=tags)
    node.store.put_item(item)
    return item.id


def tagged(name: str, *values: str, negated: bool = False) -> Filter:
    return Filter("tag", values, name, negated)


def ids(node: Node, *filters: Filter, limit: int = 10_000) -> list[str]:
    """Ids of what is found, the oldest first."""
    return [found.item.id for found in node.store.catalogue.search(filters, newest_first=False, limit=limit)]


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in found}


def test_messages_cost_nothing_where_nobody_searches(node: Node, path: Path) -> None:
    eval_slot(node, spawn(node), "return 1")
    settled(node)
    before = tables(path)
    assert not any(table.startswith("catalogue") for table in before)
    ids(node)
    assert len(tables(path) - before) == 5


def test_everything_of_a_store_is_listed(node: Node) -> None:
    process = spawn(node)
    eval_slot(node, process, 'Send({Target = ao.id, Action = "Hi"})')
    eval_slot(node, process, f'Send({{Target = "{"A" * 43}", Action = "Hi"}})')
    settled(node)
    entries = list(node.store.entries(process))
    expected = {entry.message_id for entry in entries} | {decode_item(entry.assignment).id for entry in entries}
    to_a_wallet = {delivery.message_id for delivery in node.store.deliveries(process, 2)}
    assert len(to_a_wallet) == 1
    listed = ids(node)
    assert set(listed) == expected | to_a_wallet | {node.publish_module()}
    assert len(listed) == len(set(listed))


def test_more_than_fits_into_one_transaction(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "_CHUNK", 3)
    processes = [spawn(node, f"p{number}") for number in range(4)]
    for process in processes:
        for number in range(4):
            eval_slot(node, process, f"return {number}")
    listed = ids(node)
    assert len(listed) == len(set(listed)) == 1 + 2 * 4 * 5
    assert len(ids(node, tagged("Type", "Assignment"))) == 4 * 5


def test_two_programs_list_one_store(node: Node, path: Path) -> None:
    other = node_over(path)
    process = spawn(node)
    assert ids(node) == ids(other)
    eval_slot(other, process, "return 1")
    assert ids(node) == ids(other)
    assert len(ids(node, Filter("recipient", (process,)))) == 1
    other.store.close()


def test_the_order_is_that_of_the_blocks(path: Path) -> None:
    minutes = itertools.count(0)
    node = node_over(path, lambda: 1_700_000_000_000 + 60_000 * next(minutes))
    process = spawn(node)
    sent = [node.submit(message_item(process, str(number)).raw).message_id for number in range(5)]
    found = node.store.catalogue.search([Filter("recipient", (process,))], limit=10)
    assert [listed.item.id for listed in found] == sent[::-1]
    heights = [listed.height for listed in found]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > heights[-1]
    for listed in found:
        slot = node.store.slot_of(process, listed.item.id)
        [entry] = node.store.entries(process, slot or 0, slot)
        assert listed.height == entry.place.block_height
    node.store.close()


def test_an_item_without_a_log_stands_in_the_block_before_it(node: Node) -> None:
    first = put(node, ("Kept", "before"))
    process = spawn(node)
    last = put(node, ("Kept", "after"))
    heights = {}
    for entry_id in (first, process, last):
        listed = node.store.catalogue.find(entry_id)
        assert listed is not None
        heights[entry_id] = listed.height
    assert heights[first] == 0
    assert heights[last] == heights[process] > 0


def test_a_message_that_is_assigned_later_keeps_its_place(node: Node) -> None:
    one, two = spawn(node, "one"), spawn(node, "two")
    message = node.submit(message_item(one, "hi").raw).message_id
    before = node.store.catalogue.find(message)
    eval_slot(node, one, f'Assign({{Processes = {{"{two}"}}, Message = "{message}"}})')
    settled(node)
    assert len(node.store.slots_of(message)) == 2
    assert len(ids(node, tagged("Message", message), tagged("Type", "Assignment"))) == 2
    assert node.store.catalogue.find(message) == before
    assert ids(node, Filter("id", (message,))) == [message]


def test_large_data_is_not_read_but_measured(node: Node) -> None:
    item = build_item(USER, tags=(("Large", "yes"), ("Long", "x" * 4000)), data=bytes(1_000_000))
    node.store.put_item(item)
    listed = node.store.catalogue.find(item.id)
    assert listed is not None
    assert listed.item.tags == item.tags
    assert listed.data_bytes == 1_000_000
    assert len(listed.item.raw) < 10_000


def test_two_texts_with_one_word_are_told_apart(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word has 64 bits; here it has two, so that nearly all of them are shared."""
    monkeypatch.setattr(catalogue_module, "_word", lambda field, name, value: len(value) % 4)
    made = [put(node, ("N", f"{number:02}"), ("Same", "yes")) for number in range(20)]
    assert ids(node, tagged("N", "07")) == [made[7]]
    assert ids(node, tagged("N", "07", "13"), tagged("Same", "yes"), limit=2) == [made[7], made[13]]
    assert ids(node, Filter("id", (made[19],)), limit=1) == [made[19]]
    assert ids(node, tagged("N", "99")) == []


@pytest.mark.parametrize(("field", "name"), [("tag", "B"), ("owner", ""), ("recipient", ""), ("id", "")])
def test_a_value_counts_where_it_stands_only(node: Node, field: Field, name: str) -> None:
    put(node, ("A", "value"))
    assert ids(node, Filter(field, ("value",), name)) == []
    assert len(ids(node, tagged("A", "value"))) == 1


def test_no_values_admit_nothing(node: Node) -> None:
    put(node, ("A", "1"))
    assert ids(node, tagged("A")) == []
    assert len(ids(node, tagged("A", negated=True))) == 1


def steps(node: Node, *filters: Filter) -> int:
    """How much work a search is, in hundreds of SQLite's instructions; it must find something."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    ids(node)
    with node.store._database.reading() as connection:
        connection.set_progress_handler(step, 100)
        assert node.store.catalogue.search(filters, limit=1)
        connection.set_progress_handler(None, 0)
    return count


def test_what_is_rare_is_found_without_looking_at_the_rest(node: Node) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            put(node, ("Type", "Message"), ("Data-Protocol", "ao"), ("Reference", f"{number} of {count}"))

    put(node, ("Type", "Message"), ("Data-Protocol", "ao"), ("Name", "rare"))
    searches = (
        (tagged("Data-Protocol", "ao"), tagged("Type", "Message"), tagged("Name", "rare")),
        (Filter("owner", (USER.address,)), tagged("Name", "rare", "other")),
        (tagged("Type", "Message"), tagged("Data-Protocol", "ao")),
        (),
    )
    fill(1200)
    few = [steps(node, *search) for search in searches]
    fill(3600)
    many = [steps(node, *search) for search in searches]
    assert all(later <= earlier + 5 for earlier, later in zip(few, many, strict=True)), (few, many)


def test_a_search_that_follows_another_lists_nothing_anew(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    spawn(node)
    # What the search itself wrote looks like news once.
    ids(node), ids(node)

    def not_again(self: Catalogue) -> None:
        raise AssertionError("it was listed again")

    monkeypatch.setattr(type(node.store._database), "transaction", not_again)
    assert ids(node)


def test_filters_say_what_they_admit() -> None:
    item: DataItem = build_item(USER, tags=(("A", "1"), ("A", "2")))
    assert tagged("A", "2").admits(item)
    assert not tagged("A", "2", negated=True).admits(item)
    assert Filter("owner", (USER.address,)).admits(item)


def test_a_search_that_takes_too_long_is_refused(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    put(node, ("App", "chat"))
    assert len(ids(node, tagged("App", "chat"))) == 1
    with monkeypatch.context() as patched:
        patched.setattr("aos_cli.units.database._SEARCH_SECONDS", -1.0)
        patched.setattr("aos_cli.units.database._SEARCH_STEPS", 1)
        with pytest.raises(NodeRefused, match="takes too long"):
            ids(node, tagged("App", "chat"))
    assert len(ids(node, tagged("App", "chat"))) == 1


def test_a_search_keeps_nobody_from_the_store(path: Path) -> None:
    node = node_over(path)
    with node.store.database.searching() as connection:
        writer = threading.Thread(target=put, args=(node, ("App", "chat")))
        writer.start()
        writer.join()
        assert connection.execute("SELECT count(*) FROM item").fetchone() == (1,)
    node.store.close()


def test_a_search_in_a_closed_store_says_so(path: Path) -> None:
    node = node_over(path)
    put(node, ("App", "chat"))
    assert len(ids(node, tagged("App", "chat"))) == 1
    node.store.close()
    with pytest.raises(StoreError, match="cannot be used"):
        ids(node, tagged("App", "chat"))
