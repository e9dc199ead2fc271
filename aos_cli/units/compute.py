"""The compute unit: says what a process sees of each message, and evaluates its log in order.

Source of the field names: messages as the network's compute unit hands them to a module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.machine.module import FORMAT, bundled_module, decode_module
from aos_cli.machine.port import DEFAULT_COMPUTE_LIMIT, DEFAULT_MEMORY_LIMIT, Limits, Machine
from aos_cli.model import DataItem, Tags, tag_value
from aos_cli.units.cron import Cron, crons_of
from aos_cli.units.records import Place
from aos_cli.units.scheduler import block_height

_MEMORY_UNITS = {"kb": 2**10, "mb": 2**20, "gb": 2**30}
_COMPUTE_TEXT = re.compile(r"\d{1,19}", re.ASCII)
_MEMORY_TEXT = re.compile(r"(\d{1,6})-(kb|mb|gb)", re.ASCII)


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Tags in the form in which processes get them."""
    return [{"name": tag.name, "value": tag.value} for tag in tags]


def sender_of(item: DataItem) -> str:
    """Who a message is from: the process that it was pushed for, else its signer's address."""
    return tag_value(item.tags, "From-Process") or address_of(item.owner, item.signature_type)


def message_fields(item: DataItem, place: Place) -> dict[str, Any]:
    """A message as its process sees it.

    Args:
        item: the message.
        place: what its assignment says.
    """
    owner = address_of(item.owner, item.signature_type)
    pushed_for = tag_value(item.tags, "From-Process")
    fields: dict[str, Any] = {
        "Id": item.id,
        "Signature": encode_base64url(item.signature),
        "Data": item.data,
        "Owner": owner,
        "From": pushed_for or owner,
        # The process message has no target: it is addressed to itself.
        "Target": place.process_id if place.slot == 0 else encode_base64url(item.target),
        "Anchor": item.anchor,
        "Tags": tag_list(tuple(tag for tag in item.tags if tag.name not in ("From", "Owner"))),
        "Epoch": place.epoch,
        "Nonce": place.slot,
        "Timestamp": place.timestamp_ms,
        "Block-Height": place.block_height,
        "Hash-Chain": place.hash_chain,
        "Cron": False,
        "Read-Only": False,
    }
    if pushed_for:
        fields["Forwarded-By"] = owner
    for name in place.exclude:
        if name in ("Data", "Signature", "Anchor"):
            fields.pop(name, None)
        elif name == "Tags":
            fields["Tags"] = []
    return fields


def tick_fields(process: DataItem, cron: Cron, timestamp_ms: int) -> dict[str, Any]:
    """The message of a tick as its process sees it: nobody sent it, so it has no id, no data and no place in the log.

    Args:
        process: the process message.
        cron: the cron that ticks.
        timestamp_ms: when.
    """
    owner = address_of(process.owner, process.signature_type)
    return {
        "Owner": owner,
        "From": owner,
        "Target": process.id,
        "Tags": tag_list(cron.tags),
        "Timestamp": timestamp_ms,
        "Block-Height": block_height(timestamp_ms),
        "Cron": True,
        "Read-Only": False,
    }


def process_environment(process: DataItem, module: DataItem) -> dict[str, Any]:
    """What every message of a process is handled in."""
    return {
        part: {
            "Id": item.id,
            "Owner": address_of(item.owner, item.signature_type),
            "Tags": tag_list(item.tags),
        }
        for part, item in (("Process", process), ("Module", module))
    }


def memory_bytes(text: str) -> int:
    """The bytes in a text such as `512-mb`.

    Raises:
        NodeRefused: the text is not of that form.
    """
    match = _MEMORY_TEXT.fullmatch(text.lower())
    if not match or int(match[1]) == 0:
        raise NodeRefused(f"Memory-Limit is {text!a}, not a number and kb, mb or gb such as 512-mb", operation="spawn")
    return int(match[1]) * _MEMORY_UNITS[match[2]]


def limits_of(process: DataItem, module: DataItem) -> Limits:
    """What a process may use: its own tags, else its module's, else the defaults. Nothing of the node's enters.

    Raises:
        NodeRefused: a tag does not say a limit.
    """

    def tag(name: str) -> str:
        return tag_value(process.tags, name) or tag_value(module.tags, name)

    compute, memory = tag("Compute-Limit"), tag("Memory-Limit")
    if compute and not (_COMPUTE_TEXT.fullmatch(compute) and 0 < int(compute) < 2**63):
        raise NodeRefused(f"Compute-Limit is {compute!a}, not a number of instructions", operation="spawn")
    return Limits(
        int(compute) if compute else DEFAULT_COMPUTE_LIMIT, memory_bytes(memory) if memory else DEFAULT_MEMORY_LIMIT
    )


def check_module(module: DataItem) -> None:
    """Refuses a module that no machine here can run.

    Raises:
        NodeRefused: it is no module, or one of another format.
    """
    found = tag_value(module.tags, "Module-Format") if tag_value(module.tags, "Type") == "Module" else ""
    if found != FORMAT:
        problem = f"Module {module.id} has the format {found or 'of no module'}, which no machine here runs"
        raise NodeRefused(problem, f"Modules of format {FORMAT} run here", operation="spawn")


def check_process(process: DataItem, module: DataItem) -> None:
    """Refuses a process whose messages could never be evaluated.

    Raises:
        NodeRefused: its module or its limits do not let it start, or its crons could never tick.
    """
    check_module(module)
    limits_of(process, module)
    crons_of(process.tags)
    # The bundled module is known to start; another one is tried.
    if module.id != bundled_module().id:
        open_machine(process, module).close()


def open_machine(process: DataItem, module: DataItem) -> Machine:
    """A machine for a process, in front of its first message.

    Raises:
        NodeRefused: the module does not start.
    """
    # lupa is loaded when something is evaluated, not when a store is looked at.
    from aos_cli.machine.native import NativeMachine

    check_module(module)
    environment: Mapping[str, Any] = process_environment(process, module)
    limits = limits_of(process, module)
    try:
        return NativeMachine(decode_module(module.data), environment, limits)
    except Exception as error:
        # What a module raises while it is loaded is an exception of lupa's, whose names only the machine knows.
        raise NodeRefused(f"Module {module.id} does not start: {error}", operation="spawn") from error
