"""Logs of a network whose scheduler does not show them: what the compute unit lists, in its order.

The position of a result is its slot, and its cursor is the id of its message, whose own fields the gateway may have.
Nothing is known of assignments. Only what was evaluated is listed, so no slot of such a log ever waits.

Source: the answers of the wao server, version 0.35.7.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aos_cli.clients.base import Message
from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_shapes import Evaluation, Logged, sender_of
from aos_cli.clients.legacynet_units import Born, ComputeUnit, End
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Unit, UnitRefused
from aos_cli.codec.ids import ID_BYTES, address_of, encode_base64url, is_id
from aos_cli.model import DataItem, tag_value

# Whole results are listed with the ids, so that a page of them may be large.
_PAGE = 100
_MOST_REMEMBERED = 2000

_NOBODY = encode_base64url(bytes(ID_BYTES))


# What a compute unit answers of a process that it does not have.
_NO_SUCH_PROCESS = (400, 404)


class _Content(NamedTuple):
    """A message as its sender made it.

    Attributes:
        message: what it says.
        signer: address of the key that signed it.
        timestamp_ms: of the block that it is in; 0 when nobody said.
    """

    message: Message
    signer: str
    timestamp_ms: int


class ListedLog:
    """As for `aos_cli.clients.legacynet_sources.LogSource`.

    Args:
        compute: lists the results.
        gateway: has the messages.
    """

    def __init__(self, compute: ComputeUnit, gateway: Gateway) -> None:
        self._compute = compute
        self._gateway = gateway
        self._lock = threading.Lock()
        self._ids: dict[str, tuple[str, ...]] = {}
        self._contents: OrderedDict[str, _Content] = OrderedDict()

    @property
    def unit(self) -> Unit:
        """The compute unit."""
        return self._compute.unit

    def wake(self) -> None:
        """Has the compute unit read its store.

        Such a unit reads it when it has to evaluate something for the first time; until then everything looks empty,
        also at the gateway. A dry run for nobody is refused, and enough.
        """
        message = {"Id": _NOBODY, "Target": _NOBODY, "Owner": _NOBODY, "Data": "", "Tags": []}
        try:
            self._compute.dry_run(_NOBODY, message, DEFAULT_PATIENCE_SECONDS)
        except UnitRefused as error:
            if error.status not in _NO_SUCH_PROCESS:
                raise

    # Processes

    def process(self, process_id: str) -> Born | None:
        """As for `LogSource`: what the gateway says; the owner is "" when it says nothing of what has results."""
        listed = self._gateway.transaction(process_id)
        if listed is None or tag_value(listed.tags, "Type") != "Process":
            return Born("", (), 0) if self._listed(process_id) else None
        return Born(listed.owner, listed.tags, listed.timestamp_ms)

    def end(self, process_id: str) -> End | None:
        """As for `LogSource`."""
        count = len(self._listed(process_id))
        return End(count, count) if count else None

    # Slots

    def place(self, process_id: str, item_id: str) -> Logged | None:
        """As for `LogSource`; a message that was evaluated several times stands where it was first."""
        ids = self._listed(process_id)
        return self._logged(process_id, ids.index(item_id), item_id) if item_id in ids else None

    def page(self, process_id: str, first: int, last: int) -> list[Logged]:
        """As for `LogSource`."""
        ids = self._ids.get(process_id, ())
        if last >= len(ids):
            ids = self._listed(process_id)
        wanted = ids[first : last + 1]
        self._fetch([each for each in wanted if each not in self._contents])
        return [self._logged(process_id, number, each) for number, each in enumerate(wanted, first)]

    def results(self, process_id: str, page: Sequence[Logged]) -> Mapping[int, Mapping[str, Any]]:
        """As for `LogSource`."""
        first, last = page[0].number, page[-1].number
        ids = self._ids[process_id]
        found = self._read(process_id, ids[:first], last - first + 1)
        if not found:
            # It was started anew since it listed them.
            self.wake()
            found = self._read(process_id, ids[:first], last - first + 1)
        if [one.cursor for one in found] != list(ids[first : first + len(found)]):
            raise self.unit.broken("results", "lists other results than before")
        return {number: one.raw for number, one in enumerate(found, first)}

    def result(self, logged: Logged, patience_seconds: float) -> Mapping[str, Any]:
        """As for `LogSource`; it is there already."""
        found = self.results(logged.process_id, [logged])
        if logged.number not in found:
            raise self.unit.broken("result", f"does not list {logged.message_id} any longer")
        return found[logged.number]

    def _logged(self, process_id: str, number: int, message_id: str) -> Logged:
        content = self._contents.get(message_id)
        return Logged(
            process_id=process_id,
            number=number,
            message_id=message_id,
            result_id=message_id,
            message=content.message if content else None,
            signer=content.signer if content else "",
            anchor="",
            timestamp_ms=content.timestamp_ms if content else 0,
            block_height=0,
            hash_chain="",
            assignment_id="",
            scheduler="",
            exclude=(),
        )

    # What is listed

    def _listed(self, process_id: str) -> tuple[str, ...]:
        """The ids of all messages of a log; what was listed before is not asked for again."""
        ids = self._ids.get(process_id, ())
        while True:
            found = self._read(process_id, ids, _PAGE)
            if not all(is_id(one.cursor) for one in found):
                hint = "A network whose compute unit does so needs a scheduler unit that shows its logs"
                raise self.unit.broken("results", "has cursors that are no ids of messages", hint)
            ids += tuple(one.cursor for one in found)
            with self._lock:
                # Another thread may have read further meanwhile.
                ids = self._ids[process_id] = max(ids, self._ids.get(process_id, ()), key=len)
            if len(found) < _PAGE:
                return ids

    def _read(self, process_id: str, before: Sequence[str], count: int) -> list[Evaluation]:
        """Results of the slots behind those of `before`, at most so many.

        The unit looks for a cursor from the beginning. So the one that is given must stand where it stands first, and
        what lies between is left out here.
        """
        known = len(before)
        while known and before.index(before[known - 1]) != known - 1:
            known -= 1
        skipped = len(before) - known
        after = before[known - 1] if known else ""
        return self._compute.results(process_id, after=after, limit=skipped + count).found[skipped:]

    # What messages say

    def sent(self, item: DataItem) -> None:
        """As for `LogSource`: a gateway may learn of it late, or never."""
        signer = address_of(item.owner, item.signature_type)
        target = encode_base64url(item.target) if item.target else ""
        data = item.data.decode("utf-8", "replace")
        self._keep(_Content(Message(item.id, sender_of(signer, item.tags), target, item.tags, data), signer, 0))

    def _fetch(self, ids: Sequence[str]) -> None:
        for listed in self._gateway.transactions(ids) if ids else ():
            message = self._gateway.message(listed)
            self._keep(_Content(message, listed.owner, listed.timestamp_ms))

    def _keep(self, content: _Content) -> None:
        with self._lock:
            self._contents[content.message.id] = content
            while len(self._contents) > _MOST_REMEMBERED:
                self._contents.popitem(last=False)
