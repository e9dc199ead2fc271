"""What the open process has, for completion: looked up on its node without changing anything, and kept for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Protocol

from aos_cli.errors import AosError
from aos_cli.session import Session

# What a handler gets as `msg`, and what lies in the Inbox; a look into the process cannot know a parameter.
MESSAGE_FIELDS: Mapping[str, str] = {
    "Action": "string", "Anchor": "string", "Cron": "boolean", "Data": "string", "From": "string", "Id": "string",
    "Module": "string", "Nonce": "number", "Owner": "string", "Reference": "string", "Tags": "table",
    "TagArray": "table", "Target": "string", "Timestamp": "number", "forward": "function", "reply": "function",
}  # fmt: skip

# Keys of the table that goes to Send and its like.
MESSAGE_KEYS = ("Target", "Action", "Data", "Tags", "Recipient", "Quantity")

# Tags that messages of this network have, beside those of programs.
TAG_NAMES = (
    "Action", "Content-Type", "Data-Protocol", "From-Module", "From-Process", "Name", "Pushed-For", "Quantity",
    "Recipient", "Reference", "Type", "Variant", "X-Action", "X-Origin", "X-Reference",
)  # fmt: skip

# Fields of one look; a table with more is not one whose keys a person wants to see in a menu.
_MOST_FIELDS = 2000


class Names(Protocol):
    """What can be asked while a line is typed. Nothing here raises, and nothing waits for long."""

    def learn(self) -> None:
        """Says that the user asks: what is not known may be looked for, to be known a moment later."""

    def fields(self, path: Sequence[str]) -> Mapping[str, str]:
        """The named fields of a global, or of a field of one, with their Lua types; the globals for an empty path."""

    def handlers(self) -> Sequence[str]:
        """The names of the process's handlers, in their order."""

    def modules(self) -> Sequence[str]:
        """The names that `require` finds."""

    def processes(self) -> Sequence[tuple[str, str]]:
        """Name and id of the node's processes."""


class LiveNames:
    """The names of a session's process as they are now.

    Args:
        session: the process.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fields: dict[tuple[str, ...], Mapping[str, str]] = {}

    def forget(self) -> None:
        """To be called when the process may have changed."""
        self._fields = {}

    def learn(self) -> None:
        """See `Names`."""
        self.forget()
        # A failure is told where somebody waits for an answer.
        with contextlib.suppress(AosError):
            self._session.client.learn(self._session.process.id)

    def fields(self, path: Sequence[str]) -> Mapping[str, str]:
        """See `Names`."""
        key = tuple(path)
        kept = self._fields
        if key not in kept:
            try:
                found = self._session.client.fields(self._session.process.id, key, _MOST_FIELDS)
            except AosError:
                return {}
            if not found:
                # Nothing there, or the process is busy: asked again at the next key.
                return {}
            kept[key] = found
        return kept[key]

    def handlers(self) -> Sequence[str]:
        """See `Names`."""
        try:
            return self._session.client.handlers(self._session.process.id)
        except AosError:
            return ()

    def modules(self) -> Sequence[str]:
        """See `Names`."""
        return sorted(self.fields(("package", "loaded")))

    def processes(self) -> Sequence[tuple[str, str]]:
        """See `Names`."""
        try:
            return [(process.name, process.id) for process in self._session.client.acquaintances()]
        except AosError:
            return ()
