"""Looks into a process whose machine is elsewhere: Lua text that a compute unit evaluates in a dry run.

Nothing of it is kept there. A dry run costs the unit an evaluation, and public units allow six a minute; so what was
seen is remembered until the log has grown, and a look of which there are many at a time is made in the background.

The text begins its answer with a mark. A process that does not evaluate it, because it is no aos process or has another
Eval, answers something else, and that is said.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aos_cli.clients.base import Description, HandlerChanges, LoadedCode
from aos_cli.clients.results import result_from_json
from aos_cli.clients.transport import Pace, UnitRefused
from aos_cli.codec.ids import ID_BYTES, encode_base64url
from aos_cli.errors import AosError, NodeRefused
from aos_cli.machine.port import Inspection, Signature

DryRunner = Callable[[str, Mapping[str, Any], float], Mapping[str, Any]]
"""Runs a message dry: (process id, message, seconds of patience) -> result."""

_MOST_REMEMBERED = 200
_MOST_AT_ONCE = 2

# A look that somebody waits for, and one in the background.
_PATIENCE_SECONDS = 30.0
_SHORT_PATIENCE_SECONDS = 10.0
# After a failure the unit is left alone: it may have been asked too often.
_REST_SECONDS = 15.0

_MARK = "aos-look:"
_MOST_MODULES = 10_000

# An encoder of its own: the one of the process refuses functions and tables that are mixed. What lies too deep is left
# out, and so is what comes when the budget is spent.
_BEGINNING = r"""
local budget, next, rawget, type = 200000, next, rawget, type
local escapes = { ['"'] = '\\"', ["\\"] = "\\\\" }
local function quoted(text)
  if not utf8.len(text) then text = text:gsub("[\128-\255]", "\239\191\189") end
  return '"' .. text:gsub('[%c"\\]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end
local encoded
local function list(t, depth)
  local parts = {}
  for index = 1, #t do parts[index] = encoded(rawget(t, index), depth) or "null" end
  return "[" .. table.concat(parts, ",") .. "]"
end
local function object(t, depth)
  local parts = {}
  for key, value in next, t do
    local text = (type(key) == "string" or type(key) == "number") and encoded(value, depth)
    if text then parts[#parts + 1] = quoted(tostring(key)) .. ":" .. text end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end
function encoded(value, depth)
  local kind = type(value)
  budget = budget - 1
  if kind == "string" then return quoted(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then
    if math.type(value) == "integer" then return ("%d"):format(value) end
    return value == value and value - value == 0 and ("%.17g"):format(value) or nil
  end
  if kind ~= "table" or depth > 12 or budget < 0 then return nil end
  local count = 0
  for key in next, value do
    if type(key) ~= "number" then count = -1 break end
    count = count + 1
  end
  return (count > 0 and count == #value and list or object)(value, depth + 1)
end
local function field(t, key)
  for _ = 1, 20 do
    if type(t) == "string" then t = string end
    if type(t) ~= "table" then return nil end
    local value = rawget(t, key)
    if value ~= nil then return value end
    local meta = getmetatable(t)
    t = type(meta) == "table" and rawget(meta, "__index") or nil
  end
end
local function at(path)
  local value = _G
  for index = 1, #path do
    value = field(value, path[index])
    if value == nil then return nil end
  end
  return value
end
"""

_INBOX = """
local total = type(Inbox) == "table" and rawlen(Inbox) or 0
local found = {}
for index = math.max(1, total - COUNT + 1), total do found[#found + 1] = { rawget(Inbox, index) } end
local seen = { total = total, found = found }
"""

_VALUE = """
local value = at(PATH)
local seen = { type = type(value) }
if value ~= nil then
  local plain = seen.type == "string" or seen.type == "number" or seen.type == "boolean"
  seen.text = plain and tostring(value) or ""
  seen.length = seen.type == "table" and rawlen(value) or 0
  local names, kinds, t = {}, {}, seen.type == "string" and string or value
  for _ = 1, 20 do
    if type(t) ~= "table" then break end
    for key, entry in next, t do
      if type(key) == "string" and not kinds[key] then names[#names + 1], kinds[key] = key, type(entry) end
    end
    local meta = getmetatable(t)
    t = type(meta) == "table" and rawget(meta, "__index") or nil
  end
  seen.total = #names
  if LIMIT > 0 then table.sort(names) end
  seen.fields = {}
  for index = 1, math.min(#names, LIMIT) do seen.fields[index] = { names[index], kinds[names[index]] } end
end
if seen.type == "function" then
  seen.parameters = {}
  local tells = type(debug) == "table" and debug.getinfo and debug.getlocal
  local told = tells and debug.getinfo(value, "Su")
  seen.known = told and told.what ~= "C" or false
  if seen.known then
    for index = 1, told.nparams do seen.parameters[index] = debug.getlocal(value, index) end
    if told.isvararg then seen.parameters[#seen.parameters + 1] = "..." end
    seen.place = told.short_src .. ":" .. told.linedefined
  end
end
"""

_HANDLERS = """
local seen = {}
local listed = at({ "Handlers", "list" })
for index = 1, type(listed) == "table" and #listed or 0 do seen[index] = tostring(field(listed[index], "name")) end
"""

_MODULES = """
local seen = {}
for _, known in next, { at({ "package", "loaded" }) or {}, at({ "package", "preload" }) or {} } do
  for name in next, known do if type(name) == "string" then seen[#seen + 1] = name end end
end
-- A module whose sources are loaded when they are first required lists them nowhere: its searchers know them.
for _, name in next, CANDIDATES do
  for _, searcher in next, at({ "package", "searchers" }) or {} do
    local ran, loader = pcall(searcher, name)
    if ran and type(loader) == "function" then seen[#seen + 1] = name end
  end
end
"""

# Source: aos_cli/source/emit.py, which says where a program that was made of files tells what it brought.
_LOADED = """
local seen = { digests = {}, handlers = {} }
local loaded = at({ "package", "loaded" }) or {}
for name, module in next, at({ "package", "bundled", "modules" }) or {} do
  local asLoaded = type(module) == "table" and rawequal(module.value, rawget(loaded, name))
  if asLoaded then seen.digests[name] = module.digest end
end
local loads = at({ "package", "bundled", "loads" })
seen.loads = loads ~= nil and tostring(loads) or ""
for _, change in next, { "added", "replaced", "removed" } do
  seen.handlers[change] = at({ "package", "bundled", "handlers", change })
end
"""

_END = '\nreturn "' + _MARK + '" .. (encoded(seen, 0) or "null")'


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
        self._seen: OrderedDict[tuple[str, str], tuple[int, Any]] = OrderedDict()
        self._under_way: set[tuple[str, str]] = set()
        self._rests_until = 0.0

    # What somebody waits for

    def inbox(self, process_id: str, owner: str, slots: int, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages the Inbox has, and the newest of them, oldest first."""
        seen = self._look(process_id, owner, slots, f"local COUNT = {count}{_INBOX}")
        found = [entry[0] if entry else None for entry in _list(seen["found"])]
        return int(seen["total"]), [entry if isinstance(entry, dict) else {"Data": entry} for entry in found]

    def modules(self, process_id: str, owner: str, slots: int) -> frozenset[str]:
        """The names that `require` finds; of what is neither loaded nor preloaded, those of the bundled runtime."""
        from aos_cli.machine.module import bundled_sources

        candidates = ", ".join(map(_lua_text, bundled_sources()))
        code = f"local CANDIDATES = {{ {candidates} }}{_MODULES}"
        return frozenset(_list(self._look(process_id, owner, slots, code)))

    def loaded_code(self, process_id: str, owner: str, slots: int) -> LoadedCode:
        """What loading files left there."""
        seen = self._look(process_id, owner, slots, _LOADED)
        digests = {name: digest for name, digest in seen["digests"].items() if isinstance(digest, str)}
        changes = (_list(seen["handlers"].get(change))[:_MOST_MODULES] for change in HandlerChanges._fields)
        named = (tuple(name for name in names if isinstance(name, str)) for names in changes)
        return LoadedCode(digests, str(seen["loads"]), HandlerChanges(*named))

    # What nobody waits for

    def description(
        self, process_id: str, owner: str, slots: int, path: Sequence[str], limit: int
    ) -> Description | None:
        """What is known of a value; None when there is none, or it is not known yet."""
        names = ", ".join(map(_lua_text, path))
        seen = self._glance(process_id, owner, slots, f"local PATH, LIMIT = {{ {names} }}, {limit}{_VALUE}")
        if not isinstance(seen, dict) or seen["type"] == "nil":
            return None
        fields = {str(name): str(kind) for name, kind in _list(seen["fields"])}
        value = Inspection(seen["type"], str(seen["text"]), int(seen["length"]), int(seen["total"]), fields)
        if seen["type"] != "function":
            return Description(value, None)
        parameters = tuple(map(str, _list(seen["parameters"])))
        return Description(value, Signature(parameters, _place(str(seen.get("place") or "")), bool(seen["known"])))

    def handlers(self, process_id: str, owner: str, slots: int) -> list[str]:
        """The names of the handlers; none when they are not known yet."""
        return list(map(str, _list(self._glance(process_id, owner, slots, _HANDLERS))))

    # How

    def _glance(self, process_id: str, owner: str, slots: int, code: str) -> Any:
        """What is remembered; without it, None, and it is looked for in the background."""
        key = (process_id, code)
        with self._lock:
            remembered = self._seen.get(key)
            if remembered is not None and remembered[0] == slots:
                return remembered[1]
            busy = key in self._under_way or len(self._under_way) >= _MOST_AT_ONCE
            if busy or self._pace.now() < self._rests_until:
                return None
            self._under_way.add(key)

        def fetch() -> None:
            try:
                self._fetch(process_id, owner, slots, code, _SHORT_PATIENCE_SECONDS)
            except AosError as error:
                # Completion and counters go without; who needs an answer asks with `_look` and is told.
                if isinstance(error, NodeRefused) and not isinstance(error, UnitRefused):
                    # The process cannot be looked into; before its log has grown another try is in vain.
                    self._remember(process_id, slots, code, None)
                else:
                    self._rests_until = self._pace.now() + _REST_SECONDS
            finally:
                with self._lock:
                    self._under_way.discard(key)

        threading.Thread(target=fetch, name="aos-look", daemon=True).start()
        return None

    def _look(self, process_id: str, owner: str, slots: int, code: str) -> Any:
        """What is remembered, or seen now.

        Raises:
            NodeError: the unit cannot say, or the process answers something else.
        """
        with self._lock:
            remembered = self._seen.get((process_id, code))
        if remembered is not None and remembered[0] == slots:
            return remembered[1]
        return self._fetch(process_id, owner, slots, code, _PATIENCE_SECONDS)

    def _fetch(self, process_id: str, owner: str, slots: int, code: str, patience_seconds: float) -> Any:
        message = {
            # Units answer a body that they have seen before, of whatever process, from their memory.
            "Id": encode_base64url(secrets.token_bytes(ID_BYTES)),
            "Target": process_id,
            # It evaluates for its owner only.
            "Owner": owner,
            "Anchor": "0",
            "Data": _BEGINNING + code + _END,
            "Tags": [
                {"name": name, "value": value}
                for name, value in (
                    ("Action", "Eval"), ("Data-Protocol", "ao"), ("Type", "Message"), ("Variant", "ao.TN.1")
                )
            ],
        }  # fmt: skip
        seen = _answer(process_id, self._dry_run(process_id, message, patience_seconds))
        self._remember(process_id, slots, code, seen)
        return seen

    def _remember(self, process_id: str, slots: int, code: str, seen: Any) -> None:
        with self._lock:
            self._seen[process_id, code] = (slots, seen)
            self._seen.move_to_end((process_id, code))
            while len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)


def _answer(process_id: str, raw: Mapping[str, Any]) -> Any:
    """What a look found.

    Raises:
        NodeRefused: the process answered something else.
    """
    result = result_from_json(raw)
    # What the process prints with every message stands in front.
    _, mark, text = result.output.partition(_MARK)
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


def _list(found: Any) -> list[Any]:
    """A list of Lua; an empty one cannot be told from a table without fields."""
    return found if isinstance(found, list) else []


def _place(place: str) -> str:
    """File and line of a function; "" for code that was typed."""
    return "" if place.startswith("[string") else place


def _lua_text(text: str) -> str:
    """A text as Lua reads it, whatever is in it."""
    escaped = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03}" for byte in text.encode())
    return f'"{"".join(escaped)}"'
