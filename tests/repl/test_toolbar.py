"""What the line at the bottom says, in windows of every width."""

from __future__ import annotations

import pytest
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.utils import get_cwidth

from aos_cli.repl.toolbar import Status, toolbar

ID = "a" * 40 + "xyz"


def line(status: Status, width: int = 120, *, unicode: bool = True) -> str:
    return fragment_list_to_text(toolbar(status, width, unicode=unicode))


def test_it_names_node_process_slot_inbox_and_feed() -> None:
    shown = line(Status("local", "alice", ID, slots=13, unread=3))
    assert shown == " local · alice · aaaa..axyz · slot 12 · inbox 3 new · feed live · F1 help"


def test_it_names_modes() -> None:
    shown = line(Status("local", "alice", ID, dry=True, vi=True, multiline=True, speaker="bob", feed="failing"))
    assert shown.startswith(" DRY: nothing is kept · local")
    assert "as bob" in shown
    assert "vi" in shown.split(" · ")
    assert "multi-line" in shown
    assert "feed failing" in shown


def test_ways_of_typing_are_told_before_places() -> None:
    shown = line(Status("local", "alice", ID, slots=13, unread=3, vi=True, multiline=True), 50)
    assert shown == " alice · multi-line: Esc Enter sends · vi"


def test_without_unicode_it_is_ascii() -> None:
    assert line(Status("local", "alice", ID), unicode=False).isascii()


@pytest.mark.parametrize("width", range(130))
def test_it_is_never_wider_than_the_window(width: int) -> None:
    status = Status("local", "日本語の名前" * 5, ID, slots=10**9, unread=10**6, dry=True, vi=True, multiline=True)
    shown = line(status, width)
    assert get_cwidth(shown) <= width
    assert width < 30 or "DRY" in shown


def test_what_a_process_calls_itself_is_harmless() -> None:
    assert "\x1b" not in line(Status("local", "\x1b]0;evil\x07\x1b[31m", ID))
