"""A program that works on a store until it is killed.

    kill_worker.py STORE KEYS RECEIPTS SEED PROCESS PROCESS

It sends messages, evaluates what comes of them, and writes down each thing that the node has acknowledged:
`sent PROCESS SLOT ID` and `result PROCESS SLOT SHA-256`, one line each, durable before it goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import time
from pathlib import Path

from aos_cli.clients.local import LocalClient
from aos_cli.codec.ans104 import build_item
from aos_cli.wallet import Ed25519Wallet

USER = Ed25519Wallet(bytes(31) + b"k")

# Slots that are evaluated after each message: fewer than a message sets off, so that work is left over.
_SLOTS_PER_TURN = 6


def message(process_id: str, action: str, data: str, anchor: bytes) -> bytes:
    """A signed message of the user's."""
    tags = (("Action", action), ("Data-Protocol", "ao"), ("Variant", "ao.TN.1"), ("Type", "Message"))
    return build_item(USER, target=process_id, anchor=anchor, tags=tags, data=data.encode()).raw


def work(store: Path, keys: Path, receipts: int, seed: int, processes: list[str]) -> None:
    """Sends and evaluates for ever."""
    client = LocalClient(store, keys, lambda: time.time_ns() // 1_000_000)
    chosen = random.Random(seed)  # noqa: S311 - the same work in every run

    def acknowledge(*words: object) -> None:
        os.write(receipts, (" ".join(map(str, words)) + "\n").encode())
        os.fsync(receipts)

    for process_id in processes:
        client.known_modules(process_id)  # stands at the end of the log from here on
    turn = 0
    while True:
        turn += 1
        target = chosen.choice(processes)
        action = chosen.choices(("Ping", "Tick", "Breed", "Fail"), (6, 4, 1, 1))[0]
        anchor = f"{seed:016}{turn:016}".encode()
        receipt = client.send(message(target, action, str(chosen.randint(1, 6)), anchor))
        acknowledge("sent", receipt.process_id, receipt.slot, receipt.message_id)
        if turn == 1:
            sys.stdout.write("at work\n")
            sys.stdout.flush()
        for slot in client.follow(_SLOTS_PER_TURN, lambda: False):
            text = json.dumps(slot.raw, sort_keys=True)
            acknowledge("result", slot.process.id, slot.number, hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    store, keys, receipts, seed, *processes = sys.argv[1:]
    handle = os.open(receipts, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    work(Path(store), Path(keys), handle, int(seed), processes)
