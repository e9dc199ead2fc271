from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from node_tools import AO_TAGS, KEYS, USER, VECTORS, tags_of, vector

from aos_cli.codec.ans104 import build_item, decode_item, verify_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.codec.ids import decode_base64url, encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.units.records import LogHead
from aos_cli.units.scheduler import MAX_ITEM_BYTES, assign, block_height, kind_of

CHAIN = VECTORS["hashChain"]
PROCESS = CHAIN["processId"]
MESSAGE = VECTORS["items"][0]["id"]


def head(slots: int, last: str = "", link: str = "", timestamp_ms: int = 0) -> LogHead:
    return LogHead(PROCESS, slots, last, decode_base64url(link) if link else b"", timestamp_ms)


@pytest.mark.parametrize(
    ("log_head", "link"),
    [
        (head(0), "nonce0"),
        (head(1, CHAIN["assignment0"], CHAIN["nonce0"]), "nonce1"),
        (head(2, CHAIN["assignment1"], CHAIN["nonce1"]), "nonce2"),
    ],
)
def test_the_hash_chain_is_the_networks(log_head: LogHead, link: str) -> None:
    made = assign(log_head, MESSAGE, (), now_ms=5, signer=KEYS.scheduler)
    assert made.hash_chain == CHAIN[link]


def test_the_tags_are_those_of_the_recorded_assignment() -> None:
    recorded = decode_item(vector("assignment"))
    made = assign(head(0), decode_assignment(recorded).message_id, (), now_ms=1_700_000_000_000, signer=KEYS.scheduler)
    ours, theirs = tags_of(made.item), tags_of(recorded)
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    # The recorded height was the real chain's.
    same = [position for position, (name, _) in enumerate(theirs) if name != "Block-Height"]
    assert [ours[position] for position in same] == [theirs[position] for position in same]
    assert len(dict(ours)["Block-Height"]) == 12


def test_an_assignment_is_signed_and_reads_back() -> None:
    made = assign(
        head(7, CHAIN["assignment0"], CHAIN["nonce0"], 10), MESSAGE, ("Data", "Tags"), now_ms=99, signer=KEYS.scheduler
    )
    verify_item(made.item)
    assert (made.item.owner, made.item.target, made.item.data) == (KEYS.scheduler.owner, b"", b"")
    assert len(made.item.anchor) == 32
    assert decode_assignment(decode_item(made.item.raw)) == made
    assert (made.slot, made.epoch, made.timestamp_ms, made.exclude) == (7, 0, 99, ("Data", "Tags"))


def test_a_process_message_is_not_named_in_its_own_assignment() -> None:
    made = assign(head(0), PROCESS, (), now_ms=1, signer=KEYS.scheduler)
    assert "Message" not in dict(tags_of(made.item))
    assert decode_assignment(made.item).message_id == PROCESS


@given(st.lists(st.integers(min_value=-(10**9), max_value=2 * 10**12), min_size=1, max_size=8))
def test_timestamps_increase_whatever_the_clock_does(clock: list[int]) -> None:
    log_head, before = head(0), 0
    for now in clock:
        made = assign(log_head, MESSAGE, (), now_ms=now, signer=KEYS.scheduler)
        assert made.timestamp_ms > before
        assert made.timestamp_ms == now or made.timestamp_ms == before + 1
        before = made.timestamp_ms
        log_head = head(made.slot + 1, made.item.id, made.hash_chain, before)


@pytest.mark.parametrize("now", [0, 1_528_500_000_000])
def test_the_chain_begins_at_height_zero(now: int) -> None:
    assert block_height(now) == 0


def test_the_chain_grows_by_a_block_every_two_minutes() -> None:
    now = 1_700_000_000_000
    assert block_height(now + 120_000) == block_height(now) + 1


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ([("Type", "Message")], "no tag Data-Protocol"),
        ([("Data-Protocol", "AO"), ("Type", "Message")], "no tag Data-Protocol"),
        (AO_TAGS, "no tag Type"),
        ([*AO_TAGS, ("Type", "Module")], "no tag Type"),
        ([*AO_TAGS, ("type", "Message")], "no tag Type"),
        ([*AO_TAGS, ("Type", "Process"), ("Scheduler", "s")], "no tag Module"),
        ([*AO_TAGS, ("Type", "Process"), ("Module", "m")], "no tag Scheduler"),
    ],
)
def test_items_that_are_not_of_ao_are_refused(tags: list[tuple[str, str]], problem: str) -> None:
    item = build_item(USER, target=bytes(32), tags=tags)
    with pytest.raises(NodeRefused, match=problem) as caught:
        kind_of(item)
    assert item.id in caught.value.message


def test_ao_may_be_one_of_several_protocols() -> None:
    tags = [("Data-Protocol", "Other"), ("Data-Protocol", "ao"), ("Type", "Message")]
    assert kind_of(build_item(USER, target=bytes(32), tags=tags)) == "Message"


def test_a_message_needs_a_target() -> None:
    with pytest.raises(NodeRefused, match="has no target"):
        kind_of(build_item(USER, tags=[*AO_TAGS, ("Type", "Message")]))


@pytest.mark.parametrize("types", [("Message", "Process"), ("Process", "Message")])
def test_the_first_of_two_types_counts(types: tuple[str, str]) -> None:
    tags = [*AO_TAGS, ("Module", "m"), ("Scheduler", "s"), *(("Type", kind) for kind in types)]
    assert kind_of(build_item(USER, target=bytes(32), tags=tags)) == types[0]


def test_an_item_may_be_ten_megabytes_and_no_more() -> None:
    tags = [*AO_TAGS, ("Type", "Message")]
    room = MAX_ITEM_BYTES - len(build_item(USER, target=bytes(32), tags=tags).raw)
    assert kind_of(build_item(USER, target=bytes(32), tags=tags, data=bytes(room))) == "Message"
    with pytest.raises(NodeRefused, match="10,485,761 bytes; the limit is 10,485,760"):
        kind_of(build_item(USER, target=bytes(32), tags=tags, data=bytes(room + 1)))


def test_the_scheduler_of_another_key_makes_another_assignment() -> None:
    ours = assign(head(0), MESSAGE, (), now_ms=1, signer=KEYS.scheduler)
    theirs = assign(head(0), MESSAGE, (), now_ms=1, signer=KEYS.messenger)
    assert ours.item.id != theirs.item.id
    assert ours.hash_chain == theirs.hash_chain == encode_base64url(ours.item.anchor)
