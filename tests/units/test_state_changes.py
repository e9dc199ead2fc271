"""Two summaries of a state, compared."""

from __future__ import annotations

import pytest

from aos_cli.machine.summary import ROOT, Held, Key, LongText, Marked, Summary, Table, Value
from aos_cli.units.changes import Change, Comparison, compare, written_path


def state(entries: dict[Key, Value], *tables: dict[Key, Value] | Table) -> Summary:
    """A summary with these globals; the tables have the numbers 2, 3 and so on."""
    made = [table if isinstance(table, Table) else Table(len(table), table, False) for table in (entries, *tables)]
    return dict(enumerate(made, ROOT))


def changes(before: Summary, after: Summary) -> list[tuple[str, str | None, str | None]]:
    return [(change.path, change.before, change.after) for change in compare(before, after).changes]


def function(mark: str, place: str = "") -> Marked:
    return Marked("function", mark, place)


@pytest.mark.parametrize(
    ("before", "after", "kind"), [(None, "1", "added"), ("1", None, "removed"), ("1", "2", "changed")]
)
def test_a_change_has_a_kind(before: str | None, after: str | None, kind: str) -> None:
    assert Change("x", before, after).kind == kind


def test_a_state_differs_in_nothing_from_itself() -> None:
    whole = state({b"x": 1, b"t": Held(2), b"f": function("1"), b"nan": float("nan")}, {b"self": Held(2), 1: b"x"})
    assert compare(whole, whole) == Comparison((), ())


VALUES: dict[str, tuple[Value, Value, str, str]] = {
    "number": (1, 2, "1", "2"),
    "integer and float": (1, 1.0, "1", "1.0"),
    "float as Lua writes it": (0.1 + 0.2, 1e100, "0.3", "1e+100"),
    "floats that look alike": (0.1 + 0.2, 0.3, "0.3", "0.3 (another)"),
    "no number": (1, float("inf"), "1", "inf"),
    "boolean and number": (True, 1, "true", "1"),
    "text": (b"10", b"7", '"10"', '"7"'),
    "text and number": (b"10", 10, '"10"', "10"),
    "quotes and control characters": (b'"\\\n\x1b[31m', b"\x00", '"\\"\\\\\\n\\027[31m"', '"\\000"'),
    "bytes that are no text": (b"\xff", b"", '"\ufffd"', '""'),
    "long texts": (b"a" * 100, b"b", f'"{"a" * 80}"... (100 bytes)', '"b"'),
    "texts that differ far behind": (
        LongText(b"a" * 200, 5000, b"1"), LongText(b"a" * 200, 5000, b"2"),
        f'"{"a" * 80}"... (5,000 bytes)', f'"{"a" * 80}"... (5,000 bytes) (another)',
    ),
    "function": (function("1", "a.lua:1"), function("2", "b.lua:2"), "function (a.lua:1)", "function (b.lua:2)"),
    "functions without a place": (function("1"), function("2"), "function", "function (another)"),
}  # fmt: skip


@pytest.mark.parametrize(("was", "now", "before", "after"), VALUES.values(), ids=VALUES)
def test_a_value_is_written_as_lua_would(was: Value, now: Value, before: str, after: str) -> None:
    assert changes(state({b"x": was}), state({b"x": now})) == [("x", before, after)]


def test_what_comes_and_goes() -> None:
    before, after = state({b"gone": 1, b"same": 1}), state({b"new": 2, b"same": 1})
    assert changes(before, after) == [("gone", "1", None), ("new", None, "2")]


def test_tables_are_compared_by_what_is_in_them() -> None:
    """Another table with the same entries is no change; one entry that differs is one."""
    before = state({b"t": Held(2)}, {b"a": 1, b"b": 2})
    assert changes(before, state({b"t": Held(3)}, {}, {b"a": 1, b"b": 2})) == []
    assert changes(before, state({b"t": Held(3)}, {}, {b"a": 1, b"b": 3})) == [("t.b", "2", "3")]


def test_another_name_for_a_table_is_one_change() -> None:
    before = state({b"z": Held(2)}, {b"x": 1})
    after = state({b"a": Held(2), b"z": Held(2)}, {b"x": 1})
    assert changes(before, after) == [("a", None, "{ x = 1 }")]


def test_a_table_with_many_names_is_told_under_the_shortest() -> None:
    before = state({b"all": Held(2), b"z": Held(3)}, {b"z": Held(3)}, {b"x": 1})
    after = state({b"all": Held(2), b"z": Held(3)}, {b"z": Held(3)}, {b"x": 2})
    assert changes(before, after) == [("z.x", "1", "2")]


def test_tables_that_hold_each_other_end() -> None:
    before = state({b"a": Held(2)}, {b"b": Held(3)}, {b"a": Held(2), b"x": 1})
    after = state({b"a": Held(2)}, {b"b": Held(3)}, {b"a": Held(2), b"x": 2})
    assert changes(before, after) == [("a.b.x", "1", "2")]


def test_a_very_deep_chain_is_walked() -> None:
    links: list[dict[Key, Value]] = [{b"d": Held(number)} for number in range(3, 5002)]
    before, after = (state({b"t": Held(2)}, *links, {b"end": end}) for end in (1, 2))
    assert [change[1:] for change in changes(before, after)] == [("1", "2")]


TABLES: dict[str, tuple[dict[Key, Value], str]] = {
    "empty": ({}, "{}"),
    "list": ({1: 1, 2: b"x"}, '{ 1, "x" }'),
    "names": ({b"b": 2, b"a": 1, b"x y": 3}, '{ a = 1, b = 2, ["x y"] = 3 }'),
    "tables in it": ({b"t": Held(9)}, "{ t = {...} }"),
    "many": ({number: number for number in range(1, 11)}, "{ 1, 2, 3, 4, 6 more }"),
    "too long": ({b"a": b"x" * 79}, "{ 1 entries }"),
}


@pytest.mark.parametrize(("entries", "written"), TABLES.values(), ids=TABLES)
def test_a_new_table_is_written_in_short(entries: dict[Key, Value], written: str) -> None:
    assert changes(state({}), state({b"t": Held(2)}, entries)) == [("t", None, written)]


def test_tables_that_are_too_large_are_named() -> None:
    large, larger = Table(200_000, None, too_large=True), Table(200_001, None, too_large=True)
    assert compare(state({b"t": Held(2)}, large), state({b"t": Held(2)}, large)) == Comparison((), ("t",))
    found = compare(state({b"t": Held(2)}, large), state({b"t": Held(2)}, larger))
    assert found == Comparison((Change("t", "200,000 entries", "200,001 entries"),), ("t",))


def test_a_table_that_becomes_too_large_is_counted() -> None:
    small: dict[Key, Value] = {b"x": 1}
    large = Table(200_000, None, too_large=True)
    found = compare(state({b"t": Held(2)}, small), state({b"t": Held(2)}, large))
    assert found == Comparison((Change("t", "1 entry", "200,000 entries"),), ("t",))


def test_tables_that_lie_too_deep_are_named() -> None:
    whole = state({b"t": Held(99)})
    assert compare(whole, whole) == Comparison((), ("t",))


def test_the_inbox_is_counted_in_messages() -> None:
    one, two = (state({b"Inbox": Held(2)}, Table(total, None, too_large=False)) for total in (1, 2))
    assert compare(one, two) == Comparison((Change("Inbox", "1 message", "2 messages"),), ())


def test_changes_are_in_the_order_of_their_paths() -> None:
    entries: dict[Key, Value] = {10: 1, 9: 1, b"b": 1, b"a": 1, "true": 1, b"T": Held(3)}
    found = changes(state({b"t": Held(2)}, {}), state({b"t": Held(2), b"a": 0}, entries, {}))
    assert [path for path, _, _ in found] == ["a", "t.T", "t.a", "t.b", "t[9]", "t[10]", "t[true]"]


PATHS: dict[str, tuple[tuple[Key, ...], str]] = {
    "names": ((b"Balances", b"abc"), "Balances.abc"),
    "numbers": ((b"list", 2, 1.5), "list[2][1.5]"),
    "other texts": ((b"t", b"a-b", b'"'), 't["a-b"]["\\""]'),
    "other globals": ((b"a b", b"c"), '_G["a b"].c'),
    "handlers": ((b"Handlers", b"list", b"transfer"), "Handlers.transfer"),
    "escape sequences": ((b"\x1b[31m",), '_G["\\027[31m"]'),
}


@pytest.mark.parametrize(("path", "written"), PATHS.values(), ids=PATHS)
def test_a_path_is_written_as_lua_would(path: tuple[Key, ...], written: str) -> None:
    assert written_path(path) == written
