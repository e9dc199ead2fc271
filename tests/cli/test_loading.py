"""Files with everything that they require, loaded with `--load` and `aos run`; `.load` has tests of its own."""

from __future__ import annotations

import pytest
from program import Program


def test_a_cycle_is_shown_as_a_path(aos: Program) -> None:
    for name, needed in (("main", "first"), ("first", "second"), ("second", "first")):
        aos.write(f"{name}.lua", f"return require('{needed}')")
    ended = aos("--color", "never", "open", "alice", "--load", "main.lua")
    assert (ended.status, ended.out) == (5, "")
    first, second = ended.err.index("first.lua"), ended.err.index("second.lua")
    assert first < second < ended.err.rindex("first.lua")


def test_a_missing_module_is_named(aos: Program) -> None:
    aos.write("main.lua", "\nlocal gone = require('lib.gone')")
    ended = aos("alice", "--load", "main.lua")
    assert ended.status == 5
    assert "lib.gone" in ended.err
    assert "main.lua" in ended.err


def test_two_requires_on_one_line(aos: Program) -> None:
    aos.write("a.lua", "return 1")
    aos.write("b.lua", "return 2")
    aos.write("main.lua", 'local a, b = require("a"), require("b") return a + b')
    assert aos("run", "main.lua").out == "3\n"


def test_both_spellings_of_a_module_are_one_module(aos: Program) -> None:
    aos.write("d.lua", "return {}")
    aos.write("main.lua", "return require('.d') == require('d')")
    assert aos("run", "main.lua").out == "true\n"


def test_a_module_in_a_folder_with_a_slash_in_its_name(aos: Program) -> None:
    aos.write("lib/c.lua", "return 'c'")
    aos.write("main.lua", "return require('lib/c')")
    assert aos("run", "main.lua").out == "c\n"


def test_an_error_in_a_loaded_file_is_shown_and_told_by_the_status(aos: Program) -> None:
    aos.write("bad.lua", "local x = 1\nerror('broken')")
    ended = aos("alice", "--load", "bad.lua", stdin="print('never')")
    assert (ended.status, ended.out) == (1, "")
    assert "bad.lua:2: broken" in ended.err


def test_a_missing_file_is_no_success_and_spawns_nothing(aos: Program) -> None:
    ended = aos("alice", "--load", "missing.lua")
    assert (ended.status, ended.out) == (2, "")
    assert "missing.lua" in ended.err
    assert aos.processes() == []


def test_a_file_that_was_loaded_keeps_its_name_for_later_errors(aos: Program) -> None:
    aos.write("my dir/tools.lua", "function fail()\n\n  error('later')\nend")
    aos("alice", "--load", "my dir/tools.lua")
    ended = aos("eval", "alice", "fail()")
    assert ended.err.startswith("error: my dir/tools.lua:3: later")


def test_a_handler_in_a_file_is_named_when_it_fails(aos: Program) -> None:
    aos.write("handlers.lua", "Handlers.add('careless', 'Poke', function(msg)\n  return msg.Nothing.field\nend)")
    aos("alice", "--load", "handlers.lua")
    ended = aos("eval", "alice", "Send({Target = ao.id, Action = 'Poke'}) return 'sent'")
    assert ended.status == 1
    assert "handlers.lua:2: " in ended.err
    assert "in handler careless" in ended.err


@pytest.mark.parametrize("name", ["über.lua", "a'b.lua", 'a"b.lua', "-dash.lua", "two  blanks.lua"])
def test_odd_file_names(aos: Program, name: str) -> None:
    aos.write(name, "error('here')")
    assert f"{name}:1: here" in aos("run", "--", name).err


def test_a_file_in_place_of_a_module_of_the_process_is_said(aos: Program) -> None:
    aos.write("json.lua", "return {mine = true}")
    aos.write("main.lua", "return require('json').mine")
    ended = aos("run", "main.lua")
    assert ended.out == "true\n"
    assert "stands in for" in ended.err
