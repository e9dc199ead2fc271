"""Error texts of real processes, taken apart."""

from __future__ import annotations

import pytest

from aos_cli.clients.local import LocalClient
from aos_cli.lua_error import LuaError, parse_error
from aos_cli.session import Session, spawn_process
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


@pytest.mark.parametrize(
    ("text", "file", "line", "message"),
    [
        ("main.lua:3: boom", "main.lua", 3, "boom"),
        ("src/a-b.lua:12: x: y: 7", "src/a-b.lua", 12, "x: y: 7"),
        ('[string "aos"]:1: boom', "", 1, "boom"),
        ('[string "a = "]" .. b"]:4: boom', "", 4, "boom"),
        ('[string ".handlers"]:723: boom', "", 0, "boom"),
        ("boom", "", 0, "boom"),
        ("", "", 0, ""),
        ("a:b: c", "", 0, "a:b: c"),
    ],
)
def test_the_place_is_taken_from_the_front(text: str, file: str, line: int, message: str) -> None:
    assert parse_error(text) == LuaError(message, file, line, "", "", "")
