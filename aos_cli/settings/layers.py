"""The values that hold, out of several layers that give some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from aos_cli.errors import ConfigError
from aos_cli.settings.declared import SETTINGS, family_of, setting_named
from aos_cli.settings.kinds import Setting

T = TypeVar("T")

DEFAULT_ORIGIN = "default"
SESSION_ORIGIN = ".set"


class UserFile(NamedTuple):
    """The user's own settings file.

    Attributes:
        path: absolute, unless the current folder was removed.
        shown: as readers know it.
        named_by: `--config` or `AOS_CONFIG`; "" for the usual one, which need not be there.
    """

    path: Path
    shown: str
    named_by: str = ""


class Given(NamedTuple):
    """A value that somebody gave.

    Attributes:
        value: checked.
        origin: str() of it says where; that of a file looks for the line only then.
    """

    value: object
    origin: object


Layer = Mapping[str, Given]


class Settings:
    """The settings that hold.

    Args:
        layers: by name of the setting what each gives, from the weakest to the strongest.
        file: the user's own file, where values are kept; None for settings that nobody can keep.
        project: the project's file, if there is one.
        of_project: what it gives, whether that holds or not.
    """

    def __init__(
        self,
        layers: Iterable[Layer] = (),
        *,
        file: UserFile | None = None,
        project: Path | None = None,
        of_project: Layer | None = None,
    ) -> None:
        self.file = file
        self.project = project
        self._given: dict[str, Given] = {}
        for layer in layers:
            self._given.update(layer)
        self._session: dict[str, Given] = {}
        self._of_project = of_project or {}

    def __getitem__(self, setting: Setting[T]) -> T:
        given = self._holding(setting.name)
        # Values were checked when they were given.
        return setting.default if given is None else cast("T", given.value)

    def _holding(self, name: str) -> Given | None:
        return self._session.get(name) or self._given.get(name)

    def origin(self, setting: Setting[Any]) -> str:
        """Where the value comes from: a file and line, a variable, an option, `.set` or `default`."""
        given = self._holding(setting.name)
        return DEFAULT_ORIGIN if given is None else str(given.origin)

    def is_default(self, setting: Setting[Any]) -> bool:
        """Whether nobody gave a value."""
        return self._holding(setting.name) is None

    def set(self, setting: Setting[T], value: T) -> None:
        """Gives a value for this session; it goes before all others."""
        self._session[setting.name] = Given(setting.check(value, SESSION_ORIGIN), SESSION_ORIGIN)

    def reset(self, setting: Setting[Any]) -> None:
        """Takes back what `set` gave."""
        self._session.pop(setting.name, None)

    def hides_project(self, family: str) -> bool:
        """Whether a section of the user's stands in front of the project's of that name."""
        return any(self._given.get(name) is not given for name, given in self._of_project_in(family))

    def check_keeping(self, setting: Setting[Any]) -> None:
        """Refuses to keep a part of a section in the user's file that would hide the rest, which is the project's.

        Raises:
            ConfigError: it would.
        """
        family, _, last = setting.name.rpartition(".")
        theirs = (name for name, given in self._of_project_in(family) if self._given.get(name) is given)
        lost = [name for name in theirs if name != setting.name]
        if lost:
            where = self._given[lost[0]].origin
            problem = f"A section [{family}] of your own would hide the one of the project, {', '.join(lost)} included"
            raise ConfigError(
                problem, f"Set {last} there, at {where}; `aos config edit` writes a whole section of yours"
            )

    def _of_project_in(self, family: str) -> list[tuple[str, Given]]:
        return [(name, given) for name, given in self._of_project.items() if family_of(name) == family != ""]

    def all(self) -> list[Setting[Any]]:
        """Every setting: those of the program, then the aliases and nodes that somebody made."""
        own = (setting_named(name) for name in sorted({*self._given, *self._session}) if family_of(name))
        return [*SETTINGS, *(setting for setting in own if setting is not None)]

    def rows(self) -> Iterator[tuple[str, str, str, bool]]:
        """For a list: name, value, origin, and whether somebody gave the value."""
        for setting in self.all():
            yield setting.name, shown_value(self[setting]), self.origin(setting), not self.is_default(setting)

    def aliases(self) -> dict[str, str]:
        """The user's short names, and the Lua that each stands for."""
        return {
            setting.name.partition(".")[2]: self[setting]
            for setting in self.all()
            if setting.name.startswith("alias.")
        }  # fmt: skip

    def node_names(self) -> list[str]:
        """The names of the nodes that somebody gave a profile."""
        return sorted({name.split(".")[1] for name in (*self._given, *self._session) if name.startswith("nodes.")})


def shown_value(value: object) -> str:
    """A value as users write it: true and false, digits, a text without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)
