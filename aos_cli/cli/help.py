"""`aos help`: topics for users, the help of commands, and all of it as a manual page."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import click

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import AosCommand
from aos_cli.errors import ConfigError, UsageError
from aos_cli.render.topics import Block, Topic, find_topic, topic_names, topic_text
from aos_cli.settings import PAGER

_SUMMARY = "a shell for AO, the actor computer on Arweave"

_SYNOPSIS = "aos [OPTIONS] [NAME | ID]\naos [OPTIONS] COMMAND ..."

_INTRODUCTION = "Topics (`aos help TOPIC`; `.help TOPIC` in the shell):"
_ENDING = "`aos help COMMAND` explains a command, `aos --help` lists them; `aos help --man | man -l -` is the manual."


@click.command("help", cls=AosCommand)
@click.option("--man", "as_manual", is_flag=True, help="Print everything as a manual page, for `man -l -`.")
@click.argument("words", nargs=-1, metavar="[TOPIC | COMMAND...]")
@click.pass_context
@pass_app
def help_command(app: App, context: click.Context, as_manual: bool, words: tuple[str, ...]) -> None:
    """Explain a topic or a command; without one, list the topics.

    Where a topic and a command have the same name, both are shown.
    """
    root = context.find_root()
    if as_manual:
        if words:
            raise UsageError("--man prints all topics", "Leave the topic out")
        app.environment.write_out(_manual(app, root))
        return
    _show(app, _explained(app, root, words) if words else _list(app))


def _show(app: App, text: str) -> None:
    """Writes a text, in the pager when it is longer than the screen."""
    from aos_cli.render.pager import is_longer_than_screen, pager_command, pager_variables

    environment = app.environment
    variables = environment.variables
    try:
        wanted = app.settings[PAGER]
    except ConfigError:
        # Help is there for those whose settings are wrong, too.
        wanted = "auto"
    long = is_longer_than_screen(text, environment.width, environment.height)
    if not (long and environment.page(text, pager_command(wanted, variables), pager_variables(variables))):
        environment.write_out(text)


def _list(app: App) -> str:
    topics = [find_topic(name) for name in topic_names()]
    blocks = [
        Block("paragraph", _INTRODUCTION),
        *(Block("definition", topic.title, topic.name) for topic in topics),
        Block("paragraph", _ENDING),
    ]
    return _text(app, Topic("help", "Help", tuple(blocks)))


def _text(app: App, topic: Topic) -> str:
    environment = app.environment
    return topic_text(topic, environment.width, bold=environment.colour_for(environment.stdout))


def _explained(app: App, root: click.Context, words: tuple[str, ...]) -> str:
    """What there is about a topic or a command.

    Raises:
        UsageError: nothing.
    """
    parts = []
    if len(words) == 1 and words[0] in topic_names():
        parts.append(_text(app, find_topic(words[0])))
    found = _find_command(root, words)
    if found is not None:
        parts.append(found.get_help() + "\n")
    if not parts:
        known = [*topic_names(), *root.command.list_commands(root)]  # type: ignore[attr-defined] # it is the group
        close = difflib.get_close_matches(words[0], known, 1)
        hint = f"Did you mean {close[0]}?" if close and len(words) == 1 else "`aos help` lists the topics"
        raise UsageError(f"There is no topic and no command {' '.join(words)}", hint)
    return "\n".join(parts)


def _find_command(root: click.Context, words: tuple[str, ...]) -> click.Context | None:
    """The context of a command that is named by its words, such as `wallet new`; None when there is none."""
    context = root
    for word in words:
        command = context.command.get_command(context, word) if isinstance(context.command, click.Group) else None
        if command is None:
            return None
        context = click.Context(command, info_name=word, parent=context)
    return context


def _manual(app: App, root: click.Context) -> str:
    from aos_cli.render.manual import Section, manual_page

    topics = [find_topic(name) for name in topic_names()]
    sections = [
        Section("Synopsis", [Block("code", _SYNOPSIS)]),
        Section("Description", [_paragraph(root.command.help or "")]),
        Section("Options", list(_options(root))),
        Section("Commands", list(_commands(root))),
        *(Section(topic.title, topic.blocks) for topic in topics),
    ]
    return manual_page("aos", app.version, _SUMMARY, sections)


def _commands(context: click.Context) -> Iterator[Block]:
    """Every command below one, with its options."""
    group = context.command
    assert isinstance(group, click.Group)  # noqa: S101 - for the type checker
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = click.Context(command, info_name=name, parent=context)
        pieces = " ".join([below.command_path, *command.collect_usage_pieces(below)])
        yield Block("heading", pieces)
        for paragraph in (command.help or "").split("\n\n"):
            yield _paragraph(paragraph)
        yield from (option for option in _options(below) if not option.term.endswith("--help"))
        if isinstance(command, click.Group):
            yield from _commands(below)


def _paragraph(text: str) -> Block:
    """A paragraph of a command's help; one that click does not wrap either is kept as it is."""
    if text.startswith("\b\n"):
        return Block("code", text.removeprefix("\b\n"))
    return Block("paragraph", " ".join(text.split()))


def _options(context: click.Context) -> Iterator[Block]:
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            yield Block("definition", " ".join(record[1].split()), record[0])
