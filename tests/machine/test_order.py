# ruff: noqa: E501 - the Lua programs are tables of one line each
"""Everything that Lua leaves to addresses, clocks and the collector has one order here."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aos_cli.machine import Machine


def evaluated(code: str, machine: Machine | None = None) -> str:
    result = (machine or Machine()).eval(code)
    assert "Output" in result, result
    text = result["Output"]["data"]
    assert isinstance(text, str)
    return text


# Joins what pairs, or a walk by next, gives for a table.
WALKS = """
local function show(k) return type(k) == "table" and "T" or tostring(k) end
local function byPairs(t) local r = {} for k in pairs(t) do r[#r + 1] = show(k) end return table.concat(r, " ") end
local function byNext(t)
  local r, k = {}, next(t)
  while k ~= nil do r[#r + 1] = show(k) k = next(t, k) end
  return table.concat(r, " ")
end
"""

ORDERS = {
    "texts": ("{b = 1, a = 1, B = 1, ['10'] = 1, ['9'] = 1, [''] = 1}", " 10 9 B a b"),
    "array first": ("{z = 1, 10, 20, 30}", "1 2 3 z"),
    "numbers": ("{[-1] = 1, [0] = 1, [1.5] = 1, [100] = 1, [1] = 1, [2] = 1, [-1.5] = 1}", "1 2 100 -1.5 -1 0 1.5"),
    "sparse": ("{[5] = 1, [3] = 1, [1000000] = 1}", "3 5 1000000"),
    "booleans": ("{[true] = 1, [false] = 1, x = 1, 1}", "1 x false true"),
    "tables last": ("{[{}] = 1, [true] = 1, [7] = 1}", "7 true T"),
    "infinities": ("{[1/0] = 1, [-1/0] = 1, [0] = 1}", "-inf 0 inf"),
    "nothing": ("{}", ""),
    "holes": ("(function() local t = {1, 2, 3, 4, 5} t[2] = nil t[4] = nil return t end)()", "1 3 5"),
    "after removal": ("(function() local t = {a = 1, b = 2, c = 3} t.b = nil t.d = 4 return t end)()", "a c d"),
    "proxy": ("setmetatable({b = 1, a = 2}, {__index = {c = 1}, __len = function() return 9 end})", "a b"),
}  # fmt: skip


@pytest.mark.parametrize("walk", ["byPairs", "byNext"])
@pytest.mark.parametrize(("table", "expected"), ORDERS.values(), ids=ORDERS)
def test_a_walk_follows_the_content(table: str, expected: str, walk: str) -> None:
    assert evaluated(f"{WALKS} return {walk}({table})") == expected


keys = st.lists(st.integers(-3, 12) | st.text(alphabet="abz", max_size=2) | st.booleans(), max_size=12, unique_by=repr)


@settings(max_examples=60, deadline=None)
@given(keys, st.integers())
def test_the_history_of_a_table_does_not_matter(found: list[object], seed: int) -> None:
    machine = Machine()
    shuffled = found[:]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, no secret

    def build(order: list[object]) -> str:
        texts = [
            str(key).lower() if isinstance(key, bool) else f"'{key}'" if isinstance(key, str) else str(key)
            for key in order
        ]
        return "local t = {} " + " ".join(f"t[{text}] = 1" for text in texts)

    expected = evaluated(f"{WALKS} {build(found)} return byPairs(t) .. '|' .. byNext(t)", machine)
    assert evaluated(f"{WALKS} {build(shuffled)} return byPairs(t) .. '|' .. byNext(t)", machine) == expected
    assert expected.count("|") == 1
    assert expected.split("|")[0] == expected.split("|")[1]


CHANGES = {
    "adding while walking": ("local t = {a = 1, b = 2} local n = 0 for k in pairs(t) do t[k .. k] = 1 n = n + 1 end return n", "2"),
    "removing while walking": ("local t = {a = 1, b = 2, c = 3} local r = '' for k in pairs(t) do r = r .. k t.b = nil end return r", "ac"),
    "removing the current": ("local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t[k] = nil end return tostring(next(t))", "nil"),
    "removing by next": ("local t = {a = 1, b = 2, c = 3} local k = next(t) while k do t[k] = nil k = next(t, k) end return tostring(next(t))", "nil"),
    "changing by next": ("local t = {1, 2, a = 3} local s = 0 local k, v = next(t) while k do t[k] = v * 2 s = s + v k, v = next(t, k) end return s .. t.a", "66"),
    "two walks at once": ("local t = {a = 1, b = 2} local r = '' for k in next, t do for j in next, t do r = r .. k .. j end end return r", "aaabbabb"),
    "next from the middle": ("local t = {a = 1, b = 2, c = 3} return next(t, 'b') .. '' ", "c"),
    "__pairs": ("local t = setmetatable({}, {__pairs = function() return function(_, k) if not k then return 'x' end end, {}, nil end}) for k in pairs(t) do return k end", "x"),
    "unknown key": ("local _, why = pcall(next, {}, 5) return why", "invalid key to 'next'"),
    "pairs of nothing": ("local _, why = pcall(function() for k in pairs(nil) do end end) return why", "[string \"aos\"]:1: bad argument #1 to 'for iterator' (table expected, got nil)"),
    "next of nothing": ("local _, why = pcall(function() local k = next(nil) end) return why", "[string \"aos\"]:1: bad argument #1 to 'next' (table expected, got nil)"),
    "walks of one size in each other": ("local r = '' for k in pairs({b = 1, a = 1}) do for j in pairs({y = 1, x = 1}) do r = r .. k .. j end end return r", "axaybxby"),
    "walks that were left": ("local r = '' for i = 1, 3 do for k in pairs({b = 1, a = 1}) do r = r .. k break end for k in pairs({d = 1, c = 1}) do r = r .. k end end return r", "acdacdacd"),
    "behind the end": ("local f, t = pairs({b = 1, a = 1}) f(t) f(t, 'a') f(t, 'b') local g, u = pairs({d = 1, c = 1}) return tostring(f(t, 'b')) .. g(u) .. tostring(f(t)) .. g(u, 'c')", "nilcnild"),
    "a list of a walk is nobody else's": ("local f, t = pairs({b = 1, a = 1}) f(t) for _ in pairs({d = 1, c = 1}) do end return (f(t, 'a'))", "b"),
    "array walk from the middle": ("local f, t = pairs({10, 20, 30}) return f(t, 1) .. ' ' .. select(2, f(t, 2))", "2 30"),
    "arrays that grow": ("local t, n = {1, 2}, 0 for i in pairs(t) do t[#t + 1] = i n = n + 1 end return n", "2"),
    "more keys than are kept": ("local r = 0 for i = 1, 2 do local t = {} for j = 1, 40 do t['k' .. j] = j end for k, v in pairs(t) do r = r + v end end return r", "1640"),
    "a walk without its table": ("local f = pairs({a = 1}) local _, why = pcall(function() local k = f() end) return why:match('bad argument.*')", "bad argument #1 to 'next' (table expected, got nil)"),
    "floats as keys": ("local t = {} t[1.0] = 'a' t[2^53] = 'b' return t[1] .. t[2^53 | 0] .. math.type(next(t))", "abinteger"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), CHANGES.values(), ids=CHANGES)
def test_changes_and_errors_of_a_walk(code: str, expected: str) -> None:
    assert evaluated(code) == expected


def lua_list(values: list[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), max_size=400))
def test_sort_sorts(values: list[int]) -> None:
    machine = Machine()
    up = evaluated(f"local t = {lua_list(values)} table.sort(t) return ' ' .. table.concat(t, ' ')", machine)
    down = f"local t = {lua_list(values)} table.sort(t, function(a, b) return a > b end) return ' ' .. table.concat(t, ' ')"
    assert up.split() == [str(value) for value in sorted(values)]
    assert evaluated(down, machine).split() == [str(value) for value in sorted(values, reverse=True)]


SORTS = {
    "always true, large": "local t = {} for i = 1, 500 do t[i] = i end local _, why = pcall(table.sort, t, function() return true end) return why",
    "always true, small": "local t = {} for i = 1, 50 do t[i] = i end local _, why = pcall(table.sort, t, function() return true end) return why",
}


@pytest.mark.parametrize("code", SORTS.values(), ids=SORTS)
def test_a_bad_comparator_is_an_error(code: str) -> None:
    assert evaluated(code) == "invalid order function for sorting"


def test_an_inconsistent_comparator_gives_the_same_in_every_run() -> None:
    code = """
      local t, state = {}, 7
      for i = 1, 3000 do t[i] = i end
      pcall(table.sort, t, function(a, b) state = (state * 1103515245 + a + b) % 2147483648 return state % 3 == 0 end)
      return table.concat(t, " ")"""
    assert evaluated(code) == evaluated(code)
    assert evaluated(code) != " ".join(map(str, range(1, 3001)))


def test_a_sort_through_metamethods() -> None:
    code = """
      local real = {3, 1, 2}
      local t = setmetatable({}, {__index = real, __newindex = real, __len = function() return 3 end})
      table.sort(t) return table.concat(real, " ")"""
    assert evaluated(code) == "1 2 3"
    mixed = "local _, why = pcall(table.sort, {1, 'x', {}}) return why:match('attempt to compare')"
    assert evaluated(mixed) == "attempt to compare"


def test_objects_are_shown_by_number_and_not_by_address() -> None:
    code = "local a, b, f = {}, {}, function() end return tostring(a) .. tostring(f) .. tostring(b) .. tostring(a)"
    first = evaluated(code)
    assert first == evaluated(code)
    assert first.count("table: 0x") == 3
    assert evaluated("local t = {} return tostring(string.format('%s', t) == tostring(t))") == "true"
    assert evaluated(
        "local t = {} return string.format('%5.1f|%s|%d', 1.25, t, 3):gsub('0x%x+', 'N') .. ''"
    ).startswith("  1.2|table: N|3")
    assert evaluated("return tostring(setmetatable({}, {__name = 'Coin'})):match('^Coin: 0x')") == "Coin: 0x"


def test_clocks_follow_the_log() -> None:
    machine = Machine()
    assert evaluated("os.time()", machine) == "1700000001000"
    assert evaluated("os.date('%Y-%m-%d %H:%M:%S')", machine) == "2023-11-14 22:13:22"
    assert evaluated("os.date('!%H', 0) .. os.date('*t', 0).hour", machine) == "000"
    busy = "local a = os.clock() for i = 1, 1e6 do end return tostring(os.clock() > a) .. os.clock()"
    assert evaluated(busy) == evaluated(busy)
    assert evaluated(busy).startswith("true")


def test_the_collector_shows_nothing() -> None:
    code = "return collectgarbage('count') .. ' ' .. collectgarbage() .. tostring(collectgarbage('step')) .. collectgarbage('stop')"
    assert evaluated("local t = {} for i = 1, 1e4 do t[i] = {} end " + code) == evaluated(code)


def test_a_walk_keeps_no_object_from_the_collector() -> None:
    machine = Machine()
    machine.eval("W = setmetatable({}, {__mode = 'k'}) W[{}] = 1 W[print] = 2 for k in pairs(W) do end")
    assert evaluated("local n = 0 for k in pairs(W) do n = n + 1 end return n", machine) == "1"


def test_weak_entries_go_between_messages() -> None:
    machine = Machine()
    fill = "W = setmetatable({}, {__mode = 'k'}) for i = 1, 500 do W[{}] = i end local g = {} for i = 1, 1e5 do g = {g} end"
    count = "local n = 0 for k in pairs(W) do n = n + 1 end return n"
    assert evaluated(f"{fill} Kept = {{}} W[Kept] = 1 {count}", machine) == "501"
    assert evaluated(count, machine) == "1"
    assert evaluated(f"local a = {{}} W[a] = 1 W[{{}}] = 2 collectgarbage() {count}", machine) == "3"
    assert evaluated(count, machine) == "1"
