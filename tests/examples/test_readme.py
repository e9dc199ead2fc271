"""README is true: its sessions are typed into real terminals, its tables are held against the program."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from window import REPOSITORY, Window, make_home, program_variables

from aos_cli import machine as machine_module
from aos_cli.cli.main import COMMAND_NAMES, cli
from aos_cli.config import find_home
from aos_cli.machine.port import Limits
from aos_cli.repl.commands import COMMANDS
from aos_cli.settings import COMPUTE_LIMIT, FOLLOW_LIMIT, MEMORY_LIMIT
from aos_cli.settings.files import read_layer
from aos_cli.status import ExitStatus
from aos_cli.units.compute import memory_bytes

README = (REPOSITORY / "README.md").read_text("utf-8")

ID = re.compile(r"[A-Za-z0-9_-]{43}")
PROMPT = r"\S+@aos-[\d.]+\[Inbox:\d+\]>"
# What another process did: said by the program that evaluated it, which may be the one in the other window.
ELSEWHERE = re.compile(r" {3,}(\S+ ← |→ )")
ENTRY = re.compile(rf"(?P<prompt>{PROMPT}|\$|\s+\.\.\.)(?: (?P<typed>.+))?")
# Sessions that happen together.
STORIES = [("first",), ("bob", "alice"), ("scripts",), ("settings",)]
# What differs from run to run or from release to release, and what stands for it.
CHANGING = (
    (ID, "ID"),
    (re.compile(r"[\w-]{4}\.\.[\w-]{4}"), "ID"),
    (re.compile(r"^aos \d+\.\d+\.\d+"), "aos VERSION"),
    (re.compile(r"\([\d,]+ bytes\)"), "(SIZE)"),
    (re.compile(r"~/\S*config\.toml"), "CONFIG"),
)


def blocks(marker: str) -> list[str]:
    """The code blocks behind a comment of README."""
    found = re.findall(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found, f"README has no block behind {marker}"
    return found


def table_rows(heading: str) -> list[list[str]]:
    """The cells of all tables of a section of README, without the heads."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in rows if not set("".join(row)) <= set("-")]


def run_aos(home: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the program to its end, with its streams in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "aos_cli", *arguments],
        env=program_variables(home),
        cwd=REPOSITORY,
        input=text,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home")


# Sessions


class Step(NamedTuple):
    """A line of a session.

    Attributes:
        shown: the line as it stands in README.
        typed: what the user types there; None when the program writes the line.
        waits: whether the program has to be done before the next line is typed; not inside an unfinished chunk.
    """

    shown: str
    typed: str | None
    waits: bool


def steps_of(block: str) -> list[Step]:
    """The lines of a session, without a prompt at its end at which nothing is typed."""
    lines = block.splitlines()
    steps = []
    for position, line in enumerate(lines):
        entry = ENTRY.fullmatch(line)
        following = lines[position + 1] if position + 1 < len(lines) else ""
        unfinished = re.match(r"\s+\.\.\. ", following) is not None
        steps.append(Step(line, entry["typed"] if entry else None, not unfinished))
    if ENTRY.fullmatch(lines[-1]) and steps[-1].typed is None:
        steps.pop()
    return steps


def masked(line: str) -> str:
    """A line without what changes from run to run."""
    for pattern, stand_in in CHANGING:
        line = pattern.sub(stand_in, line)
    return line.rstrip()


def fits(screen: list[str] | None, expected: list[str]) -> bool:
    """Whether a screen shows what README shows; only lines of ELSEWHERE may be missing."""
    if screen is None or not set(screen) <= set(expected):
        return False
    shown, wanted = ([line for line in lines if not ELSEWHERE.match(line)] for lines in (screen, expected))
    return shown == wanted


class Player:
    """Plays a session of README in a window, line by line, and compares the whole screen after each.

    Args:
        window: a window with a shell.
        ids: ids in README -> ids that the program gave instead; shared by all windows of a story.
    """

    def __init__(self, window: Window, ids: dict[str, str]) -> None:
        self._window = window
        self._ids = ids
        self._expected: list[str] = []

    def play(self, block: str) -> None:
        """Types what README types, and expects what README shows."""
        steps = steps_of(block)
        for position, step in enumerate(steps):
            self._expected.append(step.shown)
            if step.typed is not None:
                # The shell indents by itself.
                typed = step.typed.strip()
                self._window.type(ID.sub(lambda found: self._ids.get(found[0], found[0]), typed))
            following = steps[position + 1] if position + 1 < len(steps) else None
            if step.waits and (following is None or following.typed is not None):
                self._check()

    def _check(self) -> None:
        expected = [masked(line) for line in self._expected]
        self._window.wait(lambda: fits(self._screen(), expected))
        assert fits(self._screen(), expected), "\n".join([*self._window.lines(), "instead of", *self._expected])
        shown, real = "\n".join(self._expected), "\n".join(self._window.lines())
        self._ids.update(zip(ID.findall(shown), ID.findall(real), strict=True))

    def _screen(self) -> list[str] | None:
        """The screen up to the empty prompt at its end; None when there is no such prompt."""
        lines = self._window.lines()
        last = ENTRY.fullmatch(lines[-1]) if lines else None
        return [masked(line) for line in lines[:-1]] if last and not last["typed"] else None


@pytest.fixture
def players(home: Path, story: tuple[str, ...]) -> Iterator[dict[str, Player]]:
    """Windows over one home, by the name of the session."""
    with ExitStack() as stack:
        ids: dict[str, str] = {}
        yield {name: Player(stack.enter_context(closing(Window.with_shell(home))), ids) for name in story}


@pytest.mark.parametrize("story", STORIES, ids="-".join)
def test_a_session_goes_as_readme_shows(players: dict[str, Player], story: tuple[str, ...]) -> None:
    remaining = {name: iter(blocks(f"session: {name}")) for name in story}
    # In the order of README, changing windows as it does.
    for name in re.findall(r"<!-- session: (\w+) -->", README):
        if name in story:
            players[name].play(next(remaining[name]))


def test_every_session_of_readme_is_played() -> None:
    assert set(re.findall(r"<!-- session: (\w+) -->", README)) == {name for story in STORIES for name in story}
    assert README.count("```console") == len(re.findall(r"<!-- session: \w+ -->\n```console", README))


# Commands


def test_the_first_command_ends_in_a_program_that_runs(home: Path) -> None:
    program = shlex.split(blocks("run")[0].strip().split("&&")[-1])
    assert program[0].endswith("/aos")
    done = run_aos(home, *program[1:])
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "the count is 3")


def test_readme_has_every_command_with_its_line() -> None:
    rows = {row[0].strip("`").split()[1]: row[1] for row in table_rows("Commands") if row[0].startswith("`aos ")}
    assert set(rows) - {"[NAME"} == set(COMMAND_NAMES) - {"open"}
    assert "aos open" in rows["[NAME"]


def commands_below(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    """A command, and all that are behind it."""
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from commands_below(found, context)


def test_readme_has_every_option() -> None:
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(row[0] for row in table_rows("Commands"))))
    context = click.Context(cli, **cli.context_settings)
    options = {
        option
        for command in commands_below(cli, context)
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert named == options


def test_readme_has_every_dot_command_with_its_line() -> None:
    rows = [(row[0].strip("`"), row[1]) for row in table_rows("Commands") if row[0].startswith("`.")]
    assert rows == [(f"{entry.name} {entry.usage}".strip(), entry.help) for entry in COMMANDS.values()]


# What programs rely on


def test_readme_has_every_exit_status() -> None:
    statuses = [row[0] for row in table_rows("Files and scripts") if row[0].isdigit()]
    assert statuses == [str(int(status)) for status in ExitStatus]


def keys_in(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_readme_has_every_json_key_of_a_result(home: Path) -> None:
    done = run_aos(home, "run", "--json", "tests/examples/counter.lua", "1")
    first: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    rows = {name: row[1] for row in table_rows("Files and scripts") for name in keys_in(row[0])}
    assert set(rows) == set(first)
    assert keys_in(rows["messages"]) == {*first["messages"][0], "problem"}
    failed = json.loads(run_aos(home, "run", "--json", "tests/examples/counter.lua", "no").stdout)
    assert keys_in(rows["error"]) == set(failed["error"])


def test_readme_has_every_json_key_of_a_process(home: Path) -> None:
    run_aos(home, "eval", "somebody", "1")
    process = json.loads(run_aos(home, "ps", "--json").stdout)
    listed = re.search(r"`aos ps --json` has ([^;]+);", README)
    assert listed is not None
    assert keys_in(listed[1]) == set(process)


def test_the_python_example_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    names: dict[str, Any] = {}
    exec(compile(blocks("pytest")[0], "README.md", "exec"), names)  # noqa: S102 - README's own code
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_readme_has_every_method_of_the_machine() -> None:
    section = README.split("\n## Testing Lua\n", 1)[1].split("\n## ", 1)[0]
    methods = [name for name, _ in inspect.getmembers(machine_module.Machine, inspect.isfunction) if name[0] != "_"]
    assert [name for name in ("send", "eval", "handle") if name not in methods or f"`{name}" not in section] == []


def test_the_messages_by_hand_are_answered(home: Path) -> None:
    file = REPOSITORY / "tests" / "examples" / "messages.jsonl"
    assert blocks("handle")[0] == file.read_text("utf-8")
    answers = [json.loads(line) for line in run_aos(home, "handle", str(file)).stdout.splitlines()]
    assert [set(answer) for answer in answers] == [{"Output", "Messages", "Spawns", "Assignments"}] * 3
    assert answers[-1]["Output"]["data"] == "21"


# Limits and places


def test_the_configuration_shows_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(blocks("config")[0], "utf-8")
    layer, limits = read_layer(file, "config.toml", of_project=True), Limits()
    assert layer is not None
    shown = {name: given.value for name, given in layer.items()}
    assert shown == {setting.name: setting.default for setting in (COMPUTE_LIMIT, MEMORY_LIMIT, FOLLOW_LIMIT)}
    assert shown["limits.compute"] == limits.compute
    assert memory_bytes(str(shown["limits.memory"])) == limits.memory_bytes
    assert f"{limits.compute:,} Lua instructions" in README
    assert f"{limits.memory_bytes // 2**20} MiB" in README


def test_a_limit_is_set_as_readme_says(home: Path) -> None:
    example = re.search(r"`aos (open small --tag Compute-Limit=\d+)`", README)
    assert example is not None
    assert run_aos(home, *example[1].split()).returncode == 0
    done = run_aos(home, "eval", "small", "while true do end")
    assert done.returncode == ExitStatus.LUA_ERROR
    assert "limit" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of this system are others")
def test_the_folders_are_those_of_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    places = find_home(None, {})
    shown = {row[0]: row[1].strip("`").replace("~", "/home/somebody") for row in table_rows("Where things are kept")}
    assert shown["wallet, store, node keys"] == str(places.data) == str(places.wallet.parent)
    assert shown["histories"] == str(places.histories.parent)
    assert shown["`config.toml`"] == str(places.config_file.parent)


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (REPOSITORY / target).is_file(), target
