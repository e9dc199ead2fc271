"""The modules that processes can be spawned with on a node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from aos_cli.codec.ans104 import decode_item
from aos_cli.machine.module import bundled_module
from aos_cli.model import DataItem, tag_value
from aos_cli.units.aliases import STAND_INS
from aos_cli.units.catalogue import Filter
from aos_cli.units.read_only import ReadOnlyStore
from aos_cli.units.store import Store

# A page of a listing. Nobody has as many, and if somebody has, the rest of them follows.
_PAGE = 1000


class ModuleInfo(NamedTuple):
    """A module by an id that processes can name.

    Attributes:
        id: what processes name.
        name: what it calls itself, or what it is known as.
        kind: `bundled` comes with this program, `stored` is another one that the store has, and for a `stand-in` the
            bundled one runs.
        format: of its code.
        runs: id of the module that really runs.
        processes: how many processes of the store run it.
    """

    id: str
    name: str
    kind: Literal["bundled", "stored", "stand-in"]
    format: str
    runs: str
    processes: int


def known_modules(store: Store) -> list[ModuleInfo]:
    """The bundled module, those in the store, oldest first, and the ids for which the bundled one stands in."""
    used = Counter(process.module_id for process in store.processes())
    bundled = bundled_module()
    stored = [item for item in _stored(store, used) if item.id != bundled.id]
    own = {item.id for item in stored}
    return [
        _info(bundled, "bundled", used),
        *(_info(item, "stored", used) for item in stored),
        *(
            ModuleInfo(module_id, name, "stand-in", tag_value(bundled.tags, "Module-Format"), bundled.id, 0)
            for module_id, name in STAND_INS.items()
            if module_id not in own
        ),
    ]


def _info(item: DataItem, kind: Literal["bundled", "stored"], used: Counter[str]) -> ModuleInfo:
    name, module_format = (tag_value(item.tags, tag) for tag in ("Name", "Module-Format"))
    return ModuleInfo(item.id, name, kind, module_format, item.id, used[item.id])


def _stored(store: Store, used: Iterable[str]) -> Iterable[DataItem]:
    """The modules in a store. A search keeps its catalogue up to date; one that is only looked at may have none, and
    gives the modules that processes run."""
    if isinstance(store, ReadOnlyStore):
        found = (store.item(module_id) for module_id in used)
        yield from (decode_item(raw) for raw in found if raw is not None)
        return
    wanted = [Filter("tag", (value,), name) for name, value in (("Type", "Module"), ("Data-Protocol", "ao"))]
    after = None
    while page := store.catalogue.search(wanted, after=after, newest_first=False, limit=_PAGE):
        yield from (listed.item for listed in page)
        after = page[-1].place
