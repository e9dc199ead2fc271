"""handlers-utils: patterns and handlers made from a few words."""

from __future__ import annotations

import pytest
from lua_loader import LuaLibrary

LUA = LuaLibrary("made = require('.handlers-utils')")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("made.hasMatchingTag('Action', 'Ping')({Tags = {Action = 'Ping'}})", True),
        ("made.hasMatchingTag('Action', 'Ping')({Tags = {Action = 'ping'}})", False),
        ("made.hasMatchingTagOf('Action', {'A', 'B'})({Tags = {Action = 'B'}})", True),
        ("made.hasMatchingTagOf('Action', {'A', 'B'})({Tags = {Action = 'C'}})", 0),
        ("made.hasMatchingData('x')({Data = 'x'})", True),
        ("made.hasMatchingData('x')({Data = 'X'})", False),
        ("made.continue('Ping')({Action = 'Ping'})", 1),
        ("made.continue('Ping')({Action = 'Pong'})", False),
        ("made.continue(function() return 0 end)({})", 0),
        ("made.continue(function() return 'skip' end)({})", "skip"),
        ("made.continue(function() return nil end)({})", None),
        ("made.continue(function() return 'break' end)({})", 1),
        ("made.continue({Action = '_'})({Action = 'x', Tags = {}})", 1),
    ],
)
def test_patterns(expression: str, value: object) -> None:
    found = LUA.run(expression)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("call", "failure"),
    [
        ("hasMatchingTag('a')", "invalid arguments: (name : string, value : string)"),
        ("hasMatchingTagOf('a', 'b')", "invalid arguments: (name : string, values : string[])"),
        ("hasMatchingData(5)", "invalid arguments: (value : string)"),
        ("reply(5)", "invalid arguments: (input : table or string)"),
    ],
)
def test_wrong_arguments(call: str, failure: str) -> None:
    assert LUA.failure(f"return made.{call}").endswith(failure)


def test_reply_with_text_and_with_a_table() -> None:
    replied = "local got local msg = {reply = function(t) got = t end} "
    assert LUA.run(replied + "made.reply('pong')(msg) return got.Data") == "pong"
    assert LUA.run(replied + "local t = {Data = 'x'} made.reply(t)(msg) return rawequal(got, t)") is True
