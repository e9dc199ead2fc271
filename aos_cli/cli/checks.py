"""What `aos doctor` looks at. Each check is on its own: what is wrong with one thing does not hide the others."""

from __future__ import annotations

import contextlib
import difflib
import os
import platform
import shlex
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from aos_cli import __version__
from aos_cli.cli.app import App
from aos_cli.cli.node_checks import count_text, exposed_key, node_checks, size_text
from aos_cli.config import HOME_VARIABLE
from aos_cli.errors import AosError, ConfigError, UsageError
from aos_cli.render.doctor import Finding
from aos_cli.settings import (
    COLOUR,
    CONFIG_VARIABLE,
    EDITOR,
    PAGER,
    SETTINGS,
    WALLET,
    Setting,
)
from aos_cli.status import ExitStatus, exit_status_of

T = TypeVar("T")

Check = Callable[[App, bool], Iterator[Finding]]
"""Looks at one thing: (program, whether to look deep)."""

# Packages that must be there, as they are called where they come from.
LIBRARIES = (
    "click", "cryptography", "graphql-core", "httpx", "lupa", "platformdirs", "prompt_toolkit", "pycryptodome",
    "pygments", "rich", "tomlkit", "waitress", "watchfiles", "werkzeug",
)  # fmt: skip

_LITTLE_BYTES = 100 * 2**20


def checks(app: App, *, deep: bool) -> Iterator[Finding]:
    """Everything that is to be said, in the order in which it is best read."""
    for area, check in _CHECKS.items():
        try:
            yield from check(app, deep)
        except AosError as error:
            yield Finding(area, "problem", error.message, error.hint, exit_status_of(error))
        except Exception as error:
            # Whatever is broken, the rest is worth knowing.
            yield Finding(area, "problem", f"{type(error).__name__}: {error}", "", ExitStatus.NODE)


def _versions(app: App, deep: bool) -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    from aos_cli.units.read_only import SQLITE_VERSION

    yield Finding("aos", "ok", f"aos {__version__}, Python {platform.python_version()}, SQLite {SQLITE_VERSION}")
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            hint = "Install aos again, with pip install --force-reinstall"
            yield Finding("libraries", "problem", f"{library} is not installed", hint, ExitStatus.NODE)
    yield Finding("libraries", "ok", ", ".join(found))


def _home(app: App, deep: bool) -> Iterator[Finding]:
    home = app.home
    for folder in dict.fromkeys((home.data, home.state, home.configuration)):
        yield _folder(app, folder)
    free = shutil.disk_usage(_nearest(home.data)).free
    text = f"{size_text(free)} free on the disk of {app.shown_path(home.data)}"
    yield Finding("disk", "note", text, "Make room") if free < _LITTLE_BYTES else Finding("disk", "ok", text)


def _folder(app: App, folder: Path) -> Finding:
    shown = app.shown_path(folder)
    if folder.exists() and not folder.is_dir():
        hint = f"Move it away, or name another folder with --home or {HOME_VARIABLE}"
        return Finding("home", "problem", f"{shown} is no folder", hint, ExitStatus.STORE)
    nearest = _nearest(folder)
    if not os.access(nearest, os.W_OK | os.X_OK):
        hint = f"Change its permissions, or name another folder with --home or {HOME_VARIABLE}"
        return Finding(
            "home", "problem", f"Nothing can be written to {app.shown_path(nearest)}", hint, ExitStatus.STORE
        )
    if not folder.exists():
        return Finding("home", "ok", f"{shown} is not there yet; it is made when it is needed")
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return Finding("home", "note", f"Others can write to {shown}", f"chmod go-w {shlex.quote(str(folder))}")
    return Finding("home", "ok", f"{shown} can be written to")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)


def _configuration(app: App, deep: bool) -> Iterator[Finding]:
    yield from _unknown_variables(app)
    settings, file = app.settings, app.config_file
    changed = sum(not settings.is_default(setting) for setting in settings.all())
    what = f"{file.shown} is well" if file.path.exists() else f"there is no {file.shown}, which is fine"
    yield Finding("settings", "ok", f"{what}; {count_text(changed, 'setting')} changed")
    if settings.project is not None:
        yield Finding("settings", "ok", f"those of the project hold, too: {app.shown_path(settings.project)}")
    try:
        _ = app.node
    except ConfigError as error:
        yield Finding("settings", "problem", error.message, error.hint, exit_status_of(error))


def _unknown_variables(app: App) -> Iterator[Finding]:
    """Names that look like ours and are not: a typing error there would go unnoticed for ever."""
    known = [HOME_VARIABLE, CONFIG_VARIABLE, *(setting.variable for setting in SETTINGS if setting.variable)]
    for name in sorted(app.environment.variables):
        if name.startswith("AOS_") and name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}?" if close else "Known: " + ", ".join(known)
            yield Finding("settings", "note", f"aos does not read the variable {name}", hint)


def _held(app: App, setting: Setting[T]) -> T:
    """The value of a setting; the default where the settings cannot be read, which is said elsewhere."""
    try:
        return app.settings[setting]
    except ConfigError:
        return setting.default


def _wallet(app: App, deep: bool) -> Iterator[Finding]:
    from aos_cli.wallet import DEFAULT_NAME, LockedWallet, read_wallet

    named = _held(app, WALLET)
    file = app.wallets.file(named) if named else app.wallets.keyring.find(DEFAULT_NAME)
    if file is None:
        yield Finding("wallet", "note", "There is no wallet yet", "`aos` makes one at the first start")
    else:
        key = read_wallet(file)
        about = (
            named or DEFAULT_NAME,
            key.address or "address unknown without the passphrase",
            key.kind or "unknown kind",
            "protected by a passphrase" if isinstance(key, LockedWallet) else "not protected",
            app.shown_path(file),
        )
        yield Finding("wallet", "ok", ", ".join(about))
        yield from exposed_key(app, file)
    others = [name for name in app.wallets.keyring.names() if name != (named or DEFAULT_NAME)]
    if others:
        yield Finding("wallet", "ok", f"{len(others)} more: {', '.join(others)}")


def _terminal(app: App, deep: bool) -> Iterator[Finding]:
    environment = app.environment
    streams = (("input", environment.stdin), ("output", environment.stdout), ("error", environment.stderr))
    others = [name for name, stream in streams if not environment.is_tty(stream)]
    term = environment.variables.get("TERM") or "not set"
    rows = f" x {environment.height}" if environment.height else ""
    what = f"not for standard {' and '.join(others)}" if others else "for all streams"
    yield Finding("terminal", "ok", f"TERM {term}, {environment.width}{rows} characters, {what}")
    on = "on" if environment.colour_for(environment.stdout) else "off"
    yield Finding("terminal", "ok", f"colours {on}: {_colour_reason(app)}")
    encoding = environment.stdout.encoding
    if environment.unicode_for(environment.stdout):
        yield Finding("terminal", "ok", f"line drawing, in {encoding}")
    else:
        hint = "LANG=C.UTF-8 would give lines and all scripts"
        yield Finding("terminal", "note", f"{encoding} has no line drawing; ASCII is used", hint)


def _colour_reason(app: App) -> str:
    """Why there are colours or none; the order is that of `Environment.colour_for`."""
    environment, variables = app.environment, app.environment.variables
    if environment.colour != "auto":
        with contextlib.suppress(ConfigError):
            return f"{app.settings.origin(COLOUR)} says {environment.colour}"
        return "--color says so"
    if variables.get("NO_COLOR"):
        return "NO_COLOR is set"
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if variables.get(name, "0") not in ("", "0"):
            return f"{name} is set"
    if not environment.stdout_is_tty:
        return "standard output is no terminal"
    return "TERM is dumb" if variables.get("TERM") == "dumb" else "standard output is a terminal"


def _programs(app: App, deep: bool) -> Iterator[Finding]:
    """The user's editor and pager."""
    from aos_cli.render.pager import pager_command
    from aos_cli.repl.editor import editor_command

    variables = app.environment.variables
    try:
        editor = editor_command(_held(app, EDITOR), variables)
        yield _program(app, "editor", editor[0], "Set VISUAL or EDITOR, or `aos config set editor COMMAND`")
    except UsageError as error:
        yield Finding("editor", "note", error.message, error.hint)
    pager = pager_command(_held(app, PAGER), variables)
    if pager:
        yield _program(app, "pager", pager[0], "Long output is just written. Install less, or set PAGER")
    else:
        yield Finding("pager", "ok", "none is wanted; long output is just written")


def _program(app: App, area: str, name: str, hint: str) -> Finding:
    found = shutil.which(name, path=app.environment.variables.get("PATH"))
    return Finding(area, "ok", found) if found else Finding(area, "note", f"{name} was not found", hint)


def _lua(app: App, deep: bool) -> Iterator[Finding]:
    from aos_cli.machine import Machine

    begun = time.perf_counter()
    result = Machine().eval("1 + 1")
    milliseconds = (time.perf_counter() - begun) * 1000
    output = result.get("Output")
    value = output.get("data") if isinstance(output, dict) else None
    if value == "2":
        yield Finding("lua", "ok", f"a process was made and evaluated 1 + 1 in {milliseconds:.0f} ms")
    else:
        yield Finding("lua", "problem", f"1 + 1 gave {value!r}", "Install aos again", ExitStatus.LUA_ERROR)


_CHECKS: dict[str, Check] = {
    "aos": _versions,
    "home": _home,
    "settings": _configuration,
    "wallet": _wallet,
    "node": node_checks,
    "terminal": _terminal,
    "programs": _programs,
    "lua": _lua,
}
