"""What is said when files are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.clients.base import HandlerChanges
from aos_cli.render.loading import handler_changes, loading, loading_notes
from aos_cli.source.bundle import Bundle, bundle
from aos_cli.source.changes import plan


def bundled(folder: Path, files: dict[str, str], *mains: str, known: frozenset[str] = frozenset()) -> Bundle:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return bundle(mains or ["main.lua"], cwd=folder, known=known)


def test_one_file_is_a_line(tmp_path: Path) -> None:
    made = bundled(tmp_path, {"src/main.lua": "x" * 1234}, "src/main.lua")
    assert loading(plan(made, {})).plain == "Loading src/main.lua (1,234 bytes)"


def test_several_files_are_a_tree_with_status_and_size(tmp_path: Path) -> None:
    """L11, and which files are sent."""
    files = {
        "main.lua": "require 'lib.a' require 'lib.deep.er.c' require 'z'",
        "lib/a.lua": "require 'lib.b'",
        "lib/b.lua": "-- b",
        "lib/deep/er/c.lua": "-- c",
        "z.lua": "",
    }
    made = bundled(tmp_path, files)
    digests = {name: chunk.digest for chunk in made.chunks for name in chunk.names}
    made = bundled(tmp_path, {"lib/b.lua": "-- B", "lib/n.lua": "-- n", "z.lua": "require 'lib.n'"})
    assert loading(plan(made, digests)).plain.splitlines() == [
        "Loading main.lua: 6 files, 93 bytes; 5 to send, 89 bytes",
        "  lib/",
        "    a.lua    again            15",
        "    b.lua    changed           4",
        "    deep/er/",
        "      c.lua  unchanged         4",
        "    n.lua    new               4",
        "  main.lua   main             51",
        "  z.lua      changed          15",
    ]
    assert loading(plan(made, {})).plain.splitlines()[0] == "Loading main.lua: 6 files, 93 bytes"


def test_of_many_files_those_that_are_sent_come_first(tmp_path: Path) -> None:
    files = {f"m{index:02}.lua": f"return {index}" for index in range(60)}
    main = {"main.lua": " ".join(f"require 'm{index:02}'" for index in range(60))}
    made = bundled(tmp_path, files | main)
    lines = loading(plan(made, {})).plain.splitlines()
    assert len(lines) == 26
    assert lines[-1] == "  37 more"
    digests = {name: chunk.digest for chunk in made.chunks for name in chunk.names if name != "m42"}
    assert [line.split()[0] for line in loading(plan(made, digests)).plain.splitlines()[1:]] == [
        "m42.lua",
        "main.lua",
        "59",
    ]


def test_odd_things_are_told_with_their_places(tmp_path: Path) -> None:
    """L05, L12."""
    main = "require 'json'\npcall(require, 'gone')\nlocal name = 'x' require(name)"
    made = bundled(tmp_path, {"main.lua": main, "json.lua": ""}, known=frozenset({"json"}))
    assert loading_notes(made) == [
        "the file of json stands in for the process's own module of that name",
        "main.lua:3 computes the name of a module: what it means is not loaded with the file",
        "main.lua:2 can do without the module gone, which is not there",
    ]
    assert loading_notes(bundled(tmp_path, {"main.lua": "return 1"})) == []


def test_names_of_files_and_handlers_are_made_harmless(tmp_path: Path) -> None:
    evil = "a\x1b[2J\nb"
    made = bundled(tmp_path, {f"{evil}/m.lua": "require 'n'", f"{evil}/n.lua": ""}, f"{evil}/m.lua")
    shown = loading(plan(made, {})).plain
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 4
    text = handler_changes(HandlerChanges(added=(evil,)))
    assert text is not None
    assert "\x1b" not in text.plain
    assert "\n" not in text.plain


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        (HandlerChanges(added=("A", "B")), "Handlers: added A, B"),
        (HandlerChanges(("A",), ("B",), ("C", "D")), "Handlers: added A; replaced B; removed C, D"),
        (
            HandlerChanges(replaced=tuple(f"h{n}" for n in range(12))),
            "Handlers: replaced h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, and 2 more",
        ),
    ],
)
def test_handlers(changes: HandlerChanges, shown: str) -> None:
    text = handler_changes(changes)
    assert text is not None
    assert text.plain == shown


def test_nothing_is_said_when_no_handler_changed() -> None:
    assert handler_changes(HandlerChanges()) is None
