"""What the benchmarks set to work: stores on disk, processes that send messages, and messages made by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import BenchmarkBroken

from aos_cli.clients.local import LocalClient
from aos_cli.codec.ans104 import Signer
from aos_cli.machine.module import bundled_sources
from aos_cli.machine.native import NativeMachine, prepare
from aos_cli.machine.port import Evaluation
from aos_cli.machine.standalone import DEFAULT_ENVIRONMENT, MODULE_ID, OWNER, PROCESS_ID
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.units.keys import kept_unit_keys
from aos_cli.units.node import Node
from aos_cli.units.records import ProcessRecord
from aos_cli.units.store import Store

PING_PROGRAM = """
Handlers.add("ping", "Ping", function(msg)
  Send({ Target = msg.From, Action = "Ping" })
end)
"""
"""Sends every ping back: two such processes, or one that pings itself, never come to rest."""

REPLY_PROGRAM = """
Handlers.add("ping", "Ping", function(msg)
  msg.reply({ Data = "pong" })
end)
"""

COUNTING_CODE = "x = (x or 0) + 1; return x"


def clock_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def local_client(folder: Path) -> LocalClient:
    """The local node over a store file in a folder."""
    return LocalClient(folder / "store.sqlite", folder / "node", clock_ms)


def bare_node(folder: Path) -> tuple[Store, Node]:
    """The same node without the client in front of it; the store is the caller's to close."""
    store = Store(folder / "store.sqlite")
    return store, Node(store, kept_unit_keys(folder / "node"), clock_ms)


def evaluated(session: Session, code: str) -> None:
    """Evaluates Lua in a process of a node.

    Raises:
        BenchmarkBroken: it ended in an error.
    """
    error = session.slot(session.eval(code).slot).result.error
    if error is not None:
        raise BenchmarkBroken(error)


def new_process(client: LocalClient, signer: Signer, name: str, program: str = PING_PROGRAM) -> Session:
    """A process that has evaluated its program."""
    session = Session(client, signer, spawn_process(client, signer, name))
    evaluated(session, program)
    return session


def found(client: LocalClient, process_id: str) -> ProcessRecord:
    """A process of a node.

    Raises:
        BenchmarkBroken: there is none of that id.
    """
    record = client.find_process(process_id)
    if record is None:
        raise BenchmarkBroken(f"no process {process_id}")
    return record


def ping(sender: Session, target: Session) -> None:
    """Makes a process send the first ping, which then waits in the target's log."""
    evaluated(sender, f'Send({{ Target = "{target.process.id}", Action = "Ping" }})')


def follow(client: LocalClient, hops: int) -> None:
    """Evaluates that many slots of whatever waits.

    Raises:
        BenchmarkBroken: there were fewer, or one of them failed.
    """
    done = 0
    for slot in client.follow(hops, lambda: False):
        done += 1
        if slot.result.error is not None:
            raise BenchmarkBroken(slot.result.error)
    if done != hops:
        raise BenchmarkBroken(f"{done} messages where {hops} were to come")


def settle(node: Node, slots: int, process_ids: Sequence[str]) -> None:
    """Evaluates that many waiting slots of some processes, as a node does that follows what was sent.

    Raises:
        BenchmarkBroken: there were fewer, or one of them failed.
    """
    done = list(node.settle(slots, among=process_ids))
    failed = [found.result for found in done if found.entry.failed or "Error" in found.result]
    if len(done) != slots or failed:
        raise BenchmarkBroken(f"{len(done)} messages where {slots} were to come, {failed[:1]}")


def message(number: int, action: str, data: str = "") -> dict[str, Any]:
    """A message of the owner of the stand-alone process; number 0 is the process message.

    Args:
        number: its slot, which makes its id.
        action: value of its Action tag.
        data: its data.
    """
    tag = ("Type", "Process") if number == 0 else ("Action", action)
    return {
        "Id": PROCESS_ID if number == 0 else f"message-{number}".ljust(43, "-"),
        "From": OWNER,
        "Owner": OWNER,
        "Target": PROCESS_ID,
        "Data": data,
        "Tags": [{"name": tag[0], "value": tag[1]}],
        "Timestamp": 1_700_000_000_000 + number * 1000,
        "Block-Height": 1_000_000 + number,
        "Nonce": number,
        "Epoch": 0,
        "Module": MODULE_ID,
    }


class BareProcess:
    """A process in a native machine of its own, without a node.

    Args:
        program: Lua that it evaluates first; "" for none.
    """

    def __init__(self, program: str = "") -> None:
        self._machine = NativeMachine(bundled_sources(), DEFAULT_ENVIRONMENT)
        self._next = 0
        self.run(1, "")
        if program:
            self.run(1, "Eval", program)

    def run(self, messages: int, action: str, data: str = "") -> Evaluation:
        """Handles that many messages of one kind; gives what became of the last.

        Raises:
            BenchmarkBroken: the last one failed.
        """
        for _ in range(messages):
            evaluation = self._machine.run(prepare(message(self._next, action, data)))
            self._next += 1
        result = json.loads(evaluation.text)
        if "Error" in result or "Throws" in result:
            raise BenchmarkBroken(evaluation.text)
        return evaluation
