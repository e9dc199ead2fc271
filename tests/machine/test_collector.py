"""Whether two functions are one does not depend on where the collector happens to be."""

import pytest

from aos_cli.machine import Machine

# Closures that Lua may give out again, made while garbage piles up.
_CLOSURES = """
local made, junk = {}, {}
for i = 1, 6000 do
  junk[i] = {x = 'k' .. i}
  made[i] = function() return 1 end
end
local others = 0
for i = 2, #made do
  if made[i] ~= made[i - 1] then others = others + 1 end
end
return others
"""


@pytest.mark.parametrize("messages_before", [0, 1, 2, 5, 9, 20, 33])
def test_equal_closures_are_one_whatever_came_before(messages_before):
    machine = Machine()
    for _ in range(messages_before):
        machine.eval("Garbage = {} for i = 1, 300 do Garbage[i] = {} end")
    assert machine.eval(_CLOSURES)["Output"]["data"] == "0"


def test_a_dump_of_a_library_is_the_same_in_every_process():
    dumps = {Machine().eval("return os")["Output"]["data"] for _ in range(20)}
    assert len(dumps) == 1


def test_garbage_of_one_message_stays_within_the_memory_limit():
    """A message that makes a gigabyte of garbage, but holds little, runs through."""
    machine = Machine()
    result = machine.eval("local big = ('x'):rep(1000000) for i = 1, 1000 do local s = big .. i end return 'through'")
    assert result["Output"]["data"] == "through"


def test_memory_does_not_grow_over_many_messages():
    machine = Machine()
    machine.eval("return 1")
    native = machine._native
    for _ in range(300):
        machine.eval("local t = {} for i = 1, 200 do t[i] = {i} end")
    assert native.memory_bytes() < 4 * 1024 * 1024
