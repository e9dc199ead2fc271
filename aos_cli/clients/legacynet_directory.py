"""Who is on a legacynet: what stays true of its processes, from the registry, the scheduler or the gateway."""

from __future__ import annotations

from collections.abc import Callable

from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_shapes import sender_of
from aos_cli.clients.legacynet_units import SchedulerUnit
from aos_cli.clients.registry import KnownProcess, Registry
from aos_cli.model import Tags, tag_value


class Directory:
    """Look-ups of processes. One that fails raises; None and nothing are what the network said.

    Args:
        registry: what the user has met before, which is looked into first.
        scheduler: has the processes of its own.
        gateway: has those of all schedulers.
        authority: gives the address of the messenger, "" when it is not known.
    """

    def __init__(
        self, registry: Registry, scheduler: SchedulerUnit, gateway: Gateway, authority: Callable[[], str]
    ) -> None:
        self._registry = registry
        self._scheduler = scheduler
        self._gateway = gateway
        self._authority = authority
        # Whatever the network is called, a process of another scheduler is another process.
        self._network = scheduler.unit.address

    def met(self, process_id: str) -> KnownProcess | None:
        """A process that was met before; nobody is asked."""
        return self._registry.find(self._network, process_id)

    def all_met(self) -> list[KnownProcess]:
        """All processes that were met before; nobody is asked."""
        return self._registry.of(self._network)

    def met_by_name(self, name: str, owner: str) -> list[KnownProcess]:
        """The processes of that name and owner that were met before; nobody is asked."""
        return self._registry.named(self._network, name, owner)

    def find(self, process_id: str) -> KnownProcess | None:
        """A process by its id; None when neither the scheduler nor the gateway has it."""
        known = self.met(process_id)
        if known is not None:
            return known
        born = self._scheduler.process(process_id)
        if born is not None:
            return self.meet(process_id, born.owner, born.tags, born.timestamp_ms)
        listed = self._gateway.transaction(process_id)
        if listed is None or tag_value(listed.tags, "Type") != "Process":
            return None
        return self.meet(listed.id, listed.owner, listed.tags, listed.timestamp_ms)

    def named(self, name: str, owner: str) -> list[KnownProcess]:
        """The processes of that name and owner: those that were met before, otherwise what the gateway has."""
        return self.met_by_name(name, owner) or [
            self.meet(listed.id, listed.owner or owner, listed.tags, listed.timestamp_ms)
            for listed in self._gateway.processes(owner, name)
        ]

    def owned(self, owner: str) -> list[KnownProcess]:
        """All processes of an owner that were met before or that the gateway has."""
        found = {known.id: known for known in self.all_met() if known.owner == owner}
        for listed in self._gateway.processes(owner):
            if listed.id not in found:
                found[listed.id] = self._known(listed.id, listed.owner or owner, listed.tags, listed.timestamp_ms)
        return list(found.values())

    def meet(self, process_id: str, signer: str, tags: Tags, spawned_ms: int) -> KnownProcess:
        """Keeps what stays true of a process."""
        known = self._known(process_id, signer, tags, spawned_ms)
        self._registry.remember(known)
        return known

    def _known(self, process_id: str, signer: str, tags: Tags, spawned_ms: int) -> KnownProcess:
        # Only the messenger's word counts for a parent.
        owner = sender_of(signer, tags) if signer == self._authority() else signer
        name, module_id, variant = (tag_value(tags, tag) for tag in ("Name", "Module", "Variant"))
        return KnownProcess(self._network, process_id, name, owner, module_id, variant, spawned_ms)
