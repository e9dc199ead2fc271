"""The modules of a node: which one a process runs, and whether it could run at all."""

from __future__ import annotations

from dataclasses import replace

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.module import bundled_module
from aos_cli.model import DataItem, tag_value
from aos_cli.units import compute
from aos_cli.units.aliases import STAND_INS
from aos_cli.units.records import Parcel
from aos_cli.units.store import Store


class Modules:
    """The modules that are in a store.

    Args:
        store: has them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def publish(self) -> str:
        """The id of the bundled module, which is kept in the store."""
        module = bundled_module()
        if self._store.item(module.id) is None:
            self._store.put_item(module)
        return module.id

    def get(self, module_id: str) -> DataItem:
        """A module by its id, or the bundled one where that stands in for it.

        Raises:
            NodeRefused: there is none.
        """
        raw = self._store.item(module_id)
        if raw is None and module_id in STAND_INS:
            raw = self._store.item(self.publish())
        if raw is None:
            problem = f"Module {module_id} is not in this store"
            raise NodeRefused(problem, "Leave --module out to use the bundled one", operation="spawn")
        return decode_item(raw)

    def of(self, process: DataItem) -> DataItem:
        """The module of a process that is to be born.

        Raises:
            NodeRefused: the process could never be evaluated, so that it would stand in the way of all others.
        """
        module = self.get(tag_value(process.tags, "Module"))
        compute.check_process(process, module)
        return module

    def admitted(self, outbox: list[Parcel]) -> list[Parcel]:
        """An outbox with those spawns refused that could never be evaluated, and without the notices of them."""
        admitted: list[Parcel] = []
        refused: set[int] = set()
        for parcel in outbox:
            found = parcel
            if parcel.spawns is not None and parcel.item is not None:
                try:
                    module = self.of(parcel.item)
                    found = replace(parcel, spawns=replace(parcel.spawns, module_id=module.id))
                except NodeRefused as error:
                    refused.add(parcel.position)
                    found = replace(
                        parcel, item=None, message_id="", targets=(), spawns=None, problem=error.message
                    )  # fmt: skip
            if not (parcel.kind == "notice" and parcel.position in refused):
                admitted.append(found)
        return admitted
