"""Looks into a process whose machine is elsewhere: Lua text that a compute unit evaluates in a dry run.

Nothing of it is kept there. A dry run costs the unit an evaluation, and public units allow six a minute. So what was
seen is remembered, and nobody who types has a look made without knowing: it is made when he asks, and for the size of
the inbox once a minute where something may have come.

A process that does not evaluate the text, because it is no aos process or has another Eval, answers something else, and
that is said.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from aos_cli.clients import look_code
from aos_cli.clients.base import Description, HandlerChanges, LoadedCode
from aos_cli.clients.results import result_from_json
from aos_cli.clients.transport import Pace, UnitRefused
from aos_cli.codec.ids import ID_BYTES, encode_base64url
from aos_cli.errors import AosError, NodeRefused
from aos_cli.machine.port import Inspection, Signature

DryRunner = Callable[[str, Mapping[str, Any], float], Mapping[str, Any]]
"""Runs a message dry: (process id, message, seconds of patience) -> result."""

AreCommands = Callable[[str, str, int, int], bool]
"""Whether slots of a process are Lua of its owner: (process id, owner, first slot, end) -> whether."""

Inbox = tuple[int, list[dict[str, Any]]]
"""How many messages there are, and the newest of them, oldest first."""

_MOST_REMEMBERED = 200

# A look that somebody waits for, and one in the background.
_PATIENCE_SECONDS = 30.0
_SHORT_PATIENCE_SECONDS = 10.0
# After a failure the unit is left alone: it may have been asked too often.
_REST_SECONDS = 15.0
# Between two looks at the inbox that nobody asked for.
_COUNT_SECONDS = 60.0

# A look is dear, and messages more or less in it are not: those that one asks for next are there then.
_LEAST_MESSAGES = 20
_MOST_MODULES = 10_000

_INBOX, _CODE, _NAMES = "inbox", "code", "names"


class Subject(NamedTuple):
    """A process to be looked into.

    Attributes:
        process_id: which.
        owner: for whom it evaluates.
        slots: length of its log.
    """

    process_id: str
    owner: str
    slots: int


class _Key(NamedTuple):
    process_id: str
    what: str


class _Seen(NamedTuple):
    """What a look found, and how long the log was then."""

    slots: int
    found: Any


class Looks:
    """Looks into processes, remembered by how long their logs were.

    Args:
        dry_run: evaluates a message and keeps nothing.
        pace: the clock.
    """

    def __init__(self, dry_run: DryRunner, pace: Pace) -> None:
        self._dry_run = dry_run
        self._pace = pace
        self._lock = threading.Lock()
        self._seen: OrderedDict[_Key, _Seen] = OrderedDict()
        # What was looked for in the background, and at which length of the log; a process that cannot be looked into
        # stays there.
        self._tried: dict[_Key, int] = {}
        self._counts_at: dict[str, float] = {}
        self._under_way: set[_Key] = set()
        self._rests_until = 0.0

    # What somebody waits for

    def inbox(self, subject: Subject, count: int) -> Inbox:
        """How many messages the Inbox has, and the newest of them, oldest first."""
        seen = self._remembered(_Key(subject.process_id, _INBOX), subject.slots)
        if seen is None or len(_list(seen["found"])) < min(count, int(seen["total"])):
            seen = self._fetch(subject, _INBOX, look_code.inbox(max(count, _LEAST_MESSAGES)), _PATIENCE_SECONDS)
        return _inbox(seen, count)

    def modules(self, subject: Subject) -> frozenset[str]:
        """The names that `require` finds; of what is neither loaded nor preloaded, those of the bundled runtime."""
        return frozenset(_list(self._code(subject)["modules"]))

    def loaded_code(self, subject: Subject) -> LoadedCode:
        """What loading files left there."""
        seen = self._code(subject)
        digests = {name: digest for name, digest in seen["digests"].items() if isinstance(digest, str)}
        changes = (_list(seen["handlers"].get(change))[:_MOST_MODULES] for change in HandlerChanges._fields)
        named = (tuple(name for name in names if isinstance(name, str)) for names in changes)
        return LoadedCode(digests, str(seen["loads"]), HandlerChanges(*named))

    def _code(self, subject: Subject) -> Any:
        from aos_cli.machine.module import bundled_sources

        return self._look(subject, _CODE, look_code.code(sorted(bundled_sources())))

    def description(self, subject: Subject, path: Sequence[str], limit: int) -> Description | None:
        """What is known of a value; None when there is none."""
        code = look_code.value(path, limit)
        seen = self._look(subject, code, code)
        if seen["type"] == "nil":
            return None
        fields = {str(name): str(kind) for name, kind in _list(seen["fields"])}
        value = Inspection(seen["type"], str(seen["text"]), int(seen["length"]), int(seen["total"]), fields)
        if seen["type"] != "function":
            return Description(value, None)
        parameters = tuple(map(str, _list(seen["parameters"])))
        return Description(value, Signature(parameters, _place(str(seen.get("place") or "")), bool(seen["known"])))

    # What nobody waits for

    def learn(self, subject: Subject | None) -> None:
        """Has the names looked for that `fields` and `handlers` know; once until the log has grown."""
        if subject is None:
            return
        key = _Key(subject.process_id, _NAMES)
        if self._remembered(key, subject.slots) is None and self._tried.get(key) != subject.slots:
            self._begin(subject, _NAMES, look_code.names())

    def fields(self, process_id: str, path: Sequence[str], limit: int) -> Mapping[str, str]:
        """Some named fields of a value with their Lua types, as they were when somebody looked."""
        seen = self._remembered(_Key(process_id, _NAMES))
        listed = seen["fields"] if seen else None
        for step in path:
            entry = next((entry for entry in _list(listed) if entry[0] == step), None)
            if entry is not None and entry[1] == "string":
                entry = next((entry for entry in _list(seen["fields"]) if entry[0] == "string"), None)
            if entry is None or len(entry) < 3:
                return {}
            listed = entry[2]
        return {str(entry[0]): str(entry[1]) for entry in _list(listed)[:limit]}

    def handlers(self, process_id: str) -> list[str]:
        """The names of the handlers, as they were when somebody looked."""
        seen = self._remembered(_Key(process_id, _NAMES))
        return list(map(str, _list(seen["handlers"]))) if seen else []

    def known_inbox(self, subject: Subject | None, count: int, are_commands: AreCommands) -> Inbox | None:
        """As `inbox`, of at most `count` messages; None when that is not known.

        Args:
            subject: the process; None when nothing can be said of it.
            count: of messages.
            are_commands: whether slots left the inbox as it was.
        """
        if subject is None:
            return None
        key = _Key(subject.process_id, _INBOX)
        with self._lock:
            seen = self._seen.get(key)
        if seen is not None and are_commands(*subject[:2], seen.slots, subject.slots):
            return _inbox(seen.found, count)
        now = self._pace.now()
        if key not in self._tried and now >= self._counts_at.get(subject.process_id, now):
            self._counts_at[subject.process_id] = now + _COUNT_SECONDS
            self._begin(subject, _INBOX, look_code.inbox(_LEAST_MESSAGES))
        return None

    def _begin(self, subject: Subject, what: str, code: str) -> None:
        """Looks in the background."""
        key = _Key(subject.process_id, what)
        with self._lock:
            if key in self._under_way or self._pace.now() < self._rests_until:
                return
            self._under_way.add(key)

        def fetch() -> None:
            try:
                self._fetch(subject, what, code, _SHORT_PATIENCE_SECONDS)
            except AosError as error:
                # Completion and counters go without; who needs an answer asks for it and is told.
                if isinstance(error, NodeRefused) and not isinstance(error, UnitRefused):
                    # The process cannot be looked into; before its log has grown another try is in vain.
                    self._tried[key] = subject.slots
                else:
                    self._rests_until = self._pace.now() + _REST_SECONDS
            finally:
                with self._lock:
                    self._under_way.discard(key)

        threading.Thread(target=fetch, name="aos-look", daemon=True).start()

    # How

    def _look(self, subject: Subject, what: str, code: str) -> Any:
        """What is remembered, or seen now.

        Raises:
            NodeError: the unit cannot say, or the process answers something else.
        """
        seen = self._remembered(_Key(subject.process_id, what), subject.slots)
        return self._fetch(subject, what, code, _PATIENCE_SECONDS) if seen is None else seen

    def _fetch(self, subject: Subject, what: str, code: str, patience_seconds: float) -> Any:
        message = {
            # Units answer a body that they have seen before, of whatever process, from their memory.
            "Id": encode_base64url(secrets.token_bytes(ID_BYTES)),
            "Target": subject.process_id,
            # It evaluates for its owner only.
            "Owner": subject.owner,
            "Anchor": "0",
            "Data": code,
            "Tags": [
                {"name": name, "value": value}
                for name, value in (
                    ("Action", "Eval"), ("Data-Protocol", "ao"), ("Type", "Message"), ("Variant", "ao.TN.1")
                )
            ],
        }  # fmt: skip
        found = _answer(subject.process_id, self._dry_run(subject.process_id, message, patience_seconds))
        key = _Key(subject.process_id, what)
        with self._lock:
            self._seen[key] = _Seen(subject.slots, found)
            self._seen.move_to_end(key)
            while len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)
        return found

    def _remembered(self, key: _Key, slots: int | None = None) -> Any:
        """What was seen when the log had so many slots, or whenever it was; None when nothing was."""
        with self._lock:
            seen = self._seen.get(key)
        return seen.found if seen is not None and slots in (None, seen.slots) else None


def _answer(process_id: str, raw: Mapping[str, Any]) -> Any:
    """What a look found.

    Raises:
        NodeRefused: the process answered something else.
    """
    result = result_from_json(raw)
    # What the process prints with every message stands in front.
    _, mark, text = result.output.partition(look_code.MARK)
    if mark:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    told = " ".join((result.error or result.output).split())[:120] or "nothing"
    raise NodeRefused(
        f"Process {process_id} cannot be looked into: it answered {told}",
        "That needs a process that evaluates Lua for its owner, as those of aos do",
        operation="look",
    )


def _inbox(seen: Any, count: int) -> Inbox:
    found = [entry[0] if entry else None for entry in _list(seen["found"])]
    newest = found[max(0, len(found) - count) :]
    return int(seen["total"]), [entry if isinstance(entry, dict) else {"Data": entry} for entry in newest]


def _list(found: Any) -> list[Any]:
    """A list of Lua; an empty one cannot be told from a table without fields."""
    return found if isinstance(found, list) else []


def _place(place: str) -> str:
    """File and line of a function; "" for code that was typed."""
    return "" if place.startswith("[string") else place
