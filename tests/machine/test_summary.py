"""What a machine tells of a whole state, and that nobody's looking is felt by the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aos_cli.machine.module import bundled_sources
from aos_cli.machine.native import NativeMachine
from aos_cli.machine.port import Signature
from aos_cli.machine.standalone import DEFAULT_ENVIRONMENT, OWNER, PROCESS_ID
from aos_cli.machine.summary import ROOT, Held, LongText, Marked, Summary


def machine_of(*codes: str) -> NativeMachine:
    """A process that was born and has evaluated something."""
    machine = NativeMachine(bundled_sources(), DEFAULT_ENVIRONMENT)
    handle(machine, PROCESS_ID, "Type", "Process")
    for code in codes:
        assert "Output" in evaluate(machine, code)
    return machine


def handle(machine: NativeMachine, message_id: str, tag: str, value: str, data: str = "") -> dict[str, Any]:
    tags = [{"name": tag, "value": value}]
    message = {"Id": message_id, "From": OWNER, "Owner": OWNER, "Target": PROCESS_ID, "Tags": tags, "Data": data}
    result = json.loads(machine.evaluate(message).text)
    assert isinstance(result, dict)
    return result


def evaluate(machine: NativeMachine, code: str) -> dict[str, Any]:
    return handle(machine, "i", "Action", "Eval", code)


def at(summary: Summary, *path: bytes | int) -> Any:
    """The value at a path; a table as the mapping of its entries."""
    found: Any = Held(ROOT)
    for key in path:
        entries = summary[found.table].entries
        assert entries is not None
        found = entries[key]
    return found


def entries_at(summary: Summary, *path: bytes | int) -> Mapping[Any, Any] | None:
    return summary[at(summary, *path).table].entries


VALUES = {
    "integer": ("x = 7", 7),
    "float": ("x = 1.5", 1.5),
    "boolean": ("x = false", False),
    "text": ("x = 'a\\0b'", b"a\0b"),
}


@pytest.mark.parametrize(("code", "value"), VALUES.values(), ids=VALUES)
def test_plain_values_are_told_as_they_are(code: str, value: object) -> None:
    found = at(machine_of(code).summary(), b"x")
    assert (type(found), found) == (type(value), value)


def test_a_long_text_is_told_by_its_beginning_length_and_digest() -> None:
    machine = machine_of("a = ('x'):rep(1000) b = ('x'):rep(999) .. 'y' c = ('x'):rep(1000)")
    a, b, c = (at(machine.summary(), name) for name in (b"a", b"b", b"c"))
    assert isinstance(a, LongText)
    assert (a.beginning, a.length) == (b"x" * 200, 1000)
    assert a == c
    assert a != b


def test_tables_are_told_with_all_kinds_of_plain_keys() -> None:
    summary = machine_of(
        "t = { 'one', [2.5] = 'float', [true] = 'yes', name = 'text', [1 << 40] = 'far', [{}] = 1 }"
    ).summary()
    assert entries_at(summary, b"t") == {
        1: b"one", 2.5: b"float", "true": b"yes", b"name": b"text", 1 << 40: b"far",
    }  # fmt: skip
    assert summary[at(summary, b"t").table].total == 6


def test_tables_that_hold_each_other_are_told_once() -> None:
    summary = machine_of("a = {} b = { a = a } a.b = b").summary()
    assert at(summary, b"a", b"b") == at(summary, b"b")
    assert at(summary, b"b", b"a") == at(summary, b"a")


def test_a_function_keeps_its_mark_until_it_is_another_one() -> None:
    machine = machine_of("function f() end g = f")
    first = at(machine.summary(), b"f")
    assert first == at(machine.summary(), b"g")
    evaluate(machine, "function f() end")
    assert at(machine.summary(), b"f").mark != first.mark


def test_a_function_of_a_file_has_a_place() -> None:
    code = "load('\\n\\nfunction transfer() end', '@token.lua')() function typed() end"
    summary = machine_of(code).summary()
    assert at(summary, b"transfer").place == "token.lua:3"
    assert at(summary, b"typed").place == at(summary, b"Send").place == ""


def test_handlers_are_told_by_name_with_the_place_of_what_was_registered() -> None:
    machine = machine_of("load('Handlers.add(\"go\", \"Go\", function() end)', '@go.lua')()")
    go = at(machine.summary(), b"Handlers", b"list", b"go")
    assert (go.kind, go.place) == ("handler", "go.lua:1")
    evaluate(machine, "Handlers.add('go', 'Go', function() end)")
    assert at(machine.summary(), b"Handlers", b"list", b"go").mark != go.mark
    assert machine.handlers() == ["_eval", "_default", "go"]


def test_the_inbox_is_counted_and_not_told() -> None:
    summary = machine_of("for n = 1, 7 do Inbox[n] = { Data = 'x' } end").summary()
    inbox = summary[at(summary, b"Inbox").table]
    assert (inbox.total, inbox.entries, inbox.too_large) == (7, None, False)


def test_a_large_table_hides_itself_and_not_the_others() -> None:
    machine = machine_of("big, small = {}, {} for n = 1, 5000 do big[n] = n small[n % 50] = n end")
    summary = machine.summary(max_entries=4000)
    big, small = (summary[at(summary, name).table] for name in (b"big", b"small"))
    assert (big.total, big.entries, big.too_large) == (5000, None, True)
    assert small.entries is not None
    assert len(small.entries) == 50


def test_depth_is_bounded() -> None:
    machine = machine_of("deep = {} local d = deep for _ = 1, 100 do d.d = {} d = d.d end")
    summary = machine.summary(max_depth=5)
    found = at(summary, b"deep", b"d", b"d", b"d", b"d")
    assert found.table not in summary


def test_messages_that_do_nothing_change_nothing() -> None:
    """What each message counts on, such as its outbox and references, is no part of the summary."""
    machine = machine_of("Send({ Target = ao.id, Action = 'First' }) return 1")
    before = {number: table.entries for number, table in machine.summary().items()}
    evaluate(machine, "Send({ Target = ao.id, Action = 'Second' }) print('x') return 2")
    assert {number: table.entries for number, table in machine.summary().items()} == before


HOSTILE = {
    "list of handlers": "setmetatable(Handlers.list, { __index = boom, __len = boom })",
    "handler": "Handlers.list[1] = setmetatable({}, { __index = boom })",
    "globals": "setmetatable(_G, { __index = boom, __pairs = boom })",
    "inbox": "Inbox = setmetatable({}, { __index = boom, __len = boom })",
    "no inbox": "Inbox, Handlers.list[#Handlers.list + 1] = 7, { name = boom, handle = 7 }",
    "tables": "t = setmetatable({ x = 1 }, { __index = boom, __pairs = boom, __len = boom, __tostring = boom })",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_nothing_of_the_program_is_called(code: str) -> None:
    machine = machine_of()
    evaluate(machine, f"called = 0 function boom() called = called + 1 error('boom') end {code}")
    before = at(machine.summary(), b"called")
    machine.handlers()
    machine.signature(["t", "missing"])
    assert at(machine.summary(), b"called") == before


SIGNATURES = {
    "names": ("function f(name, age) end", ["f"], Signature(("name", "age"), "", known=True)),
    "more": ("function f(first, ...) end", ["f"], Signature(("first", "..."), "", known=True)),
    "method": ("T = {} function T:f(x) end", ["T", "f"], Signature(("self", "x"), "", known=True)),
    "file": ("load('function f() end', '@f.lua')()", ["f"], Signature((), "f.lua:1", known=True)),
    "Lua's own": ("", ["string", "byte"], Signature(("...",), "", known=False)),
    "the machine's": ("", ["setmetatable"], Signature((), "", known=False)),
    "library": ("", ["Send"], Signature(("msg",), "", known=True)),
    "no function": ("f = 1", ["f"], None),
    "nothing": ("", ["f", "g"], None),
}  # fmt: skip


@pytest.mark.parametrize(("code", "path", "signature"), SIGNATURES.values(), ids=SIGNATURES)
def test_a_function_says_what_it_takes(code: str, path: list[str], signature: Signature | None) -> None:
    found = machine_of(code or "1").signature(path)
    if found is not None and signature is not None and not signature.known:
        # Lua's own functions say that they take anything, or nothing; neither is worth telling.
        found = found._replace(parameters=signature.parameters)
    assert found == signature


LOOKS: dict[str, Callable[[NativeMachine], object]] = {
    "summary": lambda machine: machine.summary(),
    "inspect": lambda machine: machine.inspect(["t"]),
    "read": lambda machine: machine.read(["t"], 1, 1000),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_looks_do_not_bring_the_collector_forward(look: Callable[[NativeMachine], object]) -> None:
    """Whether two functions are one depends on the collector; somebody who only looks must not decide it."""
    watched = machine_of("t = {} for n = 1, 1000 do t[n], t['k' .. n] = { n }, n end")
    before = watched.memory_bytes()
    while watched.memory_bytes() < before + 4 * 1024 * 1024:
        look(watched)
    evaluate(watched, "return 1")
    assert watched.memory_bytes() > before + 4 * 1024 * 1024


def test_looks_do_not_pile_up() -> None:
    """Somebody may type for hours before the next message."""
    watched = machine_of("t = {} for n = 1, 10000 do t[n] = n end")
    for _ in range(100):
        watched.summary()
    assert watched.memory_bytes() < 32 * 1024 * 1024


def test_marks_tell_kinds_apart() -> None:
    found = at(machine_of("f, co = print, coroutine.create(print)").summary(), b"co")
    assert isinstance(found, Marked)
