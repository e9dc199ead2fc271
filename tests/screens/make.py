"""Makes the pictures of README: plays sessions with the true program and writes what stands on the screen as SVG.

    python tests/screens/make.py [FOLDER]

FOLDER is where the pictures go; without it, beside this file. Ids differ from one run to the next.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from io import StringIO
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text
from window import Window, make_home

_COLUMNS, _ROWS = 100, 24

# The fonts that rich would have the reader's browser fetch from far away; without them it takes one of its own.
_FAR_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)

_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_PROMPT_END = "> "
# pyte's names of colours, and rich's for the same.
_RICH_COLOURS = {"brown": "yellow", "default": "default"}
_HEX_COLOUR = re.compile(r"[0-9a-f]{6}")


def _colour(name: str) -> str:
    if _HEX_COLOUR.fullmatch(name):
        return f"#{name}"
    # Bright colours: pyte says "brightred", rich "bright_red".
    plain = name.removeprefix("bright")
    prefix = "bright_" if plain != name else ""
    return prefix + _RICH_COLOURS.get(plain, plain)


def _style(cell: pyte.screens.Char) -> Style:
    return Style(
        color=_colour(cell.fg),
        bgcolor=_colour(cell.bg),
        bold=cell.bold,
        italic=cell.italics,
        underline=cell.underscore,
        reverse=cell.reverse,
    )


def picture(window: Window, title: str) -> str:
    """What stands in a window, as SVG."""
    console = Console(record=True, width=_COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    for row in window.cells():
        line = Text(no_wrap=True)
        for style, cells in groupby(row, _style):
            line.append("".join(cell.data for cell in cells), style)
        line.rstrip()
        console.print(line)
    return _FAR_FONT.sub("", console.export_svg(title=title))


@contextmanager
def _windows(count: int) -> Iterator[list[Window]]:
    """Windows side by side, over one fresh home."""
    with ExitStack() as stack:
        home = make_home(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home")
        yield [stack.enter_context(closing(Window.with_shell(home, _COLUMNS, _ROWS))) for _ in range(count)]


def _expect(window: Window, *texts: str) -> None:
    """Waits until all texts stand on the screen and the last line is an empty prompt."""

    def reached() -> bool:
        lines = window.lines()
        screen = "\n".join(lines)
        return bool(lines) and f"{lines[-1]} ".endswith(_PROMPT_END) and all(text in screen for text in texts)

    if not window.wait(reached):
        raise RuntimeError(f"{texts} did not come; the screen is:\n" + "\n".join(window.lines()))


def talk() -> dict[str, str]:
    """Two processes in two windows: a message and its reply."""
    with _windows(2) as (alice, bob):
        bob.type("clear; aos bob")
        _expect(bob, "new process bob")
        found = _ID.search("\n".join(bob.lines()))
        if found is None:
            raise RuntimeError("bob's window does not say his id")
        bob.type('Handlers.add("Ask", "Ask", function(msg)')
        bob.type('msg.reply({ Action = "Answer", Data = "42" })')
        bob.type("end)")
        _expect(bob, "... end)", "\n3\n")
        alice.type("clear; aos alice")
        _expect(alice, "new process alice")
        alice.type(f'bob = "{found[0]}"')
        _expect(alice, "bob =")
        alice.type('Send({ Target = bob, Action = "Ask", Data = "6 * 7" }).receive().Data')
        _expect(alice, "\n42\n")
        _expect(bob, "alice  Ask", "alice  Answer  42")
        return {"alice.svg": picture(alice, "aos alice"), "bob.svg": picture(bob, "aos bob")}


def failure() -> dict[str, str]:
    """A handler that fails: the file, the line and the handler are named."""
    with _windows(1) as (window,):
        window.type("clear; aos --load tests/examples/counter.lua counter")
        _expect(window, "Loading")
        window.type('Send({ Target = ao.id, Action = "Increment", Step = "two" }).output')
        _expect(window, "in handler Increment")
        return {"error.svg": picture(window, "aos counter")}


def typing() -> dict[str, str]:
    """The shell itself: a table, colours, the menu of what the process has, and the line at the bottom."""
    with _windows(1) as (window,):
        window.type("clear; aos")
        _expect(window, "new process default")
        window.type("Balances = { ada = '1000000', grace = '2500', linus = '17' }")
        _expect(window, "linus")
        window.type(".format table")
        _expect(window, "Values are shown as table")
        window.type("Balances")
        _expect(window, "1000000", "2500")
        window.type_ahead('Handlers.add("transfer", "Transfer", function(msg) Handlers.')
        # The screen is drawn anew for the menu: the line at the bottom comes last.
        if not window.wait(lambda: "append" in "\n".join(window.lines()) and "F1 help" in window.toolbar()):
            raise RuntimeError("The menu did not come; the screen is:\n" + "\n".join(window.lines()))
        return {"typing.svg": picture(window, "aos")}


def trace() -> dict[str, str]:
    """What a message set off in two processes."""
    with _windows(1) as (window,):
        for name in ("bob", "alice"):
            window.type(f"clear; echo 'Count = 0' | aos {name}")
            if not window.wait(lambda: window.lines()[-1:] == ["$"] and "spawned" in "\n".join(window.lines())):
                raise RuntimeError("A process was not spawned:\n" + "\n".join(window.lines()))
        window.type("clear; aos bob --load tests/examples/pong.lua")
        _expect(window, "added Ping")
        found = _ID.search("\n".join(window.lines()))
        if found is None:
            raise RuntimeError("The window does not say bob's id")
        window.type(".switch alice")
        _expect(window, "process alice")
        window.type(".load tests/examples/ping.lua")
        _expect(window, "Handlers: ", "alice@")
        window.type(f'rally("{found[0]}", 2)')
        _expect(window, "2 rounds played")
        window.type(".trace")
        _expect(window, "2 processes")
        return {"trace.svg": picture(window, "aos alice")}


def make(folder: Path) -> list[Path]:
    """Writes all pictures into a folder; gives their paths."""
    made = []
    for name, svg in {**typing(), **talk(), **failure(), **trace()}.items():
        path = folder / name
        path.write_text(svg, "utf-8")
        made.append(path)
    return made


if __name__ == "__main__":
    for written in make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(written)  # noqa: T201 - the command's output
