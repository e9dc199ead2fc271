"""Errors of `aos run` and `aos eval` with their source, on standard error."""

from __future__ import annotations

from program import Program


def test_an_error_in_a_required_file_shows_its_lines(aos: Program) -> None:
    aos.write("lib/tools.lua", "-- tools\nreturn function(x)\n  return x.a.b\nend\n")
    aos.write("app.lua", "local tool = require('lib.tools')\nprint('begun')\ntool({})\n")
    ended = aos("run", "app.lua")
    assert (ended.status, ended.out) == (1, "begun\n")
    assert ended.err.splitlines()[:6] == [
        "error: lib/tools.lua:3: attempt to index a nil value (field 'a')",
        "    1 │ -- tools",
        "    2 │ return function(x)",
        "  > 3 │   return x.a.b",
        "      │            ^",
        "    4 │ end",
    ]


def test_standard_input_is_shown_too(aos: Program) -> None:
    ended = aos("run", "-", stdin="local a\n\n\nlocal b = a.c\n", encoding="ascii")
    assert ended.err.splitlines()[1:] == ["    2 | ", "    3 | ", "  > 4 | local b = a.c", "      |           ^"]


def test_code_of_a_lasting_process_is_found_in_its_log(aos: Program) -> None:
    aos("eval", "keeper", "function f(x)\n  return x.missing\nend")
    ended = aos("eval", "keeper", "f()", width=20)
    assert ended.err.startswith("error: line 2 of slot 1: ")
    assert ended.err.splitlines()[2:4] == ["  > 2 │ return x.m…", "      │        ^"]


def test_colours_are_written_to_a_terminal_only(aos: Program) -> None:
    aos.write("app.lua", "local text = 'words'\nlocal x = nothing.here\n")
    assert "\x1b[" not in aos("run", "app.lua").err
    assert "\x1b[" not in aos("run", "app.lua", tty=True, NO_COLOR="1").err
    assert "\x1b[35mlocal\x1b[0m" in aos("run", "app.lua", colour="always").err
