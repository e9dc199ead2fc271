# ruff: noqa: E501 - the Lua programs are tables of one line each
"""A hostile program reaches nothing of the host, and stops nobody but itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from aos_cli.machine import Machine
from aos_cli.machine.port import Limits

LIMITS = Limits(compute=20_000_000, memory_bytes=64 * 1024 * 1024)


def data(result: dict[str, Any]) -> str:
    text = result["Output"]["data"]
    assert isinstance(text, str)
    return text


def evaluated(code: str) -> str:
    return data(Machine(limits=LIMITS).eval(code))


REFUSED = {
    "binary chunk": ('return tostring(load("\\27Lua"))', "nil"),
    "binary chunk, mode b": ('return tostring(load("\\27Lua", "x", "b"))', "nil"),
    "binary chunk, mode bt": ('return tostring(load("\\27Lua", "x", "bt"))', "nil"),
    "binary chunk in pieces": ('local n = 0 return tostring(load(function() n = n + 1 return ({"\\27", "Lua", "S"})[n] end, "x", "bt"))', "nil"),
    "text with mode b": ('return tostring(load("return 1", "x", "b"))', "nil"),
    "dump": ("return tostring(pcall(string.dump, print))", "false"),
    "names in debug": ("local n = {} for k in pairs(debug) do n[#n + 1] = k end return table.concat(n, ' ')", "getinfo traceback"),
    "functions by getinfo": ("return tostring((debug.getinfo(1, 'f') or {}).func or (debug.getinfo(print).func))", "nil"),
    "levels by getinfo": ("for l = 0, 50 do local i = debug.getinfo(l) if i and i.func then return 'func' end end return 'none'", "none"),
    "loadlib": ("return tostring(package.loadlib)", "nil"),
    "searchers of C": ("return tostring(package.searchpath) .. #package.searchers", "nil2"),
    "python": ("return tostring(python) .. tostring(pcall(require, 'python')) .. tostring(package.loaded.python)", "nilfalsenil"),
    "io.open": ("return tostring(io.open('/etc/passwd'))", "nil"),
    "io.popen": ("return tostring(io.popen('true'))", "nil"),
    "io.lines": ("return tostring(pcall(io.lines, '/etc/passwd'))", "false"),
    "loadfile": ("return tostring(loadfile('/etc/passwd'))", "nil"),
    "dofile": ("return tostring(pcall(dofile, '/etc/passwd'))", "false"),
    "os.execute": ("return tostring(os.execute('true'))", "nil"),
    "os.exit": ("return tostring(pcall(os.exit))", "false"),
    "os.getenv": ("return tostring(os.getenv('PATH'))", "nil"),
    "os.remove": ("return tostring(os.remove('/nowhere'))", "nil"),
    "metatable of texts": ("return tostring(getmetatable('')) .. tostring(pcall(setmetatable, '', {}))", "falsefalse"),
    "metatable of files": ("return tostring(getmetatable(io.stdout))", "false"),
    "modules of the host": ("return tostring(pcall(require, 'limits')) .. tostring(pcall(require, '=(machine)'))", "falsefalse"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_way_out_is_closed(code: str, expected: str) -> None:
    assert evaluated(code) == expected


def test_a_message_cannot_yield_to_the_host() -> None:
    """The prompt runs on what is the main thread to the program; a result of its own making would go through."""
    machine = Machine(limits=LIMITS)
    machine.eval("Prompt = function() local well, why = pcall(coroutine.yield, true, '{}') return why end")
    assert machine.eval("1")["Output"]["prompt"] == "attempt to yield from outside a coroutine"
    machine.eval("Prompt = function() return tostring(coroutine.isyieldable()) .. select('#', coroutine.running()) end")
    assert machine.eval("1")["Output"]["prompt"] == "false2"


SCAN = r"""
local seen, found = {}, {}
local function visit(value, path)
  local kind = type(value)
  if kind == "userdata" then found[#found + 1] = path end
  if (kind ~= "table" and kind ~= "thread") or seen[value] then return end
  seen[value] = true
  if kind == "thread" then return end
  visit(getmetatable(value), path .. "<meta>")
  local key, entry = next(value)
  while key ~= nil do
    visit(key, path .. "<key>") visit(entry, path .. "." .. tostring(key))
    key, entry = next(value, key)
  end
end
visit(_G, "_G") visit({coroutine.running()}, "running") visit(debug.getinfo(1), "info")
local ok, e = pcall(error) visit(e, "error")
return #found == 0 and "clean" or table.concat(found, ", ")
"""


def test_nothing_of_python_and_no_real_global_is_in_reach() -> None:
    assert evaluated(SCAN) == "clean"
    real = "local n = 0 for k, v in pairs(_G) do if v == debug.sethook or k == 'python' then n = n + 1 end end return n"
    assert evaluated(real) == "0"
    assert evaluated("return tostring(load('return _ENV')() == _G) .. tostring(_G._G == _G)") == "truetrue"


BREAKS = {
    "_G raises": "setmetatable(_G, {__index = function() error('trap') end, __newindex = function() error('trap') end})",
    "_G loops": "setmetatable(_G, {__index = function() while true do end end})",
    "no debug": "debug = nil setmetatable(_G, {__index = function(t, k) return t[k] end})",
    "no library": "for name, value in pairs(_G) do if type(value) == 'table' and name ~= '_G' then for k in pairs(value) do value[k] = nil end end end",
    "functions that raise": "for _, lib in pairs({string, table, math, coroutine, os, utf8}) do for k in pairs(lib) do lib[k] = function() error('broken') end end end",
    "functions that loop": "for _, lib in pairs({string, table, coroutine, os}) do for k in pairs(lib) do lib[k] = function() while true do end end end end",
    "globals that raise": "for k, v in pairs(_G) do if type(v) == 'function' then _G[k] = function() error('broken') end end end",
    "globals gone": "for k in pairs(_G) do _G[k] = nil end",
    "send": "ao.send = function() while true do end end",
    "json": "require('json').encode = function() return 'not json' end",
    "json returns a table": "require('json').encode = function() return setmetatable({}, {__concat = function() return {} end}) end",
    "tostring": "tostring = function() return {} end",
    "pcall": "pcall = function() return true, {} end",
    "require": "require = function() error('no') end",
    "ao.result": "ao.result = function() return {Output = setmetatable({}, {__index = function() while true do end end})} end",
    "process is a number": "package.loaded['.process'] = 5",
    "process raises a table": "package.loaded['.process'] = {handle = function() error(setmetatable({}, {__tostring = function() while true do end end}), 0) end}",
    "process yields": "package.loaded['.process'] = {handle = function() coroutine.yield(true, 'x') end}",
    "process index raises": "package.loaded['.process'] = setmetatable({}, {__index = function() error(setmetatable({}, {__tostring = function() while true do end end}), 0) end})",
    "result loops": "package.loaded['.process'] = {handle = function() return setmetatable({}, {__index = function() while true do end end}) end}",
    "searchers": "package.searchers = setmetatable({}, {__index = function() while true do end end})",
    "Handlers": "Handlers.list = setmetatable({}, {__index = function() return {} end})",
    "coroutine list": "Handlers.coroutines = setmetatable({}, {__index = function() return coroutine.running() end})",
    "Inbox": "Inbox = setmetatable({}, {__len = function() return 1 << 62 end})",
    "print logs": "HANDLER_PRINT_LOGS = setmetatable({}, {__len = function() return 1 << 62 end, __index = function() return '' end})",
    "Prompt": "Prompt = function() error({}) end",
    "outbox": "ao.outbox = nil",
    "outbox loops": "ao.outbox = setmetatable({}, {__index = function(t) return t end, __newindex = function() end})",
    "os.time": "os.time = nil os = nil",
    "collectgarbage": "collectgarbage('stop') collectgarbage('collect')",
}  # fmt: skip


@pytest.mark.parametrize("code", BREAKS.values(), ids=BREAKS)
def test_a_program_breaks_nobody_but_itself(code: str) -> None:
    """Whatever it did to its own library, every message ends with a result of the known shape."""
    machine = Machine(limits=LIMITS)
    results = [machine.eval(code), machine.eval("1 + 1"), machine.send(Action="Ping", Data="x")]
    for result in results:
        assert set(result) in ({"Output", "Messages", "Spawns", "Assignments"}, {"Error"}, {"Throws"})
    machine._native.inspect(["string"])
    assert evaluated("1 + 1") == "2"


CRASHES = {
    "_G raises without debug": "debug = nil setmetatable(_G, {__index = function(t, k) error('boom ' .. tostring(k)) end}) return 1",
    "altered bytecode": "local d = '\\27LuaS\\0\\25\\147\\r\\n\\26\\n' for i = 1, 200 do load(d .. ('\\255'):rep(i), 'x', 'b') end",
    "bad comparator": "local t = {} for i = 1, 1000 do t[i] = i end return tostring(pcall(table.sort, t, function() return true end))",
    "yield in a comparator": "return coroutine.wrap(function() table.sort({3, 2, 1}, function() coroutine.yield() end) end)()",
    "wide format": "return #string.format('%99.99f', 1e300)",
    "deep parse": "return tostring(load('return ' .. ('{'):rep(100000)))",
    "deep parentheses": "return tostring(load('return ' .. ('('):rep(100000) .. '1' .. (')'):rep(100000)))",
    "many locals": "return tostring(load(('local a '):rep(100000)))",
    "many upvalues": "local s = '' for i = 1, 190 do s = s .. 'local a' .. i .. '=1 ' end return tostring(load(s .. ' return function() return a1 end'))",
    "deep pcall": "local function f() return pcall(f) end return tostring(f())",
    "deep coroutines": "local function f() return coroutine.wrap(f)() end return tostring(pcall(f))",
    "deep gsub": "local function f() return ('a'):gsub('a', f) end return tostring(pcall(f))",
    "deep tostring": "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(pcall(tostring, t))",
    "deep sort": "local function f() table.sort({1, 2, 3}, f) end return tostring(pcall(f))",
    "deep recursion": "local function f() return 1 + f() end return tostring(pcall(f))",
    "recursion in a handler": "local function f() return 1 + f() end return tostring(xpcall(f, f))",
    "deep __index": "local t = {} for i = 1, 300 do t = setmetatable({}, {__index = t}) end return tostring(t.x)",
    "__index to itself": "local t = {} setmetatable(t, {__index = t}) t.__index = t return tostring(pcall(function() return t.x end))",
    "large code point": "return #utf8.char(0x7FFFFFFF)",
    "concat of nothing": "return tostring(pcall(table.concat, {}, 'x', 1, 1 << 40))",
    "unpack of nothing": "return tostring(pcall(table.unpack, {}, 1, 1e8))",
    "rep too large": "return tostring(pcall(string.rep, 'xx', 1 << 62)) .. string.rep('x', -1)",
    "select": "return tostring(pcall(select, -5, 1, 2))",
    "long keys": "local t = {} for i = 1, 2000 do t[('a'):rep(100) .. i .. ('a'):rep(100)] = i end return 'ok'",
    "cycle as data": "local t = {} t.t = t ao.send({Target = 'x', Data = t})",
    "cycle as tags": "local t = {} t.t = t ao.send({Target = 'x', Tags = t, Loop = t})",
    "cycle as output": "local t = {} t.t = t ao.outbox.Output = t return t",
    "cycle through a metatable": "local t = {} setmetatable(t, t) t.__index = t return t",
    "cycle as an error": "local t = {} t.t = t error(t)",
    "throwing __tostring as an error": "error(setmetatable({}, {__tostring = function() error('again') end}))",
    "coroutine as data": "ao.send({Target = 'x', Data = coroutine.running()}) return coroutine.running()",
    "numbers as keys": "local t = {[0/0 ~= 0/0 and 1 or 2] = 1, [1/0] = 2, [-0.0] = 3, [2^53] = 4, [math.mininteger] = 5} return #tostring(t)",
    "NaN as a key": "return tostring(pcall(function() local t = {} t[0/0] = 1 end))",
    "infinity as data": "ao.send({Target = 'x', Data = 1/0, Number = -1/0, Not = 0/0})",
    "bytes that are no text": "ao.send({Target = 'x', Data = '\\0\\255\\254\\200', ['\\255'] = '\\0'}) print('\\255\\0') return '\\237\\160\\128'",
    "division": "return tostring(pcall(function() return math.mininteger // -1, math.mininteger % -1, 1 // 0 end))",
    "format of everything": "return tostring(pcall(string.format, '%d %s %q', 1, {}, {}))",
    "pack": "return tostring(pcall(string.pack, 'i17', 1)) .. tostring(pcall(string.unpack, 's8', ('\\255'):rep(8)))",
    "many sends": "for i = 1, 2000 do ao.send({Target = 'x', Data = i}) end return 'sent'",
    "close of a running coroutine": "local co = coroutine.running() return tostring(coroutine.resume(co)) .. tostring(pcall(coroutine.wrap(function() end), co))",
}  # fmt: skip

PROGRAM = """
import json, sys
from aos_cli.machine import Machine
from aos_cli.machine.port import Limits
answers = {}
for name, code in json.load(sys.stdin).items():
    machine = Machine(limits=Limits(compute=20_000_000, memory_bytes=256 * 1024 * 1024))
    first = machine.eval(code)
    answers[name] = [first, machine.eval("1 + 1").get("Output", {}).get("data"), machine.send(Action="x")]
    print(name, file=sys.stderr, flush=True)
print(json.dumps(answers))
"""


def test_nothing_crashes_the_program() -> None:
    """In a program of its own, so that an abort or a segmentation fault is seen as one."""
    run = subprocess.run([sys.executable, "-c", PROGRAM], input=json.dumps(CRASHES), capture_output=True, text=True)
    assert run.returncode == 0, f"rc {run.returncode} after {run.stderr[-300:]}"
    answers = json.loads(run.stdout)
    assert set(answers) == set(CRASHES)
    assert {name for name, (_, second, _) in answers.items() if second != "2"} <= {"_G raises without debug"}
    assert answers["deep recursion"][0]["Output"]["data"] == "false"
    assert answers["deep parse"][0]["Output"]["data"] == "nil"
    assert answers["bytes that are no text"][0]["Messages"][0]["Data"] == "\0\ufffd\ufffd\ufffd"
    assert answers["many sends"][0]["Messages"][1999]["Data"] == 2000
    assert "Throws" in answers["infinity as data"][0]
    assert "Throws" in answers["cycle as an error"][0]


def test_inspecting_calls_no_function_of_the_program() -> None:
    machine = Machine(limits=LIMITS)
    machine.eval(
        "T = setmetatable({a = 1}, {__index = function() while true do end end, __len = function() while true do end end,"
        " __pairs = function() while true do end end, __tostring = function() while true do end end, __eq = error})"
    )
    looked = machine._native.inspect(["T"])
    assert looked is not None
    assert (looked.type, looked.fields) == ("table", {"a": "number"})
    assert machine._native.inspect(["T", "missing"]) is None
    assert machine._native.read(["T"], 1, 2) == [None, None]


def test_reading_shared_tables_ends() -> None:
    machine = Machine(limits=LIMITS)
    machine.eval(
        "local t = {1} for i = 1, 30 do local u = {} for j = 1, 200 do u[j] = t end t = u end T = {t, {a = {b = 1}}}"
    )
    first, second = machine._native.read(["T"], 1, 2)
    assert len(json.dumps(first)) < 100_000
    assert second == {"a": {"b": 1}}
