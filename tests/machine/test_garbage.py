"""A message leaves little behind for the collector: with a full Inbox each kilobyte of it costs microseconds."""

from __future__ import annotations

import pytest

from aos_cli.machine import Machine
from aos_cli.machine.port import Limits

REPLY = "Handlers.add('ping', 'Ping', function(msg) msg.reply({ Data = 'pong' }) end)"

# Bytes, each a fifth above what it takes.
MOST = [("Ping", 8_700), ("Nobody-Takes-This", 5_900)]


@pytest.mark.parametrize(("action", "most"), MOST)
def test_garbage_of_a_message(action: str, most: int) -> None:
    machine = Machine()
    machine.eval(REPLY)
    grown = []
    for _ in range(60):
        before = machine._native.memory_bytes()
        machine.send(Action=action, Data="")
        grown.append(machine._native.memory_bytes() - before)
    # A cycle shrinks, a table that doubles grows a lot: the median leaves both out.
    assert 0 < sorted(grown)[30] < most


CHANGES = [
    "ao.env.Process.TagArray[1].value = 'changed'",
    "ao.env.Process.TagArray[1].extra = 'changed'",
    "ao.env.Process.TagArray[1].name = nil",
    "ao.env.Process.TagArray[1] = 'changed'",
    "ao.env.Process.TagArray[#ao.env.Process.TagArray + 1] = { name = 'changed', value = '' }",
    "ao.env.Process.TagArray[#ao.env.Process.TagArray] = nil",
    "ao.env.Process.TagArray.changed = {}",
    "local _ = setmetatable(ao.env.Process.TagArray[1], { __index = error, __pairs = error })",
    "local _ = setmetatable(ao.env.Process.TagArray, { __index = error, __len = error, __pairs = error })",
    "ao.env.Process.Tags.Name = 'changed' ao.env.Process.Id = 'changed' ao.env.Module.Tags.changed = 1",
    "ao.env.Process.Tags = nil ao.env.Process = nil ao.env.Module = nil",
    "ao.env = nil",
]

SHOW = "local e = ao.env return require('json').encode({ e, tostring(getmetatable(e.Process.TagArray[1])) })"


@pytest.mark.parametrize("code", CHANGES)
def test_the_environment_is_fresh_for_every_message(code: str) -> None:
    machine = Machine()
    fresh = machine.eval(SHOW)["Output"]["data"]
    assert "changed" not in fresh
    assert "Output" in machine.eval(code)
    assert machine.eval(SHOW)["Output"]["data"] == fresh


def test_what_a_program_keeps_of_an_environment_stays_its_own() -> None:
    machine = Machine()
    machine.eval("Kept = ao.env Kept.Process.Tags.Mine = 1 Kept.Process.Note = 2 Kept.Own = 3")
    machine.eval("return 1")
    assert machine.eval("return Kept.Process.Tags.Mine .. Kept.Process.Note .. Kept.Own")["Output"]["data"] == "123"
    assert machine.eval("return tostring(ao.env.Process.Tags.Mine)")["Output"]["data"] == "nil"


HIT = ["while true do end", "local s = 'x' while true do s = s .. s end", "Receive('Wake') while true do end"]


@pytest.mark.parametrize("code", HIT)
def test_a_limit_leaves_nothing_for_the_next_message(code: str) -> None:
    machine = Machine(Limits(compute=2_000_000, memory_bytes=16 * 1024 * 1024))
    machine.eval(REPLY)
    for _ in range(2):
        failed = [machine.eval(code), machine.send(Action="Wake")]
        assert sum("Throws" in result for result in failed) == 1
        assert machine.send(Action="Ping")["Messages"][0]["Data"] == "pong"


def test_instructions_of_a_message_do_not_pile_up() -> None:
    """The limit is one of each message, whatever the ones before have left of a step."""
    machine = Machine(Limits(compute=200_000))
    for _ in range(50):
        assert "Output" in machine.eval("local n = 0 for i = 1, 1000 do n = n + i end return n")
