"""A served node, local programs on the same store, and clients over HTTP: each sees what the others do.

Every one of them is a program of its own; only the clients over HTTP are in this one.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from program import Program
from served import LONG_SECONDS, Remote, Served, served

from aos_cli.clients.local import LocalClient
from aos_cli.wallet import Ed25519Wallet, load_wallet


@pytest.fixture
def node(aos: Program) -> Iterator[Served]:
    with served(aos.home) as node:
        yield node


@pytest.fixture
def owner(aos: Program) -> Ed25519Wallet:
    """The wallet of the local user, who also speaks over HTTP."""
    wallet = load_wallet(aos.home / "wallet.json")
    assert isinstance(wallet, Ed25519Wallet)
    return wallet


def evaluated(aos: Program, name: str, code: str) -> str:
    """What a local program makes of Lua text."""
    ended = aos.apart("eval", name, code)
    assert ended.status == 0, ended.err
    return ended.out.strip()


def test_a_process_of_either_side_is_everybody_s(aos: Program, node: Served, owner: Ed25519Wallet) -> None:
    with Remote(node, owner) as remote:
        evaluated(aos, "alice", "Count = 1")
        [alice] = aos.processes()
        assert remote.evaluated(alice["id"], "Count = Count + 1 return Count") == "2"
        assert evaluated(aos, "alice", "Count = Count + 1 return Count") == "3"

        bob = remote.spawn(("Name", "bob"))
        remote.evaluated(bob, "Count = 10")
        assert evaluated(aos, "bob", "Count = Count + 1 return Count") == "11"
        assert remote.evaluated(bob, "return Count") == "11"


def test_the_log_is_the_same_from_both_sides(aos: Program, node: Served, owner: Ed25519Wallet) -> None:
    with Remote(node, owner) as remote:
        evaluated(aos, "alice", "return 'local'")
        [alice] = aos.processes()
        remote.evaluated(alice["id"], "return 'remote'")
        page = remote.http.get(f"/{alice['id']}", params={"process-id": alice["id"]}).json()
        results = remote.http.get(f"/results/{alice['id']}").json()["edges"]
    there = [edge["node"]["message"]["id"] for edge in page["edges"]]
    here = aos.apart("log", "alice", "--json").json
    assert [record["message"] for record in here] == there
    assert [record["output"] for record in here[1:]] == ["local", "remote"]
    assert [edge["node"]["Output"]["data"] for edge in results[1:]] == ["local", "remote"]


def test_processes_of_both_sides_talk(aos: Program, node: Served, owner: Ed25519Wallet) -> None:
    """Whoever evaluates: a local program that has asked something, or the node in the background."""
    code = "Handlers.add('ping', 'Ping', function(msg) msg.reply({Action = 'Pong', Data = msg.Data .. '!'}) end)"
    with Remote(node, owner) as remote:
        bob = remote.spawn(("Name", "bob"))
        remote.evaluated(bob, code)
        ask = "Send({{Target = '{}', Action = 'Ping', Data = '{}'}}).receive().Data"
        assert evaluated(aos, "alice", ask.format(bob, "from here")) == "from here!"

        carol = remote.spawn(("Name", "carol"))
        evaluated(aos, "dora", code)
        dora = next(process["id"] for process in aos.processes() if process["name"] == "dora")
        remote.evaluated(carol, f"Answer = Send({{Target = '{dora}', Action = 'Ping', Data = 'from there'}})")
        # Nobody local looks on: the node alone delivers the question and the answer.
        wait_for_slots(remote, carol, 3)
        assert remote.evaluated(carol, "return Inbox[#Inbox].Data") == "from there!"
    assert "from there!" in aos.apart("inbox", "carol", "--json").out


def wait_for_slots(remote: Remote, process_id: str, count: int) -> None:
    """Waits until so many slots of a process, the birth included, have a good result."""
    end = time.monotonic() + LONG_SECONDS
    while len(remote.http.get(f"/results/{process_id}").json()["edges"]) < count:
        assert time.monotonic() < end


def test_who_watches_sees_what_comes_by_http(aos: Program, node: Served) -> None:
    evaluated(aos, "alice", "return 1")
    [alice] = aos.processes()
    with Remote(node) as remote, aos.start("watch", "alice", "--from", "1", "--json") as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["slot"] == 1  # it watches now
        message_id = remote.send(alice["id"], "hello", ("Action", "Hello"))
        seen = json.loads(watching.stdout.readline())
        assert (seen["action"], seen["message"]) == ("Hello", message_id)
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=LONG_SECONDS)


def test_two_nodes_may_serve_one_store(aos: Program, node: Served) -> None:
    with served(aos.home) as other, Remote(node) as first, Remote(other) as second:
        assert (other.told["scheduler"], other.told["authority"]) == (node.told["scheduler"], node.told["authority"])
        process_id = first.spawn()
        assert second.evaluated(process_id, "Count = 5 return Count") == "5"
        message_id = second.send(process_id, "return Count + 1", ("Action", "Eval"))
        assert first.result(process_id, message_id)["Output"]["data"] == "6"


# Killed

ROUNDS = 6
_ACKNOWLEDGED_PER_ROUND = 25
_CLIENTS = 4

_PROGRAM = """
Peer, Seen = "%s", Seen or {}
Handlers.add("ping", "Ping", function(msg)
  local left = tonumber(msg.Data)
  Seen[#Seen + 1] = msg.Id
  if left > 0 then Send({Target = Peer, Action = "Ping", Data = tostring(left - 1)}) end
end)
"""


class Load:
    """Clients that send pings until the node is gone, and remember what was acknowledged.

    Args:
        node: the node.
        processes: whom they ping.
        count: of clients.
    """

    def __init__(self, node: Served, processes: list[str], count: int) -> None:
        self._node = node
        self._processes = processes
        self._enough = threading.Condition()
        self.acknowledged: list[tuple[str, str]] = []
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def _send(self, number: int) -> None:
        # Everybody signs with a key of his own: else two would send the same item.
        with Remote(self._node, Ed25519Wallet(os.urandom(32))) as remote:
            while True:
                process_id = self._processes[number % len(self._processes)]
                try:
                    message_id = remote.send(process_id, "3", ("Action", "Ping"))
                except httpx.TransportError:
                    return
                with self._enough:
                    self.acknowledged.append((process_id, message_id))
                    self._enough.notify_all()

    def wait_for(self, count: int) -> None:
        """Waits until so many messages were acknowledged."""
        with self._enough:
            assert self._enough.wait_for(lambda: len(self.acknowledged) >= count, LONG_SECONDS)

    def wait(self) -> None:
        """Waits until all clients have seen that the node is gone."""
        for thread in self._threads:
            thread.join(LONG_SECONDS)
            assert not thread.is_alive()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_killed_under_load_it_goes_on(aos: Program) -> None:
    acknowledged: list[tuple[str, str]] = []
    with served(aos.home) as node, Remote(node) as remote:
        pair = [remote.spawn(("Name", name)) for name in ("left", "right")]
        for own, peer in zip(pair, reversed(pair), strict=True):
            remote.evaluated(own, _PROGRAM % peer)
    for _ in range(ROUNDS):
        with served(aos.home) as node:
            load = Load(node, pair, _CLIENTS)
            load.wait_for(_ACKNOWLEDGED_PER_ROUND)
            assert node.end(signal.SIGKILL) == -signal.SIGKILL
            load.wait()
        acknowledged += load.acknowledged
    with served(aos.home) as node, Remote(node) as remote:
        # The last ones in their logs: when they have results, everything before them has.
        for process_id in pair:
            remote.evaluated(process_id, "return #Seen")
        assert {remote.result(*place)["GasUsed"] > 0 for place in acknowledged} == {True}
        assert node.end() == 0
    everything_happened_once(aos, acknowledged)


def everything_happened_once(aos: Program, acknowledged: list[tuple[str, str]]) -> None:
    """Looks that logs are whole, that what was acknowledged is in them, and that each ping set off the right ones."""
    client = LocalClient(aos.home / "store.sqlite", aos.home / "node", lambda: time.time_ns() // 1_000_000)
    try:
        for _ in client.follow(1_000_000, lambda: False):
            pass
        pings = Counter[int]()
        for process in client.processes():
            assert client.node.verify(process.id) == process.slots == process.evaluated
            slots = client.slots(process.id, 0)
            ids = [slot.message.id for slot in slots]
            assert len(set(ids)) == len(ids)
            assert {message_id for process_id, message_id in acknowledged if process_id == process.id} <= set(ids)
            assert {sent.state for slot in slots for sent in slot.sent} <= {"delivered"}
            pings.update(int(slot.message.data) for slot in slots if slot.message.action == "Ping")
    finally:
        client.close()
    # Each ping of 3 was followed by one of 2, that by one of 1, and that by one of 0.
    assert len(set(pings.values())) == 1
    assert sorted(pings) == [0, 1, 2, 3]
    assert pings[3] >= len(acknowledged) >= ROUNDS * _ACKNOWLEDGED_PER_ROUND
