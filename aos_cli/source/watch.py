"""Following Lua files on disk: a new bundle whenever one of them is saved.

What is watched are the folders of all places where a file of the bundle was looked for. Editors save by putting a new
file in the place of the old one, files are removed and come back, and a module may be written after the program that
requires it: all of these are events in a folder. Whether something changed is decided by the content alone, so an
event too many costs nothing, and one that came while the watcher was being set up is made good by a look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TypeAlias

from aos_cli.errors import AosError, SourceError
from aos_cli.source.bundle import Bundle, BundleError

Attempt: TypeAlias = Bundle | AosError
"""A bundle, or why there is none."""

# Saves within this time are one: editors write in several steps.
_CALM_MS = 50
_LONGEST_STORM_MS = 1000
# How soon after its start the watcher takes the look that makes good what it missed.
_FIRST_LOOK_MS = 300


def saves(make: Callable[[], Bundle], first: Bundle, stopped: threading.Event) -> Iterator[Attempt]:
    """Waits for saved files and gives what each time becomes of the bundle, as long as it differs from the last time.

    In the main thread, Ctrl-C raises KeyboardInterrupt.

    Args:
        make: bundles the files; called after each save.
        first: the bundle as it was made before.
        stopped: set from elsewhere, it ends the waiting within a moment.

    Raises:
        SourceError: the operating system does not let files be watched.
    """
    last: Attempt = first
    looked = first.looked
    while not stopped.is_set():
        places, folders = looked, _folders(looked)
        for _ in _events(places, folders, stopped):
            attempt = _attempt(make)
            if not _same(attempt, last):
                yield attempt
            last = attempt
            if isinstance(attempt, Bundle | BundleError):
                looked = attempt.looked
            if looked != places or _folders(looked) != folders:
                break


def _attempt(make: Callable[[], Bundle]) -> Attempt:
    try:
        return make()
    except AosError as error:
        return error


def _same(one: Attempt, other: Attempt) -> bool:
    if isinstance(one, Bundle) and isinstance(other, Bundle):
        return one.texts() == other.texts()
    return isinstance(one, AosError) and isinstance(other, AosError) and one.message == other.message


def _events(places: Collection[Path], folders: Collection[Path], stopped: threading.Event) -> Iterator[None]:
    """One at the beginning, then one whenever something happened at one of the places, which are in the folders.

    Raises:
        SourceError: the operating system refuses.
    """
    from watchfiles import watch

    names = {str(name) for path in places for real in (path, path.resolve()) for name in (real, *real.parents)}
    begun = False
    try:
        for events in watch(
            *folders,
            watch_filter=lambda _change, path: path in names,
            debounce=_LONGEST_STORM_MS,
            step=_CALM_MS,
            stop_event=stopped,
            rust_timeout=_FIRST_LOOK_MS,
            yield_on_timeout=True,
            recursive=False,
        ):
            if events or not begun:
                begun = True
                yield
    except FileNotFoundError:
        # A folder went away between the look and the watching: the caller looks again.
        return
    except (OSError, RuntimeError) as error:
        hint = "With WATCHFILES_FORCE_POLLING=1 in the environment they are looked at again and again instead"
        raise SourceError(f"The files cannot be watched: {error}", hint) from error


def _folders(looked: Collection[Path]) -> frozenset[Path]:
    """The folders of some places, or for those that do not exist the nearest ones around them."""
    folders = set()
    for path in looked:
        for real in (path, path.resolve()):
            folders.add(next(folder for folder in real.parents if folder.is_dir()))
    return frozenset(folders)
