"""Evaluates what the user enters, follows what comes of it, and shows all of it in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aos_cli.background import run_interruptible
from aos_cli.settings import FOLLOW_LIMIT, LIVE, TIMING

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from aos_cli.clients.base import Cancelled, Receipt, Slot
    from aos_cli.repl.loop import Repl


class Runner:
    """The work behind the prompt.

    Args:
        repl: the shell; its open process is the one that works.
    """

    def __init__(self, repl: Repl) -> None:
        self._repl = repl
        self._following = False
        self._long: list[Text] = []

    def evaluate(self, code: str | bytes) -> None:
        """Sends Lua to the process and shows what comes of it."""
        self._long = []
        self._interruptible(lambda cancelled: self._settle(code, cancelled))
        # The pager has the keyboard, so it waits until nothing else can be interrupted.
        for text in self._long:
            self._repl.show(text)

    def catch_up(self) -> None:
        """Evaluates and shows what the process was sent while nobody had it open."""

        def work(cancelled: Cancelled) -> None:
            self._repl.session.evaluate_pending()
            self._show_new(None, cancelled)

        self._interruptible(work)

    def _interruptible(self, work: Callable[[Cancelled], None]) -> None:
        repl, before = self._repl, self._repl.session.handed_over
        try:
            run_interruptible(work)
        except KeyboardInterrupt:
            repl.write("")
            sent = repl.session.handed_over
            if self._following:
                self._stop_following("Stopped following; the rest waits in the log.")
            elif not repl.session.client.embedded:
                # Nobody is asked now: the network may be what was waited for.
                if sent != before:
                    repl.write("Stopped waiting. The message goes on; its result will appear here, and later")
                    repl.write(f"`aos result --process {repl.session.process.id} {sent}` fetches it.")
            elif repl.session.pending():
                repl.write("Stopped waiting. The message is in the log; its result will appear here.")

    def _settle(self, code: str | bytes, cancelled: Cancelled) -> None:
        repl, steps = self._repl, Steps()
        self._following = False
        repl.feed.rest(False)
        receipt = repl.session.eval(code, steps.done)
        slot = repl.session.slot(receipt.slot)
        steps.done("compute")
        if cancelled():
            # Abandoned work that ends now must not speak for the command that has begun since.
            return
        self._following = True
        self._show_new(receipt, cancelled)
        if repl.settings[TIMING]:
            self._show_timing(slot, steps)
        self._follow(receipt, cancelled)

    def _follow(self, receipt: Receipt, cancelled: Cancelled) -> None:
        """Evaluates what the message set off, in any process, until nothing is left."""
        repl = self._repl
        followed, limit = 0, repl.settings[FOLLOW_LIMIT]
        for slot in repl.session.client.follow(limit, cancelled, receipt):
            followed += 1
            if cancelled():
                return
            if slot.process.id == repl.session.process.id:
                self._show_new(receipt, cancelled)
            else:
                repl.feed.told(slot)
                self._show_lines(repl.story.elsewhere(slot))
        self._show_new(receipt, cancelled)
        if followed >= limit:
            self._stop_following(f"Stopped following after {followed} messages; the rest waits in the log.")

    def _stop_following(self, said: str) -> None:
        """Leaves what is not evaluated yet to the next command, so that a game without end comes to rest."""
        self._repl.feed.rest(True)
        self._repl.write(said)

    def _show_new(self, own: Receipt | None, cancelled: Cancelled) -> None:
        """Shows the slots that were not shown yet; the feed will do so if the user has gone on."""
        if cancelled():
            return
        repl = self._repl
        slots = repl.session.unshown()
        repl.note(slots)
        for slot in slots:
            if own is not None and slot.number == own.slot and not slot.cron:
                self._show_result(slot)
            elif own is not None and slot.number < own.slot and not repl.settings[LIVE]:
                # It came before the command, and has nothing to do with it.
                repl.feed.hold_back([slot])
            elif slot.number > 0 or slot.cron:
                self._show_lines(repl.story.arrival(slot))

    def _show_result(self, slot: Slot) -> None:
        repl = self._repl
        result = repl.story.result(slot)
        if repl.is_long(result):
            self._long.append(result)
        elif result:
            repl.print(result)
        self._show_lines(repl.story.sent(slot))

    def _show_timing(self, slot: Slot, steps: Steps) -> None:
        from aos_cli.render.timing import timing_line

        self._repl.print(timing_line(slot, steps.taken_ms, self._repl.story.signs))

    def _show_lines(self, lines: Sequence[RenderableType]) -> None:
        for line in lines:
            if line:
                self._repl.print(line)


class Steps:
    """How long each step of some work took.

    Attributes:
        taken_ms: milliseconds by the name of the step, in their order.
    """

    def __init__(self) -> None:
        self.taken_ms: dict[str, float] = {}
        self._since = time.monotonic()

    def done(self, name: str) -> None:
        """Ends a step; the next one begins."""
        now = time.monotonic()
        self.taken_ms[name] = (now - self._since) * 1000
        self._since = now
