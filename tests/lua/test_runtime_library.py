"""The libraries as a program meets them, held to sections 2, 16 to 18, 20 to 23 and 25 of the specification.

What the leaves of the library do for themselves is tested beside this file; here are calls and texts of errors as an
evaluation shows them.
"""

from __future__ import annotations

import pytest
from runtime_process import MODULE, OWNER, PROCESS, Process

NO_VALUE = "error: [string \"aos\"]:1: bad argument #1 to 'tostring' (value expected)"

UTILS = [
    ("tostring(Utils.find(function() return false end, { 1 }))", NO_VALUE),
    ("Utils.find(function(x) return x == 'q' end, { a = 'q' })", "q"),
    ("Utils.find(print, 'x')", "error: second argument should be a table that is an array"),
    ("Utils.map(print, 5)", "error: second argument should be an Array"),
    ("Utils.reduce(print, 0, 'x')", "error: third argument should be a table that is an array"),
    ("tostring(Utils.reduce(print, nil, {}))", "nil"),
    ("Utils.propEq('a', 'b', 5)", "error: third argument should be a table<object>"),
    ("Utils.propEq('a')('b')({ a = 'b' })", "true"),
    ("Utils.includes('a', { x = 'a' })", "error: argument should be a table that is an array"),
    ("Utils.concat({ 1 }, 'x')", "error: second argument should be a table that is an array"),
    ("Utils.compose(5, 6)(1)", "error: each argument needs to be a function"),
    ("Utils.map(function(x) return x.y.z end, { {} })", 'error: [string "aos"]:1: '
     "attempt to index a nil value (field 'y')"),
    ("Utils.capitalize('hELLO wORLD')", "Hello world"),
]  # fmt: skip

JSON = [
    ("json.encode({ nil, 2 })", "error: invalid table: mixed or invalid key types"),
    ("json.encode({ 1, 2, nil, 4 })", "error: invalid table: sparse array"),
    ("json.encode({ print, a = 1 })", "error: invalid table: mixed or invalid key types"),
    ("json.encode({ f = print })", "{}"),
    ("json.encode('\\27/\\127')", '"\\u001b/\x7f"'),
    ("json.decode()", "error: expected argument of type string, got nil"),
    ("json.decode('')", "error: unexpected character '' at line 1 col 1"),
    ("json.decode('{\"a\":1,,}')", "error: expected string for key at line 1 col 8"),
    ("json.decode('[1,2}')", "error: expected ']' or ',' at line 1 col 6"),
    ("json.decode('[\\n1,\\n2\\n,x]')", "error: unexpected character 'x' at line 4 col 2"),
    ("json.decode('\"a\\\\q\"')", "error: invalid escape char 'q' in string at line 1 col 3"),
    ("json.decode('[\"a')", "error: expected closing quote for string at line 1 col 2"),
    ("json.decode('12abc')", "error: invalid number '12abc' at line 1 col 1"),
    ("json.decode('1,2')", "error: trailing garbage at line 1 col 2"),
    ("math.type(json.decode('9223372036854775808'))", "float"),
]

BASE64 = [
    ("base64.encode(5)", "error: attempt to get length of a number value (local 'str')"),
    ("base64.decode()", "error: attempt to index a nil value (local 'b64')"),
    ("base64.decode('Zm9vY')", "error: attempt to perform arithmetic on a nil value (field '?')"),
    ("base64.decode('Zg =\\n=')", "f"),
    ("base64.decode('__-_', base64.makedecoder('-', '_')) == '\\255\\255\\191'", "true"),
    ("base64.encode('a', base64.makeencoder('-', '_', '*'))", "YQ**"),
]

BINT = [
    ("tostring(bint.tobint({}))", NO_VALUE),
    ("tostring(bint.tobint(1.5))", NO_VALUE),
    ("tostring(bint.fromstring(5))", NO_VALUE),
    ("tostring(bint.tointeger(5.5))", NO_VALUE),
    ("tostring(bint.tobase(255, 37))", NO_VALUE),
    ("tostring(bint.trunc('x'))", NO_VALUE),
    ("tostring(bint.trunc('-2.5'))", "-2"),
    ("tostring(bint.parse(nil))", "nil"),
    ("tostring(bint.frominteger('5'))", "5"),
    ("bint.new(1.5)", "error: value cannot be represented by a bint"),
    ("bint.__band('x', 1)", "error: value cannot be represented by a bint"),
    ("bint(5) & 1.5", "error: value has not integer representation"),
    ("bint.fromle(5)", "error: buffer is not a string"),
    ("bint.abs('x')", "error: bad argument #1 to 'math_abs' (number expected, got nil)"),
    ("bint.ceil('x')", "error: bad argument #1 to 'math_ceil' (number expected, got nil)"),
    ("bint.__eq(bint(5), 5)", "error: attempt to index a number value (local 'y')"),
    ("bint(5) < 'x'", "error: attempt to compare number with nil"),
    ("bint(5) + {}", "error: attempt to perform arithmetic on a nil value"),
    ("bint(7) // 0", "error: attempt to divide by zero"),
    ("bint(7) / 0", "inf"),
    ("bint.tdiv(bint.mininteger(), -1)", "error: division overflow"),
    ("tostring(bint.tdiv(7.5, -2))", "-3.0"),
    ("tostring(select(2, bint.idivmod(7.5, -2)))", "-0.5"),
    ("tostring(bint.max(1.5, bint(5)) == bint(5))", "true"),
    ("math.floor(bint(5))", "error: [string \"aos\"]:1: bad argument #1 to 'floor' (number expected, got table)"),
    ("bint(5) .. ''", 'error: [string "aos"]:1: attempt to concatenate a table value'),
]

SHOWN = [
    ("{ x = a, y = a }", "<circular reference>"),
    ("{ a, a }", "{\n  {\n     k = 1\n  },\n  {\n     k = 1\n  }\n }"),
    ("{ [true] = 1 }", "error: attempt to concatenate a boolean value (local 'k')"),
    ("{ 'x', true, nil, false }", "{\n   4 = false\n}"),
    ("require('.stringify').format('x')", "error: bad argument #1 to 'for iterator' (table expected, got string)"),
    ("require('.pretty').tprint({ a = print })", "error: attempt to concatenate a function value (local 'v')"),
    ("Dump({ 1 }, -1)", "error: indent must be unsigned integer"),
    ("local s = Dump({ 1 }, 1, 0.5)", 'error: [string "aos"]:1: padding must be unsigned integer'),
    ("Dump('a\\n')", '"a\\\n"'),
    ("Dump({ [1] = 1, ['end'] = {} }, 0)", '{ [1] = 1, ["end"] = {} }'),
]

REQUIRED = [
    ("type(require('.eval')(ao))", "function"),
    ("type(require('.boot')(ao))", "function"),
    ("type(require('.default')(print))", "function"),
    ("type(require('.assignment').init) .. type(require('.assignment')._version)", "functionstring"),
    ("require('.handlers-utils') == Handlers.utils and require('.ao') == ao", "true"),
    ("package.preload.p = function(name) return { name } end return require('p')[1]", "p"),
    ("package.loaded.mine = { x = 1 } return require('mine').x", "1"),
    ("require('.chance').integer(5, 1)", "error: max must bigger than min"),
    ("math.random(0)", "error: max must bigger than min"),
]

NUMBERS = [
    ("'10' + 1", "11.0"),
    ("'10' // 1", "10.0"),
    ("2 ^ 53", "9.007199254741e+15"),
    ("math.maxinteger + 1 == math.mininteger", "true"),
    ("1 // 0", 'error: [string "aos"]:1: attempt to divide by zero'),
    ("1 % 0", "error: [string \"aos\"]:1: attempt to perform 'n%0'"),
    ("1.5 | 1", 'error: [string "aos"]:1: number has no integer representation'),
    ("1 < '2'", 'error: [string "aos"]:1: attempt to compare number with string'),
    ("tonumber('1_000') == nil and math.tointeger('8') == 8", "true"),
    ("math.pow(2, 3) .. ' ' .. bit32.arshift(-8, 1)", "8.0 4294967292"),
]

SECTIONS = {
    "16": UTILS, "17": JSON, "18": BASE64, "20": BINT, "22": SHOWN, "23": REQUIRED, "25": NUMBERS,
}  # fmt: skip

SETUP = "json, base64, bint = require('json'), require('.base64'), require('.bint')(256) a = { k = 1 }"


@pytest.fixture(scope="module")
def process() -> Process:
    process = Process()
    assert process.says(SETUP) == ""
    return process


@pytest.mark.parametrize(
    ("section", "code", "outcome"), [(section, *row) for section, rows in SECTIONS.items() for row in rows]
)
def test_call(process: Process, section: str, code: str, outcome: str) -> None:
    assert process.says(code) == outcome, section


def test_section_2_time_is_that_of_the_message_as_the_host_gave_it() -> None:
    process = Process()
    process.eval("Handlers.add('t', 'T', function() local now = os.time({ year = 2020 }) print(type(now) .. now) end)")
    assert "string12" in process.send("T", Timestamp="12")["Output"]["data"]


def test_section_21_the_first_message_seeds_the_generator() -> None:
    seed = "1000" + str(sum((OWNER + MODULE + PROCESS).encode()))
    seeded = f"require('.chance').seed({seed}) return require('.chance').integer(1, 1000000)"
    assert Process().says("math.random(1000000)") == Process().says(seeded)
