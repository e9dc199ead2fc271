"""What happened in a slot, as text for people: output or error, what was sent, what arrived."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import to_plain, to_text, visible_id, visible_name
from aos_cli.render.signs import ASCII_SIGNS, Signs
from aos_cli.render.values import MAX_OUTPUT_CHARACTERS, View, result_view

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Message, Sent, Slot
    from aos_cli.render.code_frame import SourceFinder

__all__ = ["ASCII_SIGNS", "MAX_OUTPUT_CHARACTERS", "Signs", "Story", "joined", "short_id"]

_PREVIEW_CELLS = 48


def short_id(process_id: str) -> str:
    """The ends of an id, enough to tell two apart."""
    return visible_id(process_id) if len(process_id) <= 12 else visible_id(f"{process_id[:4]}..{process_id[-4:]}")


@dataclass(frozen=True, slots=True)
class Story:
    """Turns slots into text.

    Attributes:
        name_of: the name of a process by its id; "" when it has none.
        signs: what stands in front of lines.
        own: the user's address, who is "you".
        view: how values and source are shown; asked each time, since the window and the user's wishes change.
        sources: where to look for the source of an error; None looks at the failing message only.
    """

    name_of: Callable[[str], str]
    signs: Signs = field(default_factory=Signs)
    own: str = ""
    view: Callable[[], View] = View
    sources: SourceFinder | None = None

    def who(self, process_id: str) -> str:
        """A process as people call it: its name, else the ends of its id."""
        if not process_id:
            return "nobody"
        if process_id == self.own:
            return "you"
        name = self.name_of(process_id)
        return visible_name(name, width=24) if name else short_id(process_id)

    def result(self, slot: Slot) -> Text:
        """Output or error of a slot; an empty text when there is neither. No newline at the end."""
        return result_view(slot, self.view()) if slot.result.error is None else self._failed(slot)

    def _failed(self, slot: Slot, indent: int = 0) -> Text:
        """What a message printed before it failed, and its error; narrower by the columns it will be indented by."""
        from aos_cli.lua_error import parse_error

        printed = parse_error(slot.result.error or "").printed
        parts = [to_text(printed, limit=MAX_OUTPUT_CHARACTERS)] if printed else []
        return joined([*parts, self.failure(slot, indent)])

    def failure(self, slot: Slot, indent: int = 0) -> Text:
        """The error of a slot: where, in which line of source and which handler, and how Lua came there."""
        from aos_cli.render.failure import failure_text

        view = self.view()
        return failure_text(slot, replace(view, width=view.width - indent), self.sources)

    def sent(self, slot: Slot) -> list[Text]:
        """A line for each entry of the slot's outbox."""
        lines = [self._sent_line(sent) for sent in slot.sent if sent.kind != "notice"]
        if slot.cron and any(sent.state == "dry" for sent in slot.sent):
            lines[-1].append("  sent only if the process is monitored", style="yellow")
        return lines

    def _sent_line(self, sent: Sent) -> Text:
        from rich.text import Text

        message = sent.message
        if sent.state == "refused":
            line = Text(f" {self.signs.refused} ", style="red")
            line.append(self._subject(sent))
            return line.append(f"  not delivered: {to_plain(sent.problem)}", style="red")
        if sent.kind == "spawn":
            name = next((tag.value for tag in message.tags if tag.name == "Name"), "")
            line = Text(f" {self.signs.born} spawned ", style="green")
            return line.append(f"{visible_name(name)} " if name else "").append(visible_id(message.id), style="dim")
        line = Text(f" {self.signs.sent} ", style="cyan")
        line.append(self._subject(sent))
        line.append(self._preview(message), style="default")
        if sent.state == "kept":
            line.append(f"  {self.signs.kept} kept: nobody of that id here" if message.target else "  kept as data")
        elif sent.state == "duplicate":
            line.append("  the same message as before, not delivered again", style="yellow")
        return line

    def _subject(self, sent: Sent) -> str:
        message = sent.message
        subject = self.who(message.target)
        if sent.kind == "assignment":
            return f"{subject}  assigned {short_id(message.id)}"
        return f"{subject}  {visible_name(message.action)}" if message.action else subject

    @staticmethod
    def _preview(message: Message) -> str:
        data = message.data.strip()
        return f"  {visible_name(data, width=_PREVIEW_CELLS)}" if data else ""

    def arrival(self, slot: Slot) -> list[Text]:
        """What a process received and what came of it: for messages that its user did not type."""
        lines: list[Text] = self._tick_lines(slot) if slot.cron else [self._arrival_line(slot)]
        result = self.result(slot)
        # The library's own line for the inbox says what the line above says.
        if result and not to_plain(slot.result.output).startswith("New Message From "):
            lines.append(result)
        return [*lines, *self.sent(slot)]

    def _arrival_line(self, slot: Slot) -> Text:
        from rich.text import Text

        message = slot.message
        line = Text(f" {self.signs.arrived} ", style="magenta")
        line.append(self.who(message.sender))
        if message.action:
            line.append(f"  {visible_name(message.action)}")
        line.append(self._preview(message), style="default")
        return line

    def _tick_lines(self, slot: Slot) -> list[Text]:
        from rich.text import Text

        line = Text(" ").append_text(self._which_tick(slot))
        line.append(f"  {visible_name(slot.message.action)}" if slot.message.action else "", style="default")
        earlier = [Text(f" {self.signs.more} earlier ticks are not shown", style="dim")] if slot.left_out else []
        return [*earlier, line]

    def _which_tick(self, slot: Slot) -> Text:
        from rich.text import Text

        time = datetime.fromtimestamp(slot.timestamp_ms / 1000, UTC).astimezone()
        line = Text(f"{self.signs.tick} ", style="magenta").append(f"tick {visible_name(slot.cron)}", style="magenta")
        return line.append(f"  {time:%Y-%m-%d %H:%M:%S}", style="dim")

    def tick(self, slot: Slot) -> Text:
        """A tick of a cron: whose, which, and when."""
        from rich.text import Text

        return Text(f"{self.who(slot.process.id)} {slot.number} ", style="bold").append_text(self._which_tick(slot))

    def elsewhere(self, slot: Slot) -> list[Text]:
        """What another process did, in a line, and what it sent."""
        from rich.text import Text

        line = Text("   ")
        line.append(self.who(slot.process.id), style="bold")
        line.append(f" {self.signs.tick if slot.cron else self.signs.arrived} ", style="magenta")
        line.append(f"tick {visible_name(slot.cron)}  " if slot.cron else "")
        line.append(visible_name(slot.message.action) if slot.message.action else "" if slot.cron else "message")
        if slot.number == 0 and not slot.cron:
            line = Text("   ").append(self.who(slot.process.id), style="bold").append(" is born")
        lines = [line]
        if slot.result.error is not None:
            lines.append(_indented(self._failed(slot, 5), 5))
        elif slot.result.output and not to_plain(slot.result.output).startswith("New Message From "):
            lines.append(_indented(to_text(slot.result.output, limit=MAX_OUTPUT_CHARACTERS), 5))
        return [*lines, *(_indented(sent, 3) for sent in self.sent(slot))]


def _indented(text: Text, columns: int) -> Text:
    from rich.text import Text

    return Text("\n").join(Text(" " * columns).append_text(line) for line in text.split("\n"))


def joined(parts: Iterable[Text]) -> Text:
    """Lines as one text, the empty ones left out."""
    from rich.text import Text

    return Text("\n").join(part for part in parts if part)
