"""Profiles of nodes: `[nodes.NAME]` of the settings, and the node that is inside the program."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from aos_cli.config import Home
from aos_cli.errors import ConfigError
from aos_cli.settings.declared import NODE, setting_named
from aos_cli.settings.layers import Settings

LOCAL_NODE = "local"
"""The node inside the program, over the store of the user's home."""


class NodeProfile(NamedTuple):
    """A node that can be used. All are local so far: inside the program, over a store and keys of their own.

    Attributes:
        name: what users call it.
        store: the file of its store.
        keys: the folder of its units' keys.
    """

    name: str
    store: Path
    keys: Path


def node_names(settings: Settings) -> list[str]:
    """The nodes that can be chosen, the one inside the program first."""
    return [LOCAL_NODE, *settings.node_names()]


def node_profile(settings: Settings, home: Home) -> NodeProfile:
    """The node that the settings choose.

    Raises:
        ConfigError: there is no profile of that name, or it lacks something.
    """
    name = settings[NODE]
    if name == LOCAL_NODE:
        return NodeProfile(LOCAL_NODE, home.store, home.keys)
    origin = settings.origin(NODE)
    if name not in settings.node_names():
        hint = "Known: " + ", ".join(node_names(settings)) + "; a section [nodes.NAME] in config.toml makes another"
        raise ConfigError(f"{origin}: there is no node {name}", hint)
    store = setting_named(f"nodes.{name}.store")
    folder = settings[store] if store else ""
    if not folder:
        hint = f"`aos config set nodes.{name}.store FOLDER` names one"
        raise ConfigError(f"The node {name} has no folder for its store", hint)
    # As Home has them, so that a home of --home can be the node of another.
    place = Home(Path(folder), Path(folder), Path(folder))
    return NodeProfile(name, place.store, place.keys)
