"""The nodes that a run of the program has open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aos_cli.settings import LocalProfile, NetworkProfile

if TYPE_CHECKING:
    from aos_cli.cli.app import App
    from aos_cli.clients.base import NodeClient


class Clients:
    """Opens nodes, and closes them at the end.

    Args:
        app: knows which node is chosen, and says on the side what is opened.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._opened: list[NodeClient] = []

    def close(self) -> None:
        """Closes what was opened, unless abandoned work still uses it."""
        from aos_cli.background import work_is_left

        if not work_is_left():
            for client in self._opened:
                client.close()

    def chosen(self) -> NodeClient:
        """The node that the settings choose.

        Raises:
            ConfigError: there is none of that name. StoreError, WalletError: a local one cannot be used.
        """
        node = self._app.node
        return self._kept(_network(self._app, node) if isinstance(node, NetworkProfile) else self._local(node))

    def looking(self) -> NodeClient:
        """The chosen node for commands that only look.

        Where there is no store yet, none is made; one that may not be written to can be looked at all the same.
        """
        node = self._app.node
        if isinstance(node, NetworkProfile):
            return self.chosen()
        if not node.store.exists():
            return self.throw_away()
        writable = all(os.access(path, os.W_OK) for path in (node.store, node.store.parent))
        return self._kept(self._local(node, read_only=not writable))

    def throw_away(self) -> NodeClient:
        """A local node that ends with the program."""
        from aos_cli.clients.local import LocalClient

        _ = self._app.settings  # what is wrong there is told before anything runs
        self._app.detail("a private node, in memory")
        return self._kept(LocalClient(None, None, self._app.environment.clock_ms))

    def _kept(self, client: NodeClient) -> NodeClient:
        self._opened.append(client)
        return client

    def _local(self, node: LocalProfile, *, read_only: bool = False) -> NodeClient:
        from aos_cli.clients.local import LocalClient

        app = self._app
        app.detail(f"node {node.name}, store {app.shown_path(node.store)}{', read only' if read_only else ''}")
        client = LocalClient(node.store, node.keys, app.environment.clock_ms, read_only=read_only)
        client.name = node.name
        return client


def _network(app: App, node: NetworkProfile) -> NodeClient:
    from aos_cli.clients.legacynet import LegacynetClient
    from aos_cli.clients.legacynet_network import network_of
    from aos_cli.clients.registry import Registry
    from aos_cli.clients.transport import Pace
    from aos_cli.clients.waiting import Notices

    network = network_of(node)
    units = {
        "messenger": network.mu_url, "scheduler": network.su_url, "compute": network.cu_url,
        "gateway": network.gateway_url,
    }  # fmt: skip
    where = ", ".join(f"{unit} {url}" for unit, url in units.items()) if len({*units.values()}) > 1 else network.mu_url
    app.detail(f"node {network.name}: {where}")
    # A script's log would be full of it.
    pace = Pace(notice=Notices(lambda text: app.note(f"aos: {text}")).of) if app.environment.stderr_is_tty else Pace()
    return LegacynetClient(network, Registry(app.home.known_processes), pace=pace)
