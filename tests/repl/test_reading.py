"""Keys, and what is read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aos_cli.machine.native import check_syntax
from aos_cli.repl.reading import Reader

UP, DOWN, LEFT = "\x1b[A", "\x1b[B", "\x1b[D"
ESCAPE_ENTER, PASTE, PASTED = "\x1b\r", "\x1b[200~", "\x1b[201~"
F1, F2, F3, F4, F5, F10 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[21~"
CTRL_O, CTRL_R, CTRL_X, CTRL_E = "\x0f", "\x12", "\x18", "\x05"


@dataclass
class Likes:
    """How a user likes to type."""

    vi: bool = False
    multiline: str = "auto"
    completion: bool = False
    suggestion: bool = True
    highlight: bool = True
    style: str = ""
    colour: bool = True


@dataclass
class Asked:
    """What keys asked for."""

    edited: str | None = None
    then: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)

    def run_line(self, line: str) -> None:
        self.calls.append(line)

    def toggle(self, what: str) -> None:
        self.calls.append(what)

    def edit(self, text: str) -> str | None:
        self.calls.append(f"edit {text}")
        self.then()
        return self.edited


class Offers(Completer):
    """Completes from a list of words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        typed = document.get_word_before_cursor()
        return [Completion(word, -len(typed)) for word in self._words if word.startswith(typed)]


def entries(
    keys: str,
    *,
    older: Sequence[str] = (),
    words: Sequence[str] = (),
    likes: Likes | None = None,
    asked: Asked | None = None,
    block: bool = False,
    files: dict[str, str] | None = None,
) -> str:
    """What is read of some keys."""
    history = InMemoryHistory(list(older))
    with create_pipe_input() as typed, create_app_session(typed, DummyOutput()):
        typed.send_text(keys)
        if asked is not None and asked.edited is not None:
            asked.then = lambda: typed.send_text("\r")
        reader = Reader(
            history,
            check_syntax,
            lambda: "> ",
            likes or Likes(),
            asked or Asked(),
            Offers(words) if words else None,
            inline=(files or {}).get,
            terminal_input=typed,
            terminal_output=DummyOutput(),
        )
        return reader.read_block() if block else reader.read()


def test_enter_sends_what_is_whole() -> None:
    assert entries("1 + 1\r") == "1 + 1"


def test_enter_goes_on_in_what_is_unfinished() -> None:
    assert entries("f(\r1\r)\r") == "f(\n  1\n)"


def test_lines_move_to_where_they_belong() -> None:
    assert entries("if x then\ry()\relse\rz()\rend\r") == "if x then\n  y()\nelse\n  z()\nend"


def test_enter_in_the_middle_of_a_line_breaks_it() -> None:
    assert entries(f"x = {{1{LEFT}\r{CTRL_E}}}\r") == "x = {\n  1}"


def test_escape_enter_sends_what_is_unfinished() -> None:
    assert entries("f(" + ESCAPE_ENTER) == "f("


def test_ctrl_o_begins_a_line_in_what_is_whole() -> None:
    assert entries(f"x = 1{CTRL_O}y = 2\r") == "x = 1\ny = 2"


def test_always_means_that_enter_is_a_new_line() -> None:
    assert entries("x = 1\ry = 2" + ESCAPE_ENTER, likes=Likes(multiline="always")) == "x = 1\ny = 2"
    assert entries(".help\r", likes=Likes(multiline="always")) == ".help"


def test_never_means_that_enter_sends() -> None:
    assert entries("f(\r", likes=Likes(multiline="never")) == "f("


def test_a_dot_command_is_never_unfinished() -> None:
    assert entries(".load (\r") == ".load ("


def test_a_paste_is_one_entry() -> None:
    assert entries(f"{PASTE}x = 1\ny = 2\r\nz = 3{PASTED}\r") == "x = 1\ny = 2\nz = 3"


def test_a_paste_keeps_its_own_indentation() -> None:
    text = "if x then\n     y()\n end"
    assert entries(f"{PASTE}{text}{PASTED}\r") == text


def test_a_pasted_prompt_is_dropped_but_not_inside_an_entry() -> None:
    assert entries(f"{PASTE}aos> 1 + 1{PASTED}\r") == "1 + 1"
    assert entries(f"x = '{PASTE}aos> 1{PASTED}'\r") == "x = 'aos> 1'"


def test_ctrl_d_and_f10_end_and_ctrl_c_clears() -> None:
    for keys in ("\x04", F10, "abc" + F10):
        with pytest.raises(EOFError):
            entries(keys)
    with pytest.raises(KeyboardInterrupt):
        entries("abc\x03")


def test_up_gives_entries_that_begin_with_what_is_typed() -> None:
    older = ["print(1)", "x = 1", "print(2)", "y = 1"]
    assert entries(f"{UP}\r", older=older) == "y = 1"
    assert entries(f"pri{UP}\r", older=older) == "print(2)"
    assert entries(f"pri{UP}{UP}\r", older=older) == "print(1)"
    assert entries(f"pri{UP}{UP}{DOWN}\r", older=older) == "print(2)"
    assert entries(f"nothing{UP}\r", older=older) == "nothing"


def test_up_walks_through_the_lines_of_an_entry_first() -> None:
    assert entries(f"x = {{\r1{UP}{DOWN},\r}}\r", older=["old"]).replace(" ", "") == "x={\n1,\n}"


def test_ctrl_r_searches_the_history() -> None:
    assert entries(f"{CTRL_R}spawn\r\r", older=["spawned = Spawn()", "x = 1"]) == "spawned = Spawn()"


def test_tab_completes_what_is_common() -> None:
    assert entries("Bal\t\r", words=["Balances"]) == "Balances"
    assert entries("Ba\tx\r", words=["Balances", "Balancer"]) == "Balancex"
    assert entries("No\t\r", words=["Balances"]) == "No"


def test_tab_and_backspace_indent_in_front_of_a_line() -> None:
    assert entries(f"x\r{UP}", words=[]) == "x"
    assert entries("f(\r\t1)\r", words=["word"]) == "f(\n    1)"
    assert entries("f(\r\x7f1)\r") == "f(\n1)"


def test_keys_of_vi() -> None:
    assert entries("abc\x1b0x\r", likes=Likes(vi=True)) == "bc"


def test_function_keys_ask_the_shell_and_leave_the_entry_alone() -> None:
    asked = Asked()
    assert entries(f"x{F1}{F2}{F3}{F4}{F5} = 1\r", asked=asked) == "x = 1"
    # Commands run a moment later than toggles, when the line has made room for them.
    assert sorted(asked.calls) == [".help", ".inbox", "dry", "multiline", "vi"]


def test_the_editor_gives_the_entry_back() -> None:
    asked = Asked(edited="y = 2")
    assert entries(f"x = 1{CTRL_X}{CTRL_E}", asked=asked) == "y = 2"
    assert asked.calls == ["edit x = 1"]
    assert entries(f"x = 1{CTRL_X}{CTRL_E}\r", asked=Asked()) == "x = 1"


# .editor


def test_a_block_ends_with_its_word() -> None:
    assert entries("x = 1\ry = 2\r.done\r", block=True).rstrip() == "x = 1\ny = 2"


def test_a_block_can_be_dropped() -> None:
    with pytest.raises(KeyboardInterrupt):
        entries("x = 1\r.cancel\r", block=True)


def test_delete_takes_the_last_line_of_a_block() -> None:
    assert entries("x = 1\ry = 2\r.delete\rz = 3\r.done\r", block=True).rstrip() == "x = 1\nz = 3"
    assert entries(".delete\rz = 3\r.done\r", block=True).rstrip() == "z = 3"


def test_backspace_opens_the_line_before_again() -> None:
    assert entries("x = 1\r\x7f2\r.done\r", block=True).rstrip() == "x = 12"


def test_a_block_takes_a_file_in() -> None:
    assert entries("a()\r.load b.lua\rc()\r.done\r", block=True, files={".load b.lua": "b()\n"}).rstrip() == (
        "a()\nb()\nc()"
    )


def test_other_lines_of_a_block_are_text() -> None:
    assert entries(".nothing\r..5\r.done\r", block=True).rstrip() == ".nothing\n..5"
