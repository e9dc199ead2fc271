"""A network whose units answer what a test says, in the shapes of the real units; nothing works behind them."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable
from typing import Any

import httpx

from aos_cli.clients.legacynet import LegacynetClient
from aos_cli.clients.legacynet_network import Network
from aos_cli.clients.registry import Registry
from aos_cli.clients.transport import Pace
from aos_cli.codec.ids import encode_base64url

AUTHORITY, SCHEDULER, MODULE, OWNER = (encode_base64url(bytes([number]) * 32) for number in range(1, 5))
PROCESS = encode_base64url(bytes([9]) * 32)

NETWORK = Network(
    "legacynet", "http://mu.test", "http://su.test", "http://cu.test", "http://gw.test",
    authority=AUTHORITY, scheduler=SCHEDULER, module=MODULE,
)  # fmt: skip

Answer = tuple[int, Any] | bytes | Exception | Callable[[httpx.Request], tuple[int, Any]]
"""Status and JSON, or bytes, or what goes wrong, or what makes one of the first of a request."""


class ScriptedNetwork:
    """Answers by method, host and path; the last answer of each is repeated. Others are not found.

    Attributes:
        requests: what was asked, in order.
        now: the clock, which only waiting moves, and
        seconds_per_request: every request, by so much.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.now = 0.0
        self.seconds_per_request = 0.0
        self._answers: dict[str, deque[Answer]] = {}

    def on(self, what: str, *answers: Answer) -> None:
        """Says what is answered, such as to `GET su/ID/latest`."""
        self._answers[what] = deque(answers)

    def client(self, network: Network = NETWORK, registry: Registry | None = None) -> LegacynetClient:
        """A client of this network."""
        return LegacynetClient(network, registry, httpx.MockTransport(self._answer), Pace(lambda: self.now, self._wait))

    def asked(self, what: str) -> list[httpx.Request]:
        """The requests of a kind."""
        return [request for request in self.requests if _kind(request) == what]

    def _wait(self, seconds: float) -> None:
        self.now += seconds

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.now += self.seconds_per_request
        answers = self._answers.get(_kind(request))
        if not answers and request.url.host == "su.test":
            return httpx.Response(400, json={"error": "Message or Process not found"})
        if not answers:
            return httpx.Response(404, html=f"<pre>Cannot {request.method}</pre>")
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, bytes):
            return httpx.Response(200, content=answer)
        return httpx.Response(answer[0], json=answer[1])


def _kind(request: httpx.Request) -> str:
    return f"{request.method} {request.url.host.removesuffix('.test')}{request.url.path}"


def item_id(number: int) -> str:
    """An id."""
    return encode_base64url(bytes([number, 77]) * 16)


def tags(**values: str) -> list[dict[str, str]]:
    """Tags as JSON has them; `_` stands for a hyphen."""
    return [{"name": name.replace("_", "-"), "value": value} for name, value in values.items()]


def message(number: int, *, sender: str = "", data: str = "data", **more: str) -> dict[str, Any]:
    """A message as a scheduler writes it."""
    source = {"From_Process": sender} if sender else {}
    return {
        "id": item_id(number), "owner": {"address": AUTHORITY if sender else OWNER, "key": "k"}, "data": data,
        "tags": tags(**more, **source), "signature": "s", "anchor": f"{number:032}", "target": PROCESS,
    }  # fmt: skip


def entry(number: int, content: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
    """A slot as a scheduler writes it; without content it is an assignment alone."""
    assignment = tags(
        Process=PROCESS, Epoch="0", Nonce=str(number), Hash_Chain=item_id(100 + number), Block_Height="000001500000",
        Timestamp=str(1000 + number), **({"Message": item_id(number)} if number else {}), **more,
    )  # fmt: skip
    owner = {"address": SCHEDULER, "key": "k"}
    return {
        "message": content,
        "assignment": {"id": item_id(200 + number), "owner": owner, "tags": assignment, "anchor": None, "target": ""},
    }


def page(*entries: dict[str, Any]) -> tuple[int, Any]:
    """Slots as a scheduler lists them."""
    edges = [{"node": one, "cursor": "1"} for one in entries]
    return 200, {"page_info": {"has_next_page": True}, "edges": edges}


def result(data: str = "out", **more: Any) -> dict[str, Any]:
    """A result as a compute unit gives it."""
    output = {"data": data, "prompt": "p> ", "test": ""}
    return {"Messages": [], "Assignments": [], "Spawns": [], "Output": output, "GasUsed": 0, **more}


def results(*numbered: tuple[int, dict[str, Any]], cron: str = "") -> tuple[int, Any]:
    """Results as a compute unit lists them."""
    edges = []
    for number, node in numbered:
        told = {"timestamp": 1000 + number, "ordinate": str(number), "sort": "ASC"} | ({"cron": cron} if cron else {})
        edges.append({"node": node, "cursor": base64.b64encode(json.dumps(told).encode()).decode()})
    return 200, {"pageInfo": {"hasNextPage": False}, "edges": edges}


def born(name: str = "one") -> tuple[int, Any]:
    """A process as a scheduler describes it."""
    content = tags(Name=name, Module=MODULE, Variant="ao.TN.1", Type="Process")
    owner = {"address": OWNER, "key": "k"}
    return 200, {"process_id": PROCESS, "owner": owner, "tags": content, "timestamp": 1000, "data": None}


def listed(*ids: str, more: bool = False, **more_tags: str) -> tuple[int, Any]:
    """Processes as a gateway lists them."""
    content = tags(Data_Protocol="ao", Type="Process", Name="one", Module=MODULE, **more_tags)
    edges = [
        {
            "cursor": one,
            "node": {"id": one, "recipient": "", "owner": {"address": OWNER}, "tags": content, "block": None},
        }
        for one in ids
    ]
    return 200, {"data": {"transactions": {"pageInfo": {"hasNextPage": more}, "edges": edges}}}


def network_with_process() -> ScriptedNetwork:
    """A network with a process of two slots."""
    network = ScriptedNetwork()
    network.on(f"GET su/processes/{PROCESS}", born())
    network.on(f"GET su/{PROCESS}/latest", (200, entry(1, message(1))))
    network.on(f"GET su/{PROCESS}", page(entry(1, message(1, Action="Eval"))))
    network.on(f"GET cu/results/{PROCESS}", results((1, result())))
    network.on(f"GET cu/result/{item_id(1)}", (200, result("slowly")))
    return network
