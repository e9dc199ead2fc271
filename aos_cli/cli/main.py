"""The entry of the program: which command is meant, and how it ends.

Commands are imported when they are used: `aos --version` loads neither prompt_toolkit nor rich nor lupa.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from aos_cli import __version__
from aos_cli.environment import Environment
from aos_cli.errors import AosError, UsageError
from aos_cli.status import ExitStatus, exit_status_of

_COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("shell", "Open a process by name or id, or spawn it, and type at it."),
    "run": ("run", "Run a Lua file in a throw-away process, or in a lasting one."),
    "eval": ("run", "Evaluate Lua text in a process."),
    "ps": ("look", "List the processes of the node."),
    "inbox": ("inbox", "Show the messages that no handler of a process took."),
    "watch": ("watch", "Show what arrives at a process, as it comes."),
    "log": ("look", "Show the slots of a process: who, what, and what came of it."),
    "result": ("result", "Print the result of a message that was sent before."),
    "assign": ("result", "Put a message that is there into the log of another process too."),
    "trace": ("trace", "Show what a message set off, and what it came from."),
    "show": ("trace", "Show everything about one message."),
    "blueprint": ("blueprint", "List, show and save the Lua programs that come with aos."),
    "wallet": ("wallet", "List, show, make, import and export wallets."),
    "config": ("config", "List and change settings, and say where each comes from."),
    "node": ("node", "Serve the node over HTTP to other clients of AO."),
    "module": ("module", "List the modules that processes can be spawned with."),
    "handle": ("handle", "Apply messages by hand, JSON Lines in, results out."),
    "doctor": ("doctor", "Check everything that aos needs, and say what to do."),
    "completion": ("completion", "Print a script that completes aos in bash, zsh or fish."),
    "tour": ("tour", "Take a guided tour of AO, offline, in five minutes."),
    "help": ("help", "Explain a topic or a command, such as `aos help keys`."),
}

COMMAND_NAMES = tuple(_COMMANDS)

_ID = re.compile(r"[A-Za-z0-9_-]{43}")
# `-1` and `-- a comment` are Lua.
_OPTION = re.compile(r"--?[A-Za-z][\w-]*(=.*)?", re.DOTALL)

# Stand in front of a command or of a process's name.
URL_OPTIONS = ("--mu-url", "--su-url", "--cu-url", "--gateway-url")
_GLOBAL_OPTIONS = ("--home", "--config", "--node", *URL_OPTIONS, "--color")
_GLOBAL_FLAGS = ("-q", "--quiet", "-v", "--verbose")

# Set by the script of `aos completion`, at every Tab.
COMPLETE_VARIABLE = "_AOS_COMPLETE"


def looks_like_id(word: str) -> bool:
    """Whether a word was meant as an id; a mistyped one may stand for no bytes at all."""
    return _ID.fullmatch(word) is not None


def _refuse_mistyped(word: str) -> None:
    """Says of a word with another one behind it which command it was to be; a process's name stands alone.

    Raises:
        UsageError: it is nearly the name of a command.
    """
    import difflib

    close = difflib.get_close_matches(word, _COMMANDS, 1, 0.75)
    if close:
        raise UsageError(f"There is no command {word}", f"Did you mean `aos {close[0]}`?")


class AosGroup(click.Group):
    """Commands by name; any other first word is the name of a process to open."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported now."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"aos_cli.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Puts `open` in front of what is no command, or the command that an official option stands for."""
        index = 0
        while index < len(args) and args[index].split("=")[0] in (*_GLOBAL_OPTIONS, *_GLOBAL_FLAGS):
            index += 1 if "=" in args[index] or args[index] in _GLOBAL_FLAGS else 2
        following = args[index] if index < len(args) else None
        lacks_value = index > len(args)
        if not lacks_value and following not in _COMMANDS and following not in ("-h", "--help", "--version"):
            args = [*args[:index], *self._command_line(ctx, args[index:])]
        return super().parse_args(ctx, args)

    def _command_line(self, ctx: click.Context, words: list[str]) -> list[str]:
        if ctx.resilient_parsing:
            # The shell asks for completions of a line that is not whole yet.
            return ["open", *words]
        from aos_cli.cli.official import command_line
        from aos_cli.cli.word_order import command_first

        of_program = {**dict.fromkeys(_GLOBAL_OPTIONS, True), **dict.fromkeys(_GLOBAL_FLAGS, False)}
        ordered = command_first(words, _COMMANDS, lambda name: self.get_command(ctx, name), of_program)
        if ordered is not None:
            return ordered
        if len(words) > 1 and not any(_OPTION.fullmatch(word) for word in words[:2]):
            _refuse_mistyped(words[0])
        return command_line(words)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Reads the words, which writes for `--help` and `--version`; see `invoke` for a reader that has gone."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            extra["obj"].discard_output()
            raise click.exceptions.Exit(ExitStatus.OK) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command. A reader of its output that has gone is no failure; click would make it one.

        Ctrl-C ends here, too: click would write to the stream that Python knows.
        """
        environment: Environment = ctx.obj
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            environment.discard_output()
            return ExitStatus.OK
        except KeyboardInterrupt:
            return interrupted(environment)


class AosCommand(click.Command):
    """A command whose arguments may be ids, and Lua, that begin with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes such words as arguments, and says of every error which command it belongs to."""
        try:
            return super().parse_args(ctx, self._options_first(ctx, args))
        except click.NoSuchOption as error:
            if error.option_name in (*_GLOBAL_OPTIONS, *_GLOBAL_FLAGS):
                message = f"{error.option_name} stands in front of the command or the name"
                raise click.UsageError(message, ctx) from error
            raise
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def _options_first(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The options, then `--`, then the arguments in their order: behind it nothing is an option."""
        taking = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and not parameter.is_flag
            for name in (*parameter.opts, *parameter.secondary_opts)
        }
        options: list[str] = []
        arguments: list[str] = []
        waiting = False
        for position, word in enumerate(args):
            if waiting or (_OPTION.fullmatch(word) and not looks_like_id(word)):
                waiting = not waiting and word in taking
                options.append(word)
            elif word == "--" or not ctx.allow_interspersed_args:
                arguments += args[position + (word == "--") :]
                break
            else:
                arguments.append(word)
        # An option that lacks its value has to stay the last word.
        return options if waiting else [*options, "--", *arguments]


class _Seconds(click.FloatRange):
    """How long to wait; a comparison with "nan" would never end it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is no number of seconds", param, ctx)
        return seconds


SECONDS = _Seconds(min=0)
"""What `--timeout` takes."""


@click.group(
    cls=AosGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[COMMAND | PROCESS] ...",
)
@click.version_option(__version__, "--version", prog_name="aos", message="%(prog)s %(version)s")
@click.option("--home", metavar="FOLDER", help="Keep everything in this folder (or set AOS_HOME).")
@click.option("--config", metavar="FILE", help="Take your settings from this file (or set AOS_CONFIG).")
@click.option("--node", metavar="NAME|URL", help="The node: local, legacynet, one of yours or a URL (or set AOS_NODE).")
@click.option("--mu-url", metavar="URL", help="The network's messenger unit (or set MU_URL).")
@click.option("--su-url", metavar="URL", help="The network's scheduler unit (or set SU_URL).")
@click.option("--cu-url", metavar="URL", help="The network's compute unit (or set CU_URL).")
@click.option("--gateway-url", metavar="URL", help="The network's gateway (or set GATEWAY_URL).")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), help="When to write colours.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing on standard error but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say also which files are used, and what took how long.")
@click.pass_context
def cli(
    ctx: click.Context,
    /,
    home: str | None,
    config: str | None,
    color: str | None,
    quiet: bool,
    verbose: bool,
    **nodes: str | None,
) -> None:
    """A shell for AO, the actor computer on Arweave.

    `aos` opens the process "default" on the local node and lets you type Lua at it; `aos NAME` opens another one.
    """
    from aos_cli.cli.app import App
    from aos_cli.cli.options import node_options
    from aos_cli.settings import COLOUR, Option

    environment: Environment = ctx.obj
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose do not go together", ctx)
    environment.quiet, environment.verbose = quiet, verbose
    if color:
        # Now already: what goes wrong before the settings are read has colours too.
        environment.colour = color  # type: ignore[assignment] # click has checked the choice
    app = ctx.obj = App(environment, home, config, [*node_options(nodes), Option(COLOUR, "--color", color)])
    ctx.call_on_close(app.close)


def report(environment: Environment, message: str, hint: str = "") -> None:
    """Tells the user what went wrong: a sentence, and what to do about it."""
    from aos_cli.render.sanitiser import to_plain

    environment.write_err(f"aos: {to_plain(message)}\n")
    if hint:
        environment.write_err(f"     {to_plain(hint)}\n")


def interrupted(environment: Environment) -> ExitStatus:
    """Tells the user that Ctrl-C ended the program; on a terminal the ^C stands there already."""
    if environment.stderr_is_tty:
        environment.write_err("\n")
    else:
        report(environment, "interrupted")
    return ExitStatus.INTERRUPTED


def _report_causes(environment: Environment, error: BaseException) -> None:
    """Tells somebody who asked for details what an error came from, the nearest first."""
    from aos_cli.render.sanitiser import to_plain

    while environment.verbose and (cause := error.__cause__) is not None:
        code = getattr(cause, "sqlite_errorname", "")
        what = f"{type(cause).__name__}{f' {code}' if code else ''}: {cause}"
        environment.write_err(f"     because of {' '.join(to_plain(what).split())}\n")
        error = cause


def _told(error: click.ClickException) -> tuple[str, str]:
    """What is wrong with the words, and what to do about it."""
    from aos_cli.cli.official import ADVICE

    said = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and error.option_name in ADVICE:
        # It is no misspelling of one of ours, as click would have it.
        return f"There is no option {error.option_name} here", ADVICE[error.option_name]
    if isinstance(error, click.BadOptionUsage) and error.option_name in ADVICE:
        return said, ADVICE[error.option_name]
    return said, _advice(error)


def _advice(error: click.ClickException) -> str:
    """What to do about a wrong word that is nobody's."""
    if isinstance(error, click.NoSuchOption) and not error.possibilities:
        import difflib

        close = difflib.get_close_matches(error.option_name, _GLOBAL_OPTIONS, 1, cutoff=0.75)
        if close:
            return f"Did you mean {close[0]}?"
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"`{context.command_path if context else 'aos'} --help` shows how"


def run(arguments: Sequence[str], environment: Environment) -> int:
    """The whole program; gives the exit status."""
    try:
        if COMPLETE_VARIABLE in environment.variables:
            from aos_cli.cli.completion import answer_shell

            return answer_shell(cli, environment)
        # click writes help to sys.stdout.
        with contextlib.redirect_stdout(environment.stdout):
            status = cli.main(list(arguments), prog_name="aos", standalone_mode=False, obj=environment)
        return status if isinstance(status, int) else ExitStatus.OK
    except AosError as error:
        report(environment, error.message, error.hint)
        _report_causes(environment, error)
        return exit_status_of(error)
    except click.ClickException as error:
        report(environment, *_told(error))
        return ExitStatus.USAGE
    except OSError as error:
        # What is mapped nowhere else: results that cannot be written, because the disk is full say.
        environment.discard_output()
        where = f"{error.filename} cannot be used" if error.filename else "Standard output cannot be written"
        report(environment, f"{where}: {error.strerror}")
        return ExitStatus.STORE
    except (click.Abort, KeyboardInterrupt):
        return interrupted(environment)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code


def main() -> Any:
    """Starts the program and leaves it."""
    environment = Environment()
    status = run(sys.argv[1:], environment)
    background = sys.modules.get("aos_cli.background")
    if background is not None and background.work_is_left():
        # A thread is inside Lua: Python's farewell would free the state under it.
        environment.stdout.flush()
        environment.stderr.flush()
        os._exit(status)
    sys.exit(status)
