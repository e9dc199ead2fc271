"""Bundles at work: real files, run by a real Lua 5.3 as one Eval message."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lua_process import LuaError, Process

from aos_cli.errors import SourceError
from aos_cli.source.bundle import Bundle, bundle, bundle_text

Make = Callable[..., Bundle]


def failure(process: Process, data: bytes | str) -> str:
    with pytest.raises(LuaError) as caught:
        process.eval(data)
    return str(caught.value)


def test_a_single_file_runs_and_its_value_is_the_messages(bundled: Make, process: Process) -> None:
    assert process.eval(bundled({"main.lua": "Count = 41\nreturn Count + 1"}).data()) == 42
    assert process.eval("Count") == 41


def test_only_the_first_value_is_given_to_the_process(bundled: Make, process: Process) -> None:
    assert process.eval(bundled({"main.lua": "return ('abc'):gsub('b', 'x')"}).data()) == "axc"
    files = {"a.lua": "return 1, 2", "main.lua": "return require 'a', 3"}
    assert process.eval(bundled(files, "main.lua").data()) == 1
    assert process.eval(bundled(files, "main.lua", "a.lua").data()) == 1


def test_files_run_in_order_and_the_last_one_gives_the_value(bundled: Make, process: Process) -> None:
    files = {"one.lua": "print 'one' return 1", "two.lua": "print 'two' return 2", "three.lua": "print 'three'"}
    assert process.eval(bundled(files, "two.lua", "one.lua").data()) == 1
    assert process.printed == ["two", "one"]
    assert process.eval(bundled(files, "one.lua", "three.lua").data()) is None


def test_modules_run_when_they_are_first_required_and_once(bundled: Make, process: Process) -> None:
    """L06, L07: lazily, in the order of the calls."""
    files = {
        "main.lua": "print 'main' local b = require 'b' require 'a' require 'b' function Late() return require 'c' end",
        "a.lua": "print 'a'",
        "b.lua": "print 'b' require 'a' return {}",
        "c.lua": "print 'c' return 'late'",
    }
    process.eval(bundled(files).data())
    assert process.printed == ["main", "b", "a"]
    assert process.eval("Late() .. Late()") == "latelate"
    assert process.printed == ["c"]


def test_a_module_gets_its_name_and_file(bundled: Make, process: Process) -> None:
    """L07, L08: `...` as Lua's own `require` gives it."""
    files = {
        "main.lua": "return require 'lib.a' .. ' ' .. select('#', ...)",
        "lib/a.lua": "return table.concat({...}, ' ')",
    }
    assert process.eval(bundled(files).data()) == "lib.a lib/a.lua 0"


@pytest.mark.parametrize("name", ["lib/c", "@scope/my lib", "my-lib", "with space", "gr\u00fcn", 'a"b', "a\\b", "]]"])
def test_any_name_makes_valid_lua(bundled: Make, process: Process, name: str) -> None:
    """L08: names with `/`, `@`, blanks and quotes."""
    literal = name.replace("\\", "\\\\").replace("'", "\\'")
    result = bundled({"main.lua": f"return require '{literal}'", f"{name}.lua": "return (...)"})
    assert process.eval(result.data()) == name


def test_names_that_look_alike_stay_apart(bundled: Make, process: Process) -> None:
    """L08: `a.b`, `a_b` and `a-b`."""
    files = {"a/b.lua": "return 1", "a_b.lua": "return 2", "a-b.lua": "return 3"}
    main = "return require('a.b') .. require('a_b') .. require('a-b') .. require('a.b')"
    assert process.eval(bundled({"main.lua": main, **files}).data()) == "1231"


def test_there_may_be_more_modules_than_locals(bundled: Make, process: Process) -> None:
    """L08: more than 200, and more than 255."""
    files = {f"m{index}.lua": f"return {index}" for index in range(300)}
    main = "local sum = 0\n" + "".join(f"sum = sum + require 'm{index}'\n" for index in range(300)) + "return sum"
    assert process.eval(bundled({"main.lua": main, **files}).data()) == sum(range(300))


def test_a_chain_of_modules_may_be_deep(bundled: Make, process: Process) -> None:
    files = {f"m{index}.lua": f"return 1 + require 'm{index + 1}'" for index in range(60)}
    assert process.eval(bundled({"main.lua": "return require 'm0'", **files, "m60.lua": "return 0"}).data()) == 60


def test_a_module_that_returns_nothing_is_true(bundled: Make, process: Process) -> None:
    """L08."""
    assert process.eval(bundled({"main.lua": "return require 'a'", "a.lua": "A = 1"}).data()) is True
    assert process.eval("A") == 1


def test_what_a_module_puts_into_package_loaded_stays(bundled: Make, process: Process) -> None:
    files = {"main.lua": "return require 'a' .. require '.a'", "a.lua": "package.loaded[...] = 'own'"}
    assert process.eval(bundled(files).data()) == "ownown"


def test_both_spellings_share_one_value(bundled: Make, process: Process) -> None:
    """L09."""
    files = {
        "main.lua": "return require('.d') == require('d') and require('./d') == require('d')",
        "d.lua": "N=(N or 0)+1 return {}",
    }
    assert process.eval(bundled(files).data()) is True
    assert process.eval("N") == 1


def test_a_spelling_that_the_files_do_not_use_works_later(bundled: Make, process: Process) -> None:
    """L09: typed at the prompt."""
    process.eval(bundled({"main.lua": "D = require 'd'", "d.lua": "return {}"}).data())
    assert process.eval("require('.d') == D") is True


def test_a_circle_with_a_lazy_require_works(bundled: Make, process: Process) -> None:
    """L10."""
    files = {
        "main.lua": "return require('a').ping(3)",
        "a.lua": "local b = require 'b' local A = {} function A.ping(n) return b.pong(n) end return A",
        "b.lua": "return {pong = function(n) return n == 0 and 'done' or require('a').ping(n - 1) end}",
    }
    assert process.eval(bundled(files).data()) == "done"


def test_a_circle_of_modules_that_publish_themselves_works(bundled: Make, process: Process) -> None:
    """L10: the usual way to allow one."""
    files = {
        "main.lua": "return require('a').b.a.name",
        "a.lua": "local A = {name = 'a'} package.loaded[...] = A A.b = require 'b' return A",
        "b.lua": "return {a = require '.a'}",
    }
    assert process.eval(bundled(files).data()) == "a"


def test_a_circle_that_shows_only_at_run_time_is_told(bundled: Make, process: Process) -> None:
    """L10: not as a stack overflow."""
    files = {
        "main.lua": "require 'a'",
        "a.lua": "return (require 'b')()",
        "b.lua": "return function() return require 'a' + 1 end",
    }
    assert (
        failure(process, bundled(files).data()) == "b.lua:1: modules require each other while they load: a.lua -> a.lua"
    )


def test_a_failed_module_can_be_tried_again(bundled: Make, process: Process) -> None:
    main = "for i = 1, 3 do local ok, value = pcall(require, 'a') print(value) end"
    process.eval(
        bundled({"main.lua": main, "a.lua": "N = (N or 0) + 1\nif N < 3 then error('no ' .. N) end return N"}).data()
    )
    assert process.printed == ["a.lua:2: no 1", "a.lua:2: no 2", "3"]


def test_forgetting_a_module_loads_it_anew(bundled: Make, process: Process) -> None:
    process.eval(bundled({"main.lua": "require 'a'", "a.lua": "N = (N or 0) + 1 return N"}).data())
    assert process.eval("(function() package.loaded.a = nil return require 'a' end)()") == 2
    assert process.eval("require '.a'") == 2


def test_a_forgotten_module_that_returns_nothing_has_no_old_value(bundled: Make, process: Process) -> None:
    process.eval(bundled({"main.lua": "First = true require 'a'", "a.lua": "if First then return 'old' end"}).data())
    assert process.eval("(function() First = nil package.loaded.a = nil return require 'a' end)()") is True


def test_loading_again_replaces_the_modules(bundled: Make, process: Process) -> None:
    """L08: and runs each of them once."""
    main = "local a = require 'a' return a.version .. (a == require '.a' and 'same' or 'other')"
    first = bundled({"main.lua": main, "a.lua": "Runs = (Runs or 0) + 1 return {version = 1}"}).data()
    second = bundled({"a.lua": "Runs = (Runs or 0) + 1 return {version = 2}"}).data()
    assert [process.eval(data) for data in (first, first, second)] == ["1same", "1same", "2same"]
    assert process.eval("Runs") == 3


def test_a_local_file_takes_the_place_of_the_processs_module(bundled: Make, process: Process) -> None:
    """L12."""
    process.eval("(function() package.loaded.json = 'of the process' end)()")
    result = bundled({"main.lua": "return require 'json'", "json.lua": "return 'of the user'"}, known={"json"})
    assert process.eval(result.data()) == "of the user"


def test_a_known_module_is_the_processs(bundled: Make, process: Process) -> None:
    """L05."""
    process.eval("(function() package.loaded.json = 'of the process' end)()")
    assert process.eval(bundled({"main.lua": "return require 'json'"}, known={"json"}).data()) == "of the process"


def test_a_main_file_that_others_require_runs_once(bundled: Make, process: Process) -> None:
    files = {"main.lua": "return require('a').n", "a.lua": "N = (N or 0) + 1 return {n = N}"}
    for mains in (["a.lua", "main.lua"], ["main.lua", "a.lua", "main.lua"]):
        process.eval("(function() N = nil end)()")
        process.eval(bundled(files, *mains).data())
        assert process.eval("N") == 1


def test_a_main_file_may_be_required_later(bundled: Make, process: Process) -> None:
    files = {
        "main.lua": "print 'main' require 'a' return 'value'",
        "a.lua": "function Main() return require 'main' end",
    }
    assert process.eval(bundled(files).data()) == "value"
    assert process.eval("Main()") == "value"
    assert process.printed == []


@pytest.mark.parametrize(
    ("main", "module", "message"),
    [
        ("\n\nerror('boom')", "", "src/main.lua:3: boom"),
        ("x =", "", "src/main.lua:1: unexpected symbol near <eof>"),
        ("\nrequire 'a'", "\n\nnope()", "src/a.lua:3: attempt to call a nil value (global 'nope')"),
        ("require 'a'", "\n\nlocal = 1", "src/a.lua:3: <name> expected near '='"),
        ("#!/usr/bin/env aos\r\n\r\nerror('boom')", "", "src/main.lua:3: boom"),
        (b"\xef\xbb\xbf-- x\rerror('boom')", "", "src/main.lua:2: boom"),
        ("local s = [==[\n]]\n]=]]==] error(s, 0)", "", "]]\n]=]"),
    ],
)
def test_errors_name_the_users_file_and_line(
    bundled: Make, process: Process, main: str | bytes, module: str, message: str
) -> None:
    """L07: chunk names, also for syntax errors."""
    data = bundled({"src/main.lua": main, "src/a.lua": module}, "src/main.lua").data()
    assert failure(process, data) == message


def test_a_file_outside_the_working_folder_is_named_in_full(write: Callable[..., Path]) -> None:
    folder = write({"work/a.lua": "", "main.lua": "require 'work.a'"})
    result = bundle(["../main.lua"], cwd=folder / "work")
    assert [file.display for file in result.files] == ["a.lua", (folder / "main.lua").resolve().as_posix()]


def test_errors_that_are_no_text_pass_through(bundled: Make, process: Process) -> None:
    files = {"main.lua": "local ok, e = pcall(require, 'a') return e.code", "a.lua": "error({code = 7})"}
    assert process.eval(bundled(files).data()) == 7


def test_files_are_bytes(bundled: Make, process: Process) -> None:
    files = {"main.lua": b"local a = require 'a' return #a .. ':' .. a:byte(1, 1)", "a.lua": b"return '\xff\xfe\x00'"}
    assert process.eval(bundled(files).data()) == "3:255"


def test_without_arguments_there_is_no_arg(bundled: Make, process: Process) -> None:
    assert process.eval(bundled({"main.lua": "return select('#', ...) .. tostring(arg)"}).data()) == "0nil"


@pytest.mark.parametrize(
    "arguments", [[], ["one"], ["a b", 'q"\\\n\0', "\u00fc", "\udcff"], [str(n) for n in range(400)]]
)
def test_arguments_are_in_arg_and_in_the_dots(bundled: Make, process: Process, arguments: list[str]) -> None:
    main = (
        "assert(#arg == select('#', ...)) for i, v in ipairs({...}) do assert(arg[i] == v) end A = {...} return arg[0]"
    )
    assert process.eval(bundled({"src/main.lua": main}, "src/main.lua").data(arguments)) == "src/main.lua"
    assert process.eval("#A") == len(arguments)
    for index, argument in enumerate(arguments):
        values = process.eval(f"table.concat({{A[{index + 1}]:byte(1, -1)}}, ' ')")
        assert bytes(map(int, values.split())) == argument.encode("utf-8", "surrogateescape")


def test_each_main_file_has_its_own_name_in_arg(bundled: Make, process: Process) -> None:
    process.eval(
        bundled({"a.lua": "print(arg[0]) arg = nil", "b.lua": "print(arg[0], ...)"}, "a.lua", "b.lua").data(["x"])
    )
    assert process.printed == ["a.lua", "b.lua x"]


def test_a_main_file_may_wait_and_go_on(bundled: Make, process: Process) -> None:
    """A program that receives yields out of its own message."""
    data = bundled(
        {
            "main.lua": "local a = require 'a' local got = coroutine.yield('waits') return got .. a",
            "a.lua": "return '!'",
        }
    )
    process.eval(b"(function() Wait = coroutine.wrap(load([=====[" + data.data() + b"]=====])) end)()")
    assert process.eval("Wait()") == "waits"
    assert process.eval("Wait('got')") == "got!"


def test_modules_that_wait_while_they_load_may_end_in_any_order(bundled: Make, process: Process) -> None:
    """In a process whose `require` can be waited in; here the loaders are called as it would."""
    files = {
        "main.lua": "function Load() require 'a' require 'b' end",
        "a.lua": "coroutine.yield('a waits') return 'a'",
        "b.lua": "coroutine.yield('b waits') return 'b'",
    }
    process.eval(bundled(files).data())
    process.eval(
        "(function() LoadA, LoadB = coroutine.wrap(package.preload.a), coroutine.wrap(package.preload.b) end)()"
    )
    assert [process.eval("LoadA('a')"), process.eval("LoadB('b')")] == ["a waits", "b waits"]
    assert process.eval("LoadA()") == "a"
    assert "b.lua -> b.lua" in process.eval("(select(2, pcall(require, 'b')))")
    assert process.eval("LoadB()") == "b"
    process.eval("(function() LoadA = coroutine.wrap(package.preload.a) end)()")
    assert process.eval("LoadA('a')") == "a waits"


def test_the_bundle_leaves_no_globals(bundled: Make, process: Process) -> None:
    process.eval("(function() Before = {} for name in pairs(_G) do Before[name] = true end end)()")
    process.eval(bundled({"main.lua": "return require 'a'", "a.lua": "return 1"}).data())
    assert (
        process.eval("(function() for name in pairs(_G) do if not Before[name] then return name end end end)()") is None
    )


def test_a_text_that_is_no_file_is_bundled_too(write: Callable[..., Path], process: Process) -> None:
    root = write({"lib/a.lua": "return 'a'"})
    result = bundle_text(b"#!aos\nreturn require 'lib.a' .. ...", root=root)
    assert process.eval(result.data(["!"])) == "a!"
    assert [(file.display, file.path, file.names) for file in result.files] == [
        ("lib/a.lua", root / "lib" / "a.lua", ("lib.a", ".lib.a")),
        ("stdin", None, ()),
    ]
    assert failure(process, bundle_text(b"\nerror 'x'", root=root).data()) == "stdin:2: x"
    with pytest.raises(SourceError, match=r"^stdin:1: module 'gone' not found"):
        bundle_text(b"require 'gone'", root=root)


def test_a_text_may_have_the_name_of_a_file(write: Callable[..., Path], process: Process) -> None:
    root = write({"a.lua": "return 'file'"})
    assert process.eval(bundle_text(b"return 'text of ' .. require 'a'", "a.lua", root=root).data()) == "text of file"


def test_the_size_is_that_of_the_sources(bundled: Make) -> None:
    """L11: what the user wrote, not what it is wrapped in."""
    result = bundled({"main.lua": "return require 'a'", "a.lua": "-- gr\u00fcn", "big.lua": "x" * 1000})
    assert result.size == len("return require 'a'") + len("-- gr\u00fcn".encode())


def test_an_absolute_folder_is_all_that_is_needed(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"main.lua": "", "gone/x": ""})
    monkeypatch.chdir(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    assert [file.display for file in bundle(["main.lua"], cwd=folder).files] == ["main.lua"]
    assert bundle_text(b"", root=folder).size == 0
    with pytest.raises(SourceError, match="current directory was removed"):
        bundle(["main.lua"], cwd=".")


def test_a_file_that_does_not_compile_leaves_the_process_as_it_is(bundled: Make, process: Process) -> None:
    main = "Ran = (Ran or 0) + 1 function Late() return require 'a' end return require 'a'"
    process.eval(bundled({"main.lua": main, "a.lua": "return 'old'"}).data())
    assert failure(process, bundled({"a.lua": "return return"}).data()) == "a.lua:1: unexpected symbol near 'return'"
    assert [process.eval("Ran"), process.eval("Late()")] == [1, "old"]
