"""Processes with crons, for the tests of whoever looks at them."""

from __future__ import annotations

from collections.abc import Sequence

from aos_cli.clients.base import NodeClient
from aos_cli.model import Tag
from aos_cli.processes import spawn_process
from aos_cli.session import Session
from aos_cli.wallet import Ed25519Wallet

SECOND = 1000

BEAT = """
Handlers.add("beat", "Cron", function(msg)
  print("tick at " .. msg.Timestamp)
  Send({Target = Peer or ao.id, Action = "Beat", Data = tostring(msg.Timestamp)})
end)
"""
"""Prints and sends something at every tick."""


def ticking_session(
    client: NodeClient, wallet: Ed25519Wallet, *intervals: str, name: str = "ticking", program: str = BEAT
) -> Session:
    """A process with a cron for each interval that has evaluated its program."""
    tags: Sequence[Tag] = [
        tag for text in intervals for tag in (Tag("Cron-Interval", text), Tag("Cron-Tag-Action", "Cron"))
    ]
    session = Session(client, wallet, spawn_process(client, wallet, name, tags=tags))
    session.slot(session.eval(program).slot)
    session.unshown()
    return session


def told(client: NodeClient) -> list[tuple[str, int]]:
    """Evaluates what is due by the clock and what comes of it; gives (name, slot) of all of it."""
    return [(slot.process.name, slot.number) for slot in client.keep_time(1000, lambda: False)]
