"""Handlers, patterns and waiting, held to sections 14 and 15 of the specification."""

from __future__ import annotations

import pytest
from runtime_process import ALICE, BOB, HANDLER_NAMES, NO_RESULT, PROCESS, Process, plain, tags_of

USAGE = (
    "error: Invalid arguments given. Expected: \n\tname : string, \tpattern : Action : string | MsgMatch : table,\n"
    "\t\tfunction(msg: Message) : {-1 = break, 0 = skip, 1 = continue},\n\thandle(msg : Message) : void) | Resolver,\n"
    '\tMaxRuns? : number | "inf" | nil'
)

CALLS = [
    # Section 15: what registration checks.
    ("15", "Handlers.add()", USAGE),
    ("15", "Handlers.add(1, 'A', print)", USAGE),
    ("15", "Handlers.add('a', 5, print)", USAGE),
    ("15", "Handlers.add('a', nil, print)", USAGE),
    ("15", "Handlers.once()", USAGE),
    ("15", "Receive(5)", USAGE),
    ("15", "Handlers.before(1)", "error: Handler name MUST be a string"),
    ("15", "local t = Handlers.after()", "error: Handler name MUST be a string"),
    ("15", "Handlers.remove(5)", "error: name MUST be string"),
    ("15", "Handlers.remove('unknown')", ""),
    ("15", "Handlers.before('unknown').add('z', 'Z', print)", ""),
    ("15", "select('#', Handlers.append('x', 'X', print))", "0"),
    # Section 15: a handle is called when it runs.
    ("15", "Handlers.generateResolver()({})", "error: bad argument #1 to 'for iterator' (table expected, got nil)"),
    (
        "15",
        "Handlers.generateResolver({ F = 5 })({ Action = 'F' })",
        "error: attempt to call a number value (local 'func')",
    ),
    ("15", "Handlers.evaluate()", "error: msg is not valid"),
    ("15", "Handlers.evaluate({})", "error: env is not valid"),
    # Section 15: ready-made patterns.
    ("15", "Handlers.utils.hasMatchingTag('a')", "error: invalid arguments: (name : string, value : string)"),
    ("15", "Handlers.utils.hasMatchingTagOf('a')", "error: invalid arguments: (name : string, values : string[])"),
    ("15", "Handlers.utils.hasMatchingTagOf('A', { 'x' })({ Tags = { A = 'y' } })", "0"),
    ("15", "Handlers.utils.continue(function() return 'break' end)({})", "1"),
    ("15", "Handlers.utils.continue(function() return 'skip' end)({})", "skip"),
    # Section 14: the handlers of one message run in a coroutine that is kept when they end waiting.
    ("14", "coroutine.isyieldable()", "true"),
    ("14", "#Handlers.coroutines", "0"),
]


@pytest.mark.parametrize(("section", "code", "outcome"), CALLS)
def test_call(section: str, code: str, outcome: str | None) -> None:
    expected = (
        "error: [string \"aos\"]:1: bad argument #1 to 'tostring' (value expected)" if outcome is None else outcome
    )
    assert Process().says(code) == expected, section


MESSAGE = "{ Action = 'Send', Num = 5, Flag = true, List = {}, From = 'x', Tags = { Action = 'Send', Type = 'T' } }"

MATCHES = [
    ("'Send'", "true"),
    ("'send'", "false"),
    ("{}", "true"),
    ("{ Action = 'send' }", "true"),
    ("{ Action = 'Sen' }", "false"),
    ("{ Action = 'Sen.' }", "true"),
    ("{ Action = '^en' }", "false"),
    ("{ Type = 't' }", "true"),
    ("{ Num = '5' }", "true"),
    ("{ Num = 5 }", "false"),
    ("{ Num = '' }", "true"),  # The tag, which is not there, counts as empty text.
    ("{ Action = '' }", "false"),
    ("{ Missing = '_' }", "false"),
    ("{ List = '_' }", "true"),
    ("{ List = 'x' }", "error: bad argument #1 to 'lower' (string expected, got table)"),
    ("{ Flag = 'true' }", "error: bad argument #1 to 'lower' (string expected, got boolean)"),
    ("{ Action = { 'a', { 'send' } } }", "true"),
    ("{ Missing = function() error('never asked') end }", "false"),
    ("{ From = function(value) return value:find('y') end }", "false"),
    ("{ From = function(value) return value ~= 'x' end }", "true"),  # So it says of the tag that is not there.
    ("5", "false"),
    ("function() return 'any value' end", "any value"),
]


@pytest.fixture(scope="module")
def matching() -> Process:
    return Process()


@pytest.mark.parametrize(("spec", "outcome"), MATCHES)
def test_match(matching: Process, spec: str, outcome: str) -> None:
    assert matching.says(f"tostring(Utils.matchesSpec({MESSAGE}, {spec}))") == outcome


def test_two_arguments_are_name_and_handle() -> None:
    process = Process()
    assert process.says("Handlers.add('Ping', function() print('pong') end)") == "3"
    assert plain(process.send("Ping")) == "pong"


@pytest.mark.parametrize(("handle", "kind"), [("nil", "nil"), ("'text'", "string")])
def test_a_bad_handle_fails_when_it_runs(handle: str, kind: str) -> None:
    process = Process()
    assert process.says(f"Handlers.add('name', 'Act', {handle})") == "3"
    text = f"error: bad argument #1 to 'for iterator' (table expected, got {kind})"
    assert plain(process.send("Act")) == text
    assert plain(process.send("name")).startswith("New Message")


def test_before_and_after_take_all_arguments() -> None:
    process = Process()
    process.eval("Handlers.before('_eval').add('b', 'X', function() print('b') end, 2)")
    process.eval("Handlers.after('b').add('c', function() return 1 end)")
    assert process.says(HANDLER_NAMES) == "error: bad argument #1 to 'for iterator' (table expected, got nil)"


RUNS = [
    ("2", ["ran", "ran", "default"], "_eval,_default"),
    ("'2'", ["ran", "ran", "default"], "_eval,_default"),
    ("'inf'", ["ran", "ran", "ran"], "_eval,_default,h/inf"),
    ("0", ["ran", "ran", "ran"], "_eval,_default,h/-3"),
    ("1.5", ["ran", "ran", "ran"], "_eval,_default,h/-1.5"),
    ("nil", ["ran", "ran", "ran"], "_eval,_default,h"),
]


@pytest.mark.parametrize(("runs", "outcomes", "left"), RUNS)
def test_max_runs(runs: str, outcomes: list[str], left: str) -> None:
    process = Process()
    process.eval(f"Handlers.add('h', 'Act', function() print('ran') end, {runs})")
    found = [plain(process.send("Act")) for _ in outcomes]
    assert ["default" if text.startswith("New Message") else text for text in found] == outcomes
    assert process.says(HANDLER_NAMES) == left


def test_a_number_of_runs_that_is_none_is_an_error_after_the_run() -> None:
    process = Process()
    process.eval("Handlers.add('h', 'Act', print, true)")
    assert plain(process.send("Act")) == "error: attempt to perform arithmetic on a boolean value (field 'maxRuns')"


def test_own_handlers_come_back_at_their_place() -> None:
    process = Process()
    process.eval("Handlers.add('mine', 'Mine', function() end)")
    process.eval("Handlers.add('_eval', 'Other', function() end)")
    assert process.says(HANDLER_NAMES) == "_eval,_default,mine"
    process.eval("Handlers.remove('_default')")
    assert process.says(HANDLER_NAMES) == "_eval,mine,_default"


def test_without_a_default_handler_an_unhandled_message_is_an_error() -> None:
    process = Process()
    process.eval(
        "Handlers.prepend('p', function(m) return m.Action == 'Act' and 'continue' or 0 end, "
        "function() Handlers.remove('_default') end)"
    )
    assert plain(process.send("Act")) == "error: attempt to index a nil value (field '?')"


def test_waiting_goes_on_in_the_message_that_fits() -> None:
    process = Process()
    assert process.says("local m = Receive('Wake') print('got ' .. m.Data) return os.time() == m.Timestamp") == ""
    assert process.says("#Handlers.coroutines") == "1"
    assert plain(process.send("Wake", "it")) == "got it\ntrue"
    assert process.says("#Inbox") == "1"


def test_each_waits_for_its_own_reply() -> None:
    process = Process()
    process.eval(
        "local a, b = Send({ Target = 'X' }), Send({ Target = 'X' }) return b.receive().Data .. a.receive().Data"
    )
    assert plain(process.send(None, "2", "X", X_Reference="2")) == ""
    assert plain(process.send(None, "1", "X", X_Reference="1")) == "21"


def test_an_error_after_waking_belongs_to_the_waking_message() -> None:
    process = Process()
    process.eval("Receive('Wake') error('late')")
    assert plain(process.send("Wake")) == 'error: [string "aos"]:1: late'
    assert process.says("#Errors") == "0"
    assert process.says(HANDLER_NAMES) == "_once_0/1,_eval,_default"
    assert plain(process.send("Wake")) == ""


def test_an_error_after_waking_that_is_no_text_undoes_the_waking() -> None:
    process = Process()
    process.eval("Receive('Wake') error({})")
    assert [plain(process.send("Wake")) for _ in range(2)] == [NO_RESULT, NO_RESULT]


def test_the_second_value_of_an_eval_that_waited_is_an_error() -> None:
    process = Process()
    process.eval("Receive('Wake') return 1, 'soft'")
    assert plain(process.send("Wake")) == "error: soft"


def test_on_reply_takes_a_sender_and_a_table_of_answers() -> None:
    process = Process()
    process.eval(
        "Send({ Target = 'X' }).onReply('Y', { Yes = function() print('y') end, No = function() print('n') end })"
    )
    assert plain(process.send("No", "", "X", X_Reference="1")).startswith("New Message")
    assert plain(process.send("No", "", "Y", X_Reference="1")) == "n"
    assert process.says(HANDLER_NAMES) == "_eval,_default"


def test_a_spawn_is_answered_by_the_process_itself() -> None:
    process = Process()
    process.eval("return Spawn('module', {}).receive().Process")
    assert plain(process.send("Spawned", "", PROCESS, Reference="1", Process="child")) == "child"


def test_a_table_to_reply_with_keeps_its_first_target() -> None:
    process = Process()
    process.eval("Handlers.add('r', 'Ask', Handlers.utils.reply({ Data = { a = 1 } }))")
    for sender, reference in ((ALICE, "5"), (BOB, "6")):
        [message] = process.send("Ask", "", sender, Reference=reference)["Messages"]
        assert (message["Target"], message["Data"]) == (ALICE, '{"a":1}')
        assert sorted(tags_of(message)) == [("Content-Type", "application/json"), ("X-Reference", reference)]
