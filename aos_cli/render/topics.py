"""The help topics that come with `aos`, and how they look in a terminal.

A topic is a file in `aos_cli/help`, in a small part of Markdown: a title, headings with `##`, paragraphs, items with
`-`, of which those that begin with words in backticks and a colon explain these words, and code that is indented by
four blanks.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aos_cli.errors import UsageError

_FOLDER = Path(__file__).resolve().parents[1] / "help"
_SUFFIX = ".md"

_CODE = "    "
_ITEM = re.compile(r"- (?:(?P<term>`[^`]+`(?:, `[^`]+`)*): )?(?P<text>.*)")

# Longer lines are hard to read, however wide the window is.
_MOST_COLUMNS = 80
_LEAST_COLUMNS = 16
# Below this there is no room for two columns.
_ROOM_FOR_COLUMNS = 50
_BULLET = "- "

# Stands for a blank at which no line may end.
_STUCK = "\N{NO-BREAK SPACE}"

_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a topic.

    Attributes:
        kind: what it is.
        text: without line breaks, except in code.
        term: for a definition, the words that it explains, without backticks.
    """

    kind: Literal["heading", "paragraph", "item", "definition", "code"]
    text: str
    term: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that is explained.

    Attributes:
        name: as the user types it.
        title: one line without a full stop.
        blocks: in their order.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]


def topic_names() -> list[str]:
    """The names of all topics, sorted."""
    return sorted(file.stem for file in _FOLDER.glob(f"*{_SUFFIX}"))


def find_topic(name: str) -> Topic:
    """A topic by its name.

    Raises:
        UsageError: there is none.
    """
    if name not in topic_names():
        raise UsageError(f"There is no topic {name}", "`aos help` lists the topics")
    return parse_topic(name, (_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8"))


def parse_topic(name: str, text: str) -> Topic:
    """The topic that a file describes."""
    first, _, rest = text.partition("\n")
    return Topic(name, first.removeprefix("# "), tuple(_blocks(rest.split("\n"))))


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    waiting = list(reversed(lines))
    while waiting:
        line = waiting.pop()
        if not line:
            continue
        if line.startswith("## "):
            yield Block("heading", line.removeprefix("## "))
        elif line.startswith(_CODE):
            yield Block("code", "\n".join(text.removeprefix(_CODE) for text in [line, *_following(waiting, _CODE)]))
        elif item := _ITEM.fullmatch(line):
            text = " ".join([item["text"], *(more.strip() for more in _following(waiting, "  "))])
            term = (item["term"] or "").replace("`", "")
            yield Block("definition" if term else "item", text, term)
        else:
            more = []
            while waiting and waiting[-1] and not waiting[-1].startswith((_CODE, "- ", "## ")):
                more.append(waiting.pop())
            yield Block("paragraph", " ".join([line, *more]))


def _following(waiting: list[str], indent: str) -> Iterator[str]:
    """Takes the next lines as long as they are indented so."""
    while waiting and waiting[-1].startswith(indent):
        yield waiting.pop()


def topic_text(topic: Topic, width: int, *, bold: bool) -> str:
    """A topic for a terminal; lines are not longer than the window, if that is not too narrow for words.

    Args:
        topic: what to show.
        width: columns of the window.
        bold: whether headings and explained words are set in bold type, as ANSI sequences.
    """
    columns = max(min(width, _MOST_COLUMNS), _LEAST_COLUMNS)
    lines = [_emphasised(line, bold) for line in _wrapped(topic.title, columns)]
    before = ""
    for at, block in enumerate(topic.blocks):
        if block.kind != before or block.kind not in ("item", "definition"):
            lines.append("")
        before = block.kind
        if block.kind == "heading":
            lines += [_emphasised(line, bold) for line in _wrapped(block.text, columns)]
        elif block.kind == "code":
            lines += [f"  {line}" for line in block.text.split("\n")]
        elif block.kind == "definition":
            terms = [other.term for other in _run_of_definitions(topic.blocks, at)]
            lines += _definition(block, columns, terms, bold)
        else:
            lines += _wrapped(block.text, columns, _BULLET if block.kind == "item" else "")
    return "\n".join(lines) + "\n"


def _wrapped(text: str, columns: int, bullet: str = "") -> list[str]:
    """Lines of a text; what stands in backticks stays on one line."""
    whole = re.sub(r"`[^`]+`", lambda code: code[0].replace(" ", _STUCK), text)
    lines = textwrap.wrap(
        whole, columns, initial_indent=bullet, subsequent_indent=" " * len(bullet), break_on_hyphens=False
    )
    return [line.replace(_STUCK, " ") for line in lines]


def _run_of_definitions(blocks: Sequence[Block], at: int) -> Sequence[Block]:
    """The definitions that stand together with the one at an index; they share a column."""
    first = last = at
    while first and blocks[first - 1].kind == "definition":
        first -= 1
    while last + 1 < len(blocks) and blocks[last + 1].kind == "definition":
        last += 1
    return blocks[first : last + 1]


def _definition(block: Block, columns: int, terms: Sequence[str], bold: bool) -> list[str]:
    """A term and its explanation: side by side, or one below the other where there is no room for that.

    Args:
        block: the definition.
        columns: of the text.
        terms: all terms that share the column.
        bold: whether the term is in bold type.
    """
    limit = columns // 3
    side = max((len(term) for term in terms if len(term) <= limit), default=0)
    if columns < _ROOM_FOR_COLUMNS or len(block.term) > limit:
        below = _wrapped(block.text, columns - 6)
        return [f"  {_emphasised(block.term, bold)}", *(f"      {line}" for line in below)]
    lines = _wrapped(block.text, columns - side - 4)
    head = f"  {_emphasised(block.term, bold)}{' ' * (side - len(block.term))}  "
    return [head + lines[0], *(" " * (side + 4) + line for line in lines[1:])]


def _emphasised(text: str, bold: bool) -> str:
    return f"{_BOLD}{text}{_NORMAL}" if bold else text
