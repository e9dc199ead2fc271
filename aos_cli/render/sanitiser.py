r"""The one gate between untrusted text and a terminal.

Whatever comes out of a process, a node or a file may try to speak to the terminal instead of the reader: clear the
screen, set the title or the clipboard, make the terminal type an answer into the shell's input, or look like something
else than it is. Every such text passes here, and nothing of it survives but what is printed where the cursor stands.

One parser (`_parse`) cuts a text into runs of one style each:

- Printable text, tab and newline stay; CRLF is a newline.
- A colour sequence, `ESC [ numbers m`, becomes the style of what follows, and nothing else is known as a sequence.
  `to_plain` drops the style; `to_ansi` and `to_text` write it anew, from the parsed value, so that a style ends with
  the line and only sequences of our own making reach the terminal.
- Every character that acts, reorders or cannot be seen is written out: `\x1b`, `\r`, `\u{202e}`. What stood behind an
  ESC becomes readable text.
- Marks that pile up on one character are cut, and a mark with no character below it is written out, since it would
  sit on the shell's own text.

A zero-width joiner is written out between emoji too: two names that look alike must not differ by it, and terminals
disagree about the width of what it joins. A backslash in the text is left alone, so `\x1b` on the screen may also be
four characters that somebody wrote. Look-alike letters are ordinary text; where only ASCII can be right, as in ids, use
`visible_id`. All work is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

# Characters that are always written out, as first and last code point.
_HIDDEN = (
    (0x00, 0x08), (0x0B, 0x1F),  # C0 without tab and newline
    (0x7F, 0x9F),  # DEL and C1
    (0xAD, 0xAD), (0x034F, 0x034F),  # soft hyphen, grapheme joiner
    (0x061C, 0x061C), (0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069),  # direction of writing
    (0x115F, 0x1160), (0x3164, 0x3164), (0xFFA0, 0xFFA0),  # Hangul fillers: letters that show nothing
    (0x17B4, 0x17B5), (0x180B, 0x180F),  # Khmer and Mongolian invisibles
    (0x200B, 0x200D), (0xFEFF, 0xFEFF),  # zero-width space, non-joiner, joiner, byte order mark
    (0x2028, 0x2029),  # line and paragraph separator
    (0x2060, 0x2065), (0x206A, 0x206F),  # word joiner, invisible operators, retired format characters
    (0xD800, 0xDFFF),  # lone surrogates: bytes that were not UTF-8
    (0xFDD0, 0xFDEF), *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),  # noncharacters
    (0xFE00, 0xFE0D),  # variation selectors; 15 and 16, text or emoji style, are left
    (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),  # annotation, shorthand and music format characters
    (0xE0000, 0xE0FFF),  # tag characters and the other variation selectors
)  # fmt: skip

# Wherever a character that takes no cell of its own may be. Generous, so that the table is short and outlives the next
# Unicode: `_takes_no_cell` decides. Latin, Greek, Cyrillic, Chinese, Japanese, Korean and emoji lie outside.
_MARKED = (
    (0x0300, 0x036F), (0x0483, 0x0489), (0x0591, 0x1DFF), (0x20D0, 0x20FF), (0x2CEF, 0x2CF1), (0x2D7F, 0x2DFF),
    (0x302A, 0x302F), (0x3099, 0x309A), (0xA66F, 0xA6F1), (0xA802, 0xABFF), (0xD7B0, 0xD7FF), (0xFB1E, 0xFB1E),
    (0xFE0E, 0xFE0F), (0xFE20, 0xFE2F), (0x101FD, 0x1EFFF),
)  # fmt: skip


def _character_class(ranges: tuple[tuple[int, int], ...]) -> str:
    """The inside of a regular expression's brackets for these ranges of code points."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


_SUSPECT_CLASS = _character_class(_HIDDEN + _MARKED)
_HIDDEN_CLASS = _character_class(_HIDDEN)

HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
"""One of the characters that never reach a terminal, for text that has escapes of its own, such as JSON."""

# A text without one of these is harmless as it stands. A single class, because `re` runs through it fastest.
_SUSPECT = re.compile(f"[{_SUSPECT_CLASS}]")

# Every character of a text is in one token. ESC and CR start tokens of two kinds, so they never join a run of hidden
# characters. 64 characters hold every style that can be said; the bound keeps the search for the final "m" short.
# Long runs come in parts, so that a limit ends the work early.
_TOKEN = re.compile(
    rf"""(?P<clean>[^{_SUSPECT_CLASS}]{{1,4096}})
    | \x1b\[(?P<parameters>[0-9;]{{0,64}})m
    | (?P<line_end>\r\n)
    | (?P<hidden>[\x1b\r] | (?:(?![\x1b\r])[{_HIDDEN_CLASS}]){{1,4096}})
    | (?P<marked>(?:(?![{_HIDDEN_CLASS}])[{_SUSPECT_CLASS}])+)""",
    re.VERBOSE,
)

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

# More marks than any script puts on one character: pointed Hebrew and Vedic have up to five.
_MOST_MARKS = 8
_NO_BASE = -1

# A style never hides text: blink (5, 6) and conceal (8) are not here. Nor are fonts (10 to 20), which on the Linux
# console change what bytes mean.
_ATTRIBUTES = {
    1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline2", 53: "overline",
}  # fmt: skip
_ENDS = {22: {1, 2}, 23: {3}, 24: {4, 21}, 27: {7}, 29: {9}, 55: {53}}

_Colour = tuple[int, ...]
"""() is the terminal's own colour, (n,) one of the palette of 256, (red, green, blue) each 0 to 255."""


class _Style(NamedTuple):
    """How a run looks: numbers of attributes and two colours."""

    attributes: frozenset[int] = frozenset()
    foreground: _Colour = ()
    background: _Colour = ()


class _Run(NamedTuple):
    """Harmless text of one style."""

    text: str
    style: _Style


_PLAIN = _Style()
_RESET = "\x1b[0m"

_COLOURS: dict[int, tuple[str, _Colour]] = {
    39: ("foreground", ()),
    49: ("background", ()),
    **{30 + number: ("foreground", (number,)) for number in range(8)},
    **{40 + number: ("background", (number,)) for number in range(8)},
    **{90 + number: ("foreground", (8 + number,)) for number in range(8)},
    **{100 + number: ("background", (8 + number,)) for number in range(8)},
}
# 58, the colour of an underline, is known only so that its numbers are not read as attributes.
_EXTENDED = {38: "foreground", 48: "background", 58: ""}
_EXTENDED_LENGTHS = {5: 1, 2: 3}


def to_plain(text: str, *, limit: int | None = None) -> str:
    """The text without styles; all characters that are left are printable, tab or newline.

    Args:
        text: anything, lone surrogates included.
        limit: the most characters to give, 0 or more; a longer text ends in a note that says how long it was.
    """
    if limit is None and not _SUSPECT.search(text):
        return text
    return "".join(run.text for run in _runs(text, limit))


def to_ansi(text: str, *, limit: int | None = None) -> str:
    """The text with its colours, as sequences of our own making; no style outlives its line.

    Args and the rest as for `to_plain`; the sequences do not count against the limit.
    """
    if limit is None and not _SUSPECT.search(text):
        return text
    pieces: list[str] = []
    shown = _PLAIN
    for run in _runs(text, limit):
        for number, line in enumerate(run.text.split("\n")):
            if number:
                pieces.append(_RESET + "\n" if shown != _PLAIN else "\n")
                shown = _PLAIN
            if line and run.style != shown:
                pieces.append(_sequence(shown, run.style))
                shown = run.style
            pieces.append(line)
    if shown != _PLAIN:
        pieces.append(_RESET)
    return "".join(pieces)


def to_text(text: str, *, limit: int | None = None) -> Text:
    """The text with its colours, as a rich renderable.

    Args as for `to_plain`.
    """
    from rich.text import Text

    rendered = Text()
    for style, runs in groupby(_runs(text, limit), key=itemgetter(1)):
        rendered.append("".join(run.text for run in runs), style=_rich_style(style))
    return rendered


def visible_name(text: str, *, width: int = 64) -> str:
    """One line for a name, a tag or an action: tabs and newlines are written out too, and the rest is cut off.

    Args:
        text: anything, lone surrogates included.
        width: the most terminal cells to take; the last is an ellipsis when something was cut off.
    """
    one_line = text.replace("\r", r"\r").replace("\n", r"\n").replace("\t", r"\t")
    # A cell has at most one character and its marks, so what is over the limit, and its note, is over the width too.
    head = to_plain(one_line, limit=(max(width, 0) + 1) * (1 + _MOST_MARKS))
    if _fitting(head, width) == len(head):
        return head
    return head[: _fitting(head, width - 1)] + "…" if width > 0 else ""


def visible_id(text: str, *, width: int = 64) -> str:
    """One line for an id or an address: as `visible_name`, and a letter that only looks like ASCII is written out."""
    return visible_name(_NOT_ASCII.sub(lambda match: written_out(match.group()), text), width=width)


def _runs(text: str, limit: int | None) -> Iterator[_Run]:
    """The parsed text, of at most `limit` characters and a note when there are more."""
    if limit is None:
        yield from _parse(text)
        return
    room = limit
    for run in _parse(text):
        if len(run.text) > room:
            yield _Run(run.text[:room], run.style)
            yield _Run(f" [... {len(text)} characters in all]", _PLAIN)
            return
        room -= len(run.text)
        yield run


def _parse(text: str) -> Iterator[_Run]:
    """The text as harmless runs; the heart of this module."""
    style = shown_style = _PLAIN
    marks = _NO_BASE
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "parameters":
            style = _restyled(style, token["parameters"])
            shown_style = _legible(style)
            continue
        piece = token.group()
        if kind == "clean":
            marks = _NO_BASE if piece[-1] in "\n\t" else 0
        elif kind == "line_end":
            piece, marks = "\n", _NO_BASE
        elif kind == "hidden":
            piece, marks = "".join(map(written_out, piece)), 0
        else:
            piece, marks = _thinned(piece, marks)
        yield _Run(piece, shown_style)


@lru_cache(maxsize=1024)
def written_out(character: str) -> str:
    """What is shown for a character that is not shown itself: `\\r`, `\\x1b` or `\\u{202e}`."""
    code = ord(character)
    if character == "\r":
        return r"\r"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def _takes_no_cell(character: str) -> bool:
    """Whether a character that is not hidden is drawn onto the one before it.

    Marks, Arabic and hieroglyphic format characters and the vowels and finals of Hangul; a code point that Python's
    Unicode does not know may be a mark in the terminal's.
    """
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf", "Cn")
        or "\u1160" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7ff"
    )


def _thinned(text: str, marks: int) -> tuple[str, int]:
    """The text with at most `_MOST_MARKS` marks on one character.

    Args:
        text: characters of `_MARKED`.
        marks: how many marks the character before the text has; `_NO_BASE` when there is none to sit on.

    Returns:
        The text with notes of what was cut, and how many marks its last character has.
    """
    pieces: list[str] = []
    for is_mark, group in groupby(text, _takes_no_cell):
        characters = "".join(group)
        if not is_mark:
            pieces.append(characters)
            marks = 0
            continue
        if marks == _NO_BASE:
            pieces.append(written_out(characters[0]))
            characters = characters[1:]
            marks = 0
        room = _MOST_MARKS - marks
        pieces.append(characters[:room])
        marks += min(len(characters), room)
        if len(characters) > room:
            pieces.append(f"[+{len(characters) - room} combining marks]")
            marks = 0
    return "".join(pieces), marks


@lru_cache(maxsize=512)
def _restyled(style: _Style, parameters: str) -> _Style:
    """The style after a colour sequence.

    Args:
        style: the one before it.
        parameters: numbers between semicolons; an empty one is 0. Unknown numbers change nothing.

    Source: ECMA-48 8.3.117; 38 and 48 with 2 or 5: ISO 8613-6, with semicolons as xterm reads it.
    """
    codes = iter([int(parameter or "0") for parameter in parameters.split(";")])
    for code in codes:
        if code == 0:
            style = _PLAIN
        elif code in _ATTRIBUTES:
            style = style._replace(attributes=style.attributes | {code})
        elif code in _ENDS:
            style = style._replace(attributes=style.attributes - _ENDS[code])
        elif code in _COLOURS:
            ground, colour = _COLOURS[code]
            style = _with_colour(style, ground, colour)
        elif code in _EXTENDED:
            length = _EXTENDED_LENGTHS.get(next(codes, 0), 0)
            colour = tuple(islice(codes, length))
            if colour and len(colour) == length and max(colour) <= 0xFF:
                style = _with_colour(style, _EXTENDED[code], colour)
    return style


def _with_colour(style: _Style, ground: str, colour: _Colour) -> _Style:
    """The style with another foreground or background; the same style for a ground of another name."""
    if ground == "foreground":
        return style._replace(foreground=colour)
    if ground == "background":
        return style._replace(background=colour)
    return style


def _legible(style: _Style) -> _Style:
    """The style as it is shown: a background of the very colour of the text would hide it, so it is left out."""
    if style.foreground and style.foreground == style.background:
        return style._replace(background=())
    return style


@lru_cache(maxsize=512)
def _sequence(before: _Style, after: _Style) -> str:
    """The one sequence that changes the terminal from a style to another, neither of them the same."""
    if after == _PLAIN:
        return _RESET
    codes = [] if before == _PLAIN else ["0"]
    codes += [str(code) for code in sorted(after.attributes)]
    codes += [*_colour_codes(after.foreground, 30), *_colour_codes(after.background, 40)]
    return f"\x1b[{';'.join(codes)}m"


def _colour_codes(colour: _Colour, ground: int) -> list[str]:
    """The parameters that set a colour; `ground` is 30 for the foreground and 40 for the background."""
    if not colour:
        return []
    if len(colour) == 3:
        return [str(ground + 8), "2", *map(str, colour)]
    (number,) = colour
    if number < 8:
        return [str(ground + number)]
    if number < 16:
        return [str(ground + 60 + number - 8)]
    return [str(ground + 8), "5", str(number)]


@lru_cache(maxsize=512)
def _rich_style(style: _Style) -> str:
    """The style in rich's words, such as "bold color(2) on rgb(1,2,3)"."""
    words = [_ATTRIBUTES[code] for code in sorted(style.attributes)]
    for ground, colour in (("", style.foreground), ("on ", style.background)):
        if len(colour) == 3:
            words.append(f"{ground}rgb({','.join(map(str, colour))})")
        elif colour:
            words.append(f"{ground}color({colour[0]})")
    return " ".join(words)


def _fitting(text: str, width: int) -> int:
    """How many characters of a harmless one-line text take at most `width` terminal cells."""
    if text.isascii():
        return min(len(text), max(width, 0))
    from rich.cells import cell_len

    used = 0
    for index, character in enumerate(text):
        cells = cell_len(character)
        # Terminals disagree about what emoji style and skin tones take: count the most.
        if character == "\ufe0f":
            cells = 1
        elif not cells and not _takes_no_cell(character):
            cells = 2
        used += cells
        if used > width:
            return index
    return len(text)
