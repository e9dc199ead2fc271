"""A setting, and the kinds of value that settings have."""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeGuard, TypeVar

from aos_cli.config import expanded
from aos_cli.errors import ConfigError

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

# A longer value is not repeated in an error: it may be a key that was put into the wrong place. One with an @ may be an
# address with a password in it.
_MOST_REPEATED = 40


class Kind(ABC, Generic[T]):
    """A kind of value.

    Attributes:
        wanted: what ends the sentence "it must be ...".
        words: the values, where they can be counted.
    """

    wanted: str
    words: tuple[str, ...] = ()

    @abstractmethod
    def accepts(self, value: object) -> TypeGuard[T]:
        """Whether a value is of this kind."""

    def parse(self, text: str) -> object:
        """What a text stands for; the text itself when it stands for nothing of this kind."""
        return text

    def located(self, value: T, folder: Path) -> T:
        """The value, if it is a path, without its being relative to the folder of whoever gave it."""
        return value


_MEANINGS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


class Flag(Kind[bool]):
    """True or false; on and off are understood in texts."""

    wanted = "true or false"
    words = ("true", "false")

    def accepts(self, value: object) -> TypeGuard[bool]:
        """Whether it is true or false."""
        return isinstance(value, bool)

    def parse(self, text: str) -> object:
        """True for true, on and yes, False for false, off and no."""
        return _MEANINGS.get(text.lower(), text)


class Whole(Kind[int]):
    """A whole number above 0.

    Args:
        most: the greatest that is accepted.
    """

    def __init__(self, most: int = 1_000_000_000) -> None:
        self._most = most
        self.wanted = f"a whole number from 1 to {most}"

    def accepts(self, value: object) -> TypeGuard[int]:
        """Whether it is such a number; True is none, though Python counts it as 1."""
        return type(value) is int and 0 < value <= self._most

    def parse(self, text: str) -> object:
        """The number that the digits say; `1_000` is read as in TOML."""
        try:
            return int(text)
        except ValueError:
            return text


class Choice(Kind[Word]):
    """One of several words."""

    def __init__(self, *words: Word) -> None:
        self.words = words
        self.wanted = " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]

    def accepts(self, value: object) -> TypeGuard[Word]:
        """Whether it is one of the words."""
        return value in self.words


class Text(Kind[str]):
    """A text.

    Args:
        wanted: ends the sentence "it must be ...".
        pattern: what the whole text must match.
    """

    def __init__(self, wanted: str = "a text", pattern: str = "") -> None:
        self.wanted = wanted
        self._pattern = pattern

    def accepts(self, value: object) -> TypeGuard[str]:
        """Whether it is a text and matches."""
        return isinstance(value, str) and (not self._pattern or re.fullmatch(self._pattern, value) is not None)


class Address(Kind[str]):
    """Where a unit is reached, or "" for nothing. A password in it would end up in errors."""

    wanted = "an address such as http://127.0.0.1:4000, without a name, a password, ? or #"

    def accepts(self, value: object) -> TypeGuard[str]:
        """Whether it is one of HTTP."""
        return isinstance(value, str) and re.fullmatch(r"(https?://[^\s/@?#]+[^\s@?#]*)?", value) is not None


class Template(Kind[str]):
    """A text with fields in braces, such as `{name}> `; braces that are meant as such are doubled."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.wanted = "a text in which only " + ", ".join(f"{{{field}}}" for field in fields) + " stand in braces"
        # Attributes and formats, as in `{name.upper}`, are more than a template should do.
        self._filled = "{{|}}|{(?:" + "|".join(fields) + ")}"

    def accepts(self, value: object) -> TypeGuard[str]:
        """Whether it is a text that `str.format` can fill."""
        return isinstance(value, str) and not set("{}") & set(re.sub(self._filled, "", value))


class StyleName(Kind[str]):
    """The name of a style of Pygments, or "" for our own."""

    wanted = "the name of a Pygments style, such as monokai"

    def accepts(self, value: object) -> TypeGuard[str]:
        """Whether Pygments has the style."""
        if not value:
            return value == ""
        from pygments.styles import get_style_by_name
        from pygments.util import ClassNotFound

        try:
            return isinstance(value, str) and get_style_by_name(value) is not None
        except ClassNotFound:
            return False


class FileName(Kind[str]):
    """A file or folder; relative to the folder of the file that names it.

    Args:
        wanted: ends the sentence "it must be ...".
        or_name: whether a word without a slash is a name and no file.
    """

    def __init__(self, wanted: str, or_name: bool = False) -> None:
        self.wanted = wanted
        self._or_name = or_name

    def accepts(self, value: object) -> TypeGuard[str]:
        """Whether it can name a file; a key in the place of its file's name is refused."""
        return isinstance(value, str) and len(value) < 4096 and not value.startswith("{") and value.isprintable()

    def located(self, value: str, folder: Path) -> str:
        """An absolute path, unless it is a name or nothing."""
        if not value or (self._or_name and "/" not in value and "\\" not in value):
            return value
        return str(folder / expanded(value))


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """Something that can be set.

    Attributes:
        name: section and name in the file, such as `shell.format`.
        default: the value when nobody gives another.
        help: one line.
        kind: which values it takes.
        variable: the environment variable that sets it; "" for none.
        from_project: whether a project's aos.toml may set it; not what runs programs, names keys or drops a
            question, because a project may be somebody else's.
        at_start: whether it is asked for only when the program starts.
    """

    name: str
    default: T
    help: str
    kind: Kind[T]
    variable: str = ""
    from_project: bool = True
    at_start: bool = False

    def check(self, value: object, where: object) -> T:
        """The value, if it is one that the setting takes.

        Args:
            value: as TOML has it.
            where: str() of it says who gave the value.

        Raises:
            ConfigError: the setting takes other values.
        """
        if self.kind.accepts(value):
            return value
        shown = repr(value)
        if len(shown) > _MOST_REPEATED or "@" in shown:
            shown = "what is there"
        close = difflib.get_close_matches(str(value)[:_MOST_REPEATED], self.kind.words, 1)
        hint = f"Did you mean {close[0]}?" if close else ""
        raise ConfigError(f"{where}: {self.name} must be {self.kind.wanted}, not {shown}", hint)

    def parse(self, text: str, where: str, folder: Path) -> T:
        """The value that a text gives.

        Args:
            text: as somebody typed it.
            where: says who gave it.
            folder: what a relative path in it is relative to.

        Raises:
            ConfigError: the setting takes other values.
        """
        return self.kind.located(self.check(self.kind.parse(text), where), folder)
