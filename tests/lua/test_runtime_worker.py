"""Messages share a coroutine, and no program can tell."""

from __future__ import annotations

import pytest
from runtime_process import Process, plain

PING = "Handlers.add('ping', 'Ping', function(m) print('pong ' .. (m.Data or '')) end)"


def answers(process: Process, data: str) -> bool:
    """Whether the process handles a message as if nothing had happened before."""
    return plain(process.send("Ping", data)) == f"pong {data}"


@pytest.fixture
def process() -> Process:
    process = Process()
    process.eval(PING)
    return process


SEEN = {
    "by the program": "Kept = coroutine.running()",
    "and the program failed": "Kept = coroutine.running() error('late')",
    "by a failed wait": "pcall(table.sort, { 2, 1 }, function() Kept = coroutine.running() Receive('Wake') end)",
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN)
def test_a_coroutine_that_was_seen_is_dead_after_its_message(process: Process, code: str) -> None:
    process.eval(code)
    for _ in range(2):
        assert process.says("coroutine.status(Kept)") == "dead"
        assert process.says("select(2, coroutine.resume(Kept)) .. ''") == "cannot resume dead coroutine"
    assert answers(process, "1")


def test_every_message_that_asks_runs_in_a_coroutine_of_its_own(process: Process) -> None:
    process.eval("Seen = {} Handlers.add('s', 'See', function() Seen[#Seen + 1] = coroutine.running() end)")
    for _ in range(3):
        process.send("See")
    assert process.says("tostring(Seen[1] == Seen[2] or Seen[2] == Seen[3] or Seen[1] == Seen[3])") == "false"


def test_a_wait_that_could_not_be_wakes_nobody(process: Process) -> None:
    code = "return select(2, pcall(table.sort, { 2, 1 }, function() Receive('Wake') end))"
    assert process.says(code) == "attempt to yield across a C-call boundary"
    assert [plain(process.send("Wake")), plain(process.send("Ping", "1"))] == ["", "pong 1"]


@pytest.mark.parametrize("failure", ["error('first')", "error('first', 0)", "local x = nil + 1"])
def test_an_error_leaves_nothing_for_the_next_message(process: Process, failure: str) -> None:
    process.eval(f"Handlers.add('f', 'Fail', function() {failure} end)")
    first = process.send("Fail")["Error"]
    assert answers(process, "1")
    assert process.send("Fail")["Error"] == first
    process.eval("Handlers.add('g', 'Other', function() error('second') end)")
    second = process.send("Other")["Error"]
    assert "second" in second
    assert "first" not in second
    assert '"g"' in second
    assert '"f"' not in second


def test_waits_stand_side_by_side(process: Process) -> None:
    for name in ("a", "b", "c"):
        process.eval(f"local m = Receive('Wake-{name}') print('{name} ' .. m.Data)")
        assert answers(process, name)
    assert process.says("#Handlers.coroutines") == "3"
    assert [plain(process.send(f"Wake-{name}", "up")) for name in ("b", "a", "c")] == ["b up", "a up", "c up"]
    assert answers(process, "after")


def test_what_was_woken_waits_again(process: Process) -> None:
    process.eval("for i = 1, 3 do local m = Receive('Wake') print(i .. m.Data) end return 'done'")
    said = []
    for data in ("x", "y", "z"):
        said.append(plain(process.send("Wake", data)))
        assert answers(process, data)
    assert said == ["1x", "2y", "3z\ndone"]


def test_a_handler_that_wakes_another_waits_itself(process: Process) -> None:
    process.eval("Handlers.add('w', 'Wait', function(m) print('w' .. Receive('Wake').Data) end)")
    process.eval("local m = Receive('Wait') print('one') Receive('Wake') print('two')")
    assert plain(process.send("Wait")) == "one"
    assert plain(process.send("Wait")) == ""
    assert answers(process, "between")
    assert [plain(process.send("Wake", "1")) for _ in range(3)][:2] == ["w1", "two"]
    assert answers(process, "after")


def test_who_resumes_a_waiting_coroutine_sees_its_end(process: Process) -> None:
    """The prompt is made in the same message, behind the handlers."""
    process.eval(
        "Prompt = function() local co = Handlers.coroutines[1] if not co then return '' end "
        "local function show(...) Said = select('#', ...) .. ' ' .. tostring((...)) .. tostring(select(2, ...)) end "
        "show(coroutine.resume(co, { Data = '' })) Said = Said .. ' ' .. coroutine.status(co) return '' end"
    )
    process.eval("Receive('Never') return 'done'")
    process.eval("Prompt = function() return '' end")
    assert process.says("Said") == "3 truetrue dead"


def test_a_message_within_a_message(process: Process) -> None:
    inner = (
        "{ Id = 'i', From = Owner, Owner = Owner, Target = ao.id, Data = 'in', "
        "Tags = { { name = 'Action', value = 'Ping' } } }"
    )
    process.eval(
        "Handlers.add('n', 'Nest', function(m) local env = { Process = { Id = ao.id, Tags = {} } } "
        f"Inner = require('.process').handle({inner}, env).Output.data "
        "if m.Data == 'wait' then print('woken ' .. Receive('Wake').Data) end end)"
    )
    process.send("Nest")
    assert process.says("Inner") == "pong in"
    process.send("Nest", "wait")
    assert answers(process, "1")
    assert plain(process.send("Wake", "up")) == "woken up"
    assert answers(process, "2")


def test_the_main_thread_is_one_and_cannot_be_resumed(process: Process) -> None:
    """A prompt is made outside of the coroutine of the handlers."""
    process.eval("Main = {} Prompt = function() Main[#Main + 1] = { coroutine.running() } return '' end")
    process.eval("return 1")
    process.eval("Prompt = function() return '' end")
    assert process.says("tostring(Main[1][2]) .. select(2, coroutine.resume(Main[1][1]))").startswith(
        "truecannot resume"
    )


def test_no_message_is_kept_from_the_collector(process: Process) -> None:
    process.eval("Weak = setmetatable({}, { __mode = 'k' }) Handlers.add('k', 'Keep', function(m) Weak[m] = true end)")
    for _ in range(5):
        process.send("Keep")
    process.send("Ping")
    process.send("Ping")
    assert process.says("local n = 0 for _ in pairs(Weak) do n = n + 1 end return n") == "0"
