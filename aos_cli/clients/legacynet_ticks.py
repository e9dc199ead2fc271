"""The ticks of crons on a legacynet: the compute unit lists them among the results, which is all that one learns."""

from __future__ import annotations

from aos_cli.clients.base import Message, Slot, Ticks
from aos_cli.clients.legacynet_shapes import Evaluation, TickPlace, sorted_cursor
from aos_cli.clients.legacynet_sources import Sources
from aos_cli.clients.legacynet_units import ComputeUnit
from aos_cli.clients.outbox import sent_entries
from aos_cli.clients.results import result_from_json
from aos_cli.units.cron import Cron, known_crons
from aos_cli.units.records import ProcessRecord

_PAGE = 200

# In front of all results.
_BEGINNING = "0"


class TickLists:
    """The ticks of processes.

    Args:
        sources: know by which tags processes tick.
        compute: has their results.
    """

    def __init__(self, sources: Sources, compute: ComputeUnit) -> None:
        self._sources = sources
        self._compute = compute
        self._crons: dict[str, tuple[Cron, ...] | None] = {}
        # Of each process a mark behind which there is nothing, as long as its newest result is this one.
        self._ends: dict[str, tuple[str, str]] = {}

    def since(self, record: ProcessRecord, newest_cursor: str, mark: str, most: int | None) -> Ticks:
        """The ticks behind a mark; with the mark "" none, but a mark behind those that are there.

        A process without crons costs one request, once; another one costs none while it has no new result.

        Args:
            record: the process.
            newest_cursor: of its newest result, as it was a moment ago.
            mark: a cursor, or a time.
            most: gives the newest so many where there are more; None gives them from the oldest on, some at a time.
        """
        if not self.crons(record.id):
            return Ticks([], mark)
        if not mark:
            newest = self._compute.results(record.id, limit=1, newest_first=True).found
            return Ticks([], sorted_cursor(newest[0].cursor) if newest else _BEGINNING)
        if self._ends.get(record.id) == (mark, newest_cursor):
            return Ticks([], mark)
        page, more = self._compute.results(record.id, after=mark, limit=_PAGE)
        if more and most is not None:
            after = sorted_cursor(mark, newest_first=True)
            page = self._compute.results(record.id, after=after, limit=_PAGE, newest_first=True).found[::-1]
        ticks = [self._tick(record, one, one.tick) for one in page if one.tick is not None]
        mark = sorted_cursor(page[-1].cursor) if page else mark
        if not more or most is not None:
            self._ends[record.id] = mark, newest_cursor
        return Ticks(ticks, mark).newest(most)

    def crons(self, process_id: str) -> tuple[Cron, ...] | None:
        """By what a process ticks; None when nobody has its tags."""
        if process_id not in self._crons:
            born = self._sources.of(process_id).process(process_id)
            self._crons[process_id] = known_crons(born.tags) if born else None
        return self._crons[process_id]

    def _tick(self, record: ProcessRecord, found: Evaluation, place: TickPlace) -> Slot:
        tags = next((cron.tags for cron in self.crons(record.id) or () if cron.id == place.cron), ())
        return Slot(
            process=record,
            number=place.slot,
            message=Message("", record.owner, record.id, tags, ""),
            timestamp_ms=place.timestamp_ms,
            result=result_from_json(found.raw),
            # Nobody says whether the process is monitored.
            sent=tuple(sent_entries(record.id, found.raw, "dry")),
            instructions=0,
            raw=found.raw,
            cron=place.cron,
        )
