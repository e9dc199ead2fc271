"""Who is on a legacynet: what stays true of its processes, from the registry, the scheduler or the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aos_cli.clients.gateway import Gateway, Transaction
from aos_cli.clients.legacynet_shapes import sender_of
from aos_cli.clients.legacynet_sources import Sources
from aos_cli.clients.registry import KnownProcess, Registry
from aos_cli.model import Tags, tag_value


class Directory:
    """Look-ups of processes. One that fails raises; None and nothing are what the network said.

    Args:
        registry: what the user has met before, which is looked into first.
        network: which entries of it count; a process of another scheduler unit is another process.
        sources: have the processes of the network's own scheduler.
        gateway: has those of all schedulers.
        authority: gives the address of the messenger, "" when it is not known.
    """

    def __init__(
        self, registry: Registry, network: str, sources: Sources, gateway: Gateway, authority: Callable[[], str]
    ) -> None:
        self._registry = registry
        self._network = network
        self._sources = sources
        self._gateway = gateway
        self._authority = authority

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
        born = self._sources.own().process(process_id)
        if born is not None:
            known = self._known(process_id, born.owner, born.tags, born.timestamp_ms)
            return self._remember(known) if born.owner else known
        listed = self._gateway.transaction(process_id)
        if listed is None or tag_value(listed.tags, "Type") != "Process":
            return None
        return self._remember(self._listed(listed))

    def named(self, name: str, owner: str) -> list[KnownProcess]:
        """The processes of that name and owner: those that were met before, otherwise what the gateway has."""
        met = self.met_by_name(name, owner)
        return met or [self._remember(self._listed(listed, owner)) for listed in self._of(owner, name)]

    def owned(self, owner: str) -> list[KnownProcess]:
        """All processes of an owner that were met before or that the gateway has."""
        found = {known.id: known for known in self.all_met() if known.owner == owner}
        for listed in self._of(owner):
            if listed.id not in found:
                known = self._listed(listed, owner)
                # Whose log is elsewhere is found again by what is remembered.
                found[listed.id] = self._remember(known) if known.scheduler else known
        return list(found.values())

    def _of(self, owner: str, name: str | None = None) -> Iterator[Transaction]:
        # Some networks answer nothing before their logs were asked for.
        self._sources.own()
        yield from self._gateway.processes(owner, name)

    def meet(self, process_id: str, signer: str, tags: Tags, spawned_ms: int) -> KnownProcess:
        """Keeps what stays true of a process."""
        return self._remember(self._known(process_id, signer, tags, spawned_ms))

    def _remember(self, known: KnownProcess) -> KnownProcess:
        self._registry.remember(known)
        return known

    def _listed(self, listed: Transaction, owner: str = "") -> KnownProcess:
        """A process as the gateway tells of it, which knows those of all schedulers."""
        known = self._known(listed.id, listed.owner or owner, listed.tags, listed.timestamp_ms)
        return known._replace(scheduler=self._sources.foreign(tag_value(listed.tags, "Scheduler")))

    def _known(self, process_id: str, signer: str, tags: Tags, spawned_ms: int) -> KnownProcess:
        # Only the messenger's word counts for a parent.
        owner = sender_of(signer, tags) if signer == self._authority() else signer
        name, module_id, variant = (tag_value(tags, tag) for tag in ("Name", "Module", "Variant"))
        return KnownProcess(self._network, process_id, name, owner, module_id, variant, spawned_ms)
