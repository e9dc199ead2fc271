"""What holds for every leaf file of the library: it writes no globals and needs none once it is loaded."""

from __future__ import annotations

import re

import pytest
from lua_loader import LIBRARY, LuaLibrary, require_name, sources
from lupa.lua53 import LuaRuntime

LEAVES = [
    "json",
    "bit32",
    ".base64",
    ".bint",
    ".bint-arithmetic",
    ".bint-conversion",
    ".bint-logic",
    ".bint-words",
    ".chance",
    ".colors",
    ".compat",
    ".dump",
    ".handlers-utils",
    ".handlers-worker",
    ".pretty",
    ".stringify",
    ".utils",
]

# Every use of each leaf that goes through most of its code.
USES = """
local json, bint, utils = require("json"), require(".bint")(256), require(".utils")
local parts = {}
local function show(value) parts[#parts + 1] = value end
show(json.encode({ a = { 1, "x\\n", true } }))
show(json.decode('{"a":[1,"x\\\\n\\\\u00e9",true,null]}').a[2])
show(require(".base64").decode(require(".base64").encode("any text")))
show(bint.tobase(bint("123456789012345678901234567890") * 77 // 3 % 1000007 << 5 ~ 3, 16))
show(bint.tobase(bint.ipow(3, 100), 10))
show(require(".chance").integer(1, 10) >= 1)
show(require(".stringify").format({ a = { 1, true } }))
show(require(".pretty").tprint({ a = { b = false } }))
show(require(".dump")({ ["end"] = { 1, 2 } }))
show(require("bit32").replace(0, 5, 4, 4))
show(utils.normalize("some_name"))
show(utils.matchesSpec({ Action = "Ping", Tags = {} }, { Action = "p.*g" }))
show(utils.reduce(function(a, b) return a + b end, 0, utils.map(function(x) return x * 2 end, { 1, 2, 3 })))
show(require(".handlers-utils").continue("Ping")({ Action = "Ping" }))
return parts
"""

WATCH = 'getmetatable(_G).__newindex = function(_, name) error("global " .. name, 0) end'
REPLACE = """
for _, name in ipairs({ "string", "table", "math", "utf8", "debug", "pairs", "ipairs", "next", "type", "error",
  "assert", "tonumber", "select", "getmetatable", "setmetatable", "rawget", "rawlen", "pcall" }) do
  rawset(_G, name, false)
end
"""
JOIN = """
local texts = {}
for index, value in ipairs_(uses) do texts[index] = tostring_(value) end
return join(texts, "|")
"""


def test_every_leaf_is_there() -> None:
    assert set(LEAVES) <= sources().keys()


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_writes_no_globals(name: str) -> None:
    library = LuaLibrary()
    library.run(WATCH)
    assert library.run(f'require("{name}") ~= nil') is True


def test_the_watch_for_globals_sees_them() -> None:
    library = LuaLibrary()
    library.run(WATCH)
    assert library.failure("leaked = 1") == "global leaked"


def test_leaves_work_after_a_program_replaced_the_standard_names() -> None:
    """Only `tostring` is looked up late, in `.stringify`, as programs may replace it there."""
    answers = []
    for replaced in (False, True):
        library = LuaLibrary("join, ipairs_, tostring_, load_ = table.concat, ipairs, tostring, load")
        if replaced:
            for name in LEAVES:
                library.run(f'require("{name}")')
            library.run(REPLACE)
        library.define("uses_text", USES)
        library.run('uses = load_(uses_text, "uses", "t", _G)()')
        answers.append(library.run(JOIN))
    assert answers[0] == answers[1]
    assert answers[0].count("|") == 13


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_says_what_it_depends_on(name: str) -> None:
    text = sources()[name]
    head = re.search(r"^-- Dependencies: (.*)$", text, re.MULTILINE)
    assert head is not None
    named = set() if head[1] == "none" else set(head[1].split(", "))
    assert named == set(re.findall(r'require\("([^"]+)"\)\n', text.split("-- @module")[1])) | set(
        re.findall(r'= require\("([^"]+)"\)\.', text)
    )
    assert f"-- @module {name}\n" in text


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_compiles_under_its_name(name: str) -> None:
    """The chunk name is what positions in error texts begin with."""
    path = LIBRARY / (name.lstrip(".") + ".lua")
    assert require_name(path) == name
    lua = LuaRuntime()
    load = lua.eval("function(text, name) return (load(text, name, 't')) end")
    assert load(path.read_text(encoding="utf-8"), name) is not None


@pytest.mark.parametrize("name", LEAVES)
def test_a_leaf_can_be_read_in_one_sitting(name: str) -> None:
    lines = sources()[name].splitlines()
    assert len(lines) < 400
    assert max(map(len, lines)) <= 120
