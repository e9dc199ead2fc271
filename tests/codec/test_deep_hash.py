from __future__ import annotations

from hashlib import sha384
from typing import Any

import pytest
from codec_vectors import VECTORS
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.codec.deep_hash import DeepHashable, deep_hash, extend_list, open_list
from aos_cli.codec.ids import encode_base64url

VALUES: dict[str, DeepHashable] = {
    "empty blob": b"",
    "blob abc": b"abc",
    "empty list": [],
    'list [a, [b, c], ""]': [b"a", [b"b", b"c"], b""],
}

nested = st.recursive(st.binary(max_size=20), lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@pytest.mark.parametrize("vector", VECTORS["deepHash"], ids=lambda vector: vector["name"])
def test_vectors(vector: dict[str, str]) -> None:
    assert encode_base64url(deep_hash(VALUES[vector["name"]])) == vector["hash"]


def test_a_tuple_hashes_as_a_list() -> None:
    assert deep_hash((b"a", (b"b", b"c"), b"")) == deep_hash([b"a", [b"b", b"c"], b""])


@given(st.lists(nested, max_size=6), st.integers(0, 6))
def test_a_list_may_be_hashed_in_two_steps(members: list[Any], cut: int) -> None:
    head = extend_list(open_list(len(members)), members[:cut])
    assert extend_list(head, members[cut:]) == deep_hash(members)


@given(nested)
def test_agrees_with_the_definition(value: Any) -> None:
    """The algorithm written as the standard words it: head and tail of the list, one member a step."""

    def tagged(name: bytes, count: int) -> bytes:
        return sha384(name + str(count).encode()).digest()

    def fold(members: list[Any], accumulated: bytes) -> bytes:
        if not members:
            return accumulated
        return fold(members[1:], sha384(accumulated + plain(members[0])).digest())

    def plain(node: Any) -> bytes:
        if isinstance(node, list):
            return fold(node, tagged(b"list", len(node)))
        return sha384(tagged(b"blob", len(node)) + sha384(node).digest()).digest()

    assert deep_hash(value) == plain(value)
