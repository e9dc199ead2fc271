"""Which files a program consists of, and what is said when one is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aos_cli.errors import SourceError
from aos_cli.source.bundle import Bundle, BundleError, bundle

Make = Callable[..., Bundle]


def displays(bundle: Bundle) -> list[str]:
    return [file.display for file in bundle.files]


def names(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    return {file.display: file.names for file in bundle.files}


def test_nested_names_start_at_the_folder_of_the_main_file(bundled: Make) -> None:
    """L01."""
    files = {"src/main.lua": 'require "lib.a"', "src/lib/a.lua": 'require "b"', "src/b.lua": "", "src/lib/b.lua": ""}
    assert displays(bundled(files, "src/main.lua")) == ["src/b.lua", "src/lib/a.lua", "src/main.lua"]


def test_a_folder_is_a_module_by_its_init_file(bundled: Make) -> None:
    """L02."""
    files = {"main.lua": 'require "a" require "b"', "a/init.lua": "", "b.lua": "", "b/init.lua": "", "x.lua/y": ""}
    assert displays(bundled(files)) == ["a/init.lua", "b.lua", "main.lua"]


def test_search_adds_folders_and_patterns_behind_the_root(bundled: Make) -> None:
    """L02: what LUA_PATH gives, the caller passes as `search`."""
    main = 'require "a" require "b" require "c"'
    files = {"main.lua": main, "a.lua": "", "v/a.lua": "", "v/b.lua": "", "w/c/m.lua": ""}
    assert displays(bundled(files, search=["v", "w/?/m.lua"])) == ["a.lua", "v/b.lua", "w/c/m.lua", "main.lua"]


def test_requires_come_from_tokens(bundled: Make) -> None:
    """L03 and L04."""
    main = """local a,b = require("a"), require("b") --[[ require "no" ]]
    local s = "-- require 'no'" local c = require [[c]]
    """
    files = {"main.lua": main, "a.lua": "", "b.lua": "", "c.lua": ""}
    assert displays(bundled(files)) == ["a.lua", "b.lua", "c.lua", "main.lua"]


def test_a_missing_module_is_an_error_with_place_and_paths(bundled: Make) -> None:
    """L05."""
    files = {"src/main.lua": 'require "a"', "src/a.lua": '\n\nlocal x = require "lib.gone"'}
    with pytest.raises(SourceError) as caught:
        bundled(files, "src/main.lua", search=["v"])
    assert caught.value.message == (
        "src/a.lua:3: module 'lib.gone' not found "
        "(tried src/lib/gone.lua, src/lib/gone/init.lua, v/lib/gone.lua, v/lib/gone/init.lua)"
    )
    assert "pcall(require, 'lib.gone')" in caught.value.hint


def test_a_known_module_is_left_to_the_process(bundled: Make) -> None:
    """L05."""
    assert displays(bundled({"main.lua": 'require "json" require ".utils"'}, known={"json", ".utils"})) == ["main.lua"]


def test_the_other_spelling_of_a_known_module_is_told(bundled: Make) -> None:
    """L05."""
    with pytest.raises(SourceError) as caught:
        bundled({"main.lua": 'require "utils"'}, known={".utils"})
    assert caught.value.hint == "The process has a module '.utils'"


def test_optional_and_dynamic_modules_may_be_missing(bundled: Make) -> None:
    """L05."""
    files = {"main.lua": 'pcall(require, "gone") pcall(require, "here") require(name)', "here.lua": ""}
    result = bundled(files)
    assert displays(result) == ["here.lua", "main.lua"]
    assert result.absent == (("gone", "main.lua:1"),)
    assert result.computed == ("main.lua:1",)


def test_a_module_from_an_earlier_bundle_may_be_missing_on_disk_or_be_replaced(bundled: Make) -> None:
    """L05, L12: what came from files is not the process's own."""
    loaded = {"a", ".a", "b", ".b"}
    result = bundled({"main.lua": "require 'a' require 'b'", "a.lua": ""}, loaded=loaded)
    assert names(result) == {"a.lua": ("a", ".a"), "main.lua": ()}
    assert result.shadowed == ()


def test_a_bundle_says_where_a_file_was_looked_for(bundled: Make, tmp_path: Path) -> None:
    files = {"main.lua": "require 'a' require 'json' pcall(require, 'x')", "a/init.lua": ""}
    places = ["main.lua", "a.lua", "a/init.lua", "json.lua", "json/init.lua", "x.lua", "x/init.lua"]
    assert bundled(files, known={"json"}).looked == tuple(tmp_path / place for place in places)
    with pytest.raises(BundleError) as caught:
        bundled({"main.lua": "require 'a' require 'gone' require 'b'", "b.lua": ""})
    places = ["main.lua", "a.lua", "a/init.lua", "gone.lua", "gone/init.lua"]
    assert caught.value.looked == tuple(tmp_path / place for place in places)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ""])
def test_a_name_that_leads_outside_is_refused_with_its_place(bundled: Make, name: str) -> None:
    with pytest.raises(SourceError, match=r"^sub/main\.lua:2: the module '.*' has ") as caught:
        bundled({"x.lua": "", "sub/main.lua": f"\nrequire '{name}'"}, "sub/main.lua")
    assert caught.value.hint


def test_dependencies_come_first_and_each_file_once(bundled: Make) -> None:
    """L06."""
    files = {
        "main.lua": 'require "a" require "b" require "c"',
        "a.lua": 'require "b"',
        "b.lua": 'require "c"',
        "c.lua": "",
    }
    assert displays(bundled(files)) == ["c.lua", "b.lua", "a.lua", "main.lua"]


def test_both_spellings_belong_to_one_file(bundled: Make) -> None:
    """L09."""
    result = bundled({"main.lua": "require('.d') require('d') require './e'", "d.lua": "", "e.lua": ""})
    assert names(result) == {"d.lua": (".d", "d"), "e.lua": ("./e", "e", ".e"), "main.lua": ()}


def test_two_names_of_one_physical_file_are_one_module(bundled: Make, tmp_path: Path) -> None:
    """L09: links too."""
    (tmp_path / "b.lua").symlink_to("a.lua")
    result = bundled({"main.lua": 'require "a" require "b" require "x.y" require "x/y"', "a.lua": "", "x/y.lua": ""})
    assert names(result) == {"a.lua": ("a", ".a", "b", ".b"), "x/y.lua": ("x.y", ".x.y", "x/y", ".x/y"), "main.lua": ()}


def test_a_circle_of_loading_modules_is_told_with_its_lines(bundled: Make) -> None:
    """L10."""
    files = {"main.lua": 'require "a"', "a.lua": '\nrequire "b"', "b.lua": '\n\nrequire "c"', "c.lua": 'require "a"'}
    with pytest.raises(SourceError) as caught:
        bundled(files)
    assert caught.value.message == (
        "modules require each other while they load: a.lua -> b.lua -> c.lua -> a.lua (at a.lua:2, b.lua:3, c.lua:1)"
    )
    assert caught.value.hint


@pytest.mark.parametrize(
    "files", [{"main.lua": 'require "main"'}, {"main.lua": 'require "a"', "a.lua": 'require "main"'}]
)
def test_a_circle_through_the_main_file_is_told(bundled: Make, files: dict[str, str]) -> None:
    """L10."""
    with pytest.raises(SourceError, match=r"main\.lua -> (a\.lua -> )?main\.lua"):
        bundled(files)


def test_a_file_that_replaces_a_known_module_is_used_and_reported(bundled: Make) -> None:
    """L12."""
    files = {"main.lua": 'require "json" require "a" require ".utils"', "json.lua": "", "a.lua": "", "utils.lua": ""}
    result = bundled(files, known={"json", ".utils", "ao"})
    assert result.shadowed == ("json", ".utils")
    assert displays(result) == ["json.lua", "a.lua", "utils.lua", "main.lua"]


def test_a_spelling_that_nobody_wrote_replaces_nothing(bundled: Make) -> None:
    """L12: the process itself uses its `.utils`."""
    result = bundled({"main.lua": 'require "utils"', "utils.lua": ""}, known={".utils"})
    assert names(result)["utils.lua"] == ("utils",)
    assert result.shadowed == ()


def test_the_process_stands_before_the_search_folders(bundled: Make) -> None:
    """L12: a library somewhere on the computer is not a local file."""
    result = bundled({"main.lua": 'require "json"', "rocks/json.lua": ""}, known={"json"}, search=["rocks"])
    assert displays(result) == ["main.lua"]


def test_main_files_of_two_folders_may_not_have_two_modules_of_one_name(bundled: Make) -> None:
    files = {"a/main.lua": 'require "util"', "a/util.lua": "", "b/main.lua": '\nrequire "util"', "b/util.lua": ""}
    with pytest.raises(SourceError) as caught:
        bundled(files, "a/main.lua", "b/main.lua")
    assert caught.value.message == (
        "two files would be module 'util': a/util.lua (required at a/main.lua:1) "
        "and b/util.lua (required at b/main.lua:2)"
    )


def test_main_files_keep_their_order_and_count_once(bundled: Make) -> None:
    files = {"main.lua": 'require "a"', "a.lua": "", "z.lua": ""}
    result = bundled(files, "z.lua", "main.lua", "./a.lua", "z.lua")
    assert [main.display for main in result.mains] == ["z.lua", "main.lua", "a.lua"]
    assert displays(result) == ["z.lua", "a.lua", "main.lua"]


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        bundle([], cwd=tmp_path)
    with pytest.raises(SourceError, match=r"^cannot read main\.lua"):
        bundle(["main.lua"], cwd=tmp_path)


def test_a_long_chain_of_modules_is_no_problem(bundled: Make) -> None:
    files = {f"m{index}.lua": f'require "m{index + 1}"' for index in range(1200)}
    result = bundled({"main.lua": 'require "m0"', **files, "m1200.lua": ""})
    assert displays(result)[:2] == ["m1200.lua", "m1199.lua"]
