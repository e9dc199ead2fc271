from __future__ import annotations

import base64

import pytest
from codec_vectors import SIGNED_ITEMS, VECTORS, item_named
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.codec.ids import address_of, decode_base64url, encode_base64url, id_of_signature, is_id, keccak256
from aos_cli.errors import CodecError

ID = VECTORS["hashChain"]["processId"]


@given(st.binary(max_size=200))
def test_base64url_round_trip(raw: bytes) -> None:
    text = encode_base64url(raw)
    assert text == base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert decode_base64url(text, len(raw)) == raw


@given(st.text(st.sampled_from("AQgw_-+/=\n "), max_size=8) | st.text(max_size=50))
def test_exactly_one_text_stands_for_each_byte_string(text: str) -> None:
    try:
        raw = decode_base64url(text)
    except CodecError:
        return
    assert encode_base64url(raw) == text


@pytest.mark.parametrize(
    "text",
    ["A", "AAAAA", "QQ==", "QQ=", "+_8A", "/_8A", "QU\nJD", " QUJD", "QUJD ", "QUJé", "QUJ\ud800", "QR", "QUK", "Q!JD"],
    ids=ascii,
)
def test_text_that_is_not_canonical_base64url_is_refused(text: str) -> None:
    with pytest.raises(CodecError, match=r"^Not base64url: "):
        decode_base64url(text)


def test_wrong_size_is_refused_and_named() -> None:
    with pytest.raises(CodecError, match="Expected 32 bytes of base64url but got 3"):
        decode_base64url("QUJD", 32)


def test_an_error_quotes_only_the_beginning_of_a_long_text() -> None:
    with pytest.raises(CodecError) as caught:
        decode_base64url("!" * 100_000)
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ID, True),
        ("A" * 43, True),
        ("A" * 42, False),
        ("A" * 44, False),
        ("A" * 42 + "B", False),  # the last two bits are unused and must be 0
        ("A" * 42 + "=", False),
        ("A" * 42 + "+", False),
        ("A" * 42 + "é", False),
        ("", False),
    ],
)
def test_is_id(text: str, expected: bool) -> None:
    assert is_id(text) is expected


@pytest.mark.parametrize("vector", SIGNED_ITEMS, ids=lambda vector: vector["name"])
def test_id_of_every_vector(vector: dict[str, str]) -> None:
    assert id_of_signature(decode_base64url(vector["signature"])) == vector["id"]


@pytest.mark.parametrize("name", ["none", "ed25519"])
def test_address_is_the_hash_of_the_key(name: str) -> None:
    vector = item_named(name)
    assert address_of(decode_base64url(vector["owner"]), vector["signatureType"]) == vector["ownerAddress"]


def test_address_of_an_ethereum_key_has_a_checksum() -> None:
    owner = decode_base64url(item_named("ethereum")["owner"])
    assert address_of(owner, 3) == VECTORS["ethereumAddress"]


@pytest.mark.parametrize("owner", [b"", b"\x04" * 64, b"\x03" + bytes(64), b"\x04" + bytes(65)])
def test_an_ethereum_key_of_a_wrong_form_has_no_address(owner: bytes) -> None:
    with pytest.raises(CodecError, match="65 bytes"):
        address_of(owner, 3)


def test_keccak_of_nothing() -> None:
    """The hash that Ethereum gives to an account without code; SHA3-256 of nothing is another one."""
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
