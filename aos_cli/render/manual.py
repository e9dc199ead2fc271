"""Help as a manual page, in the macros that `man` reads.

Source: man(7), groff_man(7).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from aos_cli.render.topics import Block

# A minus sign that can be copied is written in its own way, and so are the signs that roff would beautify.
_SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
_CODE = re.compile(r"`([^`]+)`")


class Section(NamedTuple):
    """A part of the page, with a title of its own."""

    title: str
    blocks: Sequence[Block]


def manual_page(name: str, version: str, summary: str, sections: Iterable[Section]) -> str:
    """A manual page of section 1.

    Args:
        name: of the program.
        version: of the program.
        summary: what it is, without a full stop.
        sections: what comes behind the name, in order.
    """
    title, source = roff(name.upper()), roff(f"{name} {version}")
    lines = [f'.TH {title} 1 "" "{source}"', ".SH NAME", rf"{roff(name)} \- {roff(summary)}"]
    for section in sections:
        lines.append(f'.SH "{roff(section.title.upper())}"')
        for block in section.blocks:
            lines += _block(block)
    return "\n".join(lines) + "\n"


def roff(text: str) -> str:
    """A text that roff shows as it is; other characters than those of ASCII as their code points."""
    return "".join(_SPECIAL.get(sign, sign if sign.isascii() else f"\\[u{ord(sign):04X}]") for sign in text)


def _block(block: Block) -> Iterator[str]:
    if block.kind == "heading":
        yield f'.SS "{roff(block.text)}"'
    elif block.kind == "code":
        yield from (".PP", ".RS 4", ".nf", *map(_line, map(roff, block.text.split("\n"))), ".fi", ".RE")
    elif block.kind == "definition":
        yield from (".TP", f"\\fB{roff(block.term)}\\fR", _line(_prose(block.text)))
    elif block.kind == "item":
        yield from (".IP \\(bu 2", _line(_prose(block.text)))
    else:
        yield from (".PP", _line(_prose(block.text)))


def _prose(text: str) -> str:
    """A text whose words in backticks are in bold type."""
    parts = _CODE.split(text)
    return "".join(f"\\fB{roff(part)}\\fR" if at % 2 else roff(part) for at, part in enumerate(parts))


def _line(text: str) -> str:
    """A line that cannot be taken for a request; roff takes lines with a dot or a quote in front for one."""
    return f"\\&{text}" if text.startswith((".", "'")) else text
