"""`aos help`: topics that are true, the help of commands, and the manual."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from program import Program
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.key_binding.defaults import load_key_bindings
from prompt_toolkit.keys import KEY_ALIASES, Keys
from prompt_toolkit.output import DummyOutput

from aos_cli.cli.main import COMMAND_NAMES, cli
from aos_cli.environment import Environment
from aos_cli.errors import UsageError
from aos_cli.machine.native import check_syntax
from aos_cli.render.manual import roff
from aos_cli.render.topics import Block, find_topic, parse_topic, topic_names, topic_text
from aos_cli.repl.commands import COMMANDS
from aos_cli.repl.habits import Habits
from aos_cli.repl.reading import Reader
from aos_cli.settings import SETTINGS, Settings, find_setting
from aos_cli.status import ExitStatus

TOPICS = topic_names()


def codes(name: str) -> Iterator[str]:
    """What stands in backticks, is explained, or is a line of code in a topic."""
    for block in find_topic(name).blocks:
        yield from block.text.split("\n") if block.kind == "code" else re.findall(r"`([^`]+)`", block.text)
        if block.term:
            yield from block.term.split(", ")


# Whether topics are true


@pytest.mark.parametrize("name", TOPICS)
def test_the_dot_commands_of_a_topic_exist(name: str) -> None:
    words = [code.split()[0] for code in codes(name) if re.match(r"\.[a-z]", code)]
    modules = {".bint", ".base64", ".utils"}  # of the process
    assert not [word for word in words if word not in COMMANDS and word not in modules]


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}


def command_of(group: click.Group, name: str) -> click.Command | None:
    return group.get_command(click.Context(group), name)


def call_is_right(words: Sequence[str]) -> bool:
    """Whether the commands and options exist that stand behind `aos`; other words are names and values."""
    opening = command_of(cli, "open")
    assert opening is not None
    command: click.Command = cli
    options = options_of(cli) | options_of(opening)
    for word in words:
        if word.startswith("--"):
            if word not in options:
                return False
        elif isinstance(command, click.Group):
            found = command_of(command, word)
            if found is None and command is not cli:
                return False
            command = found or opening
            options |= options_of(command)
    return True


@pytest.mark.parametrize("name", TOPICS)
def test_the_commands_and_options_of_a_topic_exist(name: str) -> None:
    # Two blanks begin an explanation.
    calls = [call.split() for code in codes(name) for call in re.split(r"  +| \| ", code)]
    assert not [call for call in calls if call[:1] == ["aos"] and not call_is_right(call[1:])]


def test_a_call_that_is_wrong_is_found() -> None:
    assert call_is_right(["wallet", "new", "tester", "--type"])
    assert not call_is_right(["wallet", "make"])
    assert not call_is_right(["eval", "--no-such-option"])


@pytest.mark.parametrize("name", TOPICS)
def test_the_settings_of_a_topic_exist(name: str) -> None:
    known = {setting.name for setting in SETTINGS}
    for code in codes(name):
        if re.fullmatch(r"(shell|node|wallet|module|limits)\.[a-z-]+", code):
            assert code in known
        if found := re.match(r"(?:\.set|aos config (?:set|unset|get))(?: --\w+)? ([a-z.]+)(?: (\w+))?$", code):
            setting = find_setting(found[1])
            if found[2]:
                setting.parse(found[2], "here", Path())


@pytest.mark.parametrize("name", TOPICS)
def test_the_variables_of_a_topic_exist(name: str) -> None:
    known = {"AOS_HOME", "NO_COLOR", "LANG", *(setting.variable for setting in SETTINGS)}
    assert {code for code in codes(name) if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)} <= known


@pytest.mark.parametrize("name", TOPICS)
def test_topics_that_a_topic_names_exist(name: str) -> None:
    for code in codes(name):
        if found := re.fullmatch(r"aos help ([\w-]+)", code):
            assert found[1] in TOPICS


def test_the_exit_statuses_are_those_of_the_program() -> None:
    told = {int(block.term) for block in find_topic("exit-codes").blocks if block.kind == "definition"}
    assert told == {int(status) for status in ExitStatus}


def test_the_keys_of_a_result_are_those_of_the_program(aos: Program) -> None:
    [result] = aos("eval", "alice", "1", "--json").json
    told = {key for block in find_topic("json").blocks if block.kind == "definition" for key in block.term.split(", ")}
    assert told <= set(result)


def test_the_limits_are_those_of_the_program() -> None:
    text = " ".join(block.text for block in find_topic("limits").blocks)
    assert f"{find_setting('limits.compute').default:,} Lua instructions" in text
    assert str(find_setting("limits.memory").default).removesuffix("-mb") + " MiB" in text


_KEYS = {"Enter": "enter", "Esc": "escape"}


def sequence(named: str) -> tuple[str, ...]:
    """The keys that a topic calls `Ctrl-X Ctrl-E`, as prompt_toolkit calls them."""
    keys = [_KEYS.get(key, key.lower().replace("ctrl-", "c-")) for key in named.split()]
    return tuple(KEY_ALIASES.get(key, key) for key in keys)


def test_the_keys_of_the_topic_do_something() -> None:
    with create_pipe_input() as pipe:
        reader = Reader(
            InMemoryHistory(), check_syntax, lambda: "> ", Habits(Settings(), Environment()), Actions(),
            terminal_input=pipe, terminal_output=DummyOutput(),
        )  # fmt: skip
        own = reader.app.key_bindings
        assert own is not None
        bound = {
            tuple(key.value if isinstance(key, Keys) else key for key in binding.keys)
            for binding in (*own.bindings, *load_key_bindings().bindings)
        }
    for block in find_topic("keys").blocks:
        for named in block.term.split(", ") if block.term else ():
            assert sequence(named) in bound, named


class Actions:
    """Nobody presses the keys."""

    def run_line(self, line: str) -> None:
        raise AssertionError

    toggle = edit = run_line


# How they are shown


@pytest.mark.parametrize("width", [40, 80, 300])
@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_fits_the_window(name: str, width: int) -> None:
    topic = find_topic(name)
    # Code is never broken, and neither are the words that are explained.
    whole = {line for block in topic.blocks if block.kind == "code" for line in block.text.split("\n")}
    whole |= {block.term for block in topic.blocks}
    for line in topic_text(topic, width, bold=False).splitlines():
        assert len(line) <= min(width, 80) or line.strip() in whole


@pytest.mark.parametrize("width", [0, 1, 20])
@pytest.mark.parametrize("name", TOPICS)
def test_no_window_is_too_narrow(name: str, width: int) -> None:
    def letters(text: str) -> str:
        return "".join(text.split())

    narrow, wide = (topic_text(find_topic(name), columns, bold=False) for columns in (width, 80))
    assert letters(narrow) == letters(wide)


def test_a_topic_is_plain_without_colours_and_bold_with_them(newcomer: Program) -> None:
    assert "\x1b" not in newcomer("help", "keys").out
    assert "\x1b" not in newcomer("help", "keys", tty=True, NO_COLOR="1").out
    assert "\x1b[1mEnter\x1b[0m" in newcomer("help", "keys", tty=True).out


def test_topics_are_ascii() -> None:
    """So that every terminal can show them."""
    assert all(topic_text(find_topic(name), 80, bold=False).isascii() for name in TOPICS)


def test_the_parts_of_a_topic() -> None:
    text = (
        "# Title\n\nOne\ntwo.\n- item\n  goes on\n- `a`, `b c`: means\n  this\n\n    code\n      more\n\n## Head\nend"
    )
    assert parse_topic("name", text).blocks == (
        Block("paragraph", "One two."),
        Block("item", "item goes on"),
        Block("definition", "means this", "a, b c"),
        Block("code", "code\n  more"),
        Block("heading", "Head"),
        Block("paragraph", "end"),
    )


# The command


def test_without_a_word_all_topics_are_listed(newcomer: Program) -> None:
    ended = newcomer("help")
    for name in TOPICS:
        assert re.search(rf"^  {name} +{re.escape(find_topic(name).title)}$", ended.out, re.MULTILINE)
    assert newcomer.files() == set()


@pytest.mark.parametrize("words", [["run"], ["wallet", "new"], ["config"]])
def test_a_command_is_explained_as_it_explains_itself(newcomer: Program, words: list[str]) -> None:
    assert newcomer("help", *words).out == newcomer(*words, "--help").out


def test_a_name_of_both_kinds_shows_both(newcomer: Program) -> None:
    out = newcomer("help", "inbox").out
    assert out.startswith(find_topic("inbox").title)
    assert out.endswith(newcomer("inbox", "--help").out)


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["kesy"], "Did you mean keys?"), (["evla"], "Did you mean eval?"), (["wallet", "make"], "aos help"), (["%"], "")],
)
def test_an_unknown_word_is_refused(newcomer: Program, words: list[str], hint: str) -> None:
    ended = newcomer("help", *words)
    assert (ended.status, ended.out) == (2, "")
    assert f"There is no topic and no command {' '.join(words)}" in ended.err
    assert hint in ended.err


def test_help_does_without_right_settings(aos: Program) -> None:
    (aos.home / "config.toml").write_text("[shell")
    assert aos("help", "settings").status == 0


def test_only_topics_are_found() -> None:
    with pytest.raises(UsageError, match="no topic"):
        find_topic("../cli/help")


# The manual


def test_the_manual_has_every_command_option_and_topic(newcomer: Program) -> None:
    page = newcomer("help", "--man").out
    assert page.startswith('.TH AOS 1 "" "aos ')
    for name in COMMAND_NAMES:
        assert f'.SS "aos {roff(name)}' in page
    for name in TOPICS:
        assert f'.SH "{roff(find_topic(name).title.upper())}"' in page
    assert roff("--dry-run") in page
    assert newcomer("help", "--man", "keys").status == 2


def test_nothing_of_a_text_is_a_request_of_roff() -> None:
    assert roff("a\\b-c'd\u2192") == r"a\eb\-c\(aqd\[u2192]"


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff here")
def test_the_manual_is_right_and_shows_what_is_in_it(newcomer: Program) -> None:
    page = newcomer("help", "--man").out
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-cbou", "-rHY=0"], input=page, capture_output=True, text=True, check=True
    )
    assert shown.stderr == ""
    flowing = " ".join(shown.stdout.split())
    assert "aos - a shell for AO" in flowing
    assert ".load FILE evaluates a Lua file" in flowing
    assert "echo 'Count' | aos tally" in flowing
