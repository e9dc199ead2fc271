"""The Lua tokenizer."""

from __future__ import annotations

import time

import lupa.lua53
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.source.lexer import KEYWORDS, Token, tokenize

BLANKS = b" \t\v\f\r\n"
LUA_PIECES = [
    *b"-- - [ ] = == [[ ]] [==[ ]==] ]=] ' \" \\ \\z :: . .. ... 0x 1e+ #! \xff \x00 name end 3.5 ~= << // {".split(),
    *[b" ", b"\\\n", b"\r\n", b"\n\r", b"\r", b"\n"],
]


def kinds(source: bytes) -> list[tuple[str, bytes]]:
    return [(token.kind, token.text) for token in tokenize(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"local x = nil", [("keyword", b"local"), ("name", b"x"), ("operator", b"="), ("keyword", b"nil")]),
        (b"_end2", [("name", b"_end2")]),
        (b"0xA.8p-3", [("number", b"0xA.8p-3")]),
        (b"3.e+5 .5 0X1P4 7", [("number", b"3.e+5"), ("number", b".5"), ("number", b"0X1P4"), ("number", b"7")]),
        (b"1-2", [("number", b"1"), ("operator", b"-"), ("number", b"2")]),
        (b"3..2", [("number", b"3..2")]),  # one malformed number, as Lua reads it
        (b"a..b ...", [("name", b"a"), ("operator", b".."), ("name", b"b"), ("operator", b"...")]),
        (b"//>>~=<<", [("operator", b"//"), ("operator", b">>"), ("operator", b"~="), ("operator", b"<<")]),
        (b"::top:: goto top", [("label", b"::top::"), ("keyword", b"goto"), ("name", b"top")]),
        (b"-- [[ no\nx", [("comment", b"-- [[ no"), ("name", b"x")]),
        (b"--[==[ a ]] \n ]==]x", [("comment", b"--[==[ a ]] \n ]==]"), ("name", b"x")]),
        (b"--[=x\ny", [("comment", b"--[=x"), ("name", b"y")]),
        (b"[=[ ]] ]=]", [("string", b"[=[ ]] ]=]")]),
        (b"[[]]]", [("string", b"[[]]"), ("operator", b"]")]),
        (b"t[1]", [("name", b"t"), ("operator", b"["), ("number", b"1"), ("operator", b"]")]),
        (rb"'a\'b' \"", [("string", rb"'a\'b'"), ("unknown", b"\\"), ("unfinished", b'"')]),
        (b'"a\\\nb"', [("string", b'"a\\\nb"')]),
        (b"#!/usr/bin/lua\n#x", [("shebang", b"#!/usr/bin/lua"), ("operator", b"#"), ("name", b"x")]),
        (b"a ! \xc3\xa9", [("name", b"a"), ("unknown", b"!"), ("unknown", b"\xc3\xa9")]),
        (b" \n\t", []),
    ],
)
def test_kinds_and_texts(source: bytes, expected: list[tuple[str, bytes]]) -> None:
    assert kinds(source) == expected


@pytest.mark.parametrize("source", [b'"abc', b"'a\\'", b'"a\\', b"[[ x ]", b"[==[ ]]", b"--[[ x", b"--[=[ ]]"])
def test_what_has_no_end_is_one_unfinished_token(source: bytes) -> None:
    assert kinds(source) == [("unfinished", source)]


def test_an_unfinished_string_ends_with_its_line() -> None:
    assert kinds(b'"abc\nx') == [("unfinished", b'"abc'), ("name", b"x")]


@pytest.mark.parametrize(
    "literal",
    [
        rb'"\a\b\f\n\r\t\v\\\"\'"',
        rb'"\x41\65\0\0009\u{48}\u{20AC}\u{10FFFF}"',
        b'"a\\z  \n\t  b"',
        b'"a\\\r\nb\\\nc"',
        b"[[\nfirst\r\nsecond\n\rthird\\n]]",
        b"[==[\r\n]]]==]",
        b"[[\n\n]]",
        b"'\xff\xc3\xa9'",
        b"''",
    ],
)
def test_the_value_of_a_string_is_what_lua_makes_of_it(literal: bytes) -> None:
    (token,) = tokenize(literal)
    assert token.kind == "string"
    assert token.value == lupa.lua53.LuaRuntime(encoding=None).execute(b"return " + literal)


def test_a_wrong_escape_stays_as_it_is() -> None:
    (token,) = tokenize(rb'"\300 \q \u{110000}"')
    assert token.value == rb"\300 \q \u{110000}"


def test_lines_and_columns_count_every_kind_of_line_end() -> None:
    source = b"a\r\n  b\n\rc\r[[\n\n]] d\n--[[\n]] e '\\\n' f"
    names = {token.text: (token.line, token.column) for token in tokenize(source) if token.kind == "name"}
    assert names == {b"a": (1, 1), b"b": (2, 3), b"c": (3, 1), b"d": (6, 4), b"e": (8, 4), b"f": (9, 3)}


def test_text_and_bytes_give_the_same_tokens_with_offsets_in_their_own_units() -> None:
    source = 'é = "ü\\n" -- ö\nlocal z'
    assert [(token.kind, token.text.encode(), token.line) for token in tokenize(source)] == [
        (token.kind, token.text, token.line) for token in tokenize(source.encode())
    ]
    for token in tokenize(source):
        assert source[token.offset : token.end] == token.text


def test_a_string_in_a_text_has_its_bytes_as_value() -> None:
    assert tokenize("'\udcffü'")[0].value == b"\xff\xc3\xbc"
    assert tokenize("'\ud800'")[0].value == b"\xed\xa0\x80"


def test_keywords_are_exactly_those_that_lua_refuses_as_names() -> None:
    lua = lupa.lua53.LuaRuntime()
    words = [*KEYWORDS, "require", "self", "continue", "_ENV", "const", "global"]
    refused = lua.execute("return function(word) return load('local ' .. word .. ' = 1') == nil end")
    assert {word for word in words if refused(word)} == KEYWORDS


def assert_rejoins(source: bytes, tokens: list[Token[bytes]]) -> None:
    position = 0
    for token in tokens:
        gap = source[position : token.offset]
        assert gap.strip(BLANKS) == b""
        assert token.text == source[token.offset : token.end] != b""
        position = token.end
    assert source[position:].strip(BLANKS) == b""


@given(st.binary(max_size=80))
def test_random_bytes_are_tokens_with_blanks_between(source: bytes) -> None:
    assert_rejoins(source, tokenize(source))


@given(st.lists(st.sampled_from(LUA_PIECES), max_size=25).map(b"".join))
def test_pieces_of_lua_are_tokens_with_blanks_between(source: bytes) -> None:
    assert_rejoins(source, tokenize(source))


@given(st.text(max_size=60))
def test_any_text_is_read_and_has_values(source: str) -> None:
    for token in tokenize(source):
        assert source[token.offset : token.end] == token.text
        assert isinstance(token.value, bytes)


@pytest.mark.parametrize(
    "piece", [b'"', b"\\", b"[=", b"]=", b" ", b"--[", b"::", b":: ", b"[[ ]", b'"\\z ', b"0x", b"'\\\n", b"--[=[]"]
)
def test_time_grows_with_length_and_not_faster(piece: bytes) -> None:
    """Sixteen times any repeated piece takes about sixteen times as long; a quadratic scan would take 256 times."""

    def seconds(length: int) -> float:
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            tokenize(b'"' + piece * (length // len(piece)))
            tokenize(piece * (length // len(piece)))
            best = min(best, time.process_time() - started)
        return best

    assert seconds(160_000) < 80 * max(seconds(10_000), 0.0001)
