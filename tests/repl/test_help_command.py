"""`.help`: the commands in groups, one of them, and topics."""

from __future__ import annotations

import pytest
from terminal import Open, Terminal

from aos_cli.render.topics import find_topic, topic_names
from aos_cli.repl.commands import COMMANDS


def flowing(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("columns", [80, 40])
def test_every_command_is_listed_whole_in_a_narrow_window(open_terminal: Open, columns: int) -> None:
    terminal = open_terminal(columns=columns, rows=150)
    terminal.wait_for_prompt()
    shown = terminal.ask(".help")
    for command in COMMANDS.values():
        assert f"  {command.name}" in shown
        assert command.help in flowing(shown)
    # Words are whole at the ends of lines, and every group stands once.
    titles = [line for line in shown.splitlines() if line and not line.startswith(" ") and "." not in line]
    assert "The shell" in titles
    assert len(titles) == len(set(titles))


def test_a_topic_is_explained(terminal: Terminal) -> None:
    shown = terminal.ask(".help keys")
    assert shown.splitlines()[0] == find_topic("keys").title
    assert "Ctrl-X Ctrl-E  edits what is typed in your editor" in shown


def test_a_name_of_a_command_and_of_a_topic_shows_both(terminal: Terminal) -> None:
    shown = terminal.ask(".help inbox")
    assert shown.lstrip().startswith(".inbox")
    assert find_topic("inbox").title in shown


def test_a_long_topic_goes_to_the_pager(open_terminal: Open) -> None:
    terminal = open_terminal(rows=12, variables={"PAGER": "sed s/^/paged:/"})
    terminal.wait_for_prompt()
    assert "paged:" + find_topic("keys").title in terminal.ask(".help keys")


def test_a_list_that_is_longer_than_the_screen_goes_to_the_pager(open_terminal: Open) -> None:
    terminal = open_terminal(rows=24, variables={"PAGER": "sed s/^/paged:/"})
    terminal.wait_for_prompt()
    assert "paged:  .load" in terminal.ask(".help")


def test_an_unknown_word_gets_the_nearest(terminal: Terminal) -> None:
    shown = terminal.ask(".help kesy")
    assert "There is no command .kesy and no topic of that name" in shown
    assert "Did you mean .help keys?" in shown


def test_words_are_completed(terminal: Terminal) -> None:
    terminal.type(".help troub")
    terminal.key("tab")
    terminal.wait_until(lambda: terminal.typed.endswith(".help trouble"), "the completed topic")


def test_all_topics_are_named(open_terminal: Open) -> None:
    terminal = open_terminal(rows=100)
    terminal.wait_for_prompt()
    assert ", ".join(topic_names()) in flowing(terminal.ask(".help"))
