from __future__ import annotations

import tracemalloc

import pytest
from codec_vectors import SIGNED_ITEMS, VECTORS
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.codec.ids import decode_base64url
from aos_cli.codec.tags import decode_tags, encode_tags
from aos_cli.errors import CodecError
from aos_cli.model import Tag

text_of_any_bytes = st.binary(max_size=200).map(lambda raw: raw.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("vector", VECTORS["avroTags"], ids=lambda vector: f"{len(vector['tags'])} tags")
def test_vectors_both_ways(vector: dict[str, list[dict[str, str]]]) -> None:
    tags = tuple(Tag(tag["name"], tag["value"]) for tag in vector["tags"])
    raw = decode_base64url(vector["raw"])
    assert encode_tags(tags) == raw
    assert decode_tags(raw, len(tags)) == tags


@pytest.mark.parametrize("vector", SIGNED_ITEMS, ids=lambda vector: vector["name"])
def test_tags_of_every_item_both_ways(vector: dict[str, list[dict[str, str]]]) -> None:
    raw = decode_base64url(vector["rawTags"])
    tags = decode_tags(raw, vector["tagCount"])
    assert [(tag.name.encode(), tag.value.encode()) for tag in tags] == [
        (decode_base64url(tag["name"]), decode_base64url(tag["value"])) for tag in vector["tags"]
    ]
    assert encode_tags(tags) == raw


@given(st.lists(st.tuples(text_of_any_bytes, text_of_any_bytes), max_size=20))
def test_round_trip_keeps_order_repeats_and_any_bytes(tags: list[tuple[str, str]]) -> None:
    decoded = decode_tags(encode_tags(tags), len(tags))
    assert list(decoded) == tags
    assert all(type(tag) is Tag for tag in decoded)


@given(st.binary(max_size=60), st.integers(0, 40))
def test_arbitrary_bytes_decode_or_are_refused(raw: bytes, count: int) -> None:
    try:
        tags = decode_tags(raw, count)
    except CodecError:
        return
    assert len(tags) == count


@given(st.integers(0, 300))
def test_tags_cut_anywhere_are_refused(cut: int) -> None:
    raw = encode_tags([("Action", "Eval"), ("Long", "x" * 250), ("", "")])
    with pytest.raises(CodecError):
        decode_tags(raw[: min(cut, len(raw) - 1)], 3)


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        (b"\x01\x08\x02a\x02b\x00", [("a", "b")]),  # count -1 and the size of the block
        (b"\x01\xfe\x01\x02a\x02b\x00", [("a", "b")]),  # a size that does not fit: readers skip it unread
        (b"\x02\x02a\x02b\x02\x02c\x02d\x00", [("a", "b"), ("c", "d")]),  # two blocks
        (b"\x02\x02a\x02b\x01\x08\x02c\x02d\x00", [("a", "b"), ("c", "d")]),  # one of each kind
        (b"\x82\x80\x00\x02a\x02b\x00", [("a", "b")]),  # a number longer than it must be
        (b"\x02\x02\xff\x04\xc3\x28\x00", [("\udcff", "\udcc3(")]),  # not UTF-8
        (b"\x02\x02\x00\x00\x00", [("\x00", "")]),  # NUL and an empty value
    ],
)
def test_forms_that_others_may_write(raw: bytes, tags: list[tuple[str, str]]) -> None:
    assert list(decode_tags(raw, len(tags))) == tags


@pytest.mark.parametrize(
    ("raw", "count", "sentence"),
    [
        (b"", 1, "The declared number of tags is 1, but there are only 0 tag bytes"),
        (b"\x00", 0, "An item without tags must have no tag bytes"),
        (b"\x02\x02a\x02b\x00", 2, "The declared number of tags is 2, but there are 1"),
        (b"\x04\x02a\x02b\x02a\x02b\x00", 1, "The declared number of tags is 1, but there are more"),
        (b"\x02\x02a\x02b\x02\x02a\x02b\x00", 1, "The declared number of tags is 1, but there are more"),
        (b"\x02\x02a\x02b\x00\x00", 1, "There are bytes after the end of the tags: 1"),
        (b"\x02\x02a\x02b", 1, "The tags end too early"),
        (b"\x02\x02a\x02", 1, "A tag text of 1 bytes is longer than the 0 bytes that are left"),
        (b"\x02\x02a", 1, "The tags end too early"),
        (b"\x01\x80", 1, "The tags end too early"),
        (b"\x02\x01a\x02b\x00", 1, "A tag text has a negative length, -1"),
        (b"\x02" + b"\x80" * 10 + b"\x01", 1, "A number in the tags is longer than 64 bits"),
        (b"\x02" + b"\xfe" * 9 + b"\x01" + b"a", 1, "A tag text of [0-9]{19} bytes is longer than"),
        (b"\x02\x02a\x02b\x00", 2**64 - 1, "but there are only 6 tag bytes"),
        (b"\xff" * 9 + b"\x01\x00", 5, "The declared number of tags is 5, but there are more"),
    ],
)
def test_malformed_tags_are_refused_with_the_reason(raw: bytes, count: int, sentence: str) -> None:
    with pytest.raises(CodecError, match=sentence):
        decode_tags(raw, count)


def test_lying_lengths_cost_nothing() -> None:
    """A count and a length of 2^62 in a long block: refused at once and without room for them."""
    huge = b"\xfe" * 8 + b"\x7f"
    tracemalloc.start()
    for raw in (huge + bytes(4000), b"\x02" + huge + bytes(4000), b"\x02\x02a" + huge + bytes(4000)):
        with pytest.raises(CodecError):
            decode_tags(raw, 1)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 100_000


def test_a_surrogate_that_stands_for_no_byte_cannot_be_encoded() -> None:
    with pytest.raises(CodecError, match="Tag 2 holds a character that cannot be encoded"):
        encode_tags([("a", "b"), ("c", "\ud800")])
