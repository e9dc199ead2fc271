"""The Lua programs that come with `aos`, as files."""

from __future__ import annotations

import pytest

from aos_cli.errors import SourceError, UsageError
from aos_cli.machine.module import bundled_sources, known_modules
from aos_cli.source.blueprints import blueprint_names, bundle_blueprint, find_blueprint

LIBRARY_LINES = 400


def test_the_names_are_those_of_the_files() -> None:
    assert blueprint_names() == ["chatroom", "token"]


@pytest.mark.parametrize("name", blueprint_names())
def test_a_blueprint_says_in_its_first_line_what_it_is(name: str) -> None:
    found = find_blueprint(name)
    assert (found.name, found.file_name) == (name, f"{name}.lua")
    assert found.text.startswith(b"--- " + found.description.encode() + b".\n--")
    assert f"\n-- @script {name}\n" in found.text.decode("ascii")


@pytest.mark.parametrize("name", blueprint_names())
def test_a_blueprint_can_be_read_in_one_sitting(name: str) -> None:
    lines = find_blueprint(name).text.decode().splitlines()
    assert len(lines) < LIBRARY_LINES
    assert max(map(len, lines)) <= 120


def test_blueprints_are_no_part_of_the_runtime() -> None:
    texts = set(bundled_sources().values())
    assert not any(find_blueprint(name).text in texts for name in blueprint_names())
    assert not {name for name in known_modules() if "blueprint" in name or name.strip(".") in blueprint_names()}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tokn", "Did you mean token?"),
        ("token.lua", "Did you mean token?"),
        ("Chatroom", "Did you mean chatroom?"),
        ("arena", "The blueprints are chatroom, token"),
        ("../ao", "The blueprints are chatroom, token"),
        ("", "The blueprints are chatroom, token"),
    ],
)
def test_an_unknown_name_is_refused(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_blueprint(name)
    assert caught.value.message == f"There is no blueprint {name}"
    assert caught.value.hint == hint


def test_a_bundle_is_one_file_with_a_name_of_its_own() -> None:
    made = bundle_blueprint("token", known_modules())
    assert [(file.display, file.path, file.names) for file in made.files] == [("blueprint/token.lua", None, ())]
    assert find_blueprint("token").text in made.data()


def test_a_process_without_the_library_cannot_have_it() -> None:
    with pytest.raises(SourceError, match=r"\.bint"):
        bundle_blueprint("token", {"json"})
