"""Processes of a node: spawning them, and finding them again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from aos_cli import __version__
from aos_cli.clients.base import NodeClient
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import is_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag
from aos_cli.units.records import ProcessRecord

# Tags that a spawn sets itself; a user's tag of that name would make two.
_RESERVED = frozenset({"Data-Protocol", "Variant", "Type", "Name", "Module", "Scheduler", "App-Name", "aos-Version"})


def birth_tags(
    client: NodeClient, name: str, *, module: str = "", scheduler: str = "", tags: Sequence[Tag] = ()
) -> list[Tag]:
    """The tags of a process that is to be spawned. What speaks against it is said here, before anything is made.

    Args:
        client: the node.
        name: what it is called.
        module: id of its module; "" for the node's own.
        scheduler: address of its scheduler; "" for the node's own.
        tags: of the user; they stand in front of ours.

    Raises:
        UsageError: a tag of the user's that the spawn sets itself.
        NodeError, ConfigError: the node does not say what a process has to name.
    """
    for tag in tags:
        if tag.name in _RESERVED:
            raise UsageError(f"--tag {tag.name} is set by aos itself", "Leave it out" + _option_for(tag.name))
    authorities = () if any(tag.name == "Authority" for tag in tags) else (Tag("Authority", client.authority),)
    return [
        Tag("App-Name", "aos"),
        Tag("Name", name),
        *tags,
        *authorities,
        Tag("aos-Version", __version__),
        Tag("Data-Protocol", "ao"),
        Tag("Variant", "ao.TN.1"),
        Tag("Type", "Process"),
        Tag("Module", module or client.default_module()),
        Tag("Scheduler", scheduler or client.scheduler),
    ]


def spawn_tagged(client: NodeClient, signer: Signer, tags: Sequence[Tag], data: bytes = b"") -> ProcessRecord:
    """A new process of the signer's with the tags of `birth_tags`, or the older one of that name.

    Raises:
        NodeError: the node refused.
    """
    return client.spawn(build_item(signer, anchor=unique_anchor(), tags=tags, data=data or b" ").raw)


def spawn_process(
    client: NodeClient, signer: Signer, name: str, *, module: str = "", tags: Sequence[Tag] = ()
) -> ProcessRecord:
    """A new process of the signer's, or the older one of that name; see `birth_tags` and `spawn_tagged`."""
    return spawn_tagged(client, signer, birth_tags(client, name, module=module, tags=tags))


def _option_for(tag: str) -> str:
    options = {"Module": "use --module", "Scheduler": "use --scheduler", "Name": "give the name as the argument"}
    return f" and {options[tag]}" if tag in options else ""


def listed_processes(client: NodeClient, owner: str) -> list[ProcessRecord]:
    """The processes to list for somebody: all that there are on a node of his own, his own on a network."""
    return client.processes("" if client.embedded else owner)


def find_processes(client: NodeClient, owner: str, name_or_id: str) -> list[ProcessRecord]:
    """The process of an id, or those of an owner that have a name, oldest first; "" owns none."""
    if is_id(name_or_id):
        found = client.find_process(name_or_id)
        return [found] if found else []
    return client.find_named(name_or_id, owner) if owner else []


def find_anybodys(client: NodeClient, owner: str, name_or_id: str) -> ProcessRecord | None:
    """A process by its id, or by its name: one of an owner's, otherwise somebody else's that is known by that name.

    Raises:
        NodeRefused: several processes have that name.
    """
    found = find_processes(client, owner, name_or_id)
    named = [] if found else [one.id for one in client.acquaintances() if one.name == name_or_id]
    others = [record for record in map(client.find_process, named) if record is not None]
    return the_only(found or others, name_or_id)


def check_ticking(client: NodeClient, process_id: str) -> None:
    """Refuses to monitor a process that has no crons. Where that is not known, it is left to the node.

    Raises:
        UsageError: it has none.
    """
    crons = client.crons(process_id)
    if crons is not None and not crons:
        hint = "`aos NAME --cron 10-minutes` makes a process that does"
        raise UsageError("This process does not tick: it was spawned without a cron", hint)


def the_only(found: Sequence[ProcessRecord], name: str) -> ProcessRecord | None:
    """The process that was found by a name; None when none was.

    Raises:
        NodeRefused: several were.
    """
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise NodeRefused(f"{len(found)} processes are called {name}: {ids}", "Name one by its id")
    return found[0] if found else None


def unique_anchor() -> bytes:
    """32 characters that make an item unlike all others: some keys sign the same words in the same way every time."""
    return secrets.token_hex(16).encode()
