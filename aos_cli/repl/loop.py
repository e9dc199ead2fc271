"""The shell: reads an entry, evaluates it, shows what happened, and begins again.

Two threads show things: the loop while a command runs, and the feed while the user types. The feed's lock is held by
the loop whenever no line is being typed, so they take turns. What arrives while a line is typed is written above it.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.application import run_in_terminal

from aos_cli.background import run_interruptible
from aos_cli.environment import Environment
from aos_cli.errors import AosError
from aos_cli.render.sanitiser import to_ansi, to_plain
from aos_cli.repl.commands import LeaveShell, is_command, run_command
from aos_cli.repl.feed import Feed
from aos_cli.repl.host import Host
from aos_cli.repl.reading import open_history, prompt_session
from aos_cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from aos_cli.clients.base import Cancelled, Slot
    from aos_cli.render.story import Story

_MAX_PROMPT_CHARACTERS = 500


class Repl:
    """An interactive session with one process at a time.

    Args:
        environment: the terminal.
        host: the program around the shell.
        session: the process to begin with.
        check: gives Lua's message about a chunk, or None when it is well.
        follow_limit: slots that are evaluated after a command before the shell asks back.

    Attributes:
        session: the process that is typed at.
        story: says what happened.
        dry: whether entries are tried out only, and nothing is kept.
    """

    def __init__(
        self,
        environment: Environment,
        host: Host,
        session: Session,
        check: Callable[[bytes, str], str | None],
        follow_limit: int,
    ) -> None:
        self.environment = environment
        self.host = host
        self.dry = False
        self._check = check
        self._follow_limit = follow_limit
        self._posts: deque[Callable[[], None]] = deque()
        self._following = False
        self._take_up(session)

    def _take_up(self, session: Session) -> None:
        """Makes a process the one that is typed at."""
        self.session = session
        self.story: Story = self.host.story(session.client, session.address)
        self._prompt_text = "> "
        self._reader = prompt_session(open_history(self.host.history(session.process.id)), self._check, self._prompt)
        self._feed = Feed(session, self._arrive, self._feed_failed, self._follow_limit)

    @property
    def cwd(self) -> Path:
        """The folder that file names are relative to."""
        return self.environment.cwd

    # Writing

    def write(self, text: str) -> None:
        """Writes a line of the shell's own."""
        self.environment.write_out(text + "\n")

    def print(self, renderable: RenderableType) -> None:
        """Writes a rich renderable."""
        # A new console each time: the window may have another width by now.
        self.environment.console(self.environment.stdout).print(renderable)

    def report(self, error: AosError) -> None:
        """Tells what went wrong and what to do about it."""
        self.write(to_plain(error.message))
        if error.hint:
            self.write(f"  {to_plain(error.hint)}")

    def post(self, action: Callable[[], None]) -> None:
        """Has something shown soon, from any thread: above the line that is being typed, or behind the command that
        runs. `action` is called on the shell's own thread and must not take long.
        """
        self._posts.append(action)
        application = self._reader.app
        loop = application.loop
        if application.is_running and loop is not None:
            # The line may be entered at this very moment, which closes the loop; `_read` then writes what arrived.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: run_in_terminal(self._write_posts))

    def _write_posts(self) -> None:
        while self._posts:
            self._posts.popleft()()

    # The prompt

    def _prompt(self) -> str:
        if self.environment.colour_for(self.environment.stdout):
            return to_ansi(self._prompt_text, limit=_MAX_PROMPT_CHARACTERS)
        return to_plain(self._prompt_text, limit=_MAX_PROMPT_CHARACTERS)

    def _note_prompt(self, slots: Sequence[Slot]) -> None:
        for slot in slots:
            self._prompt_text = slot.result.prompt or self._prompt_text

    # The loop

    def run(self, first_files: Sequence[Path] = ()) -> None:
        """Reads and evaluates until the user leaves."""
        self._begin()
        try:
            if first_files:
                self._guarded(lambda: self.load(first_files))
            while True:
                entry = self._read()
                if entry is None:
                    continue
                self._guarded(functools.partial(self._enter, entry))
        except (LeaveShell, EOFError):
            return
        finally:
            self._end()

    def _begin(self) -> None:
        """Watches the process and shows what it was sent while nobody had it open."""
        self._feed.pause().acquire()
        self._feed.start()
        self._guarded(lambda: self._interruptible(self._catch_up))
        self._prompt_text = self.session.prompt()

    def _end(self) -> None:
        self._feed.pause().release()
        self._feed.stop()

    def switch(self, session: Session) -> None:
        """Goes on with another process, or with the same one as somebody else."""
        self._end()
        self._take_up(session)
        self._begin()

    def _read(self) -> str | None:
        """An entry; None when the user cleared the line."""
        self._feed.pause().release()
        try:
            return self._reader.prompt()
        except KeyboardInterrupt:
            return None
        finally:
            self._feed.pause().acquire()
            self._write_posts()

    def _guarded(self, action: Callable[[], None]) -> None:
        """Errors of one entry end that entry, not the shell."""
        try:
            action()
        except AosError as error:
            self.report(error)
        except KeyboardInterrupt:
            # A second Ctrl-C on the heels of the first, or one while a dot-command looks.
            self.write("")

    def _enter(self, text: str) -> None:
        if not text.strip():
            return
        if is_command(text):
            run_command(self, text)
        else:
            self.evaluate(text)

    def evaluate(self, code: str | bytes) -> None:
        """Sends Lua to the process and shows what comes of it."""
        self._interruptible(lambda cancelled: self._settle(code, cancelled))

    def load(self, files: Sequence[Path]) -> None:
        """Evaluates Lua files with everything that they require."""
        made = self.host.bundle(files, self.session.process.id)
        names = ", ".join(to_plain(display) for display, _, _ in made.files)
        self.write(f"Loading {names} ({made.size:,} bytes)")
        for name in made.shadowed:
            self.write(f"  the file of {to_plain(name)} stands in for the process's own module of that name")
        self.evaluate(made.data())

    def _interruptible(self, work: Callable[[Cancelled], None]) -> None:
        try:
            run_interruptible(work)
        except KeyboardInterrupt:
            self.write("")
            if self._following:
                self._stop_following("Stopped following; the rest waits in the log.")
            elif self.session.pending():
                self.write("Stopped waiting. The message is in the log; its result will appear here.")

    def _settle(self, code: str | bytes, cancelled: Cancelled) -> None:
        """Evaluates code and what comes of it, and shows all of it in order."""
        self._following = False
        self._feed.rest(False)
        receipt = self.session.eval(code)
        own = receipt.slot
        self.session.slot(own)
        if cancelled():
            # Abandoned work that ends now must not speak for the command that has begun since.
            return
        followed = 0
        self._following = True
        self._show_new(own, cancelled)
        for slot in self.session.client.follow(self._follow_limit, cancelled, receipt):
            followed += 1
            if cancelled():
                return
            if slot.process.id == self.session.process.id:
                self._show_new(own, cancelled)
            else:
                self._show_lines(self.story.elsewhere(slot))
        self._show_new(own, cancelled)
        if followed >= self._follow_limit:
            self._stop_following(f"Stopped following after {followed} messages; the rest waits in the log.")

    def _catch_up(self, cancelled: Cancelled) -> None:
        self.session.evaluate_pending()
        self._show_new(-1, cancelled)

    def _stop_following(self, said: str) -> None:
        """Leaves what is not evaluated yet to the next command, so that a game without end comes to rest."""
        self._feed.rest(True)
        self.write(said)

    # Showing slots

    def _show_new(self, own: int, cancelled: Cancelled) -> None:
        if cancelled():
            # The feed will show them.
            return
        slots = self.session.unshown()
        self._note_prompt(slots)
        for slot in slots:
            if slot.number == own:
                self._show_lines([self.story.result(slot), *self.story.sent(slot)])
            elif slot.number > 0:
                self._show_lines(self.story.arrival(slot))

    def _show_lines(self, lines: Sequence[RenderableType]) -> None:
        for line in lines:
            if line:
                self.print(line)

    def _arrive(self, slots: list[Slot]) -> None:
        """Called by the feed's thread while a line is being typed."""
        self.post(functools.partial(self._show_arrivals, slots))

    def _show_arrivals(self, slots: Sequence[Slot]) -> None:
        self._note_prompt(slots)
        for slot in slots:
            if slot.number > 0:
                self._show_lines(self.story.arrival(slot))

    def _feed_failed(self, error: AosError) -> None:
        self.post(functools.partial(self.report, error))
