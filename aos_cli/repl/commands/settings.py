"""The dot-command for settings: listed with their origins, and changed for this session or for good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aos_cli.errors import ConfigError, UsageError
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.commands.arguments import parse
from aos_cli.repl.commands.registry import command
from aos_cli.settings import COLOUR, Setting, find_setting, shown_value

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_SAVE = "--save"
_RESET = "--reset"


def _words(repl: Repl, argument: str) -> Iterable[str]:
    """Settings by name, and behind a name the words that it takes."""
    *before, _ = argument.split(" ")
    named = next((word for word in before if word not in ("", _SAVE, _RESET)), "")
    if named:
        return find_setting(named).kind.words
    return (_SAVE, _RESET, *(setting.name for setting in repl.settings.all()))


@command(".set", "[NAME [VALUE]]", "List settings, or change one; --save keeps it, --reset takes it back.", _words)
def _set(repl: Repl, argument: str) -> None:
    arguments = parse(".set", argument, (_SAVE, _RESET))
    save, reset = arguments.has(_SAVE), arguments.has(_RESET)
    if save and reset:
        raise UsageError(f".set takes {_SAVE} or {_RESET}, not both")
    name, _, value = arguments.rest.partition(" ")
    if not name:
        if arguments.values:
            raise UsageError(f".set {_SAVE if save else _RESET} needs the name of a setting", "`.set` lists them")
        _list(repl)
        return
    setting = find_setting(name)
    if reset:
        if value:
            raise UsageError(f".set {_RESET} takes a name only")
        repl.settings.reset(setting)
        _apply(repl, setting)
        _say(repl, setting)
    elif value:
        _change(repl, setting, _unquoted(value.strip()), save=save)
    elif save:
        raise UsageError(f".set {_SAVE} {setting.name} needs a value", f"It takes {setting.kind.wanted}")
    else:
        _say(repl, setting)
        repl.write(f"  {setting.help}")
        repl.write(f"  It takes {setting.kind.wanted}.")


def _list(repl: Repl) -> None:
    from aos_cli.render.settings import settings_lines

    for line in settings_lines(repl.settings.rows()):
        repl.print(line)


def _change(repl: Repl, setting: Setting[Any], text: str, *, save: bool) -> None:
    value = setting.parse(text, ".set", repl.cwd)
    if setting.at_start and not save:
        hint = f"`.set {_SAVE} {setting.name} {text}` keeps it for the next start"
        raise ConfigError(f"{setting.name} is only asked for when aos starts", hint)
    if save:
        _keep(repl, setting, value)
    if not setting.at_start:
        repl.settings.set(setting, value)
        _apply(repl, setting)
        _say(repl, setting)


def _keep(repl: Repl, setting: Setting[Any], value: Any) -> None:
    from aos_cli.settings.edit import keep_setting

    file = repl.settings.file
    if file is None:
        raise ConfigError("There is no file to keep settings in")
    repl.settings.check_keeping(setting)
    keep_setting(file.path, file.shown, setting.name, value)
    since = " from the next start" if setting.at_start else ""
    repl.write(f"{setting.name} is {to_plain(shown_value(value)) or 'empty'} in {to_plain(file.shown)}{since}")


def _apply(repl: Repl, setting: Setting[Any]) -> None:
    """Hands a value on to the one place that does not ask the settings: the terminal's colours."""
    if setting is COLOUR:
        repl.environment.colour = repl.settings[COLOUR]


def _say(repl: Repl, setting: Setting[Any]) -> None:
    value = to_plain(shown_value(repl.settings[setting])) or "empty"
    repl.write(f"{setting.name} is {value}  ({to_plain(repl.settings.origin(setting))})")


def _unquoted(text: str) -> str:
    """The text without the quotes around the whole of it, which keep blanks at its ends."""
    quote = text[0]
    if len(text) > 1 and quote in "\"'" and text[-1] == quote and quote not in text[1:-1]:
        return text[1:-1]
    return text
