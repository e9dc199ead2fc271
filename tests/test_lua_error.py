"""Error texts of real processes, taken apart."""

from __future__ import annotations

import pytest

from aos_cli.clients.local import LocalClient
from aos_cli.lua_error import LuaError, blamed_part, fits_line, is_second_value, names_line, parse_error
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet


@pytest.fixture
def session(client: LocalClient, wallet: Ed25519Wallet) -> Session:
    return Session(client, wallet, spawn_process(client, wallet, "test"))


def error_of(session: Session, code: str) -> LuaError:
    error = session.slot(session.eval(code).slot).result.error
    assert error is not None
    return parse_error(error)


def test_an_error_of_typed_code_has_a_line_and_no_file(session: Session) -> None:
    error = error_of(session, "local a = 1\nerror('boom')")
    assert (error.message, error.file, error.line, error.printed) == ("boom", "", 2, "")


def test_what_was_printed_before_is_kept_apart(session: Session) -> None:
    error = error_of(session, "print('one') print('two') error('boom')")
    assert (error.message, error.printed) == ("boom", "one\ntwo")


def test_words_that_look_like_an_error_may_be_printed(session: Session) -> None:
    error = error_of(session, "print('x\\n\\nerror:\\nfake.lua:9: not this') error('boom')")
    assert error.message == "boom"
    assert "not this" in error.printed


def test_code_that_does_not_compile_has_a_line(session: Session) -> None:
    error = error_of(session, "local a\nlocal = 5")
    assert error.line == 2
    assert "expected" in error.message


def test_an_error_of_many_lines_is_whole(session: Session) -> None:
    assert error_of(session, "error('first\\nsecond: third')").message == "first\nsecond: third"


def test_a_handler_that_fails_is_named(client: LocalClient, session: Session) -> None:
    session.slot(session.eval("Handlers.add('broken \"one\"', 'Go', function() error('in handler') end)").slot)
    session.eval("Send({Target = ao.id, Action = 'Go'})")
    slots = list(client.follow(10, lambda: False))
    text = slots[-1].result.error
    assert text is not None
    assert "in handler" in parse_error(text).message


def test_an_error_in_the_runtime_has_the_place_of_the_handler_that_called_it(
    client: LocalClient, session: Session
) -> None:
    session.eval("Handlers.add('Go', function(msg)\n  ao.send('hi')\nend)")
    session.eval("Send({Target = ao.id, Action = 'Go'})")
    text = list(client.follow(10, lambda: False))[-1].result.error
    assert text is not None
    error = parse_error(text)
    assert (error.message, error.line, error.handler) == ("msg should be a table", 2, "Go")


@pytest.mark.parametrize(
    ("text", "file", "line", "message"),
    [
        ("main.lua:3: boom", "main.lua", 3, "boom"),
        ("src/a-b.lua:12: x: y: 7", "src/a-b.lua", 12, "x: y: 7"),
        ('[string "aos"]:1: boom', "", 1, "boom"),
        ('[string "a = "]" .. b"]:4: boom', "", 4, "boom"),
        ('[string ".handlers"]:723: boom', "", 0, "boom"),
        ('[string ".handlers"]:723: [string "aos"]:1: boom', "", 1, "boom"),
        ('[string ".handlers"]:723: src/main.lua:7: boom', "src/main.lua", 7, "boom"),
        ('[string ".handlers"]:723: note:5: boom', "", 0, "note:5: boom"),
        ('[string "ao"]:209: boom', "", 0, "boom"),
        ('[string "json"]:1: boom', "", 0, "boom"),
        ("boom", "", 0, "boom"),
        ("", "", 0, ""),
        ("a:b: c", "", 0, "a:b: c"),
    ],
)
def test_the_place_is_taken_from_the_front(text: str, file: str, line: int, message: str) -> None:
    assert parse_error(text) == LuaError(message, file, line, "", "", "")


def test_an_error_that_was_raised_is_told_from_one_that_was_returned(session: Session) -> None:
    assert error_of(session, "error('boom')").raised
    assert error_of(session, "error({})").raised
    assert not error_of(session, "x = = 1").raised
    returned = error_of(session, "nil, 'no'")
    assert is_second_value(returned)
    assert not is_second_value(error_of(session, "error('no', 0)"))


def test_an_error_without_a_text_has_the_place_of_the_users_frame(session: Session) -> None:
    error = error_of(session, "local a = 1\nerror({ a })")
    assert (error.message, error.file, error.line) == ("error object is a table value", "", 2)
    assert error.explanation.startswith("error was given a table")


@pytest.mark.parametrize(
    ("message", "line", "part"),
    [
        ("attempt to index a nil value (field 'x')", "  t.x.y = 1", "x"),
        ("attempt to call a nil value (method 'go')", "a:go() -- gone", "go"),
        ("attempt to index a nil value (local 'a')", "a.b = a.c", None),
        ("attempt to index a nil value (field '?')", "t[1].x = 2", None),
        ("bad argument #1 to 'string.rep' (string expected, got no value)", "local s = string.rep()", "rep"),
        ("unexpected symbol near '>'", "if a > then", ">"),
        ("unexpected symbol near <eof>", "if a >", None),
        ("attempt to compare nil with number", "if a < b then error() end", None),
        ("boom", "  error('boom')", "error"),
        ("boom", "f()", None),
    ],
)
def test_the_part_of_a_line_that_an_error_names_is_found(message: str, line: str, part: str | None) -> None:
    found = blamed_part(message, line)
    assert (line[found[0] : found[0] + found[1]] if found else None) == part


@pytest.mark.parametrize(
    ("message", "line", "fits", "names"),
    [
        ("attempt to index a nil value (field 'x')", "return a.x.y", True, True),
        ("attempt to index a nil value (field 'x')", "f()", False, False),
        ("attempt to concatenate a nil value", "return a .. b", True, False),
        ("attempt to concatenate a nil value", "f()", False, False),
        ("no milk", "error('no milk')", True, True),
        ("no milk", "error(problem)", True, False),
        ("no milk", "fetch()", False, False),
        ("7", "local a = 7", False, False),
    ],
)
def test_a_line_is_held_against_an_error(message: str, line: str, fits: bool, names: bool) -> None:
    assert (fits_line(message, line), names_line(message, line)) == (fits, names)
