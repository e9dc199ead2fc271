from __future__ import annotations

import pytest
from codec_vectors import VECTORS

from aos_cli.codec import hash_chain
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.errors import CodecError

CHAIN = VECTORS["hashChain"]


def test_the_chain_of_the_vector() -> None:
    link = hash_chain.first(CHAIN["processId"])
    assert encode_base64url(link) == CHAIN["nonce0"]
    for number in (1, 2):
        link = hash_chain.next_link(CHAIN[f"assignment{number - 1}"], link)
        assert encode_base64url(link) == CHAIN[f"nonce{number}"]


@pytest.mark.parametrize("wrong", ["", "abc", "A" * 42 + "B"])
def test_ids_must_be_ids(wrong: str) -> None:
    with pytest.raises(CodecError):
        hash_chain.first(wrong)
    with pytest.raises(CodecError):
        hash_chain.next_link(wrong, bytes(32))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_link_must_have_32_bytes(size: int) -> None:
    with pytest.raises(CodecError, match=f"must be 32 bytes but this one is {size}"):
        hash_chain.next_link(CHAIN["assignment0"], decode_base64url(CHAIN["nonce0"]).ljust(33, b"\0")[:size])
