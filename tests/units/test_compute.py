from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from node_tools import AO_TAGS, KEYS, USER, message_item, module_item, tag_objects, tags_of

from aos_cli.codec.ans104 import build_item
from aos_cli.codec.ids import encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.machine.module import bundled_module
from aos_cli.machine.port import DEFAULT_COMPUTE_LIMIT, DEFAULT_MEMORY_LIMIT, Limits
from aos_cli.model import Assignment, DataItem
from aos_cli.units import compute
from aos_cli.units.records import LogHead
from aos_cli.units.scheduler import assign
from aos_cli.wallet import Wallet

PROCESS_ID = "p" * 42 + "A"
OTHER = "o" * 42 + "A"


def place(item: DataItem, slot: int = 3, exclude: tuple[str, ...] = ()) -> Assignment:
    head = LogHead(PROCESS_ID, slot, OTHER, bytes(32), 0)
    return assign(head, item.id, exclude, now_ms=1_700_000_000_000, signer=KEYS.scheduler)


def process_of(*tags: tuple[str, str]) -> DataItem:
    return build_item(USER, tags=[*tags, *AO_TAGS, ("Type", "Process")], data=b" ")


def test_a_process_sees_the_fields_of_the_network() -> None:
    item = message_item(PROCESS_ID, b"\0data\xff", ("Action", "Hi"), anchor=b"a" * 32)
    assignment = place(item)
    assert compute.message_fields(item, assignment) == {
        "Id": item.id,
        "Signature": encode_base64url(item.signature),
        "Data": b"\0data\xff",
        "Owner": USER.address,
        "From": USER.address,
        "Target": PROCESS_ID,
        "Anchor": b"a" * 32,
        "Tags": tag_objects([("Action", "Hi"), *AO_TAGS, ("Type", "Message")]),
        "Epoch": 0,
        "Nonce": 3,
        "Timestamp": 1_700_000_000_000,
        "Block-Height": assignment.block_height,
        "Hash-Chain": assignment.hash_chain,
        "Cron": False,
        "Read-Only": False,
    }


def test_a_pushed_message_is_from_its_process_and_forwarded_by_its_signer() -> None:
    tags = [("From-Process", OTHER), ("From-Process", "second")]
    item = message_item(PROCESS_ID, "", *tags, signer=KEYS.messenger)
    fields = compute.message_fields(item, place(item))
    assert (fields["From"], fields["Owner"]) == (OTHER, KEYS.messenger.address)
    assert fields["Forwarded-By"] == KEYS.messenger.address
    assert compute.sender_of(item) == OTHER


def test_tags_that_would_hide_the_origin_are_left_out() -> None:
    tags = [("From", "x"), ("Owner", "y"), ("from", "z"), ("Action", "Hi"), ("From", "again")]
    item = message_item(PROCESS_ID, "", *tags)
    names = [tag["name"] for tag in compute.message_fields(item, place(item))["Tags"]]
    assert names == ["from", "Action", "Data-Protocol", "Variant", "Type"]


def test_the_process_message_is_addressed_to_itself() -> None:
    item = process_of()
    assert compute.message_fields(item, place(item, slot=0))["Target"] == PROCESS_ID


def test_an_assigned_message_keeps_its_own_target() -> None:
    item = message_item(OTHER)
    assert compute.message_fields(item, place(item))["Target"] == OTHER
    nowhere = build_item(USER, tags=AO_TAGS)
    assert compute.message_fields(nowhere, place(nowhere))["Target"] == ""


@pytest.mark.parametrize("name", ["Data", "Signature", "Anchor"])
def test_excluded_fields_are_left_out(name: str) -> None:
    item = message_item(PROCESS_ID, "x", ("Action", "Hi"), anchor=bytes(32))
    whole, parts = (compute.message_fields(item, place(item, exclude=names)) for names in ((), (name,)))
    assert set(whole) - set(parts) == {name}


def test_excluded_tags_are_none_and_do_not_change_the_sender() -> None:
    item = message_item(PROCESS_ID, "x", ("From-Process", OTHER), signer=KEYS.messenger)
    fields = compute.message_fields(item, place(item, exclude=("Tags",)))
    assert (fields["Tags"], fields["From"]) == ([], OTHER)


@pytest.mark.parametrize("name", ["Id", "Owner", "From", "Target", "Nonce", "nonsense"])
def test_what_a_message_is_cannot_be_excluded(name: str) -> None:
    item = message_item(PROCESS_ID, "x")
    fields = compute.message_fields(item, place(item, exclude=(name,)))
    assert set(fields) == set(compute.message_fields(item, place(item)))


def test_owners_are_addresses_of_their_kind_of_key(rsa_wallet: Wallet) -> None:
    item = message_item(PROCESS_ID, "x", signer=rsa_wallet)
    assert compute.message_fields(item, place(item))["Owner"] == rsa_wallet.address


def test_the_environment_says_who_process_and_module_are() -> None:
    process, module = process_of(("Name", "n")), module_item({})
    assert compute.process_environment(process, module) == {
        "Process": {"Id": process.id, "Owner": USER.address, "Tags": tag_objects(tags_of(process))},
        "Module": {"Id": module.id, "Owner": USER.address, "Tags": tag_objects(tags_of(module))},
    }


@pytest.mark.parametrize(
    ("text", "size"),
    [("512-mb", 512 * 2**20), ("1-GB", 2**30), ("64-kb", 64 * 2**10), ("007-mb", 7 * 2**20)],
)
def test_memory_is_said_in_binary_units(text: str, size: int) -> None:
    assert compute.memory_bytes(text) == size


def test_limits_are_the_processs_then_the_modules_then_the_defaults() -> None:
    module = module_item({}, ("Compute-Limit", "500"), ("Memory-Limit", "2-mb"))
    own = process_of(("Compute-Limit", "700"))
    assert compute.limits_of(own, module) == Limits(700, 2 * 2**20)
    assert compute.limits_of(process_of(), module) == Limits(500, 2 * 2**20)
    assert compute.limits_of(process_of(), module_item({})) == Limits(DEFAULT_COMPUTE_LIMIT, DEFAULT_MEMORY_LIMIT)


@given(
    st.from_regex(r"[0-9 +_-]{0,45}") | st.text(max_size=30),
    st.from_regex(r"[0-9]{0,8}-?(kb|mb|gb|tb)?") | st.text(max_size=9),
)
def test_limits_are_refused_or_within_what_a_machine_takes(compute_limit: str, memory_limit: str) -> None:
    process = process_of(("Compute-Limit", compute_limit), ("Memory-Limit", memory_limit))
    try:
        limits = compute.limits_of(process, bundled_module())
    except NodeRefused:
        return
    assert 0 < limits.compute < 2**63
    assert 0 < limits.memory_bytes < 2**63


def test_a_machine_stands_in_front_of_the_first_message() -> None:
    process = process_of(("Name", "named"))
    machine = compute.open_machine(process, bundled_module())
    assignment = assign(LogHead(process.id, 0, "", b"", 0), process.id, (), now_ms=1, signer=KEYS.scheduler)
    evaluation = machine.evaluate(compute.message_fields(process, assignment))
    assert not evaluation.failed
    found: Any = machine.inspect(["Name"])
    assert found.text == "named"
    machine.close()
