"""Everything about one message: who, to whom, what, where it stands, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aos_cli.model import tag_value
from aos_cli.render.records import slot_record
from aos_cli.render.sanitiser import to_plain, visible_id, visible_name
from aos_cli.render.story import MAX_OUTPUT_CHARACTERS, joined

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

    from aos_cli.clients.base import Entry, LogPlace, Message, Slot
    from aos_cli.clients.tracing import Subject
    from aos_cli.render.story import Story

_LABEL_CELLS = 12
_TAG_CELLS = 24

# What JSON text is made of: a string, a bracket or comma, blanks, or anything else.
_JSON_PART = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{},:]|[ \t\r\n]+|[^][{},:" \t\r\n]+', re.DOTALL)
_INDENT = "  "


def message_view(subject: Subject, story: Story) -> Group:
    """A message with its place in the log and its result, as paragraphs.

    Args:
        subject: the message.
        story: gives processes their names, and the signs.
    """
    from rich.console import Group
    from rich.text import Text

    lines: list[RenderableType] = [*_head(subject, story)]
    for part in (tag_lines(subject.message), data_part(subject.message)):
        lines += [Text(), part] if part else []
    if subject.entry is not None:
        lines += [Text(), *_place(subject.entry, story), Text(), *_outcome(subject.entry, story)]
    return Group(*lines)


def fact(label: str, value: str) -> Text:
    """A line of a view: what it says, and the value."""
    from rich.text import Text

    return Text(f"{label:{_LABEL_CELLS}}", style="dim").append(value, style="not dim")


def heading(text: str) -> Text:
    """The first line of a paragraph of a view."""
    from rich.text import Text

    return Text(text, style="bold")


def _head(subject: Subject, story: Story) -> Iterator[Text]:
    message, entry = subject.message, subject.entry
    if entry is None:
        yield heading("a message in no log: nobody of its target's id is here")
    else:
        yield heading(f"{story.who(entry.process.id)} slot {entry.number}")
    yield fact("message", visible_id(message.id))
    yield fact("from", whom(message.sender, story))
    if entry is not None and entry.signer != message.sender:
        yield fact("signed by", visible_id(entry.signer))
    yield fact("to", whom(message.target or (entry.process.id if entry and not entry.number else ""), story))
    if entry is not None and entry.anchor:
        yield fact("anchor", visible_name(entry.anchor))
    for place in subject.elsewhere:
        yield fact("also in", _spot(place, story))


def whom(process_id: str, story: Story) -> str:
    """A process or wallet by its name, if it has one, and its whole id."""
    name = story.who(process_id)
    has_name = process_id and (process_id == story.own or story.name_of(process_id))
    return f"{name}  {visible_id(process_id)}" if has_name else visible_id(process_id) or name


def _spot(place: LogPlace, story: Story) -> str:
    return f"{story.who(place.process_id)} slot {place.slot}"


def tag_lines(message: Message) -> Text:
    """The tags, one in a line; empty when there is none."""
    from rich.text import Text

    lines = [heading("tags")]
    for tag in message.tags:
        name = visible_name(tag.name)
        lines.append(Text(f"  {name:{_TAG_CELLS}}", style="cyan").append(f" {_whole(tag.value)}", style="default"))
    return joined(lines) if message.tags else Text()


def _whole(text: str) -> str:
    """All of a tag's value in one line."""
    return visible_name(text, width=MAX_OUTPUT_CHARACTERS)


def data_part(message: Message) -> Text:
    """The data, JSON over several lines; empty when there is nothing but blanks."""
    from rich.text import Text

    data = message.data
    if not data.strip():
        return Text()
    pretty = indented_json(data)
    kind = "JSON, " if pretty is not None else ""
    lines = [heading("data").append(f"  {kind}{len(data):,} characters", style="not bold dim")]
    shown = to_plain(data if pretty is None else pretty, limit=MAX_OUTPUT_CHARACTERS)
    return joined([*lines, Text(shown)])


def indented_json(text: str) -> str | None:
    """A JSON object or array over several lines; None for any other text. Numbers and texts stay as they are written.

    Args:
        text: anything.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    pieces: list[str] = []
    depth = 0
    for match in _JSON_PART.finditer(text):
        part = match[0]
        if part in ("{", "["):
            depth += 1
            pieces.append(f"{part}\n{_INDENT * depth}")
        elif part in ("}", "]"):
            depth -= 1
            # An empty one stays on its line.
            opened = pieces[-1].rstrip() in ("{", "[")
            pieces[-1:] = [pieces[-1][0] + part] if opened else [pieces[-1], f"\n{_INDENT * depth}{part}"]
        elif part == ",":
            pieces.append(f",\n{_INDENT * depth}")
        elif part == ":":
            pieces.append(": ")
        elif not part.isspace():
            pieces.append(part)
    return "".join(pieces)


def _place(entry: Entry, story: Story) -> Iterator[Text]:
    yield heading("assignment")
    yield fact("slot", f"{entry.number} of {story.who(entry.process.id)}")
    # Some networks show no assignments.
    if entry.timestamp_ms:
        time = datetime.fromtimestamp(entry.timestamp_ms / 1000, UTC).astimezone()
        yield fact("time", f"{time:%Y-%m-%d %H:%M:%S}  {entry.timestamp_ms} ms")
    if entry.assignment_id:
        yield fact("block", str(entry.block_height))
        yield fact("hash chain", visible_id(entry.hash_chain))
        yield fact("assignment", visible_id(entry.assignment_id))
        yield fact("scheduler", visible_id(entry.scheduler))
    if entry.exclude:
        yield fact("left out", ", ".join(map(visible_name, entry.exclude)))
    yield fact("because of", _cause(entry, story))


def _cause(entry: Entry, story: Story) -> str:
    """What brought a message here."""
    if entry.cause is not None:
        return _spot(entry.cause, story)
    if entry.tick is not None:
        return story.tick(entry.tick).plain
    sender = "" if entry.cause_known else tag_value(entry.message.tags, "From-Process")
    if not sender:
        return "nothing here: it came from outside"
    first = tag_value(entry.message.tags, "Pushed-For")
    what = f"what {story.who(sender)} sent"
    return f"{what}; it began with message {visible_id(first)}" if first else what


def _outcome(entry: Entry, story: Story) -> Iterator[RenderableType]:
    from rich.text import Text

    slot = entry.slot
    if slot is None:
        yield heading("result").append("  it waits to be evaluated", style="not bold yellow")
        return
    word = "ok" if slot.result.error is None else "rolled back" if slot.result.rolled_back else "error"
    yield heading("result").append(f"  {word}, {slot.instructions:,} instructions", style="not bold dim")
    if slot.result.error is not None or slot.result.output:
        yield story.result(slot)
    if slot.sent:
        yield from (Text(), heading("sent"), *_sent_lines(slot, story))


def _sent_lines(slot: Slot, story: Story) -> Iterator[Text]:
    from rich.text import Text

    for sent in slot.sent:
        to = sent.message.id if sent.kind == "spawn" else sent.message.target
        state = sent.state if sent.slot is None else f"{sent.state} in slot {sent.slot}"
        kind = "" if sent.kind == "message" else f"  {sent.kind}"
        line = Text(f" {story.signs.sent} {story.who(to)}{kind}", style="cyan")
        line.append(f"  {visible_name(sent.message.action)}" if sent.message.action else "", style="default")
        line.append(f"  {state}", style="red" if sent.state == "refused" else "dim")
        if sent.problem:
            line.append(f": {to_plain(sent.problem)}", style="red")
        yield line.append(f"  {visible_id(sent.message.id)}", style="dim")


def subject_record(subject: Subject) -> dict[str, Any]:
    """Everything about one message, for `--json`."""
    message, entry = subject.message, subject.entry
    slot = entry.slot if entry else None
    record: dict[str, Any] = slot_record(slot) if slot else {"ok": None}
    record |= {
        "process": entry.process.id if entry else None,
        "name": entry.process.name if entry else None,
        "slot": entry.number if entry else None,
        "message": message.id,
        "from": message.sender,
        "target": message.target,
        "action": message.action,
        "tags": [{"name": tag.name, "value": tag.value} for tag in message.tags],
        "data": message.data,
        "also_in": [_place_record(place) for place in subject.elsewhere],
    }
    if entry is None:
        return record
    return record | {
        "waiting": slot is None,
        "signed_by": entry.signer,
        "anchor": entry.anchor,
        "timestamp_ms": entry.timestamp_ms,
        "block_height": entry.block_height,
        "hash_chain": entry.hash_chain,
        "assignment": entry.assignment_id,
        "scheduler": entry.scheduler,
        "exclude": list(entry.exclude),
        "because": _cause_record(entry),
    }


def _cause_record(entry: Entry) -> dict[str, Any] | None:
    if entry.tick is not None:
        return {"process": entry.tick.process.id, "slot": entry.tick.number, "cron": entry.tick.cron}
    return {**_place_record(entry.cause), "cron": None} if entry.cause else None


def _place_record(place: LogPlace) -> dict[str, Any]:
    return {"process": place.process_id, "slot": place.slot}
