"""The values of evaluations, in every format and at every width."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings, strategies
from rich.cells import cell_len
from slots import message, shown, slot

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.processes import spawn_process
from aos_cli.render.records import slot_record
from aos_cli.render.signs import ASCII_SIGNS
from aos_cli.render.value_dump import read_dump
from aos_cli.render.value_table import value_table
from aos_cli.render.value_text import Bare, source_text
from aos_cli.render.value_tree import value_tree
from aos_cli.render.values import ABSENT, FORMATS, Format, View, result_view, value_of
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

Evaluate = Callable[[str], Slot]

MANY = "local t = {} for i = 1, 1000 do t['k' .. i] = i end return t"
ORDERS = "local t = {} for i = 1, 40 do t[i] = { price = i * 2, asset = 'AO' .. i, open = i > 3 } end return t"


@pytest.fixture
def evaluate(client: LocalClient, wallet: Ed25519Wallet) -> Evaluate:
    """Evaluates Lua in a process and gives the slot."""
    session = Session(client, wallet, spawn_process(client, wallet, "values"))
    return lambda code: session.slot(session.eval(code).slot)


def lines_of(evaluated: Slot, format_name: Format = "pretty", **limits: Any) -> list[str]:
    return shown(result_view(evaluated, View(format=format_name, **limits)), limits.get("width", 100)).splitlines()


# What stays as the process wrote it


@pytest.mark.parametrize("format_name", ["pretty", "table", "raw"])
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("'text'", "text"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("nil", ""),
        ("false", ""),
        ("print('only printed')", "only printed"),
        ("print", "function: 0x"),
        ("('x'):rep(3000)", "x" * 3000),
        ("1/0", "inf"),
        ("'{ ' .. ('\\27[34m1\\27[0m, '):rep(500) .. '}'", "{ 1, 1, 1,"),
    ],
)
def test_what_is_no_table_stays_as_it_was_printed(
    evaluate: Evaluate, code: str, expected: str, format_name: Format
) -> None:
    assert "\n".join(lines_of(evaluate(code), format_name)).startswith(expected)


def test_a_short_table_stays_as_it_was_printed(evaluate: Evaluate) -> None:
    assert lines_of(evaluate("{ a = 1, b = { 'x', 'y' } }")) == ["{", "   a = 1,", '   b = { "x", "y" }', "}"]


def test_a_message_that_is_no_evaluation_stays_as_it_was_printed() -> None:
    arrived = slot(message("Ping"), output="{\n" + "x\n" * 500 + "}", raw={"Output": {"value": "[1]", "test": "{}"}})
    assert len(lines_of(arrived)) == 502


@pytest.mark.parametrize(
    "raw", [{}, {"Output": "text"}, {"Output": {"value": "{", "test": 7}}, {"Output": {"test": "{}"}}]
)
def test_results_of_other_runtimes_stay_as_they_were_printed(raw: dict[str, Any]) -> None:
    for format_name in FORMATS:
        assert lines_of(slot(output="one\ntwo", raw=raw), format_name) == ["one", "two"]


# Trees


def test_a_long_table_becomes_a_tree_and_says_what_is_left_out(evaluate: Evaluate) -> None:
    lines = lines_of(evaluate(MANY))
    assert lines[:2] == ["1,000 entries", "├─ k1 = 1"]
    assert lines[-2:] == ["└─ … 950 more", ".format raw shows all"]
    assert len(lines) == 53


def test_what_was_printed_before_the_value_stands_above_it(evaluate: Evaluate) -> None:
    lines = lines_of(evaluate(f"print('first')\nprint('{{ second }}')\n{MANY}"))
    assert lines[:3] == ["first", "{ second }", "1,000 entries"]


def test_functions_are_shown_which_have_no_json(evaluate: Evaluate) -> None:
    text = "\n".join(lines_of(evaluate("Handlers"), max_rows=5))
    assert "├─ add = function: 0x" in text
    assert '│  │  ├─ name = "_eval"' in text


def test_a_value_that_is_too_large_for_json_becomes_a_tree_too(evaluate: Evaluate) -> None:
    evaluated = evaluate("local t = {} for i = 1, 20000 do t[i] = i .. ' abc' end return t")
    assert value_of(evaluated.raw) is ABSENT
    assert lines_of(evaluated)[:2] == ["20,000 entries", '├─ 1 = "1 abc"']


def test_a_deep_value_is_opened_to_the_limit(evaluate: Evaluate) -> None:
    evaluated = evaluate("local t = { 'bottom', { 'x' } } for i = 1, 60 do t = { level = i, down = t } end return t")
    lines = lines_of(evaluated, max_depth=3)
    assert lines[1:] == [
        "├─ down (2 entries)",
        "│  ├─ down (2 entries)",
        "│  │  ├─ down (2 entries)",
        "│  │  └─ level = 58",
        "│  └─ level = 59",
        "└─ level = 60",
        ".format raw shows all",
    ]


def test_a_value_that_is_nested_without_end_stops_nothing(evaluate: Evaluate) -> None:
    evaluated = evaluate("local t = {} for i = 1, 500 do t = { t } end return t")
    for format_name in ("pretty", "table"):
        assert len(lines_of(evaluated, format_name)) < 20
    assert slot_record(evaluated)["value"] is None


def test_all_lines_of_a_tree_are_limited_together(evaluate: Evaluate) -> None:
    code = "local t = {} for i = 1, 40 do t[i] = {} for j = 1, 40 do t[i][j] = { j, { j } } end end return t"
    lines = lines_of(evaluate(code), max_lines=60, max_rows=1)
    assert len(lines) < 70
    assert lines[-2].startswith("└─ … ")


def test_a_long_text_is_cut_and_small_tables_stand_on_one_line(evaluate: Evaluate) -> None:
    code = (
        "local t = { pair = { 1, { a = 'b' } }, long = ('x'):rep(500) } for i = 1, 30 do t[i .. 'n'] = i end return t"
    )
    lines = lines_of(evaluate(code), max_text=20, max_items=100)
    assert '└─ pair = { 1, { a = "b" } }' in lines
    assert any(line.endswith(f'long = "{"x" * 17}…"') for line in lines)
    assert lines[-1] == ".format raw shows all"


def test_a_terminal_without_unicode_gets_an_ascii_tree(evaluate: Evaluate) -> None:
    assert all(line.isascii() for line in lines_of(evaluate(MANY), signs=ASCII_SIGNS))
    assert lines_of(evaluate(MANY), signs=ASCII_SIGNS)[-2] == "`- ... 950 more"


def test_nothing_of_a_value_acts_on_the_terminal(evaluate: Evaluate) -> None:
    evil = r"\27[2J\27[31m\226\128\174\r"
    code = f"local t = {{}} for i = 1, 30 do t['{evil}' .. i] = {{ ['{evil}'] = '{evil}', b = 2 }} end return t"
    for format_name in FORMATS:
        text = result_view(evaluate(code), View(format=format_name)).plain
        assert not set(text) & set("\x1b\u202e\r")


# Tables


def test_entries_of_one_shape_become_a_table(evaluate: Evaluate) -> None:
    lines = lines_of(evaluate(ORDERS), max_items=4)
    assert lines == [
        "    asset   open    price",
        "─────────────────────────",
        "1   AO1     false       2",
        "2   AO2     false       4",
        "3   AO3     false       6",
        "4   AO4     true        8",
        "… 36 more rows; .format raw shows all",
    ]


def test_balances_become_a_table_when_it_is_asked_for(evaluate: Evaluate) -> None:
    balances = evaluate("{ alice = '10', bob = '20' }")
    assert lines_of(balances, "table") == ["        value", "─────────────", "alice   10", "bob     20"]


def test_entries_of_several_shapes_are_no_table_unless_it_is_asked_for(evaluate: Evaluate) -> None:
    code = "local t = {} for i = 1, 30 do t[i] = { ['only' .. i] = i } end t[31] = 'alone' return t"
    assert lines_of(evaluate(code))[0] == "31 entries"
    assert "value" in lines_of(evaluate(code), "table", width=400)[0]


def test_columns_without_room_are_counted(evaluate: Evaluate) -> None:
    lines = lines_of(evaluate(ORDERS), "table", width=24)
    assert lines[0] == "     asset   open"
    assert lines[-1].startswith("… 1 more column")


# Source text


@pytest.mark.parametrize(
    "code", ["{ a = { 1, 'x', true }, ['end'] = 0.5, ['x y'] = {} }", "'a\"b\\\\c\\nd\\27[31m'", "{}", "12"]
)
def test_the_lua_text_gives_the_value_again(evaluate: Evaluate, code: str) -> None:
    evaluated = evaluate(code)
    again = evaluate("\n".join(lines_of(evaluated, "lua")))
    assert again.raw["Output"]["value"] == evaluated.raw["Output"]["value"]


def test_the_json_text_is_the_value(evaluate: Evaluate) -> None:
    evaluated = evaluate("print('above') return { a = { 1, 2.5 }, b = 'x\\27[31my', big = 1e100 }")
    lines = lines_of(evaluated, "json")
    assert lines[:3] == ["above", "{", '  "a": [']
    assert json.loads("\n".join(lines[1:])) == {"a": [1, 2.5], "b": "x\x1b[31my", "big": 1e100}


def test_source_text_and_raw_have_no_limits(evaluate: Evaluate) -> None:
    for format_name in ("lua", "json", "raw"):
        assert len(lines_of(evaluate(MANY), format_name)) == 1002


def test_without_json_the_source_text_is_what_the_process_wrote(evaluate: Evaluate) -> None:
    assert lines_of(evaluate("{ print }"), "json")[1].strip().startswith("function: ")


# Any value, any width

_VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers().map(str).map(Bare) | strategies.text(),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=60,
)


@settings(max_examples=150)
@given(
    _VALUES.filter(lambda value: isinstance(value, dict | list)),
    strategies.sampled_from([0, 1, 2, 7, 20, 21, 40, 80]),
    strategies.booleans(),
)
def test_no_line_of_a_tree_or_table_is_longer_than_the_window(value: Any, width: int, ascii_only: bool) -> None:
    view = View(width=width, max_items=7, max_lines=30, max_depth=4, **({"signs": ASCII_SIGNS} if ascii_only else {}))
    for drawn in (value_tree(value, view), value_table(value, view)):
        assert drawn is not None or not value
        for line in drawn.plain.split("\n") if drawn else ():
            assert width < 20 or cell_len(line) <= width


@given(_VALUES)
def test_any_value_has_its_json_text(value: Any) -> None:
    def same(parsed: Any, original: Any) -> bool:
        if isinstance(original, dict):
            return parsed.keys() == original.keys() and all(same(parsed[key], original[key]) for key in original)
        if isinstance(original, list):
            return len(parsed) == len(original) and all(map(same, parsed, original))
        return bool(str(parsed) == str(original) if isinstance(original, Bare) else parsed == original)

    assert same(json.loads(source_text(value, "json").plain), value)


# The text that processes write


def test_a_dump_is_read_back(evaluate: Evaluate) -> None:
    code = "{ a = 'x, } = {', list = { 1, 'y' }, objects = { { b = true }, {} }, loop = Handlers.utils }"
    dump = evaluate(code).result.output
    read = read_dump(dump)
    assert isinstance(read, dict)
    assert (read["a"], read["list"], read["objects"]) == ("x, } = {", ["1", "y"], [{"b": "true"}, []])
    assert read["loop"]["hasMatchingTag"].startswith("function: ")


@pytest.mark.parametrize(
    "text",
    ["", "text", "{", "{ }}", "{ \x1b[34m1\x1b[0m } more", "{ \x1b[31ma\x1b[0m = }", "{ 1 }", "<circular reference>"],
)
def test_what_is_no_dump_is_not_read(text: str) -> None:
    assert read_dump(text) is None


@given(strategies.text(alphabet='{}, =\n"a\x1b[0m1234'), strategies.integers(0, 100))
def test_any_text_may_be_held_to_be_a_dump(text: str, width: int) -> None:
    output = "{" + text + "}"
    raw = {"Output": {"test": '{\n    [1] = "' + output.replace("\\", "\\\\").replace('"', '\\"') + '"\n}'}}
    result_view(slot(output=output, raw=raw), View(width=width, max_rows=0))
