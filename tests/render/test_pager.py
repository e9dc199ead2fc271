"""When a text is for the pager, and for which; how long a command took."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies
from slots import slot

from aos_cli.render.pager import is_longer_than_screen, pager_command, pager_variables, screen_rows
from aos_cli.render.signs import ASCII_SIGNS
from aos_cli.render.timing import timing_line


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, 0),
        ("\n", 10, 0),
        ("one", 10, 1),
        ("one\n", 10, 1),
        ("one\n\ntwo", 10, 3),
        ("x" * 10, 10, 1),
        ("x" * 11, 10, 2),
        ("\x1b[31m" + "x" * 10 + "\x1b[0m", 10, 1),
        ("名" * 5, 10, 1),
        ("名" * 6, 10, 2),
        ("abc", 1, 3),
    ],
)
def test_rows_are_counted_as_the_terminal_breaks_lines(text: str, width: int, rows: int) -> None:
    assert screen_rows(text, width) == rows


@pytest.mark.parametrize(
    ("lines", "width", "height", "expected"),
    [(23, 80, 24, False), (24, 80, 24, True), (1000, 0, 24, False), (1000, 80, 0, False), (1000, 80, -1, False)],
)
def test_a_text_that_leaves_no_room_for_the_prompt_is_too_long(
    lines: int, width: int, height: int, expected: bool
) -> None:
    assert is_longer_than_screen("line\n" * lines, width, height) is expected


@given(strategies.text(), strategies.integers(1, 5), strategies.integers(1, 5))
def test_every_text_is_measured(text: str, width: int, height: int) -> None:
    assert isinstance(is_longer_than_screen(text, width, height), bool)


@pytest.mark.parametrize(
    ("wanted", "variables", "command"),
    [
        ("auto", {}, ["less", "-SRXF", "-PSpace goes on, q goes back"]),
        ("auto", {"PAGER": "more"}, ["more"]),
        ("auto", {"PAGER": "my 'own pager' -x"}, ["my", "own pager", "-x"]),
        ("auto", {"PAGER": ""}, []),
        ("auto", {"PAGER": "less '"}, []),
        ("never", {"PAGER": "more"}, []),
        ("most -c", {"PAGER": "more"}, ["most", "-c"]),
        ("most '", {"PAGER": "more"}, []),
    ],
)
def test_the_pager_is_the_users(wanted: str, variables: dict[str, str], command: list[str]) -> None:
    assert pager_command(wanted, variables) == command


def test_the_users_options_of_less_stay() -> None:
    assert pager_variables({"A": "b"}) == {"LESS": "FRX", "A": "b"}
    assert pager_variables({"LESS": "-i"}) == {"LESS": "-i"}


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({"sign": 3.0, "send": 4.0, "compute": 5.0}, "12 ms (sign 3, send 4, compute 5) · 1,000 instructions"),
        ({"send": 0.25, "compute": 1234.5}, "1,235 ms (send 0.2, compute 1,234) · 1,000 instructions"),
        ({"compute": 12345.0}, "12.3 s (compute 12,345) · 1,000 instructions"),
        ({}, "0 ms · 1,000 instructions"),
    ],
)
def test_the_time_is_told_with_its_parts(parts: dict[str, float], line: str) -> None:
    assert timing_line(slot(), parts).plain == line
    assert timing_line(slot(), parts, ASCII_SIGNS).plain == line.replace("·", "-")
