"""The shell: reads an entry, evaluates it, shows what happened, and begins again.

Two threads show things: the loop while a command runs, and the feed while the user types. The feed's lock is held by
the loop whenever no line is being typed, so they take turns. What arrives while a line is typed is written above it.
"""

from __future__ import annotations

import contextlib
import functools
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.application import run_in_terminal

from aos_cli.asking import choose, confirm
from aos_cli.background import ctrl_c_raises
from aos_cli.environment import Environment
from aos_cli.errors import AosError
from aos_cli.process_view import ProcessView
from aos_cli.render.sanitiser import to_ansi, to_plain, visible_id, visible_name
from aos_cli.repl.arrivals import Arrivals
from aos_cli.repl.caution import danger_in
from aos_cli.repl.commands import COMMANDS, LeaveShell, is_command, run_command
from aos_cli.repl.commands.aliases import alias_code
from aos_cli.repl.commands.dry import dry_evaluate
from aos_cli.repl.commands.files import inlined, load_files, stop_watching
from aos_cli.repl.completer import ShellCompleter
from aos_cli.repl.editor import edit_file, edit_text, editor_command
from aos_cli.repl.feed import MOST_TICKS, Feed
from aos_cli.repl.habits import Habits
from aos_cli.repl.host import Host
from aos_cli.repl.names import LiveNames
from aos_cli.repl.reading import Reader, open_history
from aos_cli.repl.runner import Runner
from aos_cli.repl.screen import Screen
from aos_cli.repl.toolbar import Status, toolbar
from aos_cli.session import Session
from aos_cli.settings import CONFIRM, EDITOR, FOLLOW_LIMIT, PROMPT, TOOLBAR, Settings

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples

    from aos_cli.clients.base import Slot
    from aos_cli.render.story import Story
    from aos_cli.repl.file_watch import FileWatch

_MAX_PROMPT_CHARACTERS = 500

# Ctrl-C leaves other shells.
_WAY_OUT = "Ctrl-D or .exit leaves."

# They stand for the dot-commands of their names, unless the process has a global that is called so.
_BARE_WORDS = ("exit", "quit", "help", "clear")


class Repl(Screen):
    """An interactive session with one process at a time.

    Args:
        environment: the terminal.
        host: the program around the shell.
        session: the process to begin with.
        check: gives Lua's message about a chunk, or None when it is well.
        settings: what the user set; asked each time.

    Attributes:
        session: the process that is typed at.
        story: says what happened.
        status: what the toolbar says; `status.dry` is whether entries are tried out only, and nothing is kept.
        habits: how the user likes to type.
        next_text: stands in the next line to begin with.
        watched: other processes whose arrivals are shown, by their ids.
        file_watches: Lua files that are loaded at every save.
        after_entry: called when an entry was served, before the next one is asked for.
    """

    def __init__(
        self,
        environment: Environment,
        host: Host,
        session: Session,
        check: Callable[[bytes, str], str | None],
        settings: Settings,
    ) -> None:
        super().__init__(environment, settings)
        self.host = host
        self.habits = Habits(settings, environment)
        self.next_text = ""
        self.after_entry: list[Callable[[], None]] = []
        self.watched: dict[str, ProcessView] = {}
        self.file_watches: list[FileWatch] = []
        self._check = check
        self._posts: deque[Callable[[], None]] = deque()
        self._runner = Runner(self)
        self._take_up(session)

    def _take_up(self, session: Session) -> None:
        """Makes a process the one that is typed at."""
        self.session = session
        self.story: Story = self.host.story(session.client, session.address)
        self._prompt_text = "> "
        process = session.process
        self.status = Status(session.client.name, process.name, process.id, self.host.speaker, slots=process.slots)
        self.names = LiveNames(session)
        self._reader = Reader(
            open_history(self.host.history(session.process.id)),
            self._check,
            self._prompt,
            self.habits,
            self,
            ShellCompleter(lambda: self.names, self._words),
            lambda: self._toolbar() if self.settings[TOOLBAR] else None,
            inline=self._inline,
            show=lambda text: self.write(to_plain(text)),
            begun=self._write_posts_soon,
        )
        session.most_ticks = MOST_TICKS
        session.mailbox.marks = self.host.read_marks(process.id)
        self.feed = Feed(session, self.watched, Arrivals(self), self.settings[FOLLOW_LIMIT])

    @property
    def cwd(self) -> Path:
        """The folder that file names are relative to."""
        return self.environment.cwd

    # Showing

    def post(self, action: Callable[[], None]) -> None:
        """Has something shown soon, from any thread: above the line that is being typed, or behind the command that
        runs. `action` is called on the shell's own thread and must not take long.
        """
        self._posts.append(action)
        self._write_posts_soon()

    def _write_posts_soon(self) -> None:
        """Writes above the line that is being typed; when none is, `_read` writes before and after the next one."""
        application = self._reader.app
        loop = application.loop
        if self._posts and application.is_running and loop is not None:
            # The line may be entered at this very moment, which closes the loop.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: run_in_terminal(self._write_posts))

    def refresh(self) -> None:
        """Has the prompt and the toolbar drawn again, from any thread."""
        with contextlib.suppress(RuntimeError):
            self._reader.app.invalidate()

    def _write_posts(self) -> None:
        while self._posts:
            self._guarded(self._posts.popleft())

    # The prompt

    def _prompt(self) -> str:
        template = self.settings[PROMPT]
        if template:
            return to_plain(template.format_map(self._prompt_fields()), limit=_MAX_PROMPT_CHARACTERS)
        if self.environment.colour_for(self.environment.stdout):
            return to_ansi(self._prompt_text, limit=_MAX_PROMPT_CHARACTERS)
        return to_plain(self._prompt_text, limit=_MAX_PROMPT_CHARACTERS)

    def _prompt_fields(self) -> dict[str, object]:
        status = self.status
        return {
            "name": visible_name(status.name),
            "node": status.node,
            "wallet": status.speaker or "default",
            "slot": max(status.slots - 1, 0),
            "inbox": status.inbox,
            "unread": status.unread,
        }

    def _toolbar(self) -> StyleAndTextTuples:
        environment = self.environment
        self.status.feed = self.feed.health
        self.status.vi = self.habits.vi
        self.status.multiline = self.habits.multiline == "always"
        return toolbar(self.status, environment.width, unicode=environment.unicode_for(environment.stdout))

    def note(self, slots: Sequence[Slot]) -> None:
        """Takes what the prompt, the toolbar and the menu say from slots that are new."""
        for slot in slots:
            self._prompt_text = slot.result.prompt or self._prompt_text
            self.status.slots = slot.number + 1
        self.names.forget()

    def _words(self, name: str, word: str) -> Iterable[str]:
        """Words for an argument of a dot-command."""
        found = COMMANDS.get(name)
        return found.complete(self, word) if found and found.complete else ()

    def _load(self, files: Sequence[Path]) -> None:
        load_files(self, files)

    # What keys ask for

    def _inline(self, line: str) -> str | None:
        """The text that a line of `.editor` stands for; "" when its file cannot be read, which is said then."""
        try:
            return inlined(self, line)
        except AosError as error:
            self.post(functools.partial(self.report, error))
            return ""

    def run_line(self, line: str) -> None:
        """Runs a dot-command while something else is typed."""
        # It may have to wait for the process.
        with ctrl_c_raises():
            self._guarded(functools.partial(run_command, self, line))

    def toggle(self, what: str) -> None:
        """Turns a way of typing on or off."""
        if what == "dry":
            self.status.dry = not self.status.dry
        else:
            self.habits.toggle(what)
            self._reader.set_vi(self.habits.vi)

    def edit(self, text: str) -> str | None:
        """The text as the user's editor leaves it; None, and a word about why, when there is none."""
        try:
            return edit_text(self._editor(), text)
        except AosError as error:
            self.report(error)
            return None

    # What dot-commands ask for

    def edit_file(self, file: Path) -> None:
        """Lets the user edit a file.

        Raises:
            UsageError: there is no editor, or it failed.
        """
        edit_file(self._editor(), file)

    def _editor(self) -> list[str]:
        return editor_command(self.settings[EDITOR], self.environment.variables)

    def entries(self) -> list[str]:
        """What was typed at this process, oldest first; the entry that runs is the last one."""
        return self._reader.entries()

    def clear(self) -> None:
        """Clears the screen."""
        # Not by way of the renderer, which asks the terminal questions and needs a line that is being typed for them.
        output = self._reader.app.output
        output.erase_screen()
        output.cursor_goto()
        output.flush()

    def pick_process(self, found: Sequence[Session]) -> Session | None:
        """The one of several processes that the user means; None when it is none of them."""
        rows = [f"{visible_id(session.process.id)}  {session.process.slots} slots" for session in found]
        chosen = choose(self.environment, "Which one", rows)
        return None if chosen is None else found[chosen]

    def read_block(self) -> str | None:
        """Several lines of the user's; None when they were dropped."""
        return self._read(self._reader.read_block)

    # The loop

    def run(self, first_files: Sequence[Path] = ()) -> None:
        """Reads and evaluates until the user leaves."""
        self._begin()
        try:
            if first_files:
                self._guarded(lambda: self._load(first_files))
            while True:
                entry = self._read(self._read_entry)
                if entry is None:
                    if not self._reader.buffer.text:
                        self.write(_WAY_OUT)
                    continue
                self._guarded(functools.partial(self._enter, entry))
                for action in self.after_entry:
                    self._guarded(action)
        except (LeaveShell, EOFError):
            return
        finally:
            stop_watching(self)
            self._end()

    def _begin(self) -> None:
        """Watches the process and shows what it was sent while nobody had it open."""
        self.feed.pause().acquire()
        self.feed.start()
        self._guarded(self._runner.catch_up)
        self._prompt_text = self.session.prompt()

    def _end(self) -> None:
        self.feed.pause().release()
        self.feed.stop()

    def switch(self, session: Session) -> None:
        """Goes on with another process, or with the same one as somebody else."""
        dry = self.status.dry
        self._end()
        self._take_up(session)
        self.status.dry = dry
        self._begin()

    def _read_entry(self) -> str:
        default, self.next_text = self.next_text, ""
        return self._reader.read(default)

    def _read(self, read: Callable[[], str]) -> str | None:
        """What the user types; None when it was cleared."""
        self.feed.pause().release()
        try:
            return read()
        except KeyboardInterrupt:
            return None
        finally:
            self.feed.pause().acquire()
            self._write_posts()

    def _guarded(self, action: Callable[[], None]) -> None:
        """Errors of one entry end that entry, not the shell."""
        try:
            action()
        except AosError as error:
            self.report(error)
        except OSError as error:
            # What is mapped nowhere else. Without a file it is the terminal, which is gone.
            if not error.filename:
                raise
            self.report(AosError(f"{error.filename} cannot be used: {error.strerror}"))
        except KeyboardInterrupt:
            # A second Ctrl-C on the heels of the first, or one while a dot-command looks.
            self.write("")

    def _enter(self, text: str) -> None:
        if not text.strip():
            return
        word = text.strip()
        if word in _BARE_WORDS and word not in self.names.fields(()):
            text = f".{word}"
        elif word.startswith("?"):
            # No Lua begins like that.
            text = f".describe {word[1:].strip()}" if word != "?" else ".help"
        code = alias_code(self, text) if is_command(text) else text
        if code is None:
            run_command(self, text)
        elif self._is_meant(code):
            self.evaluate(code)

    def _is_meant(self, code: str) -> bool:
        """Whether the user wants an entry that takes something away; asked where the settings say so."""
        danger = "" if self.status.dry else danger_in(code)
        return not danger or self.agrees(f"This {danger}. Send it")

    def agrees(self, question: str) -> bool:
        """Whether the user says yes, or is not to be asked about this node."""
        wanted = self.settings[CONFIRM]
        if wanted == "never" or (wanted == "remote" and self.session.client.embedded):
            return True
        return confirm(self.environment, question)

    def evaluate(self, code: str | bytes) -> None:
        """Sends Lua to the process and shows what comes of it; in dry mode, only tries it."""
        if self.status.dry:
            dry_evaluate(self, code)
        else:
            self._runner.evaluate(code)
