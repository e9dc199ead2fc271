"""Where the log of a process is read: from the scheduler unit, from that of another scheduler, or from what the
compute unit lists. It is decided once, by what the network says of itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_listed import ListedLog
from aos_cli.clients.legacynet_network import Network
from aos_cli.clients.legacynet_shapes import Logged
from aos_cli.clients.legacynet_units import Born, ComputeUnit, End, Introduction, SchedulerUnit
from aos_cli.clients.registry import KnownProcess
from aos_cli.clients.transport import Pace, Unit
from aos_cli.errors import ConfigError
from aos_cli.model import DataItem


class LogSource(Protocol):
    """Has logs. Every call may raise NodeError."""

    @property
    def unit(self) -> Unit:
        """Who is asked, and is named when something is wrong."""

    def process(self, process_id: str) -> Born | None:
        """A process; None when it is not known here."""

    def end(self, process_id: str) -> End | None:
        """The end of a log; None when there is no such log."""

    def place(self, process_id: str, item_id: str) -> Logged | None:
        """Where a message, or an assignment, stands in a log; None when it does not."""

    def page(self, process_id: str, first: int, last: int) -> list[Logged]:
        """Slots `first` to `last` of a log, as far as there are so many."""

    def results(self, process_id: str, page: Sequence[Logged]) -> Mapping[int, Mapping[str, Any]]:
        """Results of slots, and of those between them, by their numbers; as far as they can be had in one request."""

    def result(self, logged: Logged, patience_seconds: float) -> Mapping[str, Any]:
        """The result of a slot, waiting so long for its evaluation."""

    def sent(self, item: DataItem) -> None:
        """Is told of a message that goes to the network from here."""


class ScheduledLog:
    """Logs as their scheduler shows them.

    Args:
        scheduler: has them.
        compute: has the results.
    """

    def __init__(self, scheduler: SchedulerUnit, compute: ComputeUnit) -> None:
        self._scheduler = scheduler
        self._compute = compute
        self.unit = scheduler.unit
        self.process = scheduler.process
        self.place = scheduler.place
        self.page = scheduler.page

    def end(self, process_id: str) -> End | None:
        """As for `LogSource`. Of the last slots it may not be known that they have results: units list no failures."""
        newest = self._scheduler.latest(process_id)
        if newest is None:
            return None
        listed = self._compute.results(process_id, limit=1, newest_first=True).found
        evaluated = max((one.slots for one in listed), default=0)
        return End(newest.number + 1, min(newest.number + 1, evaluated), listed[0].cursor if listed else "")

    def results(self, process_id: str, page: Sequence[Logged]) -> Mapping[int, Mapping[str, Any]]:
        """As for `LogSource`; failures are not among them."""
        after, until = page[0].timestamp_ms - 1, page[-1].timestamp_ms
        listed = self._compute.results(process_id, after=str(after), until=str(until), limit=len(page)).found
        return {one.number: one.raw for one in listed if one.number is not None}

    def result(self, logged: Logged, patience_seconds: float) -> Mapping[str, Any]:
        """As for `LogSource`."""
        return self._compute.result(logged.process_id, logged.result_id, patience_seconds)

    def sent(self, item: DataItem) -> None:
        """As for `LogSource`: the scheduler will tell what it says."""


class _Location(NamedTuple):
    """Where a scheduler is.

    Attributes:
        expires: by the clock of waiting, in seconds.
    """

    log: LogSource
    expires: float


class Sources:
    """Decides who is asked for a log.

    Args:
        network: where everything is.
        scheduler: the network's own.
        compute: has the results.
        gateway: says where other schedulers are.
        met: gives what is known of a process without asking anybody.
        open_unit: makes a scheduler unit of an address.
        pace: the clock.
    """

    def __init__(
        self,
        network: Network,
        scheduler: SchedulerUnit,
        compute: ComputeUnit,
        gateway: Gateway,
        met: Callable[[str], KnownProcess | None],
        open_unit: Callable[[str], Unit],
        pace: Pace,
    ) -> None:
        self._network = network
        self._scheduler = scheduler
        self._compute = compute
        self._gateway = gateway
        self._met = met
        self._open_unit = open_unit
        self._pace = pace
        self._lock = threading.RLock()
        self._introduction: Introduction | None = None
        self._own: LogSource | None = None
        self._elsewhere: dict[str, _Location] = {}

    def told(self, field: str) -> str:
        """What the scheduler says of itself, which is asked once; "" when it does not say."""
        return self._introduced().fields.get(field, "")

    def own(self) -> LogSource:
        """The logs of the network's own scheduler."""
        # Threads that begin together make one, which remembers what it read, and ask once.
        with self._lock:
            if self._own is None:
                self._own = self._made()
            return self._own

    def _made(self) -> LogSource:
        mode = self._network.scheduler_log or ("pages" if self._introduced().shows_log else "none")
        if mode == "pages":
            return ScheduledLog(self._scheduler, self._compute)
        listed = ListedLog(self._compute, self._gateway)
        listed.wake()
        return listed

    def of(self, process_id: str) -> LogSource:
        """Who has the log of a process."""
        known = self._met(process_id)
        return self.at(known.scheduler) if known is not None and known.scheduler else self.own()

    def foreign(self, scheduler: str) -> str:
        """The address of a scheduler when it is another one that is to be asked; "" for the network's own."""
        if not self._network.follows_schedulers or not scheduler:
            return ""
        own = self._network.scheduler or self.told("scheduler") or self.told("address")
        return "" if scheduler == own else scheduler

    def at(self, scheduler: str) -> LogSource:
        """The logs of another scheduler, at the address that it gave last.

        Raises:
            NodeProtocolError: it gave none, or one that cannot be used.
        """
        known = self._elsewhere.get(scheduler)
        if known is None or known.expires <= self._pace.now():
            url, seconds = self._gateway.scheduler_location(scheduler)
            unit = self._opened(scheduler, url)
            known = _Location(ScheduledLog(SchedulerUnit(unit), self._compute), self._pace.now() + seconds)
            self._elsewhere[scheduler] = known
        return known.log

    def _opened(self, scheduler: str, url: str) -> Unit:
        gateway = self._gateway.unit
        try:
            unit = self._open_unit(url)
        except ConfigError as error:
            raise gateway.broken("find", f"has an address of scheduler {scheduler} that is none") from error
        # As for redirects: what begins with encryption goes on with it.
        if gateway.address.startswith("https:") and not unit.address.startswith("https:"):
            raise gateway.broken("find", f"has an address of scheduler {scheduler} without encryption: {unit.address}")
        return unit

    def _introduced(self) -> Introduction:
        with self._lock:
            if self._introduction is None:
                self._introduction = self._scheduler.introduction()
            return self._introduction
