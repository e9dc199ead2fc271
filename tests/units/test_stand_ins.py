"""Processes that name a module of the network's, which ours stands in for."""

from __future__ import annotations

from pathlib import Path

import pytest
from node_tools import AO_TAGS, USER, change, evaluate, module_item, node_over, process_item, settled, spawn

from aos_cli.codec.ans104 import build_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.module import bundled_module
from aos_cli.units import aliases
from aos_cli.units.node import Node

ALIAS = next(iter(aliases.STAND_INS))


def spawn_alias(node: Node) -> str:
    return node.submit(process_item(node, module=ALIAS).raw).process_id


@pytest.mark.parametrize("module", aliases.STAND_INS)
def test_a_process_runs_the_bundled_module(node: Node, module: str) -> None:
    process = node.submit(process_item(node, module=module).raw).process_id
    assert node.record(process).module_id == bundled_module().id
    assert evaluate(node, process, "return ao.env.Module.Id")["Output"]["data"] == bundled_module().id
    assert "json" in node.module_names(process)


def test_another_module_of_the_network_is_refused(node: Node) -> None:
    with pytest.raises(NodeRefused, match="is not in this store"):
        node.submit(process_item(node, module="A" * 43).raw)


def test_a_child_runs_it_too(node: Node) -> None:
    process = spawn(node)
    evaluate(node, process, f'Spawn("{ALIAS}", {{Name = "child"}})')
    settled(node)
    [child] = node.store.processes(name="child")
    assert child.module_id == bundled_module().id
    assert "Error" not in evaluate(node, child.id, "return 1")


def test_a_process_keeps_the_module_that_it_was_born_with(node: Node, path: Path) -> None:
    """An upgrade brings another module for those that are born later."""
    process = spawn_alias(node)
    evaluate(node, process, "counter = 41")
    newer = module_item({".process": b"error('another runtime')"}, ("Name", "newer"))
    node.store.put_item(newer)
    change(path, "UPDATE process SET module_id = ?", newer.id)
    upgraded = node_over(path)
    with pytest.raises(NodeRefused, match=newer.id):
        evaluate(upgraded, process, "return counter")
    change(path, "UPDATE process SET module_id = ?", bundled_module().id)
    assert evaluate(upgraded, process, "return counter + 1")["Output"]["data"] == "42"
    upgraded.store.close()


def test_a_real_module_of_that_id_goes_before(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    real = build_item(USER, tags=(*AO_TAGS, ("Type", "Module"), ("Module-Format", "wasm32-unknown-emscripten")))
    monkeypatch.setattr("aos_cli.units.admission.STAND_INS", {real.id: "real"})
    item = process_item(node, module=real.id)
    node.store.put_item(real)
    with pytest.raises(NodeRefused, match="wasm32"):
        node.submit(item.raw)
