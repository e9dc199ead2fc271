"""Which entries deserve a question."""

from __future__ import annotations

import pytest

from aos_cli.repl.caution import danger_in


@pytest.mark.parametrize(
    "code",
    [
        "Owner = 'x'",
        "x = 1 Owner = nil",
        "Handlers.list = {}",
        "Handlers . list = { }",
        "Handlers = nil",
        "if true then Balances = {} end",
        "Inbox = {}",
        "ao.authorities = {}",
        "_G.Owner = nil",
        "_G.Handlers.list = {}",
    ],
)
def test_what_takes_something_away_is_named(code: str) -> None:
    assert danger_in(code)


@pytest.mark.parametrize(
    "code",
    [
        "Owner",
        "Owner == 'x'",
        "local Owner = 'x'",
        "local a, Owner = 1, 2",
        "x.Owner = 'y'",
        "x._G.Owner = 1",
        "_G = {}",
        "t = { Owner = 'x' }",
        "t = { a = 1, Inbox = 2 }",
        "-- Owner = nil",
        "print('Owner = nil')",
        "Balances.bob = '1'",
        "Handlers.list[1] = nil",
        "",
        "= = =",
    ],
)
def test_what_does_not_is_left_alone(code: str) -> None:
    assert danger_in(code) == ""
