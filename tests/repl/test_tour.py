"""The guided tour, taken as a newcomer would take it."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path

import pytest
from terminal import Open, Outside, Shown, Terminal

from aos_cli.cli.main import run
from aos_cli.environment import Environment
from aos_cli.repl.tour.lessons import STEPS, TASKS, read_texts

_PROMPT = re.compile(r"(\w+)@aos-[\d.]+\[Inbox:\d+\]>")
_HEADING = re.compile(rf"(\d)/{STEPS}  (.*)")


class Traveller:
    """Somebody who reads what the tour says in a window."""

    def __init__(self, terminal: Terminal, columns: int) -> None:
        self.terminal = terminal
        self._columns = columns

    def wait_for_page(self, title: str) -> None:
        """Waits for the prompt below a page."""
        self.terminal.wait_until(lambda: self.title == title and self.is_asked, f"the page {title!r}")

    def wait_for_prompt(self, times: int) -> None:
        """Waits for the empty prompt below so many others."""
        self.terminal.wait_until(lambda: self.is_asked and self._prompts() >= times, f"{times} prompts")

    def _prompts(self) -> int:
        return len(re.findall(rf"^{_PROMPT.pattern}", self.terminal.text, re.MULTILINE))

    @property
    def is_asked(self) -> bool:
        """Whether the cursor stands behind an empty prompt."""
        return _PROMPT.fullmatch(self.terminal.typed) is not None

    @property
    def page(self) -> list[str]:
        """The newest page and what is below it."""
        lines = self.terminal.text.splitlines()
        starts = [number for number, line in enumerate(lines) if _HEADING.fullmatch(line)]
        return lines[starts[-1] :] if starts else []

    @property
    def title(self) -> str:
        """Of the newest page."""
        found = _HEADING.fullmatch(self.page[0]) if self.page else None
        return found[2] if found else ""

    @property
    def line(self) -> str:
        """The line that the page wants to have typed: the last paragraph that stands in from the margin."""
        paragraphs = "\n".join(self.page).split("\n\n")
        rows = next(text for text in reversed(paragraphs) if text.startswith("  ")).splitlines()
        # What the window has broken was not broken before, and blanks at the end of a row are not seen.
        return "".join(row.ljust(self._columns) for row in rows).strip()

    def enter(self, line: str) -> str:
        """Types a line and gives what is shown up to the next prompt."""
        before = self.terminal.text
        prompts = self._prompts()
        self.terminal.enter(line)
        self.wait_for_prompt(prompts + 1)
        return self.terminal.text[len(before) :]


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def rest(tmp_path: Path) -> Path:
    """Where programs put what they throw away."""
    folder = tmp_path / "rest"
    folder.mkdir()
    return folder


def begin(open_terminal: Open, rest: Path, columns: int = 80, **variables: str) -> Traveller:
    terminal = open_terminal("tour", columns=columns, rows=24, variables={"TMPDIR": str(rest), **variables})
    traveller = Traveller(terminal, columns)
    traveller.wait_for_page(TASKS[0].title)
    return traveller


# What the tour tells of a task, by its title.
_SEEN = {
    "A line is a message": r"Slot 1 of the log holds your message [\w-]{6}, and what came of it: 2\.",
    "The memory stays": r"count is 41 in the process now\.",
    "Ask for it": r"Slot 3 is another message",
    "A message of its own": r"Slot 4 is your line, slot 5 the message that it sent",
    "The inbox": r"`Inbox\[2\]\.Data` is its content",
    "A handler": r"The process has 3 handlers now",
    "Ask it": r"Slot 7 asked\. The handler answered in slot 8, and slot 9 brought the answer",
    "A second process": r"friend is born\.",
    "It calls the first one": r"In tour that was slot 10, .* Its answer is slot 2 here\.",
    "And back": r"count is 41, as you left it\.",
    "A token": r"7 handlers more, .* PNTS",
    "A transfer": r"friend has 250 now\. Slot 3 of its log tells it so\.",
    "The accounts": r"Slot 15 has only looked\.",
    "A program from a file": r"slot 16, and brought the handler Count\.",
    "Use it": r"Count is 1\.",
    "Change it": r"Count is still 1:",
    "A tag": r"Slot 22 is the message with the tag, and Count is 11 now\.",
    "What happened": r"3 messages, 1 process, .* All of that was read from the logs",
    "What went wrong": r"counter\.lua:4: .* Slot 25 failed, .* Count is still 11\.",
}


@pytest.mark.parametrize(
    ("columns", "variables"), [(80, {}), (44, {"NO_COLOR": "1"})], ids=["usual", "narrow and without colours"]
)
def test_whoever_types_what_is_suggested_comes_to_the_end(
    open_terminal: Open, tmp_path: Path, rest: Path, columns: int, variables: dict[str, str]
) -> None:
    """Every line does what its page says, every page fits the window, and nothing is left behind."""
    before = files_in(tmp_path)
    traveller = begin(open_terminal, rest, columns, **variables)
    terminal = traveller.terminal
    for task, following in pairwise(TASKS):
        heading = _HEADING.fullmatch(traveller.page[0])
        assert heading is not None
        assert heading.groups() == (str(task.step), task.title)
        assert len(traveller.page) <= 24
        above = len(terminal.text)
        terminal.enter(traveller.line)
        traveller.wait_for_page(following.title)
        assert re.search(_SEEN[task.title], terminal.text[above:].replace("\n", " ")), task.title
    terminal.enter(traveller.line)
    assert terminal.wait_for_end() == 0
    assert "nothing of yours was" in terminal.text
    assert files_in(tmp_path) == before
    assert (b"\x1b[32m" in terminal.raw) is not bool(variables)


def test_next_does_it_all(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    for task, following in pairwise(TASKS):
        traveller.terminal.enter(".next")
        traveller.wait_for_page(following.title)
        assert task.line.split("$")[0] in traveller.terminal.text.replace("\n", "")
    assert "did not do it" not in traveller.terminal.text
    traveller.terminal.enter(".next")
    assert traveller.terminal.wait_for_end() == 0


def test_enter_writes_the_line_and_sends_it(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    traveller.terminal.key("enter")
    traveller.terminal.wait_until(lambda: traveller.terminal.typed.endswith("> 1 + 1"), "the line")
    traveller.terminal.key("enter")
    traveller.wait_for_page(TASKS[1].title)


def test_back_and_again(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    traveller.enter(".next")
    assert traveller.title == TASKS[1].title
    traveller.enter(".back")
    assert traveller.title == TASKS[0].title
    shown = traveller.enter(".back")
    assert TASKS[0].title in shown
    shown = traveller.enter(".tour")
    assert TASKS[0].title in shown
    traveller.enter("1 + 1")
    assert traveller.title == TASKS[1].title


def test_a_task_is_done_by_what_it_leads_to(open_terminal: Open, rest: Path) -> None:
    """Other words will do, and words that lead nowhere do not."""
    traveller = begin(open_terminal, rest)
    traveller.enter("return 'ab' .. 'cd'")
    assert "what came of it: abcd." in traveller.terminal.text
    shown = traveller.enter("amount = 41")
    assert f"2/{STEPS} still waits for this" in shown
    assert "  count = 41" in shown
    traveller.enter("amount = nil count = 'many'")
    assert "count is many in the process now." in traveller.terminal.text
    assert traveller.title == TASKS[2].title


def test_advice_about_a_failing_line(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    for _ in range(3):
        traveller.enter(".next")
    for line, advice in (
        ('send({ Target = ao.id, Action = "Note" })', "It is Send, not send: Lua tells capitals apart."),
        ('Sent({ Target = ao.id, Action = "Note" })', "There is no Sent; did you mean Send?"),
        ("Send({ Target = ao.id, Action = \u201cNote\u201d })", "Lua knows straight quotes only"),
        ("error('on purpose')", "An error breaks nothing, and is a message in the log like others."),
    ):
        shown = traveller.enter(line)
        assert advice in shown.replace("\n", " ")
        assert 'Send({ Target = ao.id, Action = "Note", Data = "hi" }).output' in shown
    assert traveller.title == TASKS[3].title


def test_advice_about_dry_mode_and_about_who_speaks(open_terminal: Open, rest: Path, tmp_path: Path) -> None:
    traveller = begin(open_terminal, rest)
    traveller.enter(".dryrun")
    assert "Dry mode is on, so nothing is kept" in traveller.enter("1 + 1")
    traveller.enter(".dryrun")
    [folder] = rest.iterdir()
    other = Environment(stdin=io.StringIO(), stdout=io.StringIO(), variables={"AOS_HOME": str(folder)})
    assert run(["wallet", "new", "stranger", "--type", "ed25519"], other) == 0
    traveller.enter(".as stranger")
    assert "`.as default` speaks as its owner" in traveller.enter("1 + 1").replace("\n", " ")
    traveller.enter(".as default")
    traveller.enter("1 + 1")
    assert traveller.title == TASKS[1].title


def test_the_way_to_the_process_where_the_task_is(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    while traveller.title != "A token":
        traveller.enter(".next")
    traveller.enter(".switch friend")
    traveller.terminal.key("enter")
    traveller.terminal.wait_until(lambda: traveller.terminal.typed.endswith("> .switch tour"), "the way back")
    traveller.terminal.key("C-c")
    traveller.enter(".next")
    assert "The process has 7 handlers more" in traveller.terminal.text.replace("\n", " ")
    assert traveller.terminal.typed.startswith("tour@")


def test_work_that_was_abandoned_does_not_hold_the_tour_up(open_terminal: Open, rest: Path) -> None:
    traveller = begin(open_terminal, rest)
    traveller.terminal.enter("while true do end")
    traveller.terminal.wait_until_busy()
    traveller.terminal.key("C-c")
    traveller.terminal.wait_for("Stopped waiting")
    traveller.wait_for_prompt(2)
    traveller.enter(".tour")
    traveller.terminal.enter(".exit")
    assert traveller.terminal.wait_for_end() == 0
    assert files_in(rest) == set()


def test_every_task_has_a_text_and_every_text_a_task() -> None:
    texts = read_texts()
    assert list(texts) == [task.title for task in TASKS]
    assert all(texts.values())
    assert "      Count = Count + 1\n" in texts["A program from a file"]


# In a shell


def test_the_tour_in_a_shell_leaves_the_process_alone(
    open_terminal: Open, outside: Outside, rest: Path, home: Path
) -> None:
    terminal = open_terminal(columns=80, rows=24, variables={"TMPDIR": str(rest)})
    terminal.ask("count = 1")
    files = files_in(home)
    terminal.wait_for_prompt()
    terminal.enter(".tour")
    traveller = Traveller(terminal, 80)
    traveller.wait_for_page(TASKS[0].title)
    while traveller.title != "It calls the first one":
        traveller.enter(".next")
    assert [process["name"] for process in outside("ps")] == ["default"]
    terminal.enter(".tour stop")
    terminal.wait_for_prompt("default")
    assert "The tour is over" in terminal.text
    assert terminal.ask("count") == "1"
    assert "There is no process friend" in terminal.ask(".switch friend")
    assert [slot["action"] for slot in outside("log", "default")] == ["", "Eval", "Eval"]
    assert files_in(home) == files
    assert files_in(rest) == set()


def test_commands_of_the_tour_elsewhere(terminal: Terminal) -> None:
    for command in (".next", ".back", ".tour stop"):
        assert "There is no tour here" in terminal.ask(command)
    assert ".tour takes nothing behind it but stop" in terminal.ask(".tour now")


# Around it


def test_settings_of_the_user_hold_unless_they_make_processes_unusual(
    open_terminal: Open, home: Path, rest: Path
) -> None:
    module = "M" * 43
    (home / "config.toml").write_text(
        f'[module]\ndefault = "{module}"\n[limits]\ncompute = 1\nfollow = 1\n[shell]\nprompt = "{{node}} {{name}}> "\n'
    )
    terminal = open_terminal("tour", variables={"TMPDIR": str(rest)})
    terminal.wait_until(lambda: terminal.typed == "throw-away tour>", "prompt")
    terminal.enter("1 + 1")
    terminal.wait_for("what came of it: 2.")


def test_the_tour_needs_a_terminal(shown: Shown, home: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    assert "The tour needs a terminal to type at" in shown("tour")
    environment = Environment(stdin=io.StringIO(), stdout=io.StringIO(), variables={"AOS_HOME": str(home)})
    assert run(["tour"], environment) == 2
    assert files_in(tmp_path) == before


def test_a_folder_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    err = io.StringIO()
    environment = Environment(
        stdin=io.StringIO(),
        stdout=io.StringIO(),
        stderr=err,
        stdin_is_tty=True,
        stdout_is_tty=True,
        variables={"AOS_HOME": str(home), "HOME": str(tmp_path)},
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert run(["tour"], environment) == 6
    assert "The tour has no folder for its files: No such file or directory" in err.getvalue()
