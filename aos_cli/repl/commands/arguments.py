"""Options behind a dot-command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain

if TYPE_CHECKING:
    from rich.table import Table

    from aos_cli.repl.loop import Repl

# A word may have parts in quotes, which keep blanks: Name="two words".
_WORD = re.compile(r"\s*((?:\"[^\"]*\"|'[^']*'|[^\s\"'])+(?=\s|$)|\S+)")
# A number may be negative by mistake; that it is no option is not what is to be said of it then.
_OPTION = re.compile(r"-[^\d]")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")

_COUNT = re.compile(r"[1-9][0-9]{0,5}")

DEFAULT_ROWS = 20
ROWS = "-n"
ALL = "--all"


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was said behind a command.

    Attributes:
        values: of each option that was given; "" for one that takes none.
        rest: everything behind the options, as it was typed; or the other words, where options may stand among them.
    """

    values: Mapping[str, list[str]]
    rest: str

    def has(self, option: str) -> bool:
        """Whether an option was given."""
        return option in self.values

    def value(self, option: str) -> str:
        """The value of an option, "" when it was not given.

        Raises:
            UsageError: it was given more than once.
        """
        found = self.values.get(option, [""])
        if len(found) > 1:
            raise UsageError(f"{option} was given {len(found)} times")
        return found[0]


def parse(
    command: str, text: str, flags: Iterable[str] = (), valued: Iterable[str] = (), *, among_words: bool = False
) -> Arguments:
    """Takes the options from the front of a text; `--` ends them.

    Args:
        command: its name, for errors.
        text: what stands behind the command.
        flags: options without a value.
        valued: options with one, in the next word or behind `=`.
        among_words: take those behind other words as well, for commands whose words are no text of the user's own.

    Raises:
        UsageError: an option is unknown, or lacks its value.
    """
    flags, valued = tuple(flags), tuple(valued)
    values: dict[str, list[str]] = {}
    words: list[str] = []
    position = 0
    while match := _WORD.match(text, position):
        word = match[1]
        is_option = _OPTION.match(word)
        if not (is_option or among_words):
            break
        position = match.end()
        if not is_option:
            words.append(word)
            continue
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in flags and not equals:
            values.setdefault(name, []).append("")
        elif name in valued:
            if not equals:
                following = _WORD.match(text, position)
                if following is None:
                    raise UsageError(f"{command} {name} lacks its value")
                position, value = following.end(), following[1]
            values.setdefault(name, []).append(_unquoted(value))
        else:
            known = ", ".join((*flags, *valued))
            raise UsageError(f"{command} has no option {to_plain(name)}", f"It takes {known}")
    return Arguments(values, " ".join((*words, text[position:].strip())).strip())


def _unquoted(word: str) -> str:
    return _QUOTED.sub(lambda match: match[1] if match[1] is not None else match[2], word)


def number_in(text: str, what: str) -> int:
    """A whole number above 0.

    Raises:
        UsageError: the text is none.
    """
    if not _COUNT.fullmatch(text):
        raise UsageError(f"{to_plain(text)!r} is not {what} from 1 to 999999")
    return int(text)


def rows_in(arguments: Arguments, text: str = "") -> int | None:
    """How many rows are wanted; None for all.

    Args:
        arguments: may have `-n ROWS` or `--all`.
        text: the number alone; "" when there is none.

    Raises:
        UsageError: it is no number, or said twice.
    """
    given = [word for word in (arguments.value(ROWS), text) if word]
    if len(given) + arguments.has(ALL) > 1:
        raise UsageError("The number of rows was given twice")
    if arguments.has(ALL):
        return None
    return number_in(given[0], "a number of rows") if given else DEFAULT_ROWS


def show_rows(repl: Repl, table: Table, rows: int | None) -> None:
    """Shows a table, in the pager when it is long and somebody has asked for so much."""
    if rows == DEFAULT_ROWS:
        repl.print(table)
    else:
        repl.show(table)
