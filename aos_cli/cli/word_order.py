"""Options that were typed in front of a command."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import click

from aos_cli.errors import UsageError


def command_first(
    words: Sequence[str],
    commands: Collection[str],
    load: Callable[[str], click.Command | None],
    of_program: Mapping[str, bool],
) -> list[str] | None:
    """The words with a command in front of its options, and the options of the program in front of that.

    Args:
        words: a command line that begins with no command, behind the options of the program.
        commands: names of all of them.
        load: gives a command.
        of_program: options of the program itself, by name whether they take a value.

    Returns:
        None when the words begin with no option, or no command follows.

    Raises:
        UsageError: the command has no such option.
    """
    if not words or not words[0].startswith("-"):
        return None
    for at, word in enumerate(words):
        command = load(word) if word in commands else None
        if command is None:
            continue
        options = _split(words[:at], of_program, _options_of(command))
        if options is not None:
            return [*options[0], word, *options[1], *words[at + 1 :]]
        opening = load("open")
        of_open = _split(words[:at], of_program, _options_of(opening)) if opening else None
        if of_open is not None or all(one.startswith("-") for one in words[:at]):
            hint = f"`aos {word} --help` lists its options; `aos open {' '.join(words[: at + 1])}` opens such a process"
            raise UsageError(f"{words[0]} stands in front of the command {word}, which does not take it there", hint)
    return None


def _options_of(command: click.Command) -> dict[str, bool]:
    """The options of a command by name, and whether they take a value."""
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    return {name: not option.is_flag for option in options for name in (*option.opts, *option.secondary_opts)}


def _split(
    words: Sequence[str], of_program: Mapping[str, bool], of_command: Mapping[str, bool]
) -> tuple[list[str], list[str]] | None:
    """The options of the program and those of a command among words; None when there is something else."""
    found: tuple[list[str], list[str]] = ([], [])
    at = 0
    while at < len(words):
        name, equals, _ = words[at].partition("=")
        is_commands = name in of_command
        if not is_commands and name not in of_program:
            return None
        takes_value = of_command[name] if is_commands else of_program[name]
        size = 2 if takes_value and not equals else 1
        found[is_commands].extend(words[at : at + size])
        at += size
    return found if at == len(words) else None
