"""Dot-commands of the shell itself: help and leaving."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.commands.registry import COMMANDS, DotCommand, LeaveShell, command
from aos_cli.repl.commands.words import command_names

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.repl.loop import Repl

# By the files in which commands are; several may stand under one title, others stand under their own names.
_TITLES = {
    "files": "Lua from files",
    "blueprints": "Lua from files",
    "looking": "What happened",
    "inbox": "What happened",
    "trace": "What happened",
    "live": "What arrives",
    "processes": "Processes and wallets",
    "wallets": "Processes and wallets",
    "editing": "Typing",
    "aliases": "Typing",
    "dry": "Typing",
    "describing": "What happened",
    "output": "The shell",
    "settings": "The shell",
    "general": "The shell",
}

_ENDING = (
    "Everything else is Lua and goes to the process.",
    "Enter sends a whole chunk and continues an unfinished one; Esc Enter sends it as it is.",
    "Ctrl-C clears the line or stops waiting; Ctrl-D leaves.",
)

# What stands below a command, and the least room for it.
_INDENT = " " * 6
_LEAST_COLUMNS = 16

# The least room beside a command for its help.
_LEAST_HELP_COLUMNS = 44


def _help_words(repl: Repl, word: str) -> Iterable[str]:
    """The commands without their dot, and the topics."""
    from aos_cli.render.topics import topic_names

    return sorted({*command_names(repl, word), *topic_names()})


@command(".help", "[COMMAND | TOPIC]", "List the commands, or explain one or a topic, such as keys.", _help_words)
def _help(repl: Repl, argument: str) -> None:
    width = repl.environment.width
    if argument:
        _explain(repl, argument, width)
        return
    repl.show(_overview(width))


def _overview(width: int) -> Text:
    """All commands by family, and what else there is to know."""
    from rich.text import Text

    from aos_cli.render.topics import topic_names

    side = max(map(len, COMMANDS))
    lines: list[Text] = []
    for title, entries in _families().items():
        lines.append(Text(title, "bold"))
        lines += (Text(line) for entry in entries for line in _entry_lines(entry, side, width))
    topics = ", ".join(topic_names())
    for sentence in (*_ENDING, f".help COMMAND tells what a command takes; .help TOPIC explains {topics}."):
        lines += map(Text, textwrap.wrap(sentence, max(width, _LEAST_COLUMNS), break_on_hyphens=False))
    return Text("\n").join(lines)


def _families() -> dict[str, list[DotCommand]]:
    """The commands under their titles, in the order in which they were registered."""
    found: dict[str, list[DotCommand]] = {}
    for entry in COMMANDS.values():
        family = entry.action.__module__.rpartition(".")[2]
        found.setdefault(_TITLES.get(family, family.replace("_", " ").capitalize()), []).append(entry)
    return found


def _entry_lines(entry: DotCommand, side: int, width: int) -> Iterator[str]:
    """A command with its help beside it, or below it where there is little room; `side` is the longest name's."""
    if width - side < _LEAST_HELP_COLUMNS:
        yield f"  {entry.name}"
        yield from _below(entry.help, width)
        return
    name = f"  {entry.name:{side}}  "
    yield from textwrap.wrap(
        entry.help, width, initial_indent=name, subsequent_indent=" " * len(name), break_on_hyphens=False
    )


def _below(text: str, width: int) -> list[str]:
    room = max(width - len(_INDENT), _LEAST_COLUMNS)
    return [_INDENT + line for line in textwrap.wrap(text, room, break_on_hyphens=False)]


def _explain(repl: Repl, word: str, width: int) -> None:
    """Shows the command of that name, the topic, or both."""
    from aos_cli.render.topics import find_topic, topic_names, topic_text

    entry = COMMANDS.get(word if word.startswith(".") else f".{word}")
    if entry is not None:
        for line in _usage(entry, width):
            repl.write(line)
    if word in topic_names():
        from rich.text import Text

        bold = repl.environment.colour_for(repl.environment.stdout)
        repl.show(Text.from_ansi(topic_text(find_topic(word), width, bold=bold)))
    elif entry is None:
        name = word.removeprefix(".")
        close = difflib.get_close_matches(name, _help_words(repl, ""), 1)
        hint = f"Did you mean .help {close[0]}?" if close else ".help lists the commands and topics"
        raise UsageError(f"There is no command .{to_plain(name)} and no topic of that name", hint)


def _usage(entry: DotCommand, width: int) -> Iterator[str]:
    """A command with its arguments, and its help on the same line if there is room."""
    usage = f"{entry.name} {entry.usage}".rstrip()
    line = f"  {usage}  {entry.help}"
    if len(line) <= width:
        yield line
        return
    columns = max(width, _LEAST_COLUMNS)
    yield from textwrap.wrap(usage, columns, initial_indent="  ", subsequent_indent=_INDENT, break_on_hyphens=False)
    yield from _below(entry.help, width)


@command(".quit", "", "Leave the shell.")
@command(".exit", "", "Leave the shell.")
def _leave(repl: Repl, argument: str) -> None:
    raise LeaveShell
