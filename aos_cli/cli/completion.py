"""`aos completion`: words for the shell in which `aos` is typed, by the machinery of click.

The script that it prints starts the program with `_AOS_COMPLETE` at every Tab. What it looks up for the user, it looks
up without making or changing anything, and what cannot be found out is just not offered.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from aos_cli.cli.app import App, pass_app
from aos_cli.cli.main import COMMAND_NAMES, COMPLETE_VARIABLE, AosCommand
from aos_cli.cli.options import node_options
from aos_cli.environment import Environment
from aos_cli.errors import AosError
from aos_cli.settings import NODE, WALLET, NetworkProfile, find_setting, node_names

if TYPE_CHECKING:
    from aos_cli.clients.base import Acquaintance
    from aos_cli.units.records import ProcessRecord

_INSTALLING = {
    "bash": 'eval "$(aos completion bash)" in ~/.bashrc installs it',
    "zsh": 'eval "$(aos completion zsh)" in ~/.zshrc, behind compinit, installs it',
    "fish": "aos completion fish > ~/.config/fish/completions/aos.fish installs it",
}

# A shell would take other words apart, or read more into them; who has such names types them.
_PLAIN_WORD = re.compile(r"[\w./+@%][\w./+@%-]*")
_MOST_WORDS = 500

Words = Callable[[App, click.Context, str], Iterable[str]]
"""Gives the words that can stand somewhere: (program, command, what is there of the word)."""


@click.command("completion", cls=AosCommand)
@click.argument("shell", type=click.Choice(list(_INSTALLING)))
@pass_app
def completion_command(app: App, shell: str) -> None:
    """Print a script that completes aos in your shell: commands, options, processes, wallets, settings, files.

    \b
    bash   eval "$(aos completion bash)" in ~/.bashrc
    zsh    eval "$(aos completion zsh)" in ~/.zshrc, behind compinit
    fish   aos completion fish > ~/.config/fish/completions/aos.fish
    """
    from aos_cli.cli.main import cli

    app.environment.write_out(_completer(shell, cli, app.environment).source() + "\n")
    if app.environment.stdout_is_tty:
        app.note(_INSTALLING[shell])


def answer_shell(group: click.Group, environment: Environment) -> int:
    """Answers the script; the variable says what it asks, such as `bash_complete`.

    Returns:
        The exit status: 0, or 1 for a question that no script of ours asks.
    """
    shell, _, question = environment.variables[COMPLETE_VARIABLE].partition("_")
    if shell not in _SHELLS or question not in ("source", "complete"):
        return 1
    completer = _completer(shell, group, environment)
    environment.write_out((completer.source() if question == "source" else completer.complete()) + "\n")
    return 0


class _AosComplete(ShellComplete):
    """Completion with the words of `aos`, for any shell."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """What can stand where the cursor is."""
        group = self.cli
        assert isinstance(group, click.Group)  # noqa: S101 - for the type checker
        args = _without_separators(args)
        _teach(group, args)
        found = super().get_completions(args, incomplete)
        if _is_first_word(group, args):
            # The program itself takes a first word for a process; it may be a command as well.
            context = group.make_context("aos", list(args), resilient_parsing=True, obj=self.ctx_args["obj"])
            found = [*group.shell_complete(context, incomplete), *found]
        return found


class _Bash(_AosComplete, BashComplete):
    pass


class _Zsh(_AosComplete, ZshComplete):
    pass


class _Fish(_AosComplete, FishComplete):
    pass


_SHELLS: dict[str, type[_AosComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


def _completer(shell: str, group: click.Group, environment: Environment) -> ShellComplete:
    return _SHELLS[shell](group, {"obj": environment}, "aos", COMPLETE_VARIABLE)


def _without_separators(args: Sequence[str]) -> list[str]:
    """The words without the `=` that bash makes a word of its own, as in `--node = local`."""
    return [word for at, word in enumerate(args) if word != "=" or not (at and args[at - 1].startswith("--"))]


def _first_command(group: click.Group, args: Sequence[str]) -> int:
    """Where the first word stands that is no option of the program and no value of one; behind the end if it lacks."""
    options = [parameter for parameter in group.params if isinstance(parameter, click.Option)]
    takes_value = {name: not option.is_flag for option in options for name in option.opts}
    index = 0
    while index < len(args):
        name, separator, _ = args[index].partition("=")
        if name not in takes_value:
            break
        index += 2 if takes_value[name] and not separator else 1
    return index


def _is_first_word(group: click.Group, args: Sequence[str]) -> bool:
    """Whether a command, or the name of a process, is being typed."""
    return _first_command(group, args) == len(args)


# What stands where


def _teach(group: click.Group, args: Sequence[str]) -> None:
    """Gives our words to the parameters of the program and of the command that is typed."""
    context = click.Context(group)
    index = _first_command(group, args)
    word = args[index] if index < len(args) else ""
    found = group.get_command(context, word)
    path = word if found else "open"
    command = found or group.get_command(context, "open")
    _teach_parameters(group, "")
    if command is not None:
        _teach_command(command, path)


def _teach_command(command: click.Command, path: str) -> None:
    _teach_parameters(command, path)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            _teach_command(below, f"{path} {name}")


def _teach_parameters(command: click.Command, path: str) -> None:
    for parameter in command.params:
        offered = _OFFERED.get(f"{path} {parameter.name}") or _OFFERED.get(f"* {parameter.name}")
        # A choice knows its own words.
        if offered is not None and not isinstance(parameter.type, click.Choice):
            parameter.type = offered


class _Offering(click.types.StringParamType):
    """A text for which there are words to choose from.

    Args:
        words: gives them.
        otherwise: what the shell completes by itself where no word begins so: `file`, `dir`, or "" for nothing.
    """

    def __init__(self, words: Words, otherwise: str = "") -> None:
        self._words = words
        self._otherwise = otherwise

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The words that begin with what is there."""
        try:
            found = list(self._words(_app_of(ctx), ctx, incomplete))
        except (AosError, OSError):
            found = []
        fitting = [word for word in dict.fromkeys(found) if word.startswith(incomplete) and _PLAIN_WORD.fullmatch(word)]
        if not fitting and self._otherwise:
            return [CompletionItem(incomplete, type=self._otherwise)]
        return [CompletionItem(word) for word in fitting[:_MOST_WORDS]]


def _app_of(context: click.Context) -> App:
    """The program, with the options that stand in front of the command; nothing of it was run."""
    root = context.find_root()
    given = root.params
    return App(root.obj, given.get("home"), given.get("config"), node_options(given))


def _no_words(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    return ()


def _processes(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    """The names of the user's processes; ids, of all, when one seems to be meant."""
    from aos_cli.units.read_only import ReadOnlyStore

    node = app.node
    if isinstance(node, NetworkProfile):
        # Those that were met before: nobody waits for a network at the Tab key.
        known: Sequence[ProcessRecord | Acquaintance] = app.client().acquaintances()
    elif not node.store.exists():
        return ()
    else:
        with contextlib.closing(ReadOnlyStore(node.store)) as store:
            known = store.processes()
    address = _address(app, context)
    own = [process.name for process in known if process.owner == address]
    return [*own, *(process.id for process in known if incomplete)]


def _address(app: App, context: click.Context) -> str:
    """The address of the wallet that would sign; "" when only its passphrase tells."""
    from aos_cli.wallet import read_wallet

    file = app.wallets.file(context.params.get("wallet"))
    return read_wallet(file).address if file is not None else ""


def _wallets(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    return app.wallets.keyring.names()


def _settings(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    return (setting.name for setting in app.settings.all())


def _setting_values(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    setting = find_setting(context.params.get("name") or "")
    if setting is NODE:
        return node_names(app.settings)
    return app.wallets.keyring.names() if setting is WALLET else setting.kind.words


def _nodes(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    return node_names(app.settings)


def _hosts(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    return ("localhost", "0.0.0.0")  # noqa: S104 - for those who ask for it


def _blueprints(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    from aos_cli.source.blueprints import blueprint_names

    return blueprint_names()


def _help_words(app: App, context: click.Context, incomplete: str) -> Iterable[str]:
    from aos_cli.render.topics import topic_names

    return [*topic_names(), *COMMAND_NAMES]


_FILE = _Offering(_no_words, "file")
_FOLDER = _Offering(_no_words, "dir")
_PROCESS = _Offering(_processes)
_WALLET = _Offering(_wallets)
_SETTING = _Offering(_settings)
_BLUEPRINT = _Offering(_blueprints)

# By command and parameter; `*` stands for all commands that have a parameter of that name.
_OFFERED = {
    " home": _FOLDER,
    " config": _FILE,
    " node": _Offering(_nodes),
    "* wallet": _Offering(_wallets, "file"),
    "* data": _FILE,
    "* file": _FILE,
    "* files": _FILE,
    "* folder": _FOLDER,
    "* passphrase_file": _FILE,
    "* process": _PROCESS,
    "run arguments": _FILE,
    "eval name": _PROCESS,
    "inbox name": _PROCESS,
    "assign process": _PROCESS,
    "log name": _PROCESS,
    "watch name": _PROCESS,
    "* message": _PROCESS,
    "blueprint show name": _BLUEPRINT,
    "blueprint save names": _BLUEPRINT,
    "wallet show name": _WALLET,
    "wallet address name": _WALLET,
    "wallet export name": _WALLET,
    "config get name": _SETTING,
    "config set name": _SETTING,
    "config set value": _Offering(_setting_values),
    "config unset name": _SETTING,
    "help words": _Offering(_help_words),
    "node serve host": _Offering(_hosts),
}
