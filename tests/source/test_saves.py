"""Following files on disk, as editors and people treat them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from aos_cli.errors import AosError
from aos_cli.source.bundle import Bundle, bundle
from aos_cli.source.watch import Attempt, saves

_SECONDS = 10


class Follower:
    """Follows main.lua in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        self._stopped = threading.Event()
        self._attempts: Queue[Attempt] = Queue()
        self._ready = threading.Event()
        first = bundle(["main.lua"], cwd=folder)
        self._thread = threading.Thread(target=self._run, args=[first])
        self._thread.start()
        # The first look shows that the watcher is at work.
        assert self._ready.wait(_SECONDS)

    def _make(self) -> Bundle:
        self.made += 1
        try:
            return bundle(["main.lua"], cwd=self.folder)
        finally:
            self._ready.set()

    def _run(self, first: Bundle) -> None:
        for attempt in saves(self._make, first, self._stopped):
            self._attempts.put(attempt)

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def next(self) -> Any:
        """The sources of the next bundle by display, or why there is none."""
        attempt = self._attempts.get(timeout=_SECONDS)
        if isinstance(attempt, AosError):
            return attempt.message
        return {display: text.decode() for display, text in attempt.texts().items()}

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive()
        assert self._attempts.empty()


@pytest.fixture
def follow(write: Callable[..., Path]) -> Iterator[Callable[[dict[str, str]], Follower]]:
    followers: list[Follower] = []

    def follow(files: dict[str, str]) -> Follower:
        followers.append(Follower(write(files)))
        return followers[-1]

    yield follow
    for follower in followers:
        follower.stop()


Follow = Callable[[dict[str, str]], Follower]


def test_a_save_of_any_of_the_files_gives_a_bundle(follow: Follow) -> None:
    follower = follow({"main.lua": "require 'lib.a'", "lib/a.lua": "return 1"})
    follower.write("lib/a.lua", "return 2")
    assert follower.next() == {"lib/a.lua": "return 2", "main.lua": "require 'lib.a'"}
    follower.write("main.lua", "require 'lib.a' -- more")
    assert follower.next()["main.lua"] == "require 'lib.a' -- more"


def test_an_editor_that_puts_a_new_file_in_place_is_followed_again_and_again(follow: Follow) -> None:
    follower = follow({"main.lua": "return 1"})
    for number in range(2, 5):
        follower.write(".main.lua.swp", f"return {number}")
        os.replace(follower.folder / ".main.lua.swp", follower.folder / "main.lua")
        assert follower.next() == {"main.lua": f"return {number}"}


def test_only_a_changed_content_counts(follow: Follow) -> None:
    follower = follow({"main.lua": "return 1"})
    before = follower.made
    os.utime(follower.folder / "main.lua")
    follower.write("other.lua", "not mine")
    follower.write("main.lua", "\ufeffreturn 1")
    follower.write("main.lua", "return 2")
    assert follower.next() == {"main.lua": "return 2"}
    # All of it came in one storm, or in two.
    assert follower.made <= before + 4


def test_a_module_that_is_required_from_now_on_is_followed_too(follow: Follow) -> None:
    follower = follow({"main.lua": "return 1", "far/away/b.lua": "return 'b'"})
    follower.write("main.lua", "require 'far.away.b'")
    assert list(follower.next()) == ["far/away/b.lua", "main.lua"]
    follower.write("far/away/b.lua", "return 'B'")
    assert follower.next()["far/away/b.lua"] == "return 'B'"


def test_a_module_may_be_written_after_what_requires_it(follow: Follow) -> None:
    follower = follow({"main.lua": "return 1"})
    follower.write("main.lua", "require 'new.b'")
    assert follower.next() == "main.lua:1: module 'new.b' not found (tried new/b.lua, new/b/init.lua)"
    follower.write("new/b.lua", "return 'b'")
    assert follower.next() == {"new/b.lua": "return 'b'", "main.lua": "require 'new.b'"}
    follower.write("new/b.lua", "return 'B'")
    assert follower.next()["new/b.lua"] == "return 'B'"


def test_a_file_may_go_and_come_back(follow: Follow) -> None:
    follower = follow({"main.lua": "require 'lib.a'", "lib/a.lua": "return 1"})
    (follower.folder / "main.lua").unlink()
    assert follower.next() == "cannot read main.lua: No such file or directory"
    follower.write("main.lua", "require 'lib.a'")
    assert list(follower.next()) == ["lib/a.lua", "main.lua"]
    shutil.rmtree(follower.folder / "lib")
    assert follower.next() == "main.lua:1: module 'lib.a' not found (tried lib/a.lua, lib/a/init.lua)"
    follower.write("lib/a.lua", "return 2")
    assert follower.next()["lib/a.lua"] == "return 2"


def test_a_file_that_stands_before_the_one_found_takes_its_place(follow: Follow) -> None:
    follower = follow({"main.lua": "require 'a'", "a/init.lua": "return 'folder'"})
    follower.write("a.lua", "return 'file'")
    assert list(follower.next()) == ["a.lua", "main.lua"]


def test_a_file_behind_a_link_is_followed(follow: Follow, tmp_path: Path) -> None:
    (tmp_path / "main.lua").symlink_to("real/program.lua")
    follower = follow({"real/program.lua": "return 1"})
    follower.write("real/program.lua", "return 2")
    assert follower.next() == {"main.lua": "return 2"}


def test_what_was_saved_before_the_watcher_stood_is_made_good(write: Callable[..., Path], tmp_path: Path) -> None:
    write({"main.lua": "return 1"})
    first = bundle(["main.lua"], cwd=tmp_path)
    write({"main.lua": "return 2"})
    stopped = threading.Event()
    attempt = next(saves(lambda: bundle(["main.lua"], cwd=tmp_path), first, stopped))
    assert isinstance(attempt, Bundle)
    assert attempt.texts() == {"main.lua": b"return 2"}
