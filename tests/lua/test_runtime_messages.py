"""Messages in and out, trust and the Inbox, held to sections 4, 5, 6, 9, 11, 12 and 13 of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from runtime_process import ALICE, AUTHORITY, BOB, MODULE, NO_RESULT, OWNER, PROCESS, Process, plain, tags_of

NAMES = [
    ("hello_world-FOO", "Hello-World-Foo"),
    ("MyCamel", "Mycamel"),
    ("1st", "1st"),
    ("a--b", "A--B"),
    ("Spaces in Name", "Spaces in name"),
    ("émile", "émile"),
    ("", ""),
]


@pytest.mark.parametrize(("name", "normal"), NAMES)
def test_section_5_normal_case_of_a_tag(name: str, normal: str) -> None:
    process = Process()
    process.handle({"Tags": [{"name": name, "value": "v"}]})
    assert (
        process.says(f"Inbox[2]['{normal}'] .. Inbox[2].Tags['{normal}'] .. Inbox[2].TagArray[1].name") == f"vv{normal}"
    )


PROTECTED = ["Data-Protocol", "Variant", "From-Process", "From-Module", "Type", "From", "Owner", "Anchor", "Target"]


@pytest.mark.parametrize("name", [*PROTECTED, "Data", "Tags", "Read-Only"])
def test_section_5_a_tag_never_takes_the_place_of_a_protected_field(name: str) -> None:
    process = Process()
    process.handle({"Data": "data", "Tags": [{"name": name, "value": "evil"}]})
    assert process.says(f"tostring(Inbox[2]['{name}'] == 'evil') .. Inbox[2].TagArray[1].value") == "falseevil"


def test_section_5_the_last_tag_is_the_field_and_the_first_one_the_tag() -> None:
    process = Process()
    tags = [{"name": "Timestamp", "value": "1"}, {"name": "timestamp", "value": 2.5}]
    process.handle({"Tags": tags})
    assert process.says("Inbox[2].Tags.Timestamp .. ' ' .. Inbox[2].Timestamp") == "1 2.5"
    process.eval("Handlers.add('t', 'T', function() print(os.time()) end)")
    assert plain(process.send("T", Timestamp="7")) == "7"


JSON_DATA = [
    ('{"a":[1]}', 'New Message From own...---: Data = {"a":[1]}'),
    (None, "New Message From own...---: Data = []"),
    ('"text"', "New Message From own...---: Data = text"),
    ("12", "error: attempt to index a number value (local 'data')"),
    ("bad", NO_RESULT),
    ("", NO_RESULT),
]


@pytest.mark.parametrize(("data", "outcome"), JSON_DATA)
def test_section_4_data_of_the_type_json_is_decoded(data: str | None, outcome: str) -> None:
    tags = [{"name": "Content-Type", "value": "application/json"}]
    assert plain(Process().handle({"Data": data, "Tags": tags})) == outcome


DEFAULTS: list[tuple[dict[str, Any], str]] = [
    ({"Data": None}, "New Message From own...---: Data = "),
    ({"Data": "ünicode", "From": "ab", "Owner": "ab"}, "New Message From ab...ab: Data = ünicode"),
    ({"From": None, "Owner": None, "Data": "x"}, "New Message From unknown: Data = x"),
    ({"Data": "x", "Tags": [{"name": "Action", "value": ""}]}, "New Message From own...---: Action = "),
    ({"Data": True}, "error: attempt to index a boolean value (local 'data')"),
    ({"Tags": [{"name": "Action", "value": 5}]}, "error: attempt to index a number value (field 'Action')"),
    ({"Tags": [{"name": "Action", "value": True}]}, NO_RESULT),
    ({"Tags": None}, NO_RESULT),
]


@pytest.mark.parametrize(("fields", "outcome"), DEFAULTS)
def test_section_9_what_nobody_handles_goes_to_the_inbox(fields: dict[str, Any], outcome: str) -> None:
    process = Process()
    assert plain(process.handle(fields)) == outcome
    assert process.says("#Inbox") == ("1" if outcome == NO_RESULT else "2")


def test_section_9_the_inbox_keeps_the_newest_ten_thousand() -> None:
    process = Process()
    process.eval("for i = 1, 10005 do Inbox[i] = { n = i } end")
    process.send("Last")
    assert process.says("#Inbox .. ' ' .. Inbox[1].n .. ' ' .. Inbox[10000].Action") == "10000 7 Last"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"From": ALICE, "Owner": BOB}, f"Message is not trusted! From: {ALICE} - Owner: {BOB}"),
    ({"From": ALICE, "Owner": None}, NO_RESULT),
    ({"Target": "other"}, f"Assignment is not trusted! From: {OWNER} - Owner: {OWNER}"),
    ({"Target": None}, f"Assignment is not trusted! From: {OWNER} - Owner: {OWNER}"),
]


@pytest.mark.parametrize(("fields", "outcome"), REFUSALS)
def test_section_6_refusal(fields: dict[str, Any], outcome: str) -> None:
    process = Process()
    result = process.handle({"Tags": [{"name": "Action", "value": "Eval"}], "Data": "1", **fields})
    assert plain(result) == outcome
    if outcome.startswith("Assignment"):
        assert [message["Data"] for message in result["Messages"]] == ["Assignment is not trusted by this process!"]
    assert process.says("#Inbox") == "1"


def test_section_6_authorities_are_read_again_with_every_message() -> None:
    process = Process(Authority="one,,two," + AUTHORITY)
    process.eval("ao.authorities = {}")
    assert process.says("table.concat(ao.authorities, ' ')") == f"one two {AUTHORITY}"
    assert plain(process.handle({"From": ALICE, "Owner": "two"})).startswith("New Message From")


ASSIGNABLES = [
    ("ao.addAssignable()", "error: MatchSpec name MUST be a string"),
    ("ao.addAssignable(5, {})", "error: MatchSpec name MUST be a string"),
    ("ao.removeAssignable({})", "error: index MUST be a number"),
    ("ao.removeAssignable()", "error: index MUST be a number"),
    ("ao.removeAssignable('unknown') ao.removeAssignable(9)", ""),
    ("ao.addAssignable('Act') return tostring(ao.assignables[1].name) .. ao.assignables[1].pattern", "nilAct"),
    ("ao.addAssignable('n', 'A') ao.addAssignable('n', 'B') return #ao.assignables .. ao.assignables[1].pattern", "1B"),
    ("ao.addAssignable('n', 'A') ao.removeAssignable('n') return #ao.assignables", "0"),
    ("ao.addAssignable({}) ao.removeAssignable(1) return #ao.assignables", "0"),
    ("tostring(ao.isAssignable({ Tags = {} }))", "false"),
]


@pytest.mark.parametrize(("code", "outcome"), ASSIGNABLES)
def test_section_6_assignables(code: str, outcome: str) -> None:
    assert Process().says(code) == outcome


SENDS: list[tuple[str, Any, list[tuple[Any, Any]]]] = [
    ("{ Target = 'T', Data = { 1 } }", "[1]", [("Content-Type", "application/json")]),
    ("{ Target = 'T', Data = {} }", "[]", [("Content-Type", "application/json")]),
    ("{ Target = 'T', Data = false, From = 'f', Anchor = 'a', Id = 'i' }", False, [("Id", "i")]),
    ("{ Target = 'T', Data = 2.0, Type = 'Other', Reference = '7' }", 2, [("Reference", "7"), ("Type", "Other")]),
    ("{ Target = 'T', [1] = 'p', [true] = 1.5 }", None, [(1, "p"), (True, 1.5)]),
    ("{ Target = 'T', A = 'x', Tags = { A = 'y', my_tag = print } }", None, [("A", "x"), ("A", "y"), ("my_tag", None)]),
    ("{ Target = 'T', Tags = { { name = 'n', value = 1 }, { name = 'n', value = 2 } } }", None, [("n", 1), ("n", 2)]),
    ("{ Target = 'T', Tags = { { name = 'n' }, k = 'v' } }", None, [(1, {"name": "n"}), ("k", "v")]),
]


@pytest.mark.parametrize(("message", "data", "tags"), SENDS)
def test_section_11_send(message: str, data: Any, tags: list[tuple[Any, Any]]) -> None:
    [sent] = Process().eval(f"Send({message})")["Messages"]
    assert (sent["Target"], sent.get("Data"), sent["Anchor"]) == ("T", data, "1".rjust(32, "0"))
    assert sorted(tags_of(sent), key=repr) == sorted(tags, key=repr)


WRONG_CALLS = [
    ("11", "ao.send()", "attempt to index a nil value (local 'msg')"),
    ("11", "ao.send('x')", "msg should be a table"),
    ("11", "ao.send({ Tags = 'x' })", "bad argument #1 to 'for iterator' (table expected, got string)"),
    ("11", "ao.send({ Tags = 5 })", "bad argument #1 to 'for iterator' (table expected, got number)"),
    ("11", "ao.send({ Data = { 1, nil, 3 } })", "invalid table: sparse array"),
    ("11", "ao.spawn()", "Module source id is required!"),
    ("11", "ao.spawn('m')", "attempt to index a nil value (local 'msg')"),
    ("11", "ao.spawn('m', 'x')", "Message must be a table"),
    ("11", "ao.assign()", "assignment should be a table"),
    ("11", "ao.assign({})", "Processes should be a table"),
    ("11", "Assign({ Processes = {} })", "Message should be a string"),
    ("13", "Send('x')", "msg should be a table"),
    ("13", "Spawn()", "Module source id is required!"),
    ("13", "Spawn('m')", "Message must be a table"),
]


@pytest.mark.parametrize(("section", "code", "text"), WRONG_CALLS)
def test_wrong_call(section: str, code: str, text: str) -> None:
    assert Process().says(code) == "error: " + text, section


@pytest.mark.parametrize("tag", ["1 / 0", "{ 1, a = 2 }", "coroutine.create(print)", "{ [3] = 1 }"])
def test_section_1_what_has_no_json_fails_the_message(tag: str) -> None:
    process = Process()
    assert process.says(f"Send({{ Target = 'T', Tag = {tag} }})") == NO_RESULT
    assert process.says("ao.reference") == "0"


def test_section_11_the_reference_outlives_errors() -> None:
    process = Process()
    process.eval("Send({ Target = 'T' }) error('lost')")
    [sent] = process.eval("Send({ Target = 'T' })")["Messages"]
    assert sent["Tags"][3] == {"name": "Reference", "value": "2"}


def test_section_11_an_error_of_the_outbox_is_the_result() -> None:
    assert Process().eval("ao.outbox.Error = { code = 1 } Send({ Target = 'T' })") == {"Error": {"code": 1}}


def test_section_12_a_reply_changes_its_table() -> None:
    process = Process()
    process.eval(
        "Handlers.add('a', 'Ask', function(m) reply = { Target = 'mine', ['X-Origin'] = 'old' } m.reply(reply) end)"
    )
    [sent] = process.send("Ask", Reference="5", X_Reference="6")["Messages"]
    assert (sent["Target"], tags_of(sent)) == ("mine", [("X-Reference", "6")])
    assert process.says("reply['X-Reference'] .. tostring(reply['X-Origin'])") == "6nil"


def test_section_12_a_forward_keeps_tags_and_data() -> None:
    process = Process()
    process.eval(
        "Handlers.add('f', 'Pass', function(m) "
        "print(m.forward('B', { Target = 'no', Tags = { Q = '1' }, Id = 'i' })) end)"
    )
    result = process.send("Pass", "body", Reference="5", Foo="bar")
    [sent] = result["Messages"]
    assert plain(result) == "nil"
    assert (sent["Target"], sent["Data"]) == ("B", "body")
    assert dict(tags_of(sent)) == {
        "Action": "Pass", "Foo": "bar", "Id": "i", "Module": MODULE, "Q": "1",
        "Reply-To": ALICE, "X-Origin": ALICE, "X-Reference": "5",
    }  # fmt: skip


def test_section_13_a_spawn_runs_the_module_of_its_parent() -> None:
    [spawn] = Process().eval("Spawn({ Data = { 1 }, Name = 'child' })")["Spawns"]
    assert spawn["Data"] == "[1]"
    assert tags_of(spawn)[:3] == [("From-Module", MODULE), ("Module", MODULE), ("Reference", "1")]
    assert spawn["Tags"][3] == {"name": "From-Process", "value": PROCESS}


def test_section_13_a_message_to_nobody_warns() -> None:
    result = Process().eval("Send({ Data = 'd' }) return 1")
    warning = "WARN: No target specified for message. Data will be stored, but no process will receive it."
    assert plain(result) == f"{warning}\n1"
    assert len(result["Messages"]) == 1
