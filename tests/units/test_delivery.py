"""What becomes of an outbox: from one log into another."""

from __future__ import annotations

import re

import pytest
from node_tools import AO_TAGS, USER, evaluate, message_item, node_over, settled, spawn, tags_of

from aos_cli.codec.ans104 import build_item, decode_item
from aos_cli.units.node import Node
from aos_cli.units.records import Delivery


def outbox_of(node: Node, code: str, name: str = "test") -> tuple[str, list[Delivery]]:
    process = spawn(node, name)
    receipt = node.submit(message_item(process, code, ("Action", "Eval")).raw)
    return process, list(node.result(process, receipt.slot).deliveries)


def test_a_message_to_a_wallet_is_kept(node: Node) -> None:
    _, (delivery,) = outbox_of(node, f"Send({{Target = '{USER.address}', Data = 'yours'}})")
    assert (delivery.state, delivery.slot, delivery.target) == ("kept", None, USER.address)
    raw = node.store.item(delivery.message_id)
    assert raw is not None
    assert decode_item(raw).data == b"yours"


def test_a_spawn_makes_a_process_and_tells_its_parent(node: Node) -> None:
    process, deliveries = outbox_of(node, "Spawn(ao.env.Module.Id, {Name = 'child'})")
    assert [(delivery.kind, delivery.state, delivery.slot) for delivery in deliveries] == [
        ("spawn", "delivered", 0), ("notice", "delivered", 2),
    ]  # fmt: skip
    settled(node)
    child = node.store.process(deliveries[0].target)
    assert child is not None
    assert (child.name, child.owner, child.slots, child.evaluated) == ("child", process, 1, 1)
    assert child.spawned_ms >= 1_700_000_000_000
    told = evaluate(node, process, "return Inbox[#Inbox].Action .. ' ' .. Inbox[#Inbox].Process")
    assert told["Output"]["data"] == f"Spawned {child.id}"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("Spawn(('A'):rep(43), {})", "Module A{43} is not in this store"),
        ("Spawn('nonsense', {})", "Module nonsense is not in this store"),
        ("Spawn(ao.id, {})", "format of no module"),
        ("Spawn(ao.env.Module.Id, {['Memory-Limit'] = 'much'})", "Memory-Limit is 'much'"),
        ("Spawn(ao.env.Module.Id, {['Compute-Limit'] = 'lots'})", "Compute-Limit is 'lots'"),
    ],
)
def test_a_child_that_could_never_run_is_refused(node: Node, code: str, problem: str) -> None:
    """Otherwise its first slot would stop every program that evaluates what waits in the store."""
    process, (delivery,) = outbox_of(node, code)
    assert (delivery.kind, delivery.state) == ("spawn", "refused")
    assert re.search(problem, delivery.problem)
    settled(node)
    assert [record.id for record in node.store.processes()] == [process]


def test_an_assignment_gives_a_message_to_another_process(node: Node) -> None:
    other = spawn(node, "other")
    evaluate(node, other, "ao.addAssignable('all', function() return true end)")
    evaluate(node, other, "Handlers.add('seen', function() return true end, function(msg) Seen = msg end)")
    process = spawn(node, "assigner")
    sent = node.submit(message_item(process, "secret", ("Action", "Note")).raw)
    code = f"Assign({{Processes = {{'{other}'}}, Message = '{sent.message_id}', Exclude = {{'Data'}}}})"
    evaluate(node, process, code)
    settled(node)
    seen = evaluate(node, other, "return tostring(Seen.Id) .. tostring(Seen.Data) .. Seen.Action .. Seen.Target")
    assert seen["Output"]["data"] == f"{sent.message_id}nilNote{process}"


def test_an_assignment_of_what_is_not_here_is_refused(node: Node) -> None:
    missing = "A" * 43
    _, deliveries = outbox_of(node, f"Assign({{Processes = {{ao.id}}, Message = '{missing}'}})")
    assert [(delivery.state, delivery.problem) for delivery in deliveries] == [
        ("refused", f"there is no message {missing} here")
    ]
    _, deliveries = outbox_of(node, f"Assign({{Processes = {{'{missing}'}}, Message = ao.id}})", "second")
    assert [(delivery.state, delivery.problem) for delivery in deliveries] == [
        ("refused", f"there is no process {missing} here")
    ]


def test_a_message_that_a_process_has_is_not_assigned_twice(node: Node) -> None:
    process, (delivery,) = outbox_of(node, "Assign({Processes = {ao.id}, Message = ao.id})")
    assert (delivery.state, delivery.slot) == ("duplicate", 0)
    record = node.store.process(process)
    assert record is not None
    assert record.slots == 2


def test_what_a_user_set_off_is_pushed_for_his_message(node: Node) -> None:
    echo = spawn(node, "echo")
    handler = "Handlers.add('echo', 'Ping', function(msg) Send({Target = msg.From, Action = 'Pong'}) end)"
    evaluate(node, echo, handler)
    process = spawn(node, "asker")
    receipt = node.submit(
        message_item(process, f"Send({{Target = '{echo}', Action = 'Ping'}})", ("Action", "Eval")).raw
    )
    settled(node)
    pushed = [
        dict(tags_of(decode_item(entry.message))).get("Pushed-For")
        for entry in (*node.store.entries(echo, 2), *node.store.entries(process, 2))
    ]
    assert pushed == [receipt.message_id] * 2


def test_two_stores_make_the_same_items(node: Node) -> None:
    other = node_over()
    texts = []
    for one in (node, other):
        process = spawn(one)
        evaluate(one, process, "Send({Target = ao.id, Data = 'x'}) Spawn(ao.env.Module.Id, {})")
        settled(one)
        texts.append(
            [(record.id, [entry[:6] for entry in one.store.entries(record.id)]) for record in one.store.processes()]
        )
    assert texts[0] == texts[1]
    other.store.close()


def test_an_item_of_another_user_is_not_taken_for_the_messengers(node: Node) -> None:
    process = spawn(node)
    forged = build_item(USER, target=process, tags=[*AO_TAGS, ("Type", "Message"), ("From-Process", process)])
    receipt = node.submit(forged.raw)
    assert "not trusted" in node.result(process, receipt.slot).result["Output"]["data"]
