"""Untrusted text: what is shown of it, and what never reaches the terminal."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import time
import unicodedata
from typing import NamedTuple

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from aos_cli.render import sanitiser
from aos_cli.render.sanitiser import to_ansi, to_plain, to_text, visible_id, visible_name


class Case(NamedTuple):
    """Hostile or odd text, and what is shown of it; `ansi` is the same as `plain` where it is None."""

    name: str
    text: str
    plain: str
    ansi: str | None = None


CORPUS = [
    Case("clear screen", "a\x1b[2Jb", r"a\x1b[2Jb"),
    Case("cursor home", "a\x1b[Hb", r"a\x1b[Hb"),
    Case("cursor report", "\x1b[6n", r"\x1b[6n"),
    Case("device attributes", "\x1b[c", r"\x1b[c"),
    Case("terminal version", "\x1b[>q", r"\x1b[>q"),
    Case("DECRQSS", "\x1bP$qm\x1b\\", r"\x1bP$qm\x1b" + "\\"),
    Case("title and icon", "\x1b]0;root@bank\x07", r"\x1b]0;root@bank\x07"),
    Case("title", "\x1b]2;root@bank\x1b\\", r"\x1b]2;root@bank\x1b" + "\\"),
    Case(
        "link with lying text",
        "\x1b]8;;https://evil.example\x1b\\https://ao.example\x1b]8;;\x1b\\",
        r"\x1b]8;;https://evil.example\x1b\https://ao.example\x1b]8;;\x1b" + "\\",
    ),
    Case("clipboard set", "\x1b]52;c;cm0gLXJm\x07", r"\x1b]52;c;cm0gLXJm\x07"),
    Case("clipboard query", "\x1b]52;c;?\x07", r"\x1b]52;c;?\x07"),
    Case("palette query", "\x1b]4;1;?\x07", r"\x1b]4;1;?\x07"),
    Case("foreground query", "\x1b]10;?\x07", r"\x1b]10;?\x07"),
    Case("background query", "\x1b]11;?\x07", r"\x1b]11;?\x07"),
    Case("iTerm file", "\x1b]1337;File=inline=1:AAAA\x07", r"\x1b]1337;File=inline=1:AAAA\x07"),
    Case("notification", "\x1b]9;pay now\x07", r"\x1b]9;pay now\x07"),
    Case("rxvt extension", "\x1b]777;notify;a;b\x07", r"\x1b]777;notify;a;b\x07"),
    Case("DCS", "\x1bPq#0\x1b\\", r"\x1bPq#0\x1b" + "\\"),
    Case("APC", "\x1b_Gi=1;AAAA\x1b\\", r"\x1b_Gi=1;AAAA\x1b" + "\\"),
    Case("PM", "\x1b^secret\x1b\\", r"\x1b^secret\x1b" + "\\"),
    Case("SOS", "\x1bXsecret\x1b\\", r"\x1bXsecret\x1b" + "\\"),
    Case("8-bit CSI", "\x9b2J\x9b31mred", r"\x9b2J\x9b31mred"),
    Case("8-bit OSC", "\x9d0;title\x9c", r"\x9d0;title\x9c"),
    Case("alternate screen", "\x1b[?1049h", r"\x1b[?1049h"),
    Case("mouse", "\x1b[?1003h", r"\x1b[?1003h"),
    Case("end of bracketed paste", "ls\x1b[201~\nrm -rf /\n", "ls\\x1b[201~\nrm -rf /\n"),
    Case("full reset", "\x1bc", r"\x1bc"),
    Case("line drawing", "\x1b(0lqk", r"\x1b(0lqk"),
    Case("shift out", "\x0elqk\x0f", r"\x0elqk\x0f"),
    Case("carriage return", "rm -rf /\rls     ", r"rm -rf /\rls     "),
    Case("CRLF", "one\r\ntwo\r\r\nthree", "one\ntwo\\r\nthree"),
    Case("backspaces", "evil\b\b\b\bgood", r"evil\x08\x08\x08\x08good"),
    Case("bells", "\x07" * 5000, r"\x07" * 5000),
    Case("vertical tab and form feed", "a\vb\fc", r"a\x0bb\x0cc"),
    Case("tab and newline", "a\tb\nc", "a\tb\nc"),
    Case("next line", "a\x85b", r"a\x85b"),
    Case("delete", "a\x7fb", r"a\x7fb"),
    Case("right-to-left override", "\u202etxt.exe", r"\u{202e}txt.exe"),
    Case("isolate", "\u2066a\u2069", r"\u{2066}a\u{2069}"),
    Case("direction marks", "\u200e\u200f\u061c", r"\u{200e}\u{200f}\u{61c}"),
    Case("zero width", "a\u200b\u200c\u200d\u2060\ufeffb", r"a\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}b"),
    Case("joined emoji", "\U0001f469\u200d\U0001f680", "\U0001f469\\u{200d}\U0001f680"),
    Case("emoji style", "\u2764\ufe0f", "\u2764\ufe0f"),
    Case("other variation selectors", "a\ufe00\U000e0101", r"a\u{fe00}\u{e0101}"),
    Case("soft hyphen", "pass\xadword", r"pass\xadword"),
    Case("Hangul fillers", "\u3164\u115f\u1160\uffa0", r"\u{3164}\u{115f}\u{1160}\u{ffa0}"),
    Case("tag characters", "hi\U000e0069\U000e007f", r"hi\u{e0069}\u{e007f}"),
    Case("line and paragraph separator", "a\u2028b\u2029c", r"a\u{2028}b\u{2029}c"),
    Case("look-alike id", "\u0430Bc", "\u0430Bc"),
    Case("NUL", "a\0b", r"a\x00b"),
    Case("lone surrogates", "\ud800 \udcff", r"\u{d800} \u{dcff}"),
    Case("noncharacters", "\ufdd0\uffff\U0010fffe", r"\u{fdd0}\u{ffff}\u{10fffe}"),
    Case("a million marks", "a" + "\u0301" * 1_000_000, "a" + "\u0301" * 8 + "[+999992 combining marks]"),
    Case("marks between colours", "a" + "\u0301\x1b[m" * 9, "a" + "\u0301" * 8 + "[+1 combining marks]"),
    Case("a few marks", "e\u0301 \u0928\u093f", "e\u0301 \u0928\u093f"),
    Case("mark on nothing", "\u0338a\n\u20dd", "\\u{338}a\n\\u{20dd}"),
    Case("piled Hangul vowels", "\u1100" + "\u1161" * 20, "\u1100" + "\u1161" * 8 + "[+12 combining marks]"),
    Case("colour", "\x1b[32mok\x1b[0m.", "ok.", "\x1b[32mok\x1b[0m."),
    Case("colour left open", "\x1b[31mred", "red", "\x1b[31mred\x1b[0m"),
    Case("colour over lines", "\x1b[1;31ma\n\nb", "a\n\nb", "\x1b[1;31ma\x1b[0m\n\n\x1b[1;31mb\x1b[0m"),
    Case("bright and background", "\x1b[93;44mx", "x", "\x1b[93;44mx\x1b[0m"),
    Case("palette colour", "\x1b[38;5;200mx", "x", "\x1b[38;5;200mx\x1b[0m"),
    Case("true colour", "\x1b[48;2;1;2;3mx", "x", "\x1b[48;2;1;2;3mx\x1b[0m"),
    Case("change of style", "\x1b[1;31ma\x1b[22;4mb\x1b[mc", "abc", "\x1b[1;31ma\x1b[0;4;31mb\x1b[0mc"),
    Case("ends of attributes", "\x1b[3;7;9;21;53ma\x1b[23;27;29;24;55mb", "ab", "\x1b[3;7;9;21;53ma\x1b[0mb"),
    Case("colour back to the terminal's", "\x1b[31;42ma\x1b[39;49mb", "ab", "\x1b[31;42ma\x1b[0mb"),
    Case("style without text", "\x1b[1m\x1b[0m", ""),
    Case("conceal and blink", "\x1b[5;6;8mhidden\x1b[0m", "hidden"),
    Case("text in the colour of its background", "\x1b[38;5;1;41mx", "x", "\x1b[31mx\x1b[0m"),
    Case("font", "\x1b[11mx", "x"),
    Case("unknown numbers", "\x1b[1;108;999mx", "x", "\x1b[1mx\x1b[0m"),
    Case("colour out of range", "\x1b[38;5;256mx\x1b[48;2;0;0;256my", "xy"),
    Case("colour cut short", "\x1b[38;5mx\x1b[38mx\x1b[48;2;1;1my", "xxy"),
    Case("underline colour", "\x1b[58;5;1mx\x1b[58;2;1;3;4my", "xy"),
    Case("colons", "\x1b[4:3mx", r"\x1b[4:3mx"),
    Case("not a colour: private", "\x1b[>4;2m\x1b[?4m\x1b[1 m", r"\x1b[>4;2m\x1b[?4m\x1b[1 m"),
    Case("not a colour: too long", "\x1b[" + "1;" * 33 + "m", r"\x1b[" + "1;" * 33 + "m"),
    Case("not a colour: unfinished", "\x1b[31", r"\x1b[31"),
    Case("sequence around a sequence", "\x1b\x1b[0m[2J", r"\x1b[2J"),
]

SGR = re.compile(r"\x1b\[[0-9;]{1,64}m")
ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]"
)

# Random characters hardly ever make a sequence, so pieces of sequences are thrown in.
hostile_text = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=())),
        st.sampled_from([case.text for case in CORPUS if len(case.text) < 100]),
        st.sampled_from(["\x1b[", "\x1b", "m", "1", "38;5;", ";", "\r", "\n", "\t", "\u0301", "\u0301" * 9, "\u1161"]),
        st.lists(st.integers(0, 110), max_size=8).map(lambda codes: f"\x1b[{';'.join(map(str, codes))}m"),
    ),
    max_size=12,
).map("".join)


def ids(case: Case) -> str:
    return case.name


def styled_by_rich(text: str) -> str:
    """What rich writes to a terminal with all colours."""
    output = io.StringIO()
    Console(file=output, color_system="truecolor", force_terminal=True, width=80).print(to_text(text), end="")
    return output.getvalue()


@pytest.mark.parametrize("case", CORPUS, ids=ids)
def test_corpus_as_plain_text(case: Case) -> None:
    assert to_plain(case.text) == case.plain


@pytest.mark.parametrize("case", CORPUS, ids=ids)
def test_corpus_with_colours(case: Case) -> None:
    assert to_ansi(case.text) == (case.plain if case.ansi is None else case.ansi)


@pytest.mark.parametrize("case", CORPUS, ids=ids)
def test_corpus_as_rich_text(case: Case) -> None:
    assert to_text(case.text).plain == case.plain


class Screen(pyte.Screen):
    """An emulated screen that notes what it would type into the shell's input."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        super().__init__(60, 12)

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)


class Terminal:
    """A terminal emulator on which the shell has printed something before the text comes."""

    def __init__(self) -> None:
        self.screen = Screen()
        self.stream = pyte.Stream(self.screen)
        self.print("shell line 1\nshell line 2\naos> ")

    def print(self, text: str) -> None:
        # One by one, because pyte drops what follows some letters of Hangul within one piece of text.
        for character in text.replace("\n", "\r\n"):
            self.stream.feed(character)

    def state(self) -> dict[str, object]:
        """All that a harmless text leaves to the shell but the style of its own characters."""
        screen = self.screen
        cursor = screen.cursor
        return {
            "lines": list(screen.display),
            "cursor": (cursor.x, cursor.y, cursor.hidden),
            "style of what follows": cursor.attrs._replace(data=""),
            "modes": set(screen.mode),
            "title": (screen.title, screen.icon_name),
            "margins": screen.margins,
            "tab stops": set(screen.tabstops),
            "character set": (screen.charset, screen.g0_charset, screen.g1_charset),
            "saved cursors": len(screen.savepoints),
            "answers": list(screen.answers),
        }


SHORT_CORPUS = [case for case in CORPUS if len(case.plain) < 400]


@pytest.mark.parametrize("case", SHORT_CORPUS, ids=ids)
def test_a_terminal_takes_the_corpus_as_harmless_text(case: Case) -> None:
    """The state is the one after the printable characters alone, which the table above lists."""
    harmless, exposed = Terminal(), Terminal()
    harmless.print(case.plain + " next")
    exposed.print(to_ansi(case.text) + " next")
    assert exposed.state() == harmless.state()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("clear screen", "lines"),
        ("carriage return", "lines"),
        ("backspaces", "lines"),
        ("cursor report", "answers"),
        ("device attributes", "answers"),
        ("title", "title"),
        ("mouse", "modes"),
        ("alternate screen", "modes"),
        ("full reset", "lines"),
        ("cursor home", "cursor"),
        ("8-bit CSI", "lines"),
        ("colour left open", "style of what follows"),
    ],
)
def test_the_terminal_would_have_noticed(name: str, what: str) -> None:
    """The same text unclean does its harm, so the test above can fail."""
    case = next(case for case in CORPUS if case.name == name)
    harmless, exposed = Terminal(), Terminal()
    harmless.print(case.plain)
    exposed.print(case.text)
    assert exposed.state()[what] != harmless.state()[what]


@given(hostile_text)
def test_a_terminal_takes_any_text_as_harmless(text: str) -> None:
    harmless, exposed = Terminal(), Terminal()
    harmless.print(to_plain(text))
    exposed.print(to_ansi(text))
    assert exposed.state() == harmless.state()


@given(hostile_text)
def test_plain_text_has_nothing_active(text: str) -> None:
    assert not ACTIVE.search(to_plain(text))


@given(hostile_text)
def test_ansi_text_has_nothing_active_but_colours(text: str) -> None:
    assert not ACTIVE.search(SGR.sub("", to_ansi(text)))


@given(hostile_text)
def test_colours_are_all_that_plain_text_lacks(text: str) -> None:
    assert SGR.sub("", to_ansi(text)) == to_plain(text) == to_text(text).plain


@given(hostile_text)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    assert to_plain(to_plain(text)) == to_plain(text)
    assert to_ansi(to_ansi(text)) == to_ansi(text)


@given(hostile_text)
def test_no_style_outlives_its_line(text: str) -> None:
    for line in to_ansi(text).split("\n"):
        sequences = SGR.findall(line)
        assert not sequences or sequences[-1] == "\x1b[0m"


@given(hostile_text, st.integers(0, 40))
def test_a_limit_keeps_the_start_and_says_the_length(text: str, limit: int) -> None:
    whole = to_plain(text)
    expected = whole if len(whole) <= limit else f"{whole[:limit]} [... {len(text)} characters in all]"
    assert to_plain(text, limit=limit) == expected
    assert SGR.sub("", to_ansi(text, limit=limit)) == expected
    assert to_text(text, limit=limit).plain == expected


def test_a_limit_in_a_colour_closes_the_colour() -> None:
    assert to_ansi("\x1b[31mabcdef", limit=3) == "\x1b[31mabc\x1b[0m [... 11 characters in all]"


def test_every_style_survives_a_second_cleaning() -> None:
    """The longest sequence of our own is within the bound of the parser."""
    everything = "\x1b[1;2;3;4;7;9;21;53m\x1b[38;2;255;254;253;48;2;252;251;250m"
    styled = to_ansi(f"\x1b[1ma{everything}b")
    assert styled == "\x1b[1ma\x1b[0;1;2;3;4;7;9;21;53;38;2;255;254;253;48;2;252;251;250mb\x1b[0m"
    assert to_ansi(styled) == styled


def test_rich_text_has_the_colours() -> None:
    rendered = to_text("a\x1b[1;32mb\x1b[48;2;1;2;3mc\x1b[0m[bold]d")
    assert rendered.plain == "abc[bold]d"
    styles = [(span.start, span.end, span.style) for span in rendered.spans]
    assert styles == [(1, 2, "bold color(2)"), (2, 3, "bold color(2) on rgb(1,2,3)")]


def test_rich_knows_every_style() -> None:
    for code in sanitiser._ATTRIBUTES:
        assert styled_by_rich(f"\x1b[{code}mx") == f"\x1b[{code}mx\x1b[0m"
    assert styled_by_rich("\x1b[95;38;5;99mx") == "\x1b[38;5;99mx\x1b[0m"
    assert styled_by_rich("\x1b[31;48;2;9;8;7mx") == "\x1b[31;48;2;9;8;7mx\x1b[0m"


def test_every_character_without_a_cell_is_counted_or_written_out() -> None:
    """The table of places of marks is complete, so clean text is known by one search."""
    forgotten = [
        hex(code)
        for code in range(0x300, 0x110000)
        if unicodedata.category(chr(code)) in ("Mn", "Me", "Mc", "Cf", "Cs", "Zl", "Zp")
        and not sanitiser._SUSPECT.match(chr(code))
    ]
    assert forgotten == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "tab\tand\nnewline",
        "d\u00e9j\u00e0 vu",
        "\u6f22\u5b57",
        "\u041f\u0440\u0438\u0432\u0435\u0442",
        "\U0001f600",
    ],
)
def test_harmless_text_is_handed_back_itself(text: str) -> None:
    assert to_plain(text) is text
    assert to_ansi(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Transfer", "Transfer"),
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 9 + "\u2026"),
        ("\u6f22" * 5, "\u6f22" * 5),
        ("\u6f22" * 6, "\u6f22" * 4 + "\u2026"),
        ("e\u0301" * 10, "e\u0301" * 10),
        ("e\u0301" * 11, "e\u0301" * 9 + "\u2026"),
        ("", ""),
    ],
)
def test_visible_name_is_cut_by_cells(text: str, shown: str) -> None:
    assert visible_name(text, width=10) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\r\nlines\tand a tab", r"two\r\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\u202eevil", r"\u{202e}evil"),
    ],
)
def test_visible_name_writes_out_what_acts(text: str, shown: str) -> None:
    assert visible_name(text) == shown


@given(hostile_text, st.integers(-1, 30))
def test_visible_name_is_one_line_within_its_width(text: str, width: int) -> None:
    shown = visible_name(text, width=width)
    assert not re.search(r"[\n\t]", shown)
    assert not ACTIVE.search(shown)
    assert cell_len(shown) <= max(width, 0)


def test_visible_id_shows_letters_that_only_look_alike() -> None:
    assert visible_id("\u0430Bc-_9") == r"\u{430}Bc-_9"
    assert visible_id("aBc-_9") == "aBc-_9"
    assert visible_id("\x1b[2J\n") == r"\x1b[2J\n"


def test_names_with_a_flood_of_different_letters_are_not_remembered() -> None:
    """A hostile peer cannot grow the program's memory by sending every character there is."""
    visible_id("".join(map(chr, range(0x4E00, 0x9000))))
    assert sanitiser.written_out.cache_info().currsize <= 1024


FLOODS = {
    "escapes": "\x1b",
    "starts of sequences": "\x1b[",
    "sequences without end": "\x1b[" + "1;" * 34,
    "numbers": "\x1b[" + "9" * 64,
    "resets": "\x1b[m",
    "styles": "a\x1b[1ma\x1b[31m",
    "lines under a style": "\x1b[1mx\n",
    "marks": "\u0301",
    "marked letters": "a\u0301",
    "marks and styles": "\u0301\x1b[1m",
    "Indic": "\u0915\u094d\u0937\u093f",
    "NUL": "\0",
    "carriage returns": "\r",
    "letters": "a",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_work_grows_with_the_length_and_not_faster(flood: str) -> None:
    """Sixteen times the text takes about sixteen times the work; anything quadratic would take 256 times."""

    def seconds(length: int) -> float:
        text = flood * (length // len(flood))
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            to_ansi(text)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(32_000) < 80 * max(seconds(2_000), 0.0001)


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_output_grows_at_most_with_the_length(flood: str) -> None:
    text = flood * (20_000 // len(flood))
    assert len(to_ansi(text)) < 10 * len(text)


def test_rich_is_not_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; from aos_cli.render import sanitiser as s; s.to_ansi('\\x1b[31mx'); s.visible_name('x' * 99);"
        "print([name for name in ('rich', 'click', 'prompt_toolkit') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
