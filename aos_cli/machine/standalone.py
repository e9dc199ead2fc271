"""A process without a node: for tests of Lua programs, and for `aos handle`."""

from __future__ import annotations

import json
import marshal
from collections.abc import Mapping
from typing import Any

from aos_cli.machine.module import bundled_sources
from aos_cli.machine.native import NativeMachine, Prepared, prepare
from aos_cli.machine.port import Evaluation, Limits

PROCESS_ID = "process".ljust(43, "-")
OWNER = "owner".ljust(43, "-")
AUTHORITY = "authority".ljust(43, "-")
MODULE_ID = "module".ljust(43, "-")

DEFAULT_ENVIRONMENT: dict[str, Any] = {
    "Process": {
        "Id": PROCESS_ID,
        "Owner": OWNER,
        "Tags": [
            {"name": "Data-Protocol", "value": "ao"},
            {"name": "Variant", "value": "ao.TN.1"},
            {"name": "Type", "value": "Process"},
            {"name": "Module", "value": MODULE_ID},
            {"name": "Authority", "value": AUTHORITY},
            {"name": "Name", "value": "test"},
        ],
    },
    "Module": {"Id": MODULE_ID, "Owner": OWNER, "Tags": []},
}
"""The process that `Machine.eval` and `Machine.send` speak to."""

_FIRST_TIMESTAMP_MS = 1_700_000_000_000


class Machine:
    """A process that handles messages one by one and keeps its state between them.

    A message that has no result leaves the state as it was: the process is built anew from the messages before it,
    which takes as long as they took.

        machine = Machine()
        machine.eval("Handlers.add('ping', 'Ping', function(msg) msg.reply({Data = 'pong'}) end)")
        assert machine.send(Action="Ping")["Messages"][0]["Data"] == "pong"

    Args:
        limits: instructions per message and bytes per process; None for the defaults.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits
        self._native = self._fresh()
        # Each as bytes, with the environment that it was handled in: thousands of small objects would keep Python's
        # collector busy.
        self._history: list[tuple[bytes, Mapping[str, Any]]] = []
        self._environment: Mapping[str, Any] | None = None
        self._sent = 0

    def _fresh(self) -> NativeMachine:
        return NativeMachine(bundled_sources(), limits=self._limits)

    def handle(self, msg: Mapping[str, Any], env: Mapping[str, Any]) -> dict[str, Any]:
        """Applies one message.

        Args:
            msg: the message as a node hands it over: Id, From, Owner, Target, Tags (list of name and value), Data,
                Timestamp, Block-Height ...
            env: `{"Process": {"Id", "Owner", "Tags"}, "Module": {...}}`.

        Returns:
            `{"Output", "Messages", "Spawns", "Assignments"}`, `{"Error": value}`, or `{"Throws": text}` when the
            message had no result and the state is the one before it.
        """
        result: dict[str, Any] = json.loads(self.evaluate(msg, env).text)
        return result

    def evaluate(self, msg: Mapping[str, Any], env: Mapping[str, Any]) -> Evaluation:
        """As `handle`, with the result as JSON text and the instructions used."""
        if env != self._environment:
            self._environment = json.loads(json.dumps(env))
        assert self._environment is not None  # noqa: S101 - for the type checker: set above
        prepared = prepare(msg)
        self._native.set_environment(self._environment)
        evaluation = self._native.run(prepared)
        if evaluation.failed:
            self._rebuild()
        else:
            self._history.append((marshal.dumps(tuple(prepared)), self._environment))
        return _without_trace(evaluation)

    def _rebuild(self) -> None:
        self._native.close()
        self._native = self._fresh()
        for message, environment in self._history:
            self._native.set_environment(environment)
            self._native.run(Prepared(*marshal.loads(message)))  # noqa: S302 - bytes of our own making

    def eval(self, code: str) -> dict[str, Any]:
        """Runs Lua in the process as its owner does; the value or the error is in the result.

        A result that is an error raises no exception: look at `result["Error"]`.
        """
        return self.send(Action="Eval", Data=code)

    def send(self, *, From: str = OWNER, **fields: Any) -> dict[str, Any]:
        """Sends a message: `Data` is its data, every other keyword a tag (`X_Note` becomes `X-Note`).

        Messages come from the process's owner unless `From` says otherwise; other senders reach the process through
        its authority, as on a network.
        """
        if self._sent == 0:
            self._apply({"Type": "Process"}, "", OWNER)
        data = fields.pop("Data", "")
        return self._apply({name.replace("_", "-"): value for name, value in fields.items()}, data, From)

    def _apply(self, tags: Mapping[str, Any], data: Any, sender: str) -> dict[str, Any]:
        message = {
            "Id": PROCESS_ID if self._sent == 0 else f"message-{self._sent}".ljust(43, "-"),
            "From": sender,
            "Owner": OWNER if sender == OWNER else AUTHORITY,
            "Target": PROCESS_ID,
            "Data": data,
            "Tags": [{"name": name, "value": value} for name, value in tags.items()],
            "Timestamp": _FIRST_TIMESTAMP_MS + self._sent * 1000,
            "Block-Height": 1_000_000 + self._sent,
            "Nonce": self._sent,
            "Epoch": 0,
            "Module": MODULE_ID,
        }
        self._sent += 1
        return self.handle(message, DEFAULT_ENVIRONMENT)


def _without_trace(evaluation: Evaluation) -> Evaluation:
    """A result as networks have it: the traceback of an error is for our own node, which shows it."""
    if '"Trace":' not in evaluation.text:
        return evaluation
    result = json.loads(evaluation.text)
    result.pop("Trace", None)
    return evaluation._replace(text=json.dumps(result, ensure_ascii=False, separators=(",", ":")))
