"""What the shell writes on: its own lines, rich renderables, and the pager for what is longer than the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.environment import Environment
from aos_cli.errors import AosError
from aos_cli.render.pager import is_longer_than_screen, pager_command, pager_variables
from aos_cli.render.sanitiser import to_plain
from aos_cli.settings import PAGER, Settings

if TYPE_CHECKING:
    from rich.console import RenderableType

# In a narrower window a pager shows next to nothing at a time.
_LEAST_PAGER_COLUMNS = 20


class Screen:
    """A terminal, as the user has set it.

    Args:
        environment: the terminal.
        settings: what the user set; asked each time.
    """

    def __init__(self, environment: Environment, settings: Settings) -> None:
        self.environment = environment
        self.settings = settings

    def write(self, text: str) -> None:
        """Writes a line of the shell's own."""
        self.environment.write_out(text + "\n")

    def print(self, renderable: RenderableType) -> None:
        """Writes a rich renderable."""
        # A new console each time: the window may have another width by now.
        self.environment.console(self.environment.stdout).print(renderable)

    def show(self, renderable: RenderableType) -> None:
        """Writes a rich renderable, in the pager when it is longer than the screen. Not for other threads."""
        environment = self.environment
        text = self._rendered(renderable)
        command = self._pager()
        long = command and is_longer_than_screen(text, environment.width, environment.height)
        if not (long and environment.page(text, command, pager_variables(environment.variables))):
            environment.write_out(text)

    def is_long(self, renderable: RenderableType) -> bool:
        """Whether `show` would call the pager."""
        if not self._pager():
            return False
        return is_longer_than_screen(self._rendered(renderable), self.environment.width, self.environment.height)

    def _pager(self) -> list[str]:
        """The words of the pager's command; none when there is to be none."""
        if self.environment.width < _LEAST_PAGER_COLUMNS:
            return []
        return pager_command(self.settings[PAGER], self.environment.variables)

    def _rendered(self, renderable: RenderableType) -> str:
        console = self.environment.console(self.environment.stdout)
        with console.capture() as capture:
            console.print(renderable)
        return capture.get()

    def report(self, error: AosError) -> None:
        """Tells what went wrong and what to do about it."""
        self.write(to_plain(error.message))
        if error.hint:
            self.write(f"  {to_plain(error.hint)}")
