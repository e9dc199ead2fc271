"""The guide: shows a task, looks after every entry whether it is done, says what was seen, and goes on."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from aos_cli.environment import Environment
from aos_cli.render.sanitiser import to_plain, visible_name
from aos_cli.render.topics import parse_topic, topic_text
from aos_cli.repl.commands import is_command, run_command
from aos_cli.repl.host import Host
from aos_cli.repl.loop import Repl
from aos_cli.repl.tour.lessons import STEPS, TASKS, Task, read_texts
from aos_cli.repl.tour.sight import Sight
from aos_cli.session import Session
from aos_cli.settings import Settings

if TYPE_CHECKING:
    from aos_cli.clients.base import Slot
    from aos_cli.units.records import ProcessRecord

_HOW_TO = (
    "Type the line above, or press Enter to have it written for you and Enter again to send it. Whatever else you "
    "type is fine. `.next` does a task for you, `.back` goes back, `.tour` shows the task again, `.exit` leaves."
)

# As help topics are shown.
_MOST_COLUMNS = 80
_LEAST_COLUMNS = 16

_CURLY_QUOTES = re.compile("[\u2018\u2019\u201c\u201d]")
_QUOTED_NAME = re.compile(r"'(\w+)'")
_WORD = re.compile(r"[A-Za-z_]\w*")


class TourShell(Repl):
    """A shell with a guide.

    Args:
        environment, host, session, check, settings: as for every shell; the node is thrown away at the end.
        folder: for the tour's files; the current directory of the environment.
        kept_in: where the user's own processes are kept, as the user likes to read it.

    Attributes:
        guide: leads through the tour.
        entry: what was entered just now; "" for nothing.
    """

    def __init__(
        self,
        environment: Environment,
        host: Host,
        session: Session,
        check: Callable[[bytes, str], str | None],
        settings: Settings,
        folder: Path,
        kept_in: str,
    ) -> None:
        super().__init__(environment, host, session, check, settings)
        self.entry = ""
        self.guide = Guide(self, folder, kept_in)
        self.after_entry.append(self.guide.look)

    def _enter(self, text: str) -> None:
        self.entry = text.strip()
        super()._enter(text)


class Guide:
    """Leads through the tasks.

    Args:
        shell: where the user types; its process is the tour's.
        folder: for the tour's files.
        kept_in: where the user's own processes are kept.
    """

    def __init__(self, shell: TourShell, folder: Path, kept_in: str) -> None:
        self._shell = shell
        self._sight = Sight(shell, folder)
        self._kept_in = kept_in
        self._texts = read_texts()
        self._at = 0
        # What a command of the tour leaves for `look` to know.
        self._has_spoken = False
        self._skips = False

    @property
    def _task(self) -> Task:
        return TASKS[self._at]

    def begin(self) -> None:
        """Shows the first task, and how a tour goes."""
        self._turn_to(0)
        self._say(_HOW_TO)

    def end(self) -> None:
        """Says that it is over, when all is cleared away."""
        self._say("The tour is over: its processes and files are gone, and nothing of yours was touched.")

    # What the tour's commands ask for

    def again(self) -> None:
        """Shows the task once more."""
        self._has_spoken = True
        self._show()

    def back(self) -> None:
        """Goes back to the task before."""
        self._has_spoken = True
        self._turn_to(max(self._at - 1, 0))

    def skip(self) -> None:
        """Does the task for the user; `look` goes on to the next one, whatever came of it."""
        self._skips = True
        for line in dict.fromkeys((self._line(), self._task_line())):
            self._shell.write(f"> {to_plain(line)}")
            if is_command(line):
                run_command(self._shell, line)
            else:
                self._shell.evaluate(line)

    # After an entry

    def look(self) -> None:
        """Goes on when the task is done; else helps."""
        has_spoken, skips = self._has_spoken, self._skips
        self._has_spoken = self._skips = False
        # What Ctrl-C has left at work would have to be waited for; what came of it is seen after a later entry.
        if has_spoken or not self._sight.is_at_rest:
            return
        entry = self._task.line if skips else self._shell.entry
        self._sight.command = entry.split()[0] if is_command(entry) else ""
        if self._is_there and self._task.done(self._sight):
            self._say(self._task.seen(self._sight), style="green")
            self._turn_to(self._at + 1)
        elif skips:
            self._say("That did not do it; the tour goes on without.")
            self._turn_to(self._at + 1)
        elif not entry:
            self._shell.next_text = self._line()
        else:
            self._help()

    def _help(self) -> None:
        """Says what keeps the task from being done."""
        is_lua = not self._sight.command
        typed = self._sight.typed() if is_lua else []
        if is_lua and self._shell.status.dry:
            self._say("Dry mode is on, so nothing is kept; `.dryrun` ends it.")
        elif is_lua and not self._shell.session.is_owner:
            self._say("You speak as somebody whom the process does not know; `.as default` speaks as its owner.")
        elif typed and typed[-1].result.error is not None:
            self._say(f"{self._advice(typed[-1])} The line was:")
            self._show_line()
        else:
            self._say(f"{self._progress} still waits for this; Enter on an empty line writes it:")
            self._show_line()

    def _advice(self, slot: Slot) -> str:
        """What may be wrong with a line."""
        if _CURLY_QUOTES.search(slot.message.data):
            return "Lua knows straight quotes only, \" and '; these are curly."
        wanted = _WORD.findall(self._task_line())
        for name in _QUOTED_NAME.findall(slot.result.error or ""):
            if name in wanted:
                continue
            for word in wanted:
                if word.lower() == name.lower():
                    return f"It is {word}, not {visible_name(name)}: Lua tells capitals apart."
            for word in difflib.get_close_matches(name, wanted, 1):
                return f"There is no {visible_name(name)}; did you mean {word}?"
        return "An error breaks nothing, and is a message in the log like others."

    # Pages

    def _turn_to(self, at: int) -> None:
        """Shows a task, which can be done from here on."""
        self._at = at
        self._task.prepare(self._sight)
        self._sight.begin()
        self._show()

    def _show(self) -> None:
        environment = self._shell.environment
        text = Template(self._texts[self._task.title]).safe_substitute(home=self._kept_in)
        topic = parse_topic("tour", f"# {self._progress}  {self._task.title}\n\n{text}")
        bold = environment.colour_for(environment.stdout)
        self._shell.write("\n" + topic_text(topic, environment.width, bold=bold))
        self._show_line()

    @property
    def _progress(self) -> str:
        return f"{self._task.step}/{STEPS}"

    @property
    def _place(self) -> ProcessRecord | None:
        """The process where the task is; None when it is anywhere."""
        return {"tour": self._sight.tour, "friend": self._sight.friend}.get(self._task.at)

    @property
    def _is_there(self) -> bool:
        """Whether the user types at that process."""
        return self._place is None or self._place.id == self._sight.open.id

    def _line(self) -> str:
        """What to type now: the task's line, or what leads to the process where the task is."""
        if self._place is None or self._is_there:
            return self._task_line()
        return f".switch {self._place.name}"

    def _task_line(self) -> str:
        tour = self._sight.tour
        return Template(self._task.line).safe_substitute(tour=tour.id, friend=(self._sight.friend or tour).id)

    def _show_line(self) -> None:
        from rich.text import Text

        self._shell.print(Text(f"  {to_plain(self._line())}", style="bold cyan"))
        self._shell.write("")

    def _say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        columns = max(min(self._shell.environment.width, _MOST_COLUMNS), _LEAST_COLUMNS)
        self._shell.print(Text(textwrap.fill(to_plain(text), columns, break_on_hyphens=False), style=style))
