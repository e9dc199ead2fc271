"""Only what a process does not have is sent, and what it keeps it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lua_process import LuaError, Process

from aos_cli.source.bundle import Bundle
from aos_cli.source.changes import changed_files, plan

Make = Callable[..., Bundle]

# A program of three layers; each file counts its runs.
FILES = {
    "main.lua": "Runs.main = (Runs.main or 0) + 1 return require('a').text",
    "a.lua": "Runs.a = (Runs.a or 0) + 1 return {text = 'a' .. require('b').text}",
    "b.lua": "Runs.b = (Runs.b or 0) + 1 return {text = 'b'}",
    "c.lua": "Runs.c = (Runs.c or 0) + 1 return {text = 'c'}",
}


class Loader:
    """Loads bundles into a process as the shell does."""

    def __init__(self, process: Process) -> None:
        self.process = process
        process.eval("(function() Runs = {} end)()")

    def digests(self) -> dict[str, str]:
        listed = self.process.eval(
            "(function() local all = {} for name, file in pairs((package.bundled or {modules = {}}).modules) do "
            "all[#all + 1] = name .. ' ' .. file.digest end return table.concat(all, '\\n') end)()"
        )
        return dict(line.split(" ") for line in listed.splitlines())

    def load(self, bundle: Bundle, *, everything: bool = False) -> Any:
        return self.process.eval(plan(bundle, self.digests(), everything=everything).data())

    def statuses(self, bundle: Bundle) -> dict[str, str]:
        made = plan(bundle, self.digests())
        return {file.display: status for file, status in zip(bundle.files, made.statuses, strict=True)}

    @property
    def runs(self) -> dict[str, int]:
        """How often each file ran since the last question."""
        counted = {name: self.process.eval(f"Runs.{name}") for name in ("main", "a", "b", "c")}
        self.process.eval("(function() Runs = {} end)()")
        return {name: count for name, count in counted.items() if count}


@pytest.fixture
def loader(process: Process) -> Loader:
    return Loader(process)


def test_the_first_time_everything_is_sent(bundled: Make, loader: Loader) -> None:
    result = bundled(FILES)
    assert loader.statuses(result) == {"b.lua": "new", "a.lua": "new", "main.lua": "main"}
    assert loader.load(result) == "ab"
    assert loader.runs == {"main": 1, "a": 1, "b": 1}


def test_an_unchanged_module_stays_at_home_and_keeps_its_value(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES))
    loader.process.eval("(function() A, Runs = require 'a', {} require('a').text = 'kept' end)()")
    result = bundled({**FILES, "main.lua": FILES["main.lua"] + " .. '!'"})
    assert loader.statuses(result) == {"b.lua": "unchanged", "a.lua": "unchanged", "main.lua": "main"}
    made = plan(result, loader.digests())
    assert b"Runs.a" not in made.data()
    assert b"Runs.main" in made.data()
    assert loader.load(result) == "kept!"
    assert loader.runs == {"main": 1}
    assert loader.process.eval("A == require '.a'") is True


def test_what_requires_a_changed_module_runs_again(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES, "main.lua", "c.lua"))
    assert loader.runs
    result = bundled({"b.lua": FILES["b.lua"].replace("'b'", "'B'")}, "main.lua", "c.lua")
    assert loader.statuses(result) == {"b.lua": "changed", "a.lua": "again", "main.lua": "main", "c.lua": "main"}
    loader.load(result)
    assert loader.process.eval("require('a').text") == "aB"
    assert loader.runs == {"main": 1, "a": 1, "b": 1, "c": 1}


def test_a_main_file_that_is_a_module_too_runs_with_those_that_require_it(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES))
    result = bundled(FILES, "main.lua", "b.lua")
    assert loader.statuses(result) == {"b.lua": "main", "a.lua": "again", "main.lua": "main"}


def test_a_module_loaded_anew_by_another_program_makes_those_that_hold_it_old(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES))
    other = {"other.lua": "return require('b').text", "b.lua": FILES["b.lua"].replace("'b'", "'B'")}
    loader.load(bundled(other, "other.lua"))
    # b.lua is in the process as it is on disk, but a.lua was built on the one before it.
    assert loader.statuses(bundled(FILES | other)) == {"b.lua": "unchanged", "a.lua": "new", "main.lua": "main"}
    assert loader.load(bundled({})) == "aB"


def test_all_are_sent_when_the_user_says_so(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES))
    assert loader.runs
    loader.load(bundled(FILES), everything=True)
    assert loader.runs == {"main": 1, "a": 1, "b": 1}


@pytest.mark.parametrize(
    "meddling",
    [
        "package.loaded.a = nil",
        "package.loaded.a = 'mine'",
        "package.preload.a = function() return 'mine' end",
        "package.bundled.modules.a = nil",
        "package.bundled = nil",
    ],
)
def test_the_process_has_the_last_word(bundled: Make, loader: Loader, meddling: str) -> None:
    """Between the look and the message another terminal may have changed what the process has."""
    result = bundled(FILES)
    loader.load(result)
    before = loader.digests()
    loader.process.eval(f"(function() {meddling} end)()")
    with pytest.raises(LuaError, match=r"^[ab]\.lua is not in the process any more as it was loaded; load it again$"):
        loader.process.eval(plan(result, before).data())
    assert loader.process.eval("Runs.main") == 1
    # What was refused counts as not loaded from then on.
    assert loader.statuses(result)["a.lua"] == "new"
    assert loader.load(result) == "ab"


def test_a_module_that_waits_to_be_required_is_known_by_its_loader(bundled: Make, loader: Loader) -> None:
    files = {"main.lua": "function Late() return require('a').text end", **{k: FILES[k] for k in ("a.lua", "b.lua")}}
    loader.load(bundled(files))
    assert set(loader.statuses(bundled({})).values()) == {"main", "unchanged"}
    loader.load(bundled({}))
    assert loader.process.eval("Late()") == "ab"
    assert loader.runs == {"a": 1, "b": 1}
    assert set(loader.statuses(bundled({})).values()) == {"main", "unchanged"}


def test_forgetting_a_module_by_hand_makes_those_that_hold_it_old(bundled: Make, loader: Loader) -> None:
    loader.load(bundled(FILES))
    loader.process.eval("(function() package.loaded.b = nil require 'b' end)()")
    assert loader.statuses(bundled({})) == {"b.lua": "new", "a.lua": "new", "main.lua": "main"}


def test_another_spelling_has_to_be_sent(bundled: Make, loader: Loader) -> None:
    loader.load(bundled({"main.lua": "return require 'd'", "d.lua": "return 'd'"}))
    result = bundled({"main.lua": "return require './d'"})
    assert loader.statuses(result) == {"d.lua": "changed", "main.lua": "main"}
    assert loader.load(result) == "d"


def test_the_same_text_under_another_name_is_another_file(bundled: Make, loader: Loader) -> None:
    """Errors would name the old one."""
    loader.load(bundled({"main.lua": "return require 'd'", "d.lua": "return 'd'"}))
    assert loader.statuses(bundled({"x/main.lua": "return require 'd'", "x/d.lua": "return 'd'"}, "x/main.lua")) == {
        "x/d.lua": "changed",
        "x/main.lua": "main",
    }


def test_a_lazy_circle_is_sent_whole(bundled: Make, loader: Loader) -> None:
    files = {
        "main.lua": "return require 'a'",
        "a.lua": "local b = require 'b' return 'a' .. b.text",
        "b.lua": "return {text = 'b', late = function() return require 'a' end}",
    }
    loader.load(bundled(files))
    assert set(loader.statuses(bundled({})).values()) == {"main", "unchanged"}
    result = bundled({"a.lua": "local b = require 'b' return 'A' .. b.text"})
    assert loader.statuses(result) == {"b.lua": "again", "a.lua": "changed", "main.lua": "main"}
    assert loader.load(result) == "Ab"


def test_changed_files_are_those_that_differ_or_else_those_that_went(bundled: Make) -> None:
    before = bundled(FILES)
    after = bundled({"b.lua": "return {text = 'B', c = require 'c'}"})
    assert changed_files(before, after) == ("c.lua", "b.lua")
    assert changed_files(after, after) == ()
    assert changed_files(after, before) == ("b.lua",)
    gone = bundled({"main.lua": FILES["main.lua"]}, loaded={"a"})
    assert changed_files(gone, bundled({})) == ()


# Handlers

HANDLERS = """
Handlers = {list = {}}
function Handlers.add(name, handle)
  for _, entry in ipairs(Handlers.list) do
    if entry.name == name then entry.handle = handle return end
  end
  table.insert(Handlers.list, {name = name, handle = handle})
end
"""


def handlers(process: Process) -> list[str]:
    return [
        str(process.eval(f"table.concat(package.bundled.handlers.{change}, ' ')"))
        for change in ("added", "replaced", "removed")
    ]


def test_a_bundle_says_what_it_did_to_the_handlers(bundled: Make, process: Process) -> None:
    process.eval(f"(function() {HANDLERS} end)()")
    add = "Handlers.add('{0}', function() return '{0}' end) "
    process.eval(bundled({"main.lua": add.format("A") + add.format("B")}).data())
    assert handlers(process) == ["A B", "", ""]
    process.eval(bundled({"main.lua": add.format("C") + add.format("B") + "table.remove(Handlers.list, 1)"}).data())
    assert handlers(process) == ["C", "B", "A"]
    process.eval(bundled({"main.lua": "return 1"}).data())
    assert handlers(process) == ["", "", ""]
    assert process.eval("package.bundled.loads") == 3


def test_a_bundle_that_fails_is_not_counted(bundled: Make, process: Process) -> None:
    process.eval(bundled({"main.lua": "return 1"}).data())
    for main in ("error('x')", "x = ="):
        with pytest.raises(LuaError):
            process.eval(bundled({"main.lua": main}).data())
    assert process.eval("package.bundled.loads") == 1


@pytest.mark.parametrize("code", ["Handlers = 5", "Handlers = {}", "Handlers = {list = {5, {}, {name = {}}}}"])
def test_a_process_may_do_what_it_likes_to_its_handlers(bundled: Make, process: Process, code: str) -> None:
    assert process.eval(bundled({"main.lua": f"{code} return 'fine'"}).data()) == "fine"
    assert handlers(process) == ["", "", ""]
