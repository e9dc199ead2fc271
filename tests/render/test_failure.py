"""Errors of real processes, shown with their source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from slots import message, shown, slot

from aos_cli.clients.base import Slot
from aos_cli.clients.local import LocalClient
from aos_cli.model import Tag
from aos_cli.processes import spawn_process
from aos_cli.render.code_frame import code_frame
from aos_cli.render.failure import failure_text
from aos_cli.render.signs import ASCII_SIGNS
from aos_cli.render.values import View
from aos_cli.session import Session
from aos_cli.source.bundle import bundle
from aos_cli.source.recall import Recall
from aos_cli.wallet import Ed25519Wallet

SOURCE = "local a = 1\nlocal b = {}\nfunction b.c()\n\treturn b.d.e\nend\n\n\n"


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    limit = Tag("Compute-Limit", "2000000")
    return Session(client, wallet, spawn_process(client, wallet, "failing", tags=[limit]))


Fail = Callable[..., list[str]]


@pytest.fixture
def fail(session: Session) -> Fail:
    """Evaluates Lua, or sends a message with an action, and gives what is shown of the error."""

    def fail(code: str | bytes = "", action: str = "Eval") -> list[str]:
        failed = session.slot(session.send(code, [Tag("Action", action)]).slot)
        assert failed.result.error is not None
        return shown(failure_text(failed, View(), Recall(session.client.slots))).splitlines()

    return fail


def loaded(session: Session, folder: Path, **files: str) -> Slot:
    """Loads files, the last of which is the main one; `__` stands for a slash in their names."""
    paths = [folder / f"{name.replace('__', '/')}.lua" for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return session.slot(session.eval(bundle(paths[-1:], cwd=folder).data()).slot)


# Typed code


def test_an_error_of_several_typed_lines_shows_them(fail: Fail) -> None:
    assert fail("local t = {}\nfor i = 1, 3 do\n  t.x.y = i\nend\nreturn t") == [
        "error: line 3: attempt to index a nil value (field 'x')",
        "    1 │ local t = {}",
        "    2 │ for i = 1, 3 do",
        "  > 3 │   t.x.y = i",
        "      │     ^",
        "    4 │ end",
        "    5 │ return t",
    ]


def test_a_mistake_in_the_syntax_is_shown_in_its_own_line(fail: Fail) -> None:
    assert fail("x = 1\ny = 5 5\nz = 3")[2] == "  > 2 │ y = 5 5"


def test_one_typed_line_is_not_shown_again(fail: Fail) -> None:
    assert fail("error('no')") == ["error: line 1: no"]


def test_an_error_in_a_function_that_was_typed_before_shows_that_text(session: Session, fail: Fail) -> None:
    typed = session.slot(session.eval("function f(x)\n  return x.field\nend").slot).number
    session.slot(session.eval("other = 1\nthing = 2").slot)
    assert fail("f()") == [
        f"error: line 2 of slot {typed}: attempt to index a nil value (local 'x')",
        "    1 │ function f(x)",
        "  > 2 │   return x.field",
        "      │          ^",
        "    3 │ end",
    ]


def test_a_line_that_cannot_have_raised_the_error_is_not_shown(session: Session, fail: Fail) -> None:
    session.slot(session.eval("function f(text)\n  error(text .. '!')\nend").slot)
    assert fail("local a = 1\nlocal b = 2\nf('no')") == [
        "error: line 2: no!",
        "  line 2: in global 'f'",
        "  line 3: in what was typed",
    ]


def test_calls_through_loaded_files_are_shown_as_lua_made_them(session: Session, fail: Fail, tmp_path: Path) -> None:
    source = (
        "local function inner(x)\n  return x.field\nend\nfunction outer(x)\n  local y = inner(x)\n  return y\nend\n"
    )
    (tmp_path / "deep.lua").write_text(source)
    session.slot(session.eval(bundle([tmp_path / "deep.lua"], cwd=tmp_path).data()).slot)
    assert fail("local y = outer(nil)\nreturn y")[-3:] == [
        "  deep.lua:2: in upvalue 'inner'",
        "  deep.lua:5: in global 'outer'",
        "  line 1: in what was typed",
    ]


def test_a_global_that_an_earlier_line_made_a_local_is_explained(session: Session, fail: Fail) -> None:
    session.eval("local a, list = 1, {}\nlocal function play() end")
    note = "was a local of slot 1; locals end with their message, globals stay"
    assert fail("return list.first") == [
        "error: line 1: attempt to index a nil value (global 'list')",
        f"  list {note}",
    ]
    assert fail("play()")[1] == f"  play {note}"
    assert len(fail("lis.first = 1")) == 1


def test_a_typed_handler_is_shown_and_named(session: Session, fail: Fail) -> None:
    typed = session.slot(
        session.eval("Handlers.add('greeter', 'Greet', function(m)\n  m.Nobody.x = 1\nend)").slot
    ).number
    lines = fail("hello", "Greet")
    assert lines[0] == f"error: line 2 of slot {typed}: attempt to index a nil value (field 'Nobody')"
    assert lines[2] == "  > 2 │   m.Nobody.x = 1"
    assert lines[-2:] == ["  in handler greeter", "  line 2: in function <line 1>"]


# Files


def test_an_error_in_a_required_file_shows_that_file(session: Session, fail: Fail, tmp_path: Path) -> None:
    app = "local dig = require('lib.dig')\nHandlers.add('digger', 'Dig', function(m)\n  local x = dig(m)\n  x()\nend)"
    loaded(session, tmp_path, lib__dig="-- digs\nreturn function(m)\n\treturn m.a.b\nend\n", app=app)
    session.slot(session.eval("later = 1").slot)
    assert fail("", "Dig") == [
        "error: lib/dig.lua:3: attempt to index a nil value (field 'a')",
        "    1 │ -- digs",
        "    2 │ return function(m)",
        "  > 3 │     return m.a.b",
        "      │              ^",
        "    4 │ end",
        "  in handler digger",
        "  lib/dig.lua:3: in upvalue 'dig'",
        "  app.lua:3: in function <app.lua:2>",
    ]


def test_the_file_is_shown_as_the_process_has_it(session: Session, fail: Fail, tmp_path: Path) -> None:
    loaded(session, tmp_path, app="function old()\n  error('as loaded')\nend")
    (tmp_path / "app.lua").write_text("-- changed since\n-- on disk\n")
    assert "  > 2 │   error('as loaded')" in fail("old()")


def test_a_file_that_cannot_be_compiled_is_shown(session: Session, tmp_path: Path) -> None:
    failed = loaded(session, tmp_path, bad="local x = 1\nlocal y = 2 2\n")
    lines = shown(failure_text(failed, View(), Recall(session.client.slots))).splitlines()
    assert lines == ["error: bad.lua:2: unexpected symbol near '2'", "    1 │ local x = 1", "  > 2 │ local y = 2 2"]


def test_without_a_log_the_place_is_said_alone() -> None:
    failed = slot(message("Go"), error="app.lua:2: broken")
    assert shown(failure_text(failed, View(), None)) == "error: app.lua:2: broken"


# In words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("error({})", "error was given a table, and only a text is an error that is kept"),
        ("error()", "error was given a nil"),
        ("10 // 3, 2", "the second value of an evaluation counts as an error when it is true"),
        ("nil, 'no'", "the second value of an evaluation counts as an error when it is true"),
        ("{ [true] = 1 }", "a table that has a boolean, a table or a function as a key cannot be shown"),
        ("print(print)", "print was given a function"),
        ("while true do end", "it may loop without end"),
    ],
)
def test_what_lua_does_not_explain_is_said_in_words(fail: Fail, code: str, words: str) -> None:
    assert words in "\n".join(fail(code))


@pytest.mark.parametrize("code", ["error('no', 0)", "error('no')", "x = = 1"])
def test_what_lua_says_well_is_left_alone(fail: Fail, code: str) -> None:
    assert len(fail(code)) == 1


def test_an_error_without_a_text_has_the_line_that_raised_it(fail: Fail) -> None:
    lines = fail("local a = 1\nlocal b = 2\nerror({ code = a + b })")
    assert lines[0] == "error: line 3: error object is a table value"
    assert "  > 3 │ error({ code = a + b })" in lines


def test_many_frames_are_cut() -> None:
    trace = "stack traceback:" + "".join(f"\n\tapp.lua:{n}: in function 'f'" for n in range(50))
    many = slot(message("Go"), error=f"\n{trace}\n\nerror:\nstack overflow")
    assert shown(failure_text(many, View(), None)).splitlines()[-1] == "  … 30 more"


# The frame


def test_a_frame_has_two_lines_on_either_side_and_a_mark() -> None:
    assert shown(code_frame(SOURCE, 4, 9)).splitlines() == [
        "    2 │ local b = {}",
        "    3 │ function b.c()",
        "  > 4 │     return b.d.e",
        "      │            ^",
        "    5 │ end",
    ]


def test_a_frame_without_unicode_is_ascii() -> None:
    assert shown(code_frame(SOURCE, 1, 7, 1, View(signs=ASCII_SIGNS))).splitlines()[:2] == [
        "  > 1 | local a = 1",
        "      |       ^",
    ]


@pytest.mark.parametrize("line", [0, -1, 99])
def test_there_is_no_frame_of_a_line_that_is_not_there(line: int) -> None:
    assert not code_frame(SOURCE, line)


@pytest.mark.parametrize("width", [0, 1, 8, 20, 21, 40, 80])
@pytest.mark.parametrize("column", [None, 1, 70, 140, 999])
@pytest.mark.parametrize("highlight", [False, True])
def test_a_frame_keeps_to_the_width(width: int, column: int | None, highlight: bool) -> None:
    wide = "local 名前 = '" + "x" * 60 + "' .. here .. '" + "\t\u4e2d" * 40 + "'"
    frame = code_frame(f"\n{wide}\n{wide}", 2, column, 4, View(width=width, highlight=highlight))
    assert max(map(cell_len, frame.plain.split("\n"))) <= max(width, 12)


def test_the_mark_of_a_long_line_can_be_seen() -> None:
    line = "x" * 200 + ".field = " + "y" * 200
    above, mark = shown(code_frame(line, 1, 202, 5, View(width=60))).splitlines()
    assert above[mark.index("^") : mark.rindex("^") + 1] == "field"


def test_colours_are_those_of_lua() -> None:
    frame = code_frame("local x = 'text' -- words\nx = 12", 1, view=View(highlight=True))
    styles = {frame.plain[span.start : span.end]: str(span.style) for span in frame.spans}
    assert (styles["local"], styles["text"], styles["-- words"]) == ("magenta", "green", "bright_black")


def test_nothing_in_a_source_acts_on_the_terminal() -> None:
    evil = "x = '\x1b[2J\x1b[31m\u202e\r'"
    text = code_frame(f"{evil}\n{evil}", 1, 1, view=View(highlight=True)).plain
    assert not set(text) & set("\x1b\u202e\r")
    assert r"\x1b[31m" in text
