from __future__ import annotations

import pytest
from codec_vectors import VECTORS, raw_of
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.codec import hash_chain
from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.codec.assignment import assignment_tags, decode_assignment
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.errors import CodecError
from aos_cli.model import Assignment, DataItem, Tags
from aos_cli.wallet import Ed25519Wallet

# An assignment of the network's form: slot 0 for a message, by a scheduler that gives the process itself none.
VECTOR = VECTORS["bundle"]["inner"]["items"][0]
PROCESS_ID = VECTORS["hashChain"]["processId"]
MESSAGE_ID = VECTORS["bundle"]["inner"]["itemIds"][1]
LINK = hash_chain.first(PROCESS_ID)
SIGNER = Ed25519Wallet(bytes(32))

ids = st.binary(min_size=32, max_size=32).map(encode_base64url)


def item_with(tags: Tags | list[tuple[str, str]]) -> DataItem:
    return build_item(SIGNER, tags=tags)


def message_tags(**changed: str | None) -> list[tuple[str, str]]:
    """The tags of a right assignment with some values replaced, or left out when None."""
    tags = assignment_tags(PROCESS_ID, 7, 1700000000000, 1500000, LINK, MESSAGE_ID, ())
    values = {name: changed.get(name.replace("-", "_"), value) for name, value in tags}
    return [(name, value) for name, value in values.items() if value is not None]


def test_tags_are_those_of_the_vector_in_its_order() -> None:
    tags = assignment_tags(PROCESS_ID, 0, 1700000000000, 1500000, LINK, MESSAGE_ID, ())
    assert [{"name": tag.name, "value": tag.value} for tag in tags] == VECTOR["tagsUtf8"]


def test_decode_of_the_vector() -> None:
    item = decode_item(raw_of(VECTOR))
    assert decode_assignment(item) == Assignment(
        process_id=PROCESS_ID,
        slot=0,
        epoch=0,
        timestamp_ms=1700000000000,
        block_height=1500000,
        hash_chain=VECTORS["hashChain"]["nonce0"],
        message_id=MESSAGE_ID,
        exclude=(),
        item=item,
    )


def test_the_assignment_of_the_process_itself_names_no_message() -> None:
    tags = assignment_tags(PROCESS_ID, 0, 1, 0, LINK, None, ())
    assert "Message" not in [tag.name for tag in tags]
    assert decode_assignment(item_with(tags)).message_id == PROCESS_ID


def test_excluded_fields_come_last_one_tag_each() -> None:
    tags = assignment_tags(PROCESS_ID, 1, 1, 0, LINK, MESSAGE_ID, ("Data", "Tags"))
    assert tags[-3:] == (("Message", MESSAGE_ID), ("Exclude", "Data"), ("Exclude", "Tags"))
    assert decode_assignment(item_with(tags)).exclude == ("Data", "Tags")


@given(
    ids,
    st.integers(1, 2**63 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 10**13),
    st.binary(min_size=32, max_size=32),
    ids,
    st.lists(st.text("abcDEF-", max_size=10), max_size=3),
)
def test_round_trip(
    process_id: str, slot: int, timestamp_ms: int, height: int, link: bytes, message_id: str, exclude: list[str]
) -> None:
    tags = assignment_tags(process_id, slot, timestamp_ms, height, link, message_id, exclude)
    item = item_with(tags)
    assert decode_assignment(item) == Assignment(
        process_id, slot, 0, timestamp_ms, height, encode_base64url(link), message_id, tuple(exclude), item
    )
    assert decode_base64url(decode_assignment(item).hash_chain) == link


@pytest.mark.parametrize("name", ["Process", "Epoch", "Nonce", "Hash-Chain", "Block-Height", "Timestamp", "Message"])
def test_a_missing_tag_is_named(name: str) -> None:
    item = item_with(message_tags(**{name.replace("-", "_"): None}))
    with pytest.raises(CodecError) as caught:
        decode_assignment(item)
    assert caught.value.message == f"Assignment {item.id} has no {name} tag"


@pytest.mark.parametrize("name", ["Process", "Hash-Chain", "Message"])
@pytest.mark.parametrize("value", ["x", "A" * 42 + "B", "A" * 44])
def test_a_wrong_id_is_refused(name: str, value: str) -> None:
    item = item_with(message_tags(**{name.replace("-", "_"): value}))
    with pytest.raises(CodecError, match=f"has a wrong {name} tag"):
        decode_assignment(item)


@pytest.mark.parametrize("name", ["Epoch", "Nonce", "Block-Height", "Timestamp"])
@pytest.mark.parametrize(
    "value", ["-1", "+1", " 1", "1.0", "1e3", "0x1", "1_0", "²", "\N{ARABIC-INDIC DIGIT ONE}", str(2**63), "9" * 3000]
)
def test_a_wrong_number_is_refused(name: str, value: str) -> None:
    item = item_with(message_tags(**{name.replace("-", "_"): value}))
    with pytest.raises(CodecError, match=f"has a {name} tag that is not a number"):
        decode_assignment(item)


@pytest.mark.parametrize("kind", ["Message", "assignment", None])
def test_another_type_is_no_assignment(kind: str | None) -> None:
    with pytest.raises(CodecError, match="is not an assignment"):
        decode_assignment(item_with(message_tags(Type=kind)))
