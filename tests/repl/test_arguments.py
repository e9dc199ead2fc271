"""Options behind dot-commands."""

from __future__ import annotations

import pytest

from aos_cli.errors import UsageError
from aos_cli.repl.commands.arguments import number_in, parse, rows_in


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        ("", {}, ""),
        ("3", {}, "3"),
        ("--unread --from bob", {"--unread": [""], "--from": ["bob"]}, ""),
        ("--from=bob -n 5 x", {"--from": ["bob"], "-n": ["5"]}, "x"),
        ("--from 'my  bob'", {"--from": ["my  bob"]}, ""),
        ('--from="my bob" rest  of "it"', {"--from": ["my bob"]}, 'rest  of "it"'),
        ("--tag A=1 --tag 'B C'=\"2 3\" data", {"--tag": ["A=1", "B C=2 3"]}, "data"),
        ("--from bob -- --unread", {"--from": ["bob"]}, "--unread"),
        ("it's --unread", {}, "it's --unread"),
        ("--from don't x", {"--from": ["don't"]}, "x"),
        ("- x", {}, "- x"),
        ("-1", {}, "-1"),
    ],
)
def test_options_stand_in_front(text: str, values: dict[str, list[str]], rest: str) -> None:
    arguments = parse(".x", text, ("--unread", "--all"), ("--from", "--tag", "-n"))
    assert (arguments.values, arguments.rest) == (values, rest)


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        ("5 --all", {"--all": [""]}, "5"),
        ("--all 5 -n 3", {"--all": [""], "-n": ["3"]}, "5"),
        ("alice 4 --all", {"--all": [""]}, "alice 4"),
        ("5 -- --all", {}, "5 --all"),
        ("-1 --all", {"--all": [""]}, "-1"),
    ],
)
def test_options_stand_among_words_where_these_are_no_text(text: str, values: dict[str, list[str]], rest: str) -> None:
    arguments = parse(".x", text, ("--all",), ("-n",), among_words=True)
    assert (arguments.values, arguments.rest) == (values, rest)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--form bob", ".x has no option --form"),
        ("--from", ".x --from lacks its value"),
        ("--all=1", ".x has no option --all"),
        ("-\x1b[2J", "has no option -"),
    ],
)
def test_wrong_options_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse(".x", text, ("--all",), ("--from",))
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize(("text", "rows"), [("", 20), ("5", 5), ("-n 5", 5), ("-n=999999", 999999), ("--all", None)])
def test_rows(text: str, rows: int | None) -> None:
    arguments = parse(".x", text, ("--all",), ("-n",))
    assert rows_in(arguments, arguments.rest) == rows


@pytest.mark.parametrize("text", ["-n 5 6", "-n 5 --all", "--all 3", "-n 5 -n 6", "0", "-n 0", "many", "1000000", "٣"])
def test_wrong_rows_are_refused(text: str) -> None:
    arguments = parse(".x", text, ("--all",), ("-n",))
    with pytest.raises(UsageError):
        rows_in(arguments, arguments.rest)


def test_a_number_says_what_it_should_be() -> None:
    assert number_in("12", "the number of a message") == 12
    with pytest.raises(UsageError, match="'x' is not the number of a message from 1 to 999999"):
        number_in("x", "the number of a message")
