"""A trace as a tree for people, and as one JSON object for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from aos_cli.lua_error import parse_error
from aos_cli.render.records import error_record, json_line
from aos_cli.render.sanitiser import to_plain, visible_name

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from aos_cli.clients.base import Entry, Message, Slot
    from aos_cli.clients.tracing import Step, Trace
    from aos_cli.render.signs import Signs
    from aos_cli.render.story import Story

# Windows that have room for the facts beside the tree; the result stands in all.
_ROOM_FOR_TIMES = 48
_ROOM_FOR_INSTRUCTIONS = 72

# Cells of the tree that are left when the window has no room for anything.
_LEAST_TREE = 12
_PREVIEW_CELLS = 48
_NAME_CELLS = 32

# Causes that are shown in front of the first one.
_NEAREST_CAUSES = 4

_STYLES = {"ok": "green", "error": "bold red", "rolled back": "bold red", "refused": "red", "waiting": "yellow"}
_HEADINGS = ("time", "instructions", "result")


class _Row(NamedTuple):
    """A line of the tree: a step, or a note of how many are left out."""

    depth: int
    step: Step | None
    more: int = 0


def trace_view(trace: Trace, story: Story, width: int, *, everything: bool = False) -> Group:
    """Who sent what to whom: causes, a line for each message, and what it came to.

    Args:
        trace: what to show.
        story: gives processes their names, and the signs.
        width: columns of the terminal.
        everything: show all causes.
    """
    from rich.console import Group

    rows = list(_rows(trace.steps))
    facts = [_facts(row.step, trace.steps[0]) for row in rows]
    kept = [width >= _ROOM_FOR_TIMES, width >= _ROOM_FOR_INSTRUCTIONS, True]
    widths = [
        max(map(len, (heading, *(fact[column] for fact in facts)))) + 2 if kept[column] else 0
        for column, heading in enumerate(_HEADINGS)
    ]
    room = max(width - sum(widths), _LEAST_TREE)
    trees = _trees(rows, story, room, max(width, room))
    used = max(tree[0].cell_len for tree in trees)
    lines = [*_cause_lines(trace, story, width, everything), _heading(widths, used)]
    for tree, fact in zip(trees, facts, strict=True):
        lines += [_with_facts(tree[0], fact, widths, used), *tree[1:]]
    return Group(*lines, _summary(trace.steps))


def _rows(steps: Sequence[Step]) -> Iterator[_Row]:
    """The lines of the tree: what is left out stands behind all that is not."""
    left_out: list[_Row] = []
    for step in steps:
        while left_out and left_out[-1].depth > step.depth:
            yield left_out.pop()
        yield _Row(step.depth, step)
        if step.more:
            left_out.append(_Row(step.depth + 1, None, step.more))
    yield from reversed(left_out)


# The tree


def _trees(rows: Sequence[_Row], story: Story, room: int, width: int) -> list[list[Text]]:
    """For each row its line, not wider than `room`, and lines of what went wrong below it, not wider than `width`."""
    followed = _followed(rows)
    # A part of the room is for the branches. What stands deeper begins with its depth instead.
    levels = max(2, room // 3 // len(story.signs.gap))
    trees: list[list[Text]] = []
    # Whether the row of a depth, above the present one, has another one below it.
    going_on: list[bool] = []
    for at, row in enumerate(rows):
        del going_on[row.depth :]
        going_on.append(followed[at])
        lines = [_line(row, story), *(_problem_lines(row.step) if row.step else ())]
        has_children = at + 1 < len(rows) and rows[at + 1].depth > row.depth
        first, further = _prefixes(going_on, has_children, levels, story.signs)
        trees.append([_cut(first, lines[0], room), *(_cut(further, line, width) for line in lines[1:])])
    return trees


def _followed(rows: Sequence[_Row]) -> list[bool]:
    """For each row whether another one hangs from the same place below it."""
    followed = [False] * len(rows)
    later: list[bool] = []
    for at in range(len(rows) - 1, -1, -1):
        depth = rows[at].depth
        del later[depth + 1 :]
        later += [False] * (depth + 1 - len(later))
        followed[at], later[depth] = later[depth], True
    return followed


def _prefixes(going_on: Sequence[bool], has_children: bool, levels: int, signs: Signs) -> tuple[str, str]:
    """The branches in front of a row, and in front of further lines of it.

    Args:
        going_on: for each depth down to the row's own, whether another row hangs from the same place below.
        has_children: whether rows hang from this one.
        levels: how many depths there is room for.
        signs: what branches are drawn with.
    """
    depth = len(going_on) - 1
    shown = [signs.bar if more else signs.gap for more in going_on[max(1, len(going_on) - levels) :]]
    number = f"{depth}{signs.more} " if depth > levels else ""
    # The number takes the place of branches, as far as there are some.
    above = number + "".join(shown[:-1])[len(number) :]
    end = (signs.branch if going_on[-1] else signs.last) if depth else ""
    child = signs.bar if has_children else signs.gap
    return above + end, " " * len(number) + "".join(shown)[len(number) :] + child


def _cut(prefix: str, line: Text, room: int) -> Text:
    from rich.text import Text

    whole = Text(prefix, style="").append_text(line)
    whole.truncate(room, overflow="ellipsis")
    return whole


def _line(row: _Row, story: Story) -> Text:
    """What stands behind the branches: the process and its slot, and the message."""
    from rich.text import Text

    step = row.step
    if step is None:
        return Text(f"{story.signs.more} {row.more:,} more", style="dim")
    line = Text()
    if row.depth:
        line.append(f"{_sign(step, story)} ", style="red" if step.state == "refused" else "cyan")
    line.append(_process(step, story), style="bold")
    if step.slot is not None:
        line.append(f" {step.slot}", style="bold")
    if not row.depth:
        line.append(f" {story.signs.arrived} ", style="magenta").append(story.who(step.message.sender))
    if step.kind == "spawn":
        return line.append("  is born", style="green")
    line.append_text(_what(step.message))
    return line.append("  assigned", style="yellow") if step.kind == "assignment" else line


def _process(step: Step, story: Story) -> str:
    """Whose log it is; the name of a process that was never born is in its message."""
    if step.kind == "spawn" and step.slot is None:
        name = next((tag.value for tag in step.message.tags if tag.name == "Name"), "")
        return visible_name(name, width=_NAME_CELLS) or "a process"
    return story.who(step.target)


def _sign(step: Step, story: Story) -> str:
    signs = story.signs
    if step.state == "refused":
        return signs.refused
    if step.state == "kept":
        return signs.kept
    return signs.born if step.kind == "spawn" else signs.sent


def _what(message: Message) -> Text:
    """Action and data of a message, in one line."""
    from rich.text import Text

    what = Text()
    if message.action:
        what.append(f"  {visible_name(message.action, width=_NAME_CELLS)}")
    data = message.data.strip()
    return what.append(f"  {visible_name(data, width=_PREVIEW_CELLS)}", style="dim") if data else what


def _problem_lines(step: Step) -> Iterator[Text]:
    """Why a message was refused, or the error that it ended in."""
    from rich.text import Text

    if step.problem:
        yield Text(visible_name(step.problem, width=200), style="red")
    result = step.entry.slot.result if step.entry and step.entry.slot else None
    if result is None or result.error is None:
        return
    error = parse_error(result.error)
    place = f"{error.file}:{error.line}: " if error.file else f"line {error.line}: " if error.line else ""
    yield Text(visible_name(place + to_plain(error.message), width=200), style="red")
    if error.handler:
        yield Text(f"in handler {visible_name(error.handler)}", style="yellow")


# The facts beside it


def _facts(step: Step | None, first: Step) -> tuple[str, str, str]:
    """Time, instructions and result of a step."""
    if step is None:
        return "", "", ""
    if step.entry is None:
        return "", "", step.state
    began = first.entry.timestamp_ms if first.entry else step.entry.timestamp_ms
    time = f"{step.entry.timestamp_ms - began:+,} ms" if step is not first else "0 ms"
    slot = step.entry.slot
    if slot is None:
        return time, "", "waiting"
    result = "ok" if slot.result.error is None else "rolled back" if slot.result.rolled_back else "error"
    return time, f"{slot.instructions:,}", result


def _heading(widths: Sequence[int], used: int) -> Text:
    from rich.text import Text

    line = Text("message".ljust(used), style="bold")
    for heading, width, left in zip(_HEADINGS, widths, (False, False, True), strict=True):
        if width:
            line.append(f"  {heading}" if left else heading.rjust(width))
    return line


def _with_facts(line: Text, facts: Sequence[str], widths: Sequence[int], used: int) -> Text:
    line = line.copy()
    line.append(" " * (used - line.cell_len))
    for fact, width in zip(facts[:2], widths[:2], strict=True):
        if width:
            line.append(fact.rjust(width), style="dim")
    line.append(f"  {facts[2]}", style=_STYLES.get(facts[2], "dim"))
    line.rstrip()
    return line


def _summary(steps: Sequence[Step]) -> Text:
    """All of it in a line."""
    from rich.text import Text

    entries = [step.entry for step in steps if step.entry is not None]
    slots = [entry.slot for entry in entries if entry.slot is not None]
    failed = sum(slot.result.error is not None for slot in slots)
    waiting = len(entries) - len(slots)
    facts = [
        _counted(len(steps), "message"),
        _counted(len({entry.process.id for entry in entries}), "process", "processes"),
        _counted(sum(slot.instructions for slot in slots), "instruction"),
    ]
    facts += [_counted(failed, "error")] if failed else []
    facts += [f"{waiting:,} waiting"] if waiting else []
    left_out = sum(step.more for step in steps)
    facts += [f"{left_out:,} or more left out; --all shows them"] if left_out else []
    return Text(", ".join(facts), style="dim")


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


# The causes


def _cause_lines(trace: Trace, story: Story, width: int, everything: bool) -> Iterator[Text]:
    """What the message came from: the nearest causes, and the first one."""
    from rich.text import Text

    causes = trace.causes
    shortened = not everything and len(causes) > _NEAREST_CAUSES + 1
    for cause in causes[:_NEAREST_CAUSES] if shortened else causes:
        yield _cause_line(cause, story, width)
    if shortened:
        left_out = len(causes) - _NEAREST_CAUSES - trace.whole
        more = f"{left_out:,} more" if trace.whole else f"{left_out:,} or more"
        yield Text(f"  {story.signs.more} {more}", style="dim")
        if trace.whole:
            yield _cause_line(causes[-1], story, width)
    if trace.tick is not None:
        yield _cut("", Text("because of ", style="dim").append_text(story.tick(trace.tick)), max(width, _LEAST_TREE))


def _cause_line(cause: Entry, story: Story, width: int) -> Text:
    from rich.text import Text

    line = Text("because of ", style="dim")
    line.append(f"{story.who(cause.process.id)} {cause.number}", style="not dim bold")
    line.append(f" {story.signs.arrived} ", style="not dim magenta").append(story.who(cause.message.sender))
    line.append_text(_what(cause.message) if cause.number else Text("  is born"))
    line.truncate(max(width, _LEAST_TREE), overflow="ellipsis")
    return line


# For programs


def trace_json(trace: Trace, *, ascii_only: bool = False) -> str:
    """A trace as one JSON object in a line; however deep it is nested, nothing recurses.

    Args:
        trace: what to write.
        ascii_only: write everything beyond ASCII as escapes.
    """
    pieces: list[str] = []
    because = [*map(place_record, trace.causes), *([_tick_record(trace.tick)] if trace.tick else [])]
    causes = {"because": because, "more_because": not trace.whole}
    before = -1
    for step in trace.steps:
        if step.depth <= before:
            pieces.append("]}" * (before - step.depth + 1) + ", ")
        record = {**(causes if step.depth == 0 else {}), **_step_record(step, trace.steps[0])}
        # The closing brace comes behind the children.
        pieces.append(json_line(record, ascii_only=ascii_only)[:-1] + ', "children": [')
        before = step.depth
    return "".join(pieces) + "]}" * (before + 1)


def place_record(entry: Entry) -> dict[str, Any]:
    """Where a message stands, and what it is."""
    return {
        "process": entry.process.id,
        "name": entry.process.name,
        "slot": entry.number,
        "cron": None,
        "message": entry.message.id,
        "from": entry.message.sender,
        "action": entry.message.action,
        "timestamp_ms": entry.timestamp_ms,
    }


def _tick_record(tick: Slot) -> dict[str, Any]:
    """The same of a tick, which stands behind its slot."""
    return {
        "process": tick.process.id,
        "name": tick.process.name,
        "slot": tick.number,
        "cron": tick.cron,
        "message": tick.message.id,
        "from": tick.message.sender,
        "action": tick.message.action,
        "timestamp_ms": tick.timestamp_ms,
    }


def _step_record(step: Step, first: Step) -> dict[str, Any]:
    entry = step.entry
    slot = entry.slot if entry else None
    error = slot.result.error if slot else None
    return {
        "process": step.target,
        "name": step.name,
        "slot": step.slot,
        "message": step.message.id,
        "from": step.message.sender,
        "action": step.message.action,
        "timestamp_ms": entry.timestamp_ms if entry else None,
        "after_ms": entry.timestamp_ms - first.entry.timestamp_ms if entry and first.entry else None,
        "kind": step.kind,
        "state": step.state,
        "problem": step.problem or None,
        "ok": error is None if slot else False if step.state == "refused" else None,
        "instructions": slot.instructions if slot else None,
        "error": error_record(error) if error is not None else None,
        "rolled_back": slot.result.rolled_back if slot else False,
        "more": step.more,
    }
