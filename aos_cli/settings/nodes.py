"""Nodes that can be chosen: the one inside the program, networks, and those of `[nodes.NAME]` of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aos_cli.config import Home
from aos_cli.errors import ConfigError
from aos_cli.settings.declared import CU_URL, GATEWAY_URL, MU_URL, NODE, SU_URL, setting_named
from aos_cli.settings.kinds import Setting
from aos_cli.settings.layers import Settings

LOCAL_NODE = "local"
"""The node inside the program, over the store of the user's home."""

LEGACYNET = "legacynet"
"""The public network, or what the settings put in the place of its units."""

SchedulerLog = Literal["", "pages", "none"]

_UNITS = {"mu_url": MU_URL, "su_url": SU_URL, "cu_url": CU_URL, "gateway_url": GATEWAY_URL}


@dataclass(frozen=True, slots=True)
class LocalProfile:
    """A node inside the program, over a store and keys of its own.

    Attributes:
        name: what users call it.
        store: the file of its store.
        keys: the folder of its units' keys.
    """

    name: str
    store: Path
    keys: Path


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """A network of units, each at an address.

    Attributes:
        name: what users call it.
        mu_url, su_url, cu_url, gateway_url: addresses; "" for those of the public network.
        authority: address of the messenger; "" to ask the network.
        scheduler: address of the scheduler; "" to ask the network.
        module: id of the module for processes that name none; "" to ask the network.
        scheduler_log: whether the scheduler unit shows the logs, page by page ("pages"), or not ("none"): then they are
            what the compute unit lists; "" to find out from what the unit says of itself.
    """

    name: str
    mu_url: str
    su_url: str
    cu_url: str
    gateway_url: str
    authority: str = ""
    scheduler: str = ""
    module: str = ""
    scheduler_log: SchedulerLog = ""


NodeProfile = LocalProfile | NetworkProfile


def node_names(settings: Settings) -> list[str]:
    """The nodes that can be chosen by a name: the one inside the program, the public network, the user's own."""
    return [LOCAL_NODE, LEGACYNET, *settings.node_names()]


def node_profile(settings: Settings, home: Home) -> NodeProfile:
    """The node that the settings choose.

    Raises:
        ConfigError: there is no profile of that name, or it lacks something, or an address was given to no network.
    """
    name = settings[NODE]
    if name == LOCAL_NODE:
        return _of_home(settings, home)
    if name == LEGACYNET:
        return _network(name, {unit: settings[setting] for unit, setting in _UNITS.items()})
    if "://" in name:
        return _at_one_address(settings, name)
    if name in settings.node_names():
        return _of_section(settings, name)
    hint = "Known: " + ", ".join(node_names(settings)) + "; a section [nodes.NAME] in config.toml makes another"
    raise ConfigError(f"{settings.origin(NODE)}: there is no node {name}", hint)


def _of_home(settings: Settings, home: Home) -> NodeProfile:
    """The node inside the program; options that name units mean the network, unless somebody chose this one."""
    options = _options(settings)
    if not options:
        return LocalProfile(LOCAL_NODE, home.store, home.keys)
    if settings.is_default(NODE):
        return _network(LEGACYNET, {unit: settings[setting] for unit, setting in _UNITS.items()})
    problem = f"{next(iter(options.values()))} has nothing to say about the local node, which has no address"
    raise ConfigError(problem, f"`--node {LEGACYNET}` uses the network")


def _network(
    name: str,
    units: Mapping[str, str],
    authority: str = "",
    scheduler: str = "",
    module: str = "",
    scheduler_log: SchedulerLog = "",
) -> NetworkProfile:
    """A network, by the addresses of its units."""
    mu_url, su_url, cu_url, gateway_url = (units[unit] for unit in _UNITS)
    return NetworkProfile(name, mu_url, su_url, cu_url, gateway_url, authority, scheduler, module, scheduler_log)


def _options(settings: Settings) -> dict[str, str]:
    """The units whose address was given as an option, and that option."""
    origins = {unit: settings.origin(setting) for unit, setting in _UNITS.items()}
    return {unit: origin for unit, origin in origins.items() if origin.startswith("--")}


def _at_one_address(settings: Settings, url: str) -> NetworkProfile:
    """A network whose units are all at one address, but for those that options name."""
    address = url.rstrip("/")
    if not MU_URL.kind.accepts(address):
        # It is not repeated: a password may be in it.
        raise ConfigError(f"{settings.origin(NODE)} must be the name of a node, or {MU_URL.kind.wanted}")
    units = {unit: settings[setting] if unit in _options(settings) else address for unit, setting in _UNITS.items()}
    return _network(address, units)


def _of_section(settings: Settings, name: str) -> NodeProfile:
    def field(wanted: str) -> Setting[Any]:
        setting = setting_named(f"nodes.{name}.{wanted}")
        if setting is None:
            raise ConfigError(f"There can be no node {name[:60]!a}", "Give it a shorter name")
        return setting

    kind = field("type")
    urls = {unit: settings[field(unit.replace("_", "-"))] or settings[field("url")] for unit in _UNITS}
    if settings[kind] == LEGACYNET or (settings.is_default(kind) and any(urls.values())):
        # What was typed goes before the section, and the section before what happens to be in the environment.
        named = _options(settings)
        units = {
            unit: settings[setting] if unit in named else urls[unit] or settings[setting]
            for unit, setting in _UNITS.items()
        }
        who = (settings[field(name)] for name in ("authority", "scheduler", "module", "scheduler-log"))
        return _network(name, units, *who)
    folder = settings[field("store")]
    if not folder:
        hint = f"`aos config set nodes.{name}.store FOLDER` makes it a local one, `nodes.{name}.url ADDRESS` a network"
        if settings.hides_project(f"nodes.{name}"):
            hint = f"Your section [nodes.{name}] hides the one of the project: write all of it, or take it out"
        raise ConfigError(f"The node {name} has neither a folder for its store nor an address", hint)
    # As Home has them, so that a home of --home can be the node of another.
    place = Home(Path(folder), Path(folder), Path(folder))
    return LocalProfile(name, place.store, place.keys)
