"""How the user likes to type, as the settings say it now."""

from __future__ import annotations

from aos_cli.environment import Environment
from aos_cli.settings import COMPLETION, EDITING, HIGHLIGHT, MULTILINE, STYLE, SUGGEST, Settings


class Habits:
    """The settings that matter to the line editor; see `aos_cli.repl.reading.Preferences`."""

    def __init__(self, settings: Settings, environment: Environment) -> None:
        self._settings = settings
        self._environment = environment

    @property
    def vi(self) -> bool:
        """Keys of vi instead of those of emacs."""
        return self._settings[EDITING] == "vi"

    @property
    def multiline(self) -> str:
        """When Enter is a new line."""
        return self._settings[MULTILINE]

    @property
    def completion(self) -> bool:
        """Whether the menu comes by itself."""
        return self._settings[COMPLETION]

    @property
    def suggestion(self) -> bool:
        """Whether the rest of an older entry is suggested."""
        return self._settings[SUGGEST]

    @property
    def highlight(self) -> bool:
        """Whether entries are coloured."""
        return self._settings[HIGHLIGHT] and self.colour

    @property
    def style(self) -> str:
        """Name of a style of Pygments; "" for our own."""
        return self._settings[STYLE]

    @property
    def colour(self) -> bool:
        """Whether the terminal gets colours."""
        return self._environment.colour_for(self._environment.stdout)

    def toggle(self, what: str) -> None:
        """Turns `vi` or `multiline` on or off for this session."""
        if what == "vi":
            self._settings.set(EDITING, "emacs" if self.vi else "vi")
        else:
            self._settings.set(MULTILINE, "auto" if self.multiline == "always" else "always")
