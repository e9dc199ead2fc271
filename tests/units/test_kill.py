"""Kill -9 at any instant, a hundred times: nothing acknowledged is lost, and everything happens once."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kill_worker import USER, message
from node_tools import ROOT, tags_of

from aos_cli.clients.local import LocalClient
from aos_cli.codec.ans104 import decode_item
from aos_cli.processes import spawn_process
from aos_cli.units.node import Node

KILLS = 100
_WORKERS = 2
# Every so many rounds the workers get new processes, so that a new worker has little to replay.
_ROUNDS_PER_PAIR = 5

_PROGRAM = """
Handlers.add("ping", "Ping", function(msg)
  local left = tonumber(msg.Data)
  if left > 0 then
    Send({Target = Peer, Action = "Ping", Data = tostring(left - 1)})
  end
end)
Handlers.add("tick", "Tick", function(msg)
  local left = tonumber(msg.Data)
  if left > 0 then
    Send({Target = ao.id, Action = "Tick", Data = tostring(left - 2)})
    Send({Target = Peer, Action = "Note", Data = msg.Data})
  end
end)
Handlers.add("breed", "Breed", function() Spawn(ao.env.Module.Id, {Name = "child"}) end)
Handlers.add("fail", "Fail", function() Broken = 1 ao.send({Target = ao.id, Value = 0/0}) end)
"""


def clock_ms() -> int:
    return time.time_ns() // 1_000_000


class Ground:
    """The store that everything happens in.

    Attributes:
        store, keys: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.keys = folder, folder / "store.sqlite", folder / "node"

    def open(self) -> LocalClient:
        return LocalClient(self.store, self.keys, clock_ms)

    def pair(self, number: int) -> list[str]:
        """Two new processes that know each other."""
        client = self.open()
        ids = [spawn_process(client, USER, f"{side}{number}").id for side in ("left", "right")]
        for own, peer in (ids, ids[::-1]):
            code = f"Peer = '{peer}'\n{_PROGRAM}"
            client.send(message(own, "Eval", code, f"{number:032}".encode()))
        assert all(slot.result.error is None for slot in client.follow(100, lambda: False) if slot.process.id in ids)
        client.close()
        return ids

    def run_and_kill(self, seeds: list[int], processes: list[str], chosen: random.Random) -> None:
        """Lets workers work together and kills each at a moment of its own."""
        worker = str(Path(__file__).with_name("kill_worker.py"))
        started = [
            subprocess.Popen(
                [sys.executable, worker, self.store, self.keys, self.folder / f"receipts{seed}", str(seed), *processes],
                env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for seed in seeds
        ]
        for program in started:
            assert program.stdout is not None
            assert program.stdout.readline() == "at work\n", program.communicate()[1]
        begun = time.monotonic()
        for moment, program in sorted(
            ((chosen.uniform(0.03, 0.25), program) for program in started), key=lambda one: one[0]
        ):
            time.sleep(max(0, begun + moment - time.monotonic()))
            program.send_signal(signal.SIGKILL)
        for program in started:
            assert program.communicate()[1] == ""
            assert program.returncode == -signal.SIGKILL

    def acknowledged(self) -> Iterator[list[str]]:
        """What the workers were told; the last line of a file may be torn."""
        for file in sorted(self.folder.glob("receipts*")):
            content = file.read_text()
            assert content, f"{file.name}: the worker has done nothing"
            yield from (line.split() for line in content.splitlines(keepends=True) if line.endswith("\n"))


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A store that has been through it all, settled."""
    ground = Ground(tmp_path_factory.mktemp("kill"))
    chosen = random.Random(4)  # noqa: S311 - the same moments in every run, as far as the machine is the same
    processes: list[str] = []
    for turn in range(KILLS // _WORKERS):
        if turn % _ROUNDS_PER_PAIR == 0:
            processes = ground.pair(turn)
        ground.run_and_kill([turn * _WORKERS + number for number in range(_WORKERS)], processes, chosen)
    client = ground.open()
    for _ in client.follow(1_000_000, lambda: False):
        pass
    client.close()
    return ground


@pytest.fixture
def node(ground: Ground) -> Iterator[Node]:
    client = ground.open()
    yield client._node
    client.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
class TestAfterAHundredKills:
    def test_every_worker_did_real_work(self, ground: Ground) -> None:
        kinds = Counter(words[0] for words in ground.acknowledged())
        assert kinds["sent"] > 2 * KILLS
        assert kinds["result"] > 5 * KILLS

    def test_no_acknowledged_message_is_missing(self, ground: Ground, node: Node) -> None:
        for process, slot, message_id in (words[1:] for words in ground.acknowledged() if words[0] == "sent"):
            assert [entry.message_id for entry in node.store.entries(process, int(slot), int(slot))] == [message_id]

    def test_no_acknowledged_result_has_changed(self, ground: Ground, node: Node) -> None:
        for process, slot, digest in (words[1:] for words in ground.acknowledged() if words[0] == "result"):
            result = next(node.store.entries(process, int(slot), int(slot))).result
            text = json.dumps(json.loads(result or ""), sort_keys=True)
            assert hashlib.sha256(text.encode()).hexdigest() == digest

    def test_every_log_is_whole_and_evaluated(self, node: Node) -> None:
        for process in node.store.processes():
            assert node.verify(process.id) == process.slots == process.evaluated
            entries = list(node.store.entries(process.id))
            assert [entry.slot for entry in entries] == list(range(process.slots))
            assert all(entry.result for entry in entries)
            assert len({entry.message_id for entry in entries}) == len(entries)

    def test_everything_that_was_sent_arrived_once(self, node: Node) -> None:
        sent, arrived, born = Counter[tuple[str, ...]](), Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        for process in node.store.processes():
            for entry in node.store.entries(process.id):
                result = json.loads(entry.result or "")
                for outgoing in result.get("Messages", ()):
                    sent[process.id, outgoing["Target"], reference(outgoing)] += 1
                for outgoing in result.get("Spawns", ()):
                    born[process.id, reference(outgoing)] += 1
                tags = dict(tags_of(decode_item(entry.message)))
                if "From-Process" in tags and entry.slot > 0 and tags.get("Action") != "Spawned":
                    arrived[tags["From-Process"], process.id, tags["Reference"]] += 1
        assert set(sent.values()) == {1}
        assert sent == arrived
        assert set(born.values()) == {1}
        assert born == children(node)
        assert born == notices(node)

    def test_a_node_that_begins_anew_agrees_with_every_result(self, node: Node) -> None:
        for process in node.store.processes():
            assert node.with_machine(process.id, lambda machine: machine.inspect(["Broken"])) is None

    def test_the_outbox_says_what_happened(self, node: Node) -> None:
        states = {
            delivery.state
            for process in node.store.processes()
            for slot in range(process.slots)
            for delivery in node.store.deliveries(process.id, slot)
        }
        assert states == {"delivered"}


def reference(outgoing: dict[str, list[dict[str, str]]]) -> str:
    return next(tag["value"] for tag in outgoing["Tags"] if tag["name"] == "Reference")


def children(node: Node) -> Counter[tuple[str, ...]]:
    """The processes that others spawned: (parent, reference)."""
    found = Counter[tuple[str, ...]]()
    for process in node.store.processes(name="child"):
        tags = dict(tags_of(decode_item(next(node.store.entries(process.id)).message)))
        found[tags["From-Process"], tags["Reference"]] += 1
    return found


def notices(node: Node) -> Counter[tuple[str, ...]]:
    """The news of births in the parents' logs: (parent, reference)."""
    found = Counter[tuple[str, ...]]()
    for process in node.store.processes():
        for entry in node.store.entries(process.id):
            tags = dict(tags_of(decode_item(entry.message)))
            if tags.get("Action") == "Spawned":
                assert tags["From-Process"] == process.id
                found[process.id, tags["Reference"]] += 1
    return found
