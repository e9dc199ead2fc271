"""The units of a legacynet, one class each: the routes that a client asks, and what they answer.

Source: the interfaces of the network's messenger, scheduler and compute units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aos_cli.clients.legacynet_shapes import (
    Evaluations,
    Logged,
    evaluations_page,
    logged_from_json,
    logged_page,
    result_object,
    tags_from_json,
)
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Request, Unit, UnitRefused, mapped
from aos_cli.errors import NodeProtocolError, NodeTimeout
from aos_cli.model import DataItem, Tags


class Born(NamedTuple):
    """A process as its scheduler knows it.

    Attributes:
        owner: address of its signer.
        tags: of the process message.
        timestamp_ms: of its first assignment.
    """

    owner: str
    tags: Tags
    timestamp_ms: int


class MessengerUnit:
    """Takes signed items, and sends on what comes of them."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def post(self, item: DataItem, operation: str) -> None:
        """Hands an item over; the network has it when this returns.

        The same item may be handed over any number of times, so it is when nobody knows whether it arrived.

        Raises:
            UnitRefused, NodeUnreachable, NodeProtocolError, NodeTimeout: it did not arrive, or may not have.
        """
        try:
            answer = self.unit.json(Request(operation, "/", "POST", content=item.raw, accepted=True))
        except UnitRefused as error:
            if _exists_already(error):
                return
            raise
        except (NodeTimeout, NodeProtocolError) as error:
            error.hint = f"It may have arrived all the same. Its id is {item.id}: look for it before you send it again"
            raise
        told = answer.get("id") if isinstance(answer, dict) else None
        if told != item.id:
            raise self.unit.broken(operation, f"took {item.id} and calls it {str(told)[:60]!a}")

    def assign(self, process_id: str, message_id: str, exclude: tuple[str, ...] = ()) -> str:
        """Has a message put into another log too.

        Returns:
            The id of its assignment; its own when it is in that log already.
        """
        parameters = {"process-id": process_id, "assign": message_id, "exclude": ",".join(exclude) or None}
        try:
            answer = self.unit.json(Request("assign", "/", "POST", parameters=parameters, content=b"", accepted=True))
        except UnitRefused as error:
            if _exists_already(error):
                return message_id
            raise
        return str(mapped(self.unit, "assign", lambda: answer["id"]))

    def monitor(self, item: DataItem, process_id: str, *, wanted: bool) -> None:
        """Asks the messenger to send on, or not to send on any longer, what the crons of a process send."""
        method, operation = ("POST", "monitor") if wanted else ("DELETE", "unmonitor")
        path = f"/monitor/{process_id}"
        try:
            self.unit.ask(Request(operation, path, method, content=item.raw, accepted=True))
        except UnitRefused as error:
            # What is wished for holds already.
            if ("already being monitored" if wanted else "monitor not found") not in error.text:
                raise


class SchedulerUnit:
    """Has the logs."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def identity(self) -> dict[str, str]:
        """What the unit says of itself: `address`, and with some nodes `scheduler`, `authority` and `module`."""
        answer = self.unit.json(Request("introduce itself", "/"))
        fields = answer if isinstance(answer, dict) else {}
        return {name.lower(): value for name, value in fields.items() if isinstance(value, str)}

    def process(self, process_id: str) -> Born | None:
        """A process; None when this scheduler has no log of it."""
        answer = self._found(Request("find", f"/processes/{process_id}"))
        if answer is None:
            return None

        def born() -> Born:
            if answer["process_id"] != process_id:
                raise ValueError("another process")
            return Born(str(answer["owner"]["address"]), tags_from_json(answer["tags"]), int(answer["timestamp"]))

        found: Born = mapped(self.unit, "find", born)
        return found

    def place(self, process_id: str, message_id: str) -> Logged | None:
        """Where a message, or an assignment, stands in a log; None when it does not."""
        answer = self._found(Request("look up", f"/{message_id}", parameters={"process-id": process_id}))
        return None if answer is None else self._logged("look up", process_id, answer, message_id)

    def latest(self, process_id: str) -> Logged | None:
        """The newest slot of a log; None when there is no such log."""
        answer = self._found(Request("look up", f"/{process_id}/latest"))
        return None if answer is None else self._logged("look up", process_id, answer)

    def page(self, process_id: str, first: int, last: int) -> list[Logged]:
        """Slots `first` to `last` of a log, as far as there are so many."""
        parameters: Mapping[str, str | int | None] = {
            "process-id": process_id,
            # The first one is not among those that are given.
            "from-nonce": first - 1,
            "to-nonce": last,
            "limit": last - first + 1,
        }
        answer = self.unit.json(Request("read the log", f"/{process_id}", parameters=parameters))
        found: list[Logged] = mapped(self.unit, "read the log", lambda: logged_page(answer))
        if any(one.process_id != process_id or not first <= one.number <= last for one in found):
            raise self.unit.broken("read the log", "gave slots that nobody asked for")
        return found

    def _logged(self, operation: str, process_id: str, answer: Any, wanted: str = "") -> Logged:
        found: Logged = mapped(self.unit, operation, lambda: logged_from_json(answer))
        if found.process_id != process_id or (wanted and wanted not in (found.message_id, found.assignment_id)):
            raise self.unit.broken(operation, f"was asked for {wanted or process_id} and told of something else")
        return found

    def _found(self, request: Request) -> Any:
        """What is answered; None when the unit says that there is nothing."""
        try:
            return self.unit.json(request)
        except UnitRefused as error:
            if error.status == 404 or (error.status in (400, 500) and "not found" in error.text.lower()):
                return None
            raise


class ComputeUnit:
    """Has the results."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def result(
        self, process_id: str, message_id: str, patience_seconds: float = DEFAULT_PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """The result of a message, evaluated if nobody has done so.

        Args:
            process_id: whose.
            message_id: of the message, or of the assignment that put it into the log.
            patience_seconds: how long it is waited for.
        """
        request = Request(
            "result", f"/result/{message_id}", parameters={"process-id": process_id}, patience_seconds=patience_seconds
        )
        return self._result("result", self.unit.json(request))

    def results(
        self, process_id: str, *, after: str = "", until: str = "", limit: int, newest_first: bool = False
    ) -> Evaluations:
        """Results that the unit has; it evaluates nothing, and leaves those out that are errors.

        Args:
            process_id: whose.
            after: a cursor, or milliseconds since 1970: later ones only.
            until: the same: up to this one.
            limit: how many at the most.
            newest_first: their order.
        """
        parameters: Mapping[str, str | int | None] = {
            "from": after or None,
            "to": until or None,
            "sort": "DESC" if newest_first else "ASC",
            "limit": limit,
        }
        answer = self.unit.json(Request("results", f"/results/{process_id}", parameters=parameters))
        found: Evaluations = mapped(self.unit, "results", lambda: evaluations_page(answer))
        return found

    def dry_run(self, process_id: str, message: Mapping[str, Any], patience_seconds: float) -> dict[str, Any]:
        """What a message would do. Nobody signs it: the unit believes its Owner."""
        request = Request(
            "dry run", "/dry-run", "POST", parameters={"process-id": process_id}, document=message,
            patience_seconds=patience_seconds,
        )  # fmt: skip
        return self._result("dry run", self.unit.json(request))

    def _result(self, operation: str, answer: Any) -> dict[str, Any]:
        found: dict[str, Any] = mapped(self.unit, operation, lambda: result_object(answer))
        return found


def _exists_already(error: UnitRefused) -> bool:
    """Whether an item was refused because the network has it. Of another with the same words that is not true."""
    return "already exists" in error.text and "Deep hash" not in error.text
