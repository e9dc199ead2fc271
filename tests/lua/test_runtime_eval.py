"""Evaluation, printing, errors and birth, held to sections 3, 4, 7, 8 and 10 of the specification."""

from __future__ import annotations

import pytest
from runtime_process import ALICE, HANDLER_NAMES, NO_RESULT, OWNER, PROCESS, Process, plain

EVALUATIONS = [
    # Section 7: two results, the second of which is the error.
    ("7", "return 1, 'soft'", "error: soft"),
    ("7", "return 1, false", "1"),
    ("7", "pcall(function() return 5 end)", "error: 5"),
    ("7", "false", ""),
    ("7", "x = = 1", "error: [string \"aos\"]:1: unexpected symbol near '='"),
    ("7", "ao.outbox", "{\n   Assignments = {  },\n   Messages = {  },\n   Output = {  },\n   Spawns = {  }\n}"),
    ("7", "select('#', ...)", "0"),
    # Section 7: a function behind `return` is called as a tail call, which takes its caller's place.
    ("7", "local function f() error('e', 2) end f()", 'error: [string "aos"]:1: e'),
    ("7", "local function f() error('e', 2) end return f()", "error: e"),
    ("7", "return string.rep()", "error: [string \"aos\"]:1: bad argument #1 to 'rep' (string expected, got no value)"),
    ("7", "('x'):rep({})", "error: [string \"aos\"]:1: bad argument #1 to 'rep' (number expected, got table)"),
    ("7", "require('nope')", "error: [string \"aos\"]:1: module 'nope' not found:"),
    # Section 8.
    ("8", "print()", "nil"),
    ("8", "print('a', 'b')", "a"),
    ("8", "tostring(print('x'))", "x\nnil"),
    ("8", "print('l') return ao.outbox.Output.data", "l\nl"),
    ("8", "print(print)", NO_RESULT),
    ("8", "pcall(print, coroutine.create(print))", NO_RESULT),
    # Section 10: only text and numbers are error values.
    ("10", "error('boom', 0)", "error: boom"),
    ("10", "error(42)", "error: 42"),
    ("10", "error({})", NO_RESULT),
    ("10", "error(nil)", NO_RESULT),
    # Section 3.
    ("3", "Tab({ Tags = { { name = 'a', value = 1 }, { name = 'a', value = 2 } } }).a", "1"),
    ("3", "type(handle)", "function"),
    ("3", "Version()", "version: 2.0.4"),
    ("3", "tostring(Nonce)", "nil"),
]


@pytest.fixture(scope="module")
def process() -> Process:
    return Process()


@pytest.mark.parametrize(("section", "code", "outcome"), EVALUATIONS)
def test_evaluation(process: Process, section: str, code: str, outcome: str) -> None:
    assert process.says(code).partition("\n\tno field")[0] == outcome, section


@pytest.mark.parametrize("kind", [None, {"a": 1}, True])
def test_data_that_is_no_text_is_an_error(kind: object) -> None:
    name = {type(None): "nil", dict: "table", bool: "boolean"}[type(kind)]
    assert Process().says(kind) == f"error: attempt to concatenate a {name} value (local 'expr')"


def test_numbers_are_evaluated_as_text() -> None:
    assert Process().says(5) == "5"


def test_the_error_of_an_evaluation_keeps_what_was_printed() -> None:
    result = Process().eval("print('before') error('bang')")
    assert result["Error"] == 'before\n\n\x1b[31merror:\n\x1b[0m[string "aos"]:1: bang'


def test_only_errors_of_evaluations_are_kept() -> None:
    process = Process()
    process.eval("Handlers.add('bad', 'Bad', function() error('handler') end)")
    process.send("Bad")
    process.eval("error('eval')")
    assert process.says("#Errors .. Errors[1]") == '1[string "aos"]:1: eval'


def test_the_error_of_a_handler_names_action_and_handler() -> None:
    process = Process()
    process.eval("Handlers.add('bad', 'Bad', function() error('oops') end)")
    text = process.send("Bad")["Error"]
    assert text.startswith("\x1b[31mError\x1b[90m handling message with Action = Bad\x1b[0m\n\x1b[32m")
    assert 'handler "bad"' in text
    assert text.endswith('\n\n\x1b[31merror:\n\x1b[0m[string "aos"]:1: oops')


def test_a_function_printed_by_the_runtime_itself_goes_through_the_programs_print() -> None:
    process = Process()
    process.eval("function print(text) table.insert(HANDLER_PRINT_LOGS, 'P:' .. tostring(text)) end")
    assert plain(process.send("Hello")) == "P:New Message From ali...---: Action = Hello"


@pytest.mark.parametrize("code", ["Inbox = nil", "Name = nil", "Prompt = nil", "function Prompt() error('x') end"])
def test_what_breaks_the_prompt_is_undone(code: str) -> None:
    process = Process()
    assert process.says(code) == NO_RESULT
    assert process.says("Name .. #Inbox .. type(Prompt())") == "test1string"


def test_the_prompt_is_the_programs_own() -> None:
    assert Process().eval("function Prompt() return 'mine> ' end")["Output"]["prompt"] == "mine> "


BIRTHS = [
    # Section 4: the tag On-Boot.
    ("4", {"On-Boot": "Data"}, "print('p') return 1 + 1", "p\n2"),
    ("4", {"On-Boot": "Data"}, "return 1, 'soft'", "error: soft"),
    ("4", {"On-Boot": "Data"}, "error('bad')", 'error: [string "aos"]:1: bad'),
    ("4", {"On-Boot": "Data"}, None, "error: attempt to concatenate a nil value (local 'expr')"),
    ("4", {"On-Boot": "data"}, "return 1", "error: attempt to concatenate a nil value (local 'expr')"),
    ("4", {"On-Boot": "x" * 43}, "return 1", "error: attempt to concatenate a nil value (local 'expr')"),
    ("4", {}, "return 1", ""),
]


@pytest.mark.parametrize(("section", "tags", "data", "outcome"), BIRTHS)
def test_birth(section: str, tags: dict[str, str], data: str | None, outcome: str) -> None:
    process = Process(data, **tags)
    assert plain(process.born) == outcome, section
    assert process.says("Owner .. #Inbox .. #Errors") == f"{OWNER}10"
    # A handler that raised an error has not run to its end, and keeps its one run.
    raised = outcome.startswith("error: ") and "soft" not in outcome
    assert process.says(HANDLER_NAMES) == ("_boot/1," if raised else "") + "_eval,_default"


def test_a_process_that_fails_at_birth_has_no_owner() -> None:
    process = Process("error({})", On_Boot="Data")
    assert plain(process.born) == NO_RESULT
    assert process.says("Owner") == "New Message From own...---: Action = Eval"


def test_the_parent_owns_a_spawned_process() -> None:
    process = Process(From_Process=ALICE)
    assert process.says("1") == "New Message From own...---: Action = Eval"
    assert plain(process.send("Eval", "Owner == ao.env.Process.Tags['From-Process']", ALICE)) == "true"


def test_an_eval_of_a_stranger_is_a_message_in_the_form_of_an_eval() -> None:
    result = Process().send("Eval", "1", ALICE)
    assert "print" not in result["Output"]
    assert plain(result) == "New Message From ali...---: Action = Eval"


def test_the_nonce_is_that_of_the_last_completed_message() -> None:
    process = Process()
    process.send("Any")
    process.handle({"From": ALICE, "Owner": "nobody"})
    assert process.says("ao.Nonce") == "1"


def test_the_bridge_of_other_hosts_speaks_json() -> None:
    process = Process()
    code = "local m, e = [[%s]], [[%s]] return require('json').decode(handle(m, e)).response.Output.data"
    message = f'{{"Id":"x","From":"abcdef","Owner":"abcdef","Target":"{PROCESS}","Tags":[]}}'
    environment = f'{{"Process":{{"Id":"{PROCESS}","Tags":[]}}}}'
    assert process.says(code % (message, environment)) == "New Message From abc...def: Data = "
    assert process.says("require('json').decode(handle('{}', '{}')).ok") == ""
