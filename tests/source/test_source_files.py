"""Reading and finding Lua files."""

from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.errors import SourceError
from aos_cli.source.files import (
    absolute_path,
    clean_source,
    display_name,
    file_identity,
    module_candidates,
    name_fault,
    read_file,
    search_candidates,
)


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (b"\xef\xbb\xbfx = 1\n", b"x = 1\n"),
        (b"#!/usr/bin/env lua\nx = 1\n", b"\nx = 1\n"),
        (b"\xef\xbb\xbf#!lua\r\nx", b"\nx"),
        (b"#only", b""),
        (b"a\r\nb\rc\n\rd\n\ne", b"a\nb\nc\nd\n\ne"),
        (b"x = '\xff' #t", b"x = '\xff' #t"),
        (b"", b""),
    ],
)
def test_clean_source_keeps_the_lines(content: bytes, source: bytes) -> None:
    assert clean_source(content) == source


def test_a_missing_file_is_named_with_the_folder_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^cannot read nope\.lua: No such file or directory$") as caught:
        read_file(tmp_path / "nope.lua", tmp_path)
    assert str(tmp_path) in caught.value.hint


def test_a_folder_is_no_lua_file(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with pytest.raises(SourceError, match=r"^src is a folder, not a Lua file$"):
        read_file(tmp_path / "src", tmp_path)


def test_an_unreadable_module_is_named_with_its_require(tmp_path: Path) -> None:
    (tmp_path / "loop.lua").symlink_to("loop.lua")
    with pytest.raises(SourceError, match=r"^cannot read loop\.lua: .+, required at main\.lua:3$"):
        read_file(tmp_path / "loop.lua", tmp_path, "main.lua:3")


def test_a_path_with_a_nul_is_an_error_of_the_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="null"):
        read_file(tmp_path / "a\0b.lua", tmp_path)


def test_compiled_lua_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.lua").write_bytes(b"\x1bLuaS\x00")
    with pytest.raises(SourceError, match=r"x\.lua is compiled Lua"):
        read_file(tmp_path / "x.lua", tmp_path)


def test_a_display_is_what_the_user_would_type() -> None:
    assert display_name(Path("/home/me/app/lib/a.lua"), Path("/home/me/app")) == "lib/a.lua"
    assert display_name(Path("/home/me/other.lua"), Path("/home/me/app")) == "/home/me/other.lua"


def test_parent_folders_are_followed_as_the_system_does(tmp_path: Path) -> None:
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inner")
    assert absolute_path("link/../x.lua", tmp_path) == tmp_path.resolve() / "real" / "x.lua"
    assert absolute_path("link/./x.lua", tmp_path) == tmp_path / "link" / "x.lua"


def test_links_have_the_identity_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("")
    (tmp_path / "b.lua").symlink_to("a.lua")
    (tmp_path / "c.lua").write_text("")
    assert file_identity(tmp_path / "a.lua") == file_identity(tmp_path / "b.lua") != file_identity(tmp_path / "c.lua")
    assert file_identity(tmp_path / "none.lua") is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a", "a"),
        ("a.b.c", "a/b/c"),
        (".d", "d"),
        ("./d", "d"),
        ("lib/c", "lib/c"),
        ("@scope/my-lib x", "@scope/my-lib x"),
        ("a//b.", "a/b"),
    ],
)
def test_a_name_becomes_a_path(name: str, path: str) -> None:
    """L02."""
    assert name_fault(name) == ""
    assert module_candidates(name, Path("/lua")) == [Path(f"/lua/{path}.lua"), Path(f"/lua/{path}/init.lua")]


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../b", "..x", "C:\\x", "C:/x", "\\x", "", ".", "/", "./"])
def test_a_name_that_leads_elsewhere_has_a_fault(name: str) -> None:
    assert name_fault(name)


def test_search_entries_are_folders_or_patterns() -> None:
    assert search_candidates("a.b", ["vendor", "/usr/lua/?/main.lua", "lib/?-?.lua"], Path("/home")) == [
        Path("/home/vendor/a/b.lua"),
        Path("/home/vendor/a/b/init.lua"),
        Path("/usr/lua/a/b/main.lua"),
        Path("/home/lib/a/b-a/b.lua"),
    ]
