"""base64: standard text, other alphabets, refusal of cut-off text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lua_loader import LuaLibrary

LUA = LuaLibrary("base64 = require('.base64')")
CUT_OFF = "attempt to perform arithmetic on a nil value (field '?')"


@settings(deadline=None, max_examples=80)
@given(st.binary(max_size=100))
def test_bytes_both_ways(data: bytes) -> None:
    LUA.define("data", data)
    LUA.define("url", base64.urlsafe_b64encode(data))
    assert LUA.run("base64.encode(data)") == base64.b64encode(data).decode()
    assert LUA.run("base64.decode(base64.encode(data)) == data") is True
    assert LUA.run("base64.encode(data, base64.makeencoder('-', '_')) == url") is True
    assert LUA.run("base64.decode(url, base64.makedecoder('-', '_')) == data") is True


@pytest.mark.parametrize("text", ["Zm9", "Z", "Zg=", "Zg", "=", "Zm9vY", "Zm9vYg"])
def test_cut_off_text_is_refused(text: str) -> None:
    assert LUA.failure(f"return base64.decode('{text}')").endswith(CUT_OFF)


def test_padding_in_the_middle_is_a_digit_of_64() -> None:
    assert LUA.run("base64.decode('Zg==Zg==')") == "f\x10@f"
    assert LUA.run("base64.decode('Zm9v====')") == "foo\x04"


def test_only_the_encoder_knows_other_padding() -> None:
    assert LUA.run("base64.encode('f', base64.makeencoder('+', '/', '.'))") == "Zg.."
    assert LUA.failure("return base64.decode('Zg..', base64.makedecoder('+', '/', '.'))").endswith(CUT_OFF)


def test_tables_of_codes() -> None:
    assert LUA.run("base64.makeencoder()[0]") == ord("A")
    assert LUA.run("base64.makeencoder('-', '_')[62]") == ord("-")
    assert LUA.run("base64.makeencoder()[64]") == ord("=")
    assert LUA.run("base64.makedecoder()[string.byte('/')]") == 63


@pytest.mark.parametrize("kind", ["nil", "{}", "5", "true"])
def test_only_text_is_taken(kind: str) -> None:
    assert "attempt to get length of a " in LUA.failure(f"return base64.encode({kind})")
    assert "attempt to index a " in LUA.failure(f"return base64.decode({kind})")
