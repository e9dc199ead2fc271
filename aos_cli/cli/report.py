"""How commands print results: what scripts read to stdout, what people read to stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import to_ansi, to_plain

if TYPE_CHECKING:
    from aos_cli.cli.app import App
    from aos_cli.clients.base import Slot
    from aos_cli.process_view import ProcessView
    from aos_cli.render.story import Story


class Report:
    """Prints results as they come: output to stdout, everything else to stderr.

    Args:
        app: the program.
        view: the process whose results are printed.
        own: the user's address.
        as_json: print a line of JSON for each result instead.
    """

    def __init__(self, app: App, view: ProcessView, own: str, as_json: bool) -> None:
        self._environment = app.environment
        self._app = app
        self._view = view
        self._own = own
        self._as_json = as_json

    def note(self, text: str) -> None:
        """Says something on the side."""
        self._app.note(f"aos: {text}")

    def costs(self, slot: Slot, time_ms: float) -> None:
        """What a result took, for those who want details."""
        place = f"{slot.process.name or slot.process.id} slot {slot.number}"
        self._app.detail(f"{place}: {time_ms:.0f} ms, {slot.instructions:,} instructions")

    def own(self, slot: Slot, time_ms: float | None = None) -> None:
        """A result of the process itself, and how long it took where that is known."""
        environment = self._environment
        if self._as_json:
            from aos_cli.render.records import slot_record

            total = self._view.client.inbox_size(self._view.process.id)
            self._app.write_json(slot_record(slot, inbox=total, time_ms=time_ms))
            return
        if slot.result.error is None and slot.result.output:
            colour = environment.colour_for(environment.stdout)
            text = to_ansi(slot.result.output) if colour else to_plain(slot.result.output)
            environment.write_out(text + "\n")
        if slot.result.error is not None or slot.sent:
            self._story_of(slot)

    def _story(self) -> Story:
        return self._app.story(self._view.client, self._own, self._environment.stderr)

    def _story_of(self, slot: Slot) -> None:
        from aos_cli.lua_error import parse_error

        story = self._story()
        console = self._environment.console(self._environment.stderr)
        if slot.result.error is not None:
            printed = parse_error(slot.result.error).printed
            if printed:
                # What was printed before the error is output like any other.
                self._environment.write_out(to_plain(printed) + "\n")
            console.print(story.failure(slot))
        if not self._environment.quiet:
            for line in story.sent(slot):
                console.print(line)

    def other(self, slot: Slot) -> None:
        """What another process did."""
        if self._as_json:
            from aos_cli.render.records import slot_record

            self._app.write_json(slot_record(slot))
            return
        if self._environment.quiet:
            return
        console = self._environment.console(self._environment.stderr)
        for line in self._story().elsewhere(slot):
            console.print(line)
