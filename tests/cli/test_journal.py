"""What a served node says while it serves."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from aos_cli.cli.journal import Journal
from aos_cli.environment import Environment
from aos_cli.http_face.routing import Access

logger = logging.getLogger("aos_cli.http_face.test")


@pytest.fixture
def environment() -> Environment:
    return Environment(stderr=io.StringIO(), variables={}, clock_ms=lambda: 0, colour="never")


@pytest.fixture
def journal(environment: Environment) -> Iterator[Journal]:
    journal = Journal(environment, with_client=False)
    with journal.kept():
        yield journal


def written(environment: Environment) -> list[str]:
    assert isinstance(environment.stderr, io.StringIO)
    return environment.stderr.getvalue().splitlines()


def fail(text: str) -> None:
    try:
        raise KeyError(text)
    except KeyError:
        logger.exception("GET /\x1b[2J\n/evil")


@pytest.mark.usefixtures("journal")
def test_an_error_is_one_harmless_line(environment: Environment) -> None:
    fail("sec\nond")
    logger.warning("Process %s is not evaluated: %s", "P", "The disk is full")
    logger.info("nobody wants to know")
    assert written(environment) == [
        "aos: GET /\\x1b[2J /evil: KeyError: 'sec\\nond'",
        "aos: Process P is not evaluated: The disk is full",
    ]


@pytest.mark.usefixtures("journal")
def test_who_asks_for_details_gets_the_traceback(environment: Environment) -> None:
    environment.verbose = True
    fail("\x1b[31m")
    lines = written(environment)
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "KeyError: '\\x1b[31m'"


def test_errors_are_said_by_a_quiet_one_as_well(environment: Environment, journal: Journal) -> None:
    environment.quiet = True
    journal.request(Access("", "GET", "/", 200, 1, 0.0))
    logger.error("bad")
    assert written(environment) == ["aos: bad"]


def test_a_request_has_colours_on_a_terminal_only(environment: Environment, journal: Journal) -> None:
    access = Access("", "GET", "/", 200, 1, 0.0)
    journal.request(access)
    environment.colour = "always"
    journal.request(access)
    plain, coloured = written(environment)
    assert plain.endswith(" GET / 200 0.0 ms 1 B")
    assert "\x1b[32m200" in coloured


def test_afterwards_nothing_is_written(environment: Environment) -> None:
    with Journal(environment, with_client=False).kept():
        pass
    logger.warning("late")
    assert written(environment) == []
