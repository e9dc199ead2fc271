# ruff: noqa: E501 - the Lua programs are tables of one line each
"""`Machine`: a process for tests, without a node."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aos_cli.errors import CodecError
from aos_cli.machine import Machine
from aos_cli.machine.native import check_syntax, to_lua
from aos_cli.machine.standalone import AUTHORITY, DEFAULT_ENVIRONMENT, OWNER, PROCESS_ID


def data(result: dict[str, Any]) -> str:
    text = result["Output"]["data"]
    assert isinstance(text, str)
    return text


def message(**fields: Any) -> dict[str, Any]:
    return {
        "Id": "m".ljust(43, "-"),
        "From": OWNER,
        "Owner": OWNER,
        "Target": PROCESS_ID,
        "Timestamp": 1,
        "Tags": [],
        **fields,
    }


def test_eval_gives_the_value_or_the_error() -> None:
    machine = Machine()
    assert data(machine.eval("1 + 1")) == "2"
    assert data(machine.eval("X = 5 return X")) == "5"
    assert data(machine.eval("X")) == "5"
    assert "unexpected symbol near <eof>" in machine.eval("x = ")["Error"]
    assert '[string "aos"]:1: boom' in machine.eval('error("boom")')["Error"]


def test_send_makes_tags_of_keywords() -> None:
    machine = Machine()
    machine.eval(
        "Handlers.add('echo', 'Echo', function(msg) msg.reply({Data = msg['X-Note'] .. msg.Data .. msg.From:sub(1, 3)}) end)"
    )
    result = machine.send(Action="Echo", X_Note="hi ", Data="there ")
    assert result["Messages"][0]["Data"] == "hi there own"
    assert result["Messages"][0]["Target"] == OWNER
    stranger = machine.send(From="stranger".ljust(43, "-"), Action="Echo", X_Note="", Data="")
    assert stranger["Messages"][0]["Data"] == "str"


def test_the_first_message_is_the_process_itself() -> None:
    machine = Machine()
    assert data(machine.eval("return Owner == '" + OWNER + "' and ao.id")) == PROCESS_ID
    assert data(machine.eval("return Name .. #ao.authorities .. ao.authorities[1]")) == "test1" + AUTHORITY


@pytest.mark.parametrize(
    "failing", ["error({})", "local t = {} t.t = t error(t)", "ao.send({Target = 'x', Data = 'x', N = 1/0})"]
)
def test_a_message_without_a_result_leaves_the_state_before_it(failing: str) -> None:
    machine = Machine()
    machine.eval("X = 1 Send({Target = 'a'})")
    before = machine.eval("Send({Target = 'a'}) return ao.reference")
    result = machine.eval("X = 2 Send({Target = 'a'}) " + failing)
    assert set(result) == {"Throws"}
    assert data(machine.eval("X")) == "1"
    assert machine.eval("return ao.reference")["Output"]["data"] == before["Output"]["data"] == "2"


def test_an_error_keeps_what_the_message_changed() -> None:
    machine = Machine()
    assert "Error" in machine.eval("X = 1 Send({Target = 'a'}) error('boom')")
    assert data(machine.eval("return X .. ao.reference .. #Errors")) == "111"


def test_a_waiting_coroutine_survives_a_rollback() -> None:
    machine = Machine()
    machine.eval("local msg = Receive({Action = 'Wake'}) Woken = msg.Data")
    assert set(machine.eval("error({})")) == {"Throws"}
    machine.send(Action="Wake", Data="up")
    assert data(machine.eval("Woken")) == "up"


VALUES = {
    "text": ("ä", "string", "ä"),
    "integer": (7, "number", "7"),
    "large integer": (2**63 - 1, "number", "9223372036854775807"),
    "beyond integers": (2**63, "number", "9.2233720368548e+18"),
    "far beyond": (-(10**30), "number", "-1e+30"),
    "float": (1.5, "number", "1.5"),
    "boolean": (True, "boolean", "true"),
}


@pytest.mark.parametrize(("value", "kind", "text"), VALUES.values(), ids=VALUES)
def test_values_arrive_as_lua_has_them(value: object, kind: str, text: str) -> None:
    machine = Machine()
    machine.eval(
        "Handlers.prepend('see', function(msg) return msg.Action == 'See' end, function(msg) Seen = type(msg.Odd) .. tostring(msg.Odd) end)"
    )
    machine.handle(message(Odd=value, Tags=[{"name": "Action", "value": "See"}]), DEFAULT_ENVIRONMENT)
    assert data(machine.eval("Seen")) == kind + text


def test_nothing_and_nested_values() -> None:
    machine = Machine()
    machine.eval(
        "Handlers.prepend('see', function(msg) return msg.Action == 'See' end, function(msg) Seen = msg.Odd end)"
    )
    odd = {"none": None, "list": [1, [2, {"deep": "x"}], {}], "empty": []}
    machine.handle(message(Odd=odd, Tags=[{"name": "Action", "value": "See"}]), DEFAULT_ENVIRONMENT)
    assert (
        data(machine.eval("return tostring(Seen.none) .. Seen.list[2][2].deep .. #Seen.list .. #Seen.empty"))
        == "nilx30"
    )
    assert odd["list"] == [1, [2, {"deep": "x"}], {}]


@pytest.mark.parametrize(
    ("text", "length"), [("\ud800", 3), ("\udcff", 1), ("\0", 1), ("a\0b", 3), ("\udcff\ud800", 6)]
)
def test_texts_that_are_no_utf8_arrive_as_bytes(text: str, length: int) -> None:
    machine = Machine()
    result = machine.send(Action="Eval", Data=f"#'{text}'")
    assert data(result) == str(length)
    json.dumps(machine.eval("return '\\237\\160\\128\\255'"), ensure_ascii=False).encode()


def test_other_values_are_refused() -> None:
    with pytest.raises(CodecError, match="set"):
        to_lua({"a": {1, 2}})


json_values = st.recursive(
    st.booleans() | st.integers(-(10**13), 10**13) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.text(alphabet="abc", min_size=1), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(json_values)
def test_json_values_come_back_as_they_went(value: object) -> None:
    machine = Machine()
    machine.eval(
        "Handlers.prepend('echo', function(msg) return msg.Action == 'Echo' end, function(msg) ao.outbox.Output = nil ao.send({Target = 'x', Tags = {Odd = msg.Odd}}) end)"
    )
    result = machine.handle(message(Odd=value, Tags=[{"name": "Action", "value": "Echo"}]), DEFAULT_ENVIRONMENT)
    assert result["Messages"][0]["Tags"][-1] == {"name": "Odd", "value": value}


def test_the_environment_may_change_between_messages() -> None:
    machine = Machine()
    machine.eval("1")
    environment = json.loads(json.dumps(DEFAULT_ENVIRONMENT))
    environment["Process"]["Tags"].append({"name": "Authority", "value": "new"})
    environment["Process"]["Color"] = "red"
    tags = [{"name": "Action", "value": "Eval"}]
    code = "return #ao.authorities .. ao.env.Process.Color"
    assert data(machine.handle(message(Data=code, Tags=tags), environment)) == "2red"
    environment["Process"]["Color"] = "blue"
    assert data(machine.handle(message(Data=code, Tags=tags), environment)) == "2blue"
    code = "ao.env.Process.Color = 'spoilt' return 1"
    machine.handle(message(Data=code, Tags=tags), environment)
    code = "return ao.env.Process.Color"
    assert data(machine.handle(message(Data=code, Tags=tags), environment)) == "blue"


def test_messages_of_the_caller_are_not_changed() -> None:
    machine = Machine()
    given_message = message(Data="X = 1", Tags=[{"name": "action", "value": "Eval"}])
    before = json.dumps(given_message)
    machine.handle(given_message, DEFAULT_ENVIRONMENT)
    assert json.dumps(given_message) == before


def test_a_message_without_tags_has_no_result() -> None:
    bare = {"Id": "x", "From": OWNER, "Owner": OWNER}
    assert set(Machine().handle(bare, DEFAULT_ENVIRONMENT)) == {"Throws"}


def test_inspect_shows_a_value() -> None:
    machine = Machine()
    machine.eval("Book = setmetatable({title = 'x', pages = 3, 'a', 'b'}, {__index = {lent = true}}) Word = 'w'")
    book = machine._native.inspect(["Book"])
    assert book is not None
    assert (book.type, book.length, book.total) == ("table", 2, 3)
    assert book.fields == {"lent": "boolean", "pages": "number", "title": "string"}
    word = machine._native.inspect(["Word"])
    assert word is not None
    assert (word.text, "upper" in word.fields) == ("w", True)
    few = machine._native.inspect(["Book"], limit=1)
    assert few is not None
    assert (few.total, few.fields) == (3, {"lent": "boolean"})
    assert machine._native.inspect(["Book", "nothing", "more"]) is None


def test_inspect_does_not_sort_a_table_of_any_size() -> None:
    machine = Machine()
    machine.eval("Large = {} for n = 1, 30000 do Large['k' .. n] = n end")
    large = machine._native.inspect(["Large"], limit=50_000)
    assert large is not None
    assert large.total == 30_000
    assert len(large.fields) == 10_000
    assert list(large.fields) == sorted(large.fields)


def test_syntax_is_checked_without_running() -> None:
    assert check_syntax(b"while true do end", "=x") is None
    assert check_syntax(b"local = 5", "@file.lua") == "file.lua:1: <name> expected near '='"
    assert check_syntax(b"\x1bLua", "=x") == "attempt to load a binary chunk (mode is 't')"


def test_a_library_function_that_c_calls_has_its_full_name():
    """As Lua itself says it: nobody has called the function by a name, so the name is looked up."""
    machine = Machine()
    for call, text in (
        ("string.rep", "bad argument #1 to 'string.rep' (string expected, got no value)"),
        ("table.concat, 1", "bad argument #1 to 'table.concat' (table expected, got number)"),
        ("setmetatable, 1", "bad argument #1 to 'setmetatable' (table expected, got number)"),
    ):
        assert machine.eval(f"return (select(2, pcall({call})))")["Output"]["data"] == text
    assert machine.eval("string.rep()")["Error"].endswith(
        """[string "aos"]:1: bad argument #1 to 'rep' (string expected, got no value)"""
    )
