from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from codec_vectors import SIGNED_ITEMS, VECTORS, RecordedSigner, item_named, raw_of
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.codec.ans104 import build_item, decode_bundle, decode_item, encode_bundle, signed_message, verify_item
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.codec.signatures import SIGNATURE_TYPES
from aos_cli.errors import CodecError, SignatureInvalid
from aos_cli.model import DataItem, Tag
from aos_cli.wallet import Ed25519Wallet

BUNDLE = VECTORS["bundle"]
REFUSED = [vector for vector in VECTORS["negatives"] if "raw" in vector]

every_item = pytest.mark.parametrize("vector", SIGNED_ITEMS, ids=lambda vector: vector["name"])

SIGNER = Ed25519Wallet(bytes(range(32)))

text_of_any_bytes = st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
optional_field = st.just(b"") | st.binary(min_size=32, max_size=32)


@every_item
def test_decode_gives_every_field(vector: dict[str, Any]) -> None:
    item = decode_item(raw_of(vector))
    assert item == DataItem(
        id=vector["id"],
        signature_type=vector["signatureType"],
        signature=decode_base64url(vector["signature"]),
        owner=decode_base64url(vector["owner"]),
        target=decode_base64url(vector["target"]),
        anchor=decode_base64url(vector["anchor"]),
        tags=tuple(Tag(tag["name"], tag["value"]) for tag in vector["tagsUtf8"]),
        data=expected_data(vector),
        raw=raw_of(vector),
    )


def expected_data(vector: dict[str, Any]) -> bytes:
    """The data of a vector; the long one is given by a rule, as well as in full."""
    data = decode_base64url(vector["data"])
    if "dataRule" in vector:
        assert data == bytes((i * 31 + (i >> 8)) & 255 for i in range(102400))
    return data


@every_item
def test_signed_message_is_the_deep_hash(vector: dict[str, Any]) -> None:
    fields = [decode_base64url(vector[name]) for name in ("owner", "target", "anchor", "rawTags", "data")]
    assert encode_base64url(signed_message(vector["signatureType"], *fields)) == vector["deepHash"]


@every_item
def test_every_vector_verifies(vector: dict[str, Any]) -> None:
    verify_item(decode_item(raw_of(vector)))


@every_item
def test_build_gives_the_same_bytes_for_the_same_signature(vector: dict[str, Any]) -> None:
    signer = RecordedSigner(vector)
    item = build_item(
        signer,
        target=vector["target"],
        anchor=decode_base64url(vector["anchor"]),
        tags=[(tag["name"], tag["value"]) for tag in vector["tagsUtf8"]],
        data=decode_base64url(vector["data"]),
    )
    assert item == decode_item(raw_of(vector))
    assert [encode_base64url(message) for message in signer.signed] == [vector["deepHash"]]


def test_a_deterministic_signature_gives_the_same_bytes() -> None:
    vector = item_named("ed25519")
    original = decode_item(raw_of(vector))
    signer = Ed25519Wallet(decode_base64url(vector["seed"]))
    item = build_item(
        signer, target=original.target, anchor=original.anchor, tags=original.tags, data=original.data
    )  # fmt: skip
    assert item.raw == original.raw


@pytest.mark.parametrize("vector", REFUSED, ids=lambda vector: vector["name"])
def test_every_negative_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(CodecError):
        verify_item(decode_item(raw_of(vector)))


def test_all_eight_negatives_are_there() -> None:
    assert len(REFUSED) == 8


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("declared tag count 3, real 4", "The declared number of tags is 3, but there are more"),
        ("target presence byte = 2", "whether there is a target must be 0 or 1 but is 2"),
        ("signature type 0", "Unknown signature type: 0"),
        ("truncated to 79 bytes", "The data item ends too early, after 79 bytes"),
        ("truncated inside tags", "The data item ends inside its tags, after 1080 bytes"),
    ],
)
def test_malformed_negatives_are_refused_with_the_reason(name: str, sentence: str) -> None:
    vector = next(vector for vector in REFUSED if vector["name"] == name)
    with pytest.raises(CodecError, match=sentence) as caught:
        decode_item(raw_of(vector))
    assert not isinstance(caught.value, SignatureInvalid)


@pytest.mark.parametrize("field", ["target", "anchor", "data", "owner", "signature"])
def test_a_changed_field_makes_the_signature_invalid(field: str) -> None:
    item = decode_item(raw_of(item_named("target and anchor")))
    value = getattr(item, field)
    with pytest.raises(SignatureInvalid):
        verify_item(replace(item, **{field: value[:-1] + bytes((value[-1] ^ 1,))}))


def test_tags_are_hashed_as_received() -> None:
    """Another encoder may write the tags as several blocks with sizes; its signature covers those bytes."""
    tag_bytes = b"\x01\x08\x02a\x02b\x02\x02c\x02d\x00"
    message = signed_message(2, SIGNER.owner, b"", b"", tag_bytes, b"data")
    sizes = (2).to_bytes(8, "little") + len(tag_bytes).to_bytes(8, "little")
    raw = b"\x02\x00" + SIGNER.sign(message) + SIGNER.owner + b"\x00\x00" + sizes + tag_bytes + b"data"
    item = decode_item(raw)
    assert item.tags == (("a", "b"), ("c", "d"))
    verify_item(item)


@given(
    optional_field, optional_field, st.lists(st.tuples(text_of_any_bytes, text_of_any_bytes), max_size=10), st.binary()
)
def test_build_decode_verify_round_trip(target: bytes, anchor: bytes, tags: list[tuple[str, str]], data: bytes) -> None:
    item = build_item(SIGNER, target=target, anchor=anchor, tags=tags, data=data)
    assert (item.target, item.anchor, list(item.tags), item.data) == (target, anchor, tags, data)
    assert decode_item(item.raw) == item
    verify_item(item)


@given(st.sampled_from([b"", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x07\x00"]), st.binary(max_size=300))
def test_arbitrary_bytes_decode_or_are_refused(head: bytes, tail: bytes) -> None:
    try:
        item = decode_item(head + tail)
    except CodecError:
        return
    assert item.raw == head + tail


@given(st.data())
def test_an_item_changed_anywhere_is_refused(data: st.DataObject) -> None:
    """Every byte of an item is either checked by its form or covered by its signature."""
    raw = raw_of(item_named("ed25519"))
    position = data.draw(st.integers(0, len(raw) - 1))
    changed = bytes((raw[position] ^ data.draw(st.integers(1, 255)),))
    with pytest.raises(CodecError):
        verify_item(decode_item(raw[:position] + changed + raw[position + 1 :]))


@pytest.mark.parametrize("name", ["target and anchor", "ed25519", "ethereum", "no tags, target and anchor"])
def test_an_item_cut_inside_its_envelope_is_refused(name: str) -> None:
    vector = item_named(name)
    raw = raw_of(vector)
    for length in range(len(raw) - vector["dataLength"]):
        with pytest.raises(CodecError):
            decode_item(raw[:length])


def test_more_than_4096_tag_bytes_are_refused_on_creation_with_the_size() -> None:
    assert expected_error("tag block over 4096: createData") == "Too many tag bytes (5006 > 4096)"
    with pytest.raises(CodecError) as caught:
        build_item(SIGNER, tags=[("n", "x" * 5000)])
    assert caught.value.message == "Too many tag bytes (5006 > 4096)"


def test_more_than_4096_tag_bytes_are_refused_on_reading() -> None:
    sizes = (1).to_bytes(8, "little") + (4097).to_bytes(8, "little")
    raw = b"\x02\x00" + bytes(64 + 32) + b"\x00\x00" + sizes + bytes(5000)
    with pytest.raises(CodecError, match=r"Too many tag bytes \(4097 > 4096\)"):
        decode_item(raw)


@pytest.mark.parametrize("anchor", [b"1", bytes(31), bytes(33)])
def test_an_anchor_must_have_32_bytes(anchor: bytes) -> None:
    with pytest.raises(CodecError) as caught:
        build_item(SIGNER, anchor=anchor)
    assert caught.value.message == expected_error("anchor not 32 bytes")


@pytest.mark.parametrize("target", [bytes(20), encode_base64url(bytes(20))])
def test_a_target_must_have_32_bytes(target: bytes | str) -> None:
    with pytest.raises(CodecError) as caught:
        build_item(SIGNER, target=target)
    assert caught.value.message == expected_error("target not 32 bytes")


def expected_error(name: str) -> str:
    """The sentence with which the official library refuses to create an item."""
    return str(next(vector["error"] for vector in VECTORS["negatives"] if vector["name"] == name))


def test_a_target_that_is_no_base64url_is_refused() -> None:
    with pytest.raises(CodecError, match="Not base64url"):
        build_item(SIGNER, target="not an id")


@pytest.mark.parametrize(("signature", "owner"), [(63, 32), (64, 33)])
def test_a_signer_with_wrong_sizes_is_refused(signature: int, owner: int) -> None:
    signer = RecordedSigner(
        {"signatureType": 2, "owner": encode_base64url(bytes(owner)), "signature": encode_base64url(bytes(signature))}
    )
    with pytest.raises(CodecError, match=f"signer gave {signature} bytes of signature and {owner} of key"):
        build_item(signer)


@pytest.mark.parametrize("number", [4, 5, 6, 7])
def test_items_of_other_known_types_are_read_but_not_verified(number: int) -> None:
    _, signature_bytes, owner_bytes = SIGNATURE_TYPES[number]
    item = decode_item(bytes((number, 0)) + bytes(signature_bytes + owner_bytes + 2 + 16) + b"data")
    assert item.data == b"data"
    with pytest.raises(CodecError, match=f"Signatures of type {number} .* are not supported"):
        verify_item(item)


@pytest.mark.parametrize("name", ["inner", "outer"])
def test_bundles_both_ways(name: str) -> None:
    raw = decode_base64url(BUNDLE[name]["raw"])
    items = decode_bundle(raw)
    assert [item.id for item in items] == BUNDLE[name]["itemIds"]
    assert [len(item.raw) for item in items] == BUNDLE[name]["sizes"]
    for item in items:
        verify_item(item)
    assert encode_bundle(items) == raw


def test_bundles_nest() -> None:
    outer = decode_bundle(decode_item(raw_of(BUNDLE["outerItem"])).data)
    inner = decode_bundle(outer[0].data)
    assert outer[0].raw == raw_of(BUNDLE["innerItem"])
    assert [item.raw for item in inner] == [raw_of(vector) for vector in BUNDLE["inner"]["items"]]


def test_the_empty_bundle_both_ways() -> None:
    raw = decode_base64url(BUNDLE["emptyBundle"])
    assert decode_bundle(raw) == []
    assert encode_bundle([]) == raw


@given(st.integers(1, 3), st.data())
def test_a_bundle_cut_or_lengthened_is_refused(count: int, data: st.DataObject) -> None:
    raw = encode_bundle([build_item(SIGNER, data=bytes((number,))) for number in range(count)])
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(CodecError):
        decode_bundle(raw[:cut])
    with pytest.raises(CodecError, match="There are bytes after the last item of the bundle: 1"):
        decode_bundle(raw + b"\x00")


@given(st.integers(0, 2).map(lambda count: count.to_bytes(32, "little")), st.binary(max_size=400))
def test_arbitrary_bytes_are_no_bundle(head: bytes, tail: bytes) -> None:
    try:
        items = decode_bundle(head + tail)
    except CodecError:
        return
    assert encode_bundle(items) == head + tail


@pytest.mark.parametrize(
    ("position", "byte", "sentence"),
    [
        (31, 255, "too short for the number of items"),  # the highest byte of the count
        (63, 255, "Item 1 of the bundle is longer than the bytes that are left"),  # and of the first size
        (32, 1, "Item 1 of the bundle is malformed: The data item ends before its signature type"),
        (64, 0, "Item 1 of the bundle does not have the id that the bundle declares"),
    ],
)
def test_a_lying_bundle_is_refused_with_the_reason(position: int, byte: int, sentence: str) -> None:
    raw = bytearray(encode_bundle([build_item(SIGNER, data=b"x")]))
    assert raw[position] != byte
    raw[position] = byte
    with pytest.raises(CodecError, match=sentence):
        decode_bundle(bytes(raw))
