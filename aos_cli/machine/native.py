"""The native machine: a process in a Lua 5.3 state inside this program. The only module that imports lupa.

Fastest, and for programs that the user trusts. `native_runtime/` holds its Lua half: limits.lua (instructions, memory),
bulk.lua and patterns.lua (functions of C that could run for ever: costs.lua, search.lua and matcher.lua belong to the
latter), order.lua and sort.lua (the order of things), blame.lua (whose line an error names), libraries.lua (what a
program finds as globals), summary.lua (looks at the whole state) and sandbox.lua (one process).

What keeps the host safe and results alike:
- A program has a global table of its own. lupa reads the real one outside protected calls, so a metatable on it that
  raises would stop the whole Python program.
- Nothing of Python is ever reachable from Lua: strings go in as bytes, and the state has no Python functions.
- A message that hits a limit or has no result leaves the state undefined; it is never used again.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lupa.lua53 as lupa

from aos_cli.errors import CodecError
from aos_cli.machine.port import Evaluation, Inspection, Limits, Signature
from aos_cli.machine.summary import MAX_DEPTH, MAX_ENTRIES, Summary, summary_from

_RUNTIME_FOLDER = Path(__file__).with_name("native_runtime")
_INT64 = range(-(2**63), 2**63)


@functools.cache
def _runtime_image(name: str) -> bytes:
    """A file of the Lua half, compiled once for all states of this program."""
    state = lupa.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)
    # The name shows in tracebacks as (machine); such lines are left out of what a program sees.
    dump = state.eval(b'function(source) return string.dump(assert(load(source, "=(machine)", "t"))) end')
    image: bytes = dump((_RUNTIME_FOLDER / f"{name}.lua").read_bytes())
    return image


def _new_state() -> tuple[Any, Any]:
    """A Lua state and the calls of its sandbox."""
    state = lupa.LuaRuntime(
        encoding=None,
        unpack_returned_tuples=True,
        register_eval=False,
        register_builtins=False,
        max_memory=0,  # no limit, but counted: `run` sets one while the program runs
    )
    load = state.eval(b'function(image, ...) return assert(load(image, "=(machine)", "b"))(...) end')
    blame = load(_runtime_image("blame"))
    collector = load(_runtime_image("collector"))
    limit = load(_runtime_image("limits"), blame, collector)
    sort, costs, matcher = (load(_runtime_image(name), blame) for name in ("sort", "costs", "matcher"))
    order = load(_runtime_image("order"), blame, sort)
    search = load(_runtime_image("search"), blame, limit[b"charge"], matcher)
    patterns = load(_runtime_image("patterns"), blame, limit, costs, search)
    bulk = load(_runtime_image("bulk"))(limit, blame)
    libraries = load(_runtime_image("libraries"), blame)
    summary = load(_runtime_image("summary"))
    return state, load(_runtime_image("sandbox"), limit, collector, order, patterns, costs, bulk, libraries, summary)


@functools.cache
def _checker() -> Any:
    return _new_state()[1][b"check"]


def check_syntax(source: bytes, name: str) -> str | None:
    """Compiles Lua text without running it.

    Args:
        source: the text.
        name: chunk name as Lua takes it: `=text` or `@file` stand as they are.

    Returns:
        Lua's message, such as `file.lua:3: unexpected symbol near ')'`, or None when the text is well.
    """
    failure = _checker()(source, name.encode())
    return None if failure is None else failure.decode("utf-8", "replace")


# Compiled library modules by source, for all states of this program: 0.4 ms instead of 1.8 ms per process.
_images: dict[bytes, bytes] = {}


def _image(sandbox: Any, name: str, source: bytes) -> bytes:
    image = _images.get(source)
    if image is None:
        compiled = sandbox[b"compile"](name.encode(), source)
        if isinstance(compiled, tuple):
            raise CodecError(f"The module's part {name} is not Lua: {compiled[1].decode('utf-8', 'replace')}")
        image = _images[source] = compiled
    return image


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Surrogate escapes are bytes that were not UTF-8; other lone surrogates come from JSON's \ud800.
        try:
            return text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return text.encode("utf-8", "surrogatepass")


def to_lua(value: object) -> object:
    """A JSON value in the form in which lupa passes it on: bytes for text, None left out.

    Raises:
        CodecError: the value is of another type.
    """
    if isinstance(value, str):
        return _to_bytes(value)
    if isinstance(value, bool | bytes | float) or value is None:
        return value
    if isinstance(value, int):
        return value if value in _INT64 else float(value)
    if isinstance(value, Mapping):
        return {to_lua(key): to_lua(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, Sequence):
        return [to_lua(entry) for entry in value]
    raise CodecError(f"A value of type {type(value).__name__} cannot be handed to a process")


def _from_lua(value: Any) -> Any:
    """A plain Lua value as JSON has it: a table whose keys are 1, 2, 3 ... is a list."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if lupa.lua_type(value) != "table":
        return value
    entries = dict(value.items())
    if entries and set(entries) == set(range(1, len(entries) + 1)):
        return [_from_lua(entries[index]) for index in range(1, len(entries) + 1)]
    return {
        key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key): _from_lua(entry)
        for key, entry in entries.items()
    }


def _flat_tags(tags: object) -> list[bytes] | None:
    """Names and values in one list, or None when the tags are not a plain list of texts.

    One flat list crosses to Lua in a third of the time of a list of small tables.
    """
    if not isinstance(tags, list):
        return None
    flat: list[bytes] = []
    try:
        for tag in tags:
            if len(tag) != 2:
                return None
            flat.append(_to_bytes(tag["name"]))
            flat.append(_to_bytes(tag["value"]))
    except (KeyError, TypeError, AttributeError):
        return None
    return flat


class Prepared(NamedTuple):
    """A message in the form in which it crosses to Lua: nothing of it is shared with the caller.

    Attributes:
        fields: the message's fields as bytes, numbers and booleans.
        tags: names and values in turn, or None when the message's own Tags are among the fields.
    """

    fields: dict[Any, Any]
    tags: list[bytes] | None


def prepare(message: Mapping[str, Any]) -> Prepared:
    """Converts a message for `NativeMachine.run`."""
    tags = _flat_tags(message.get("Tags"))
    fields: dict[Any, Any] = {}
    for key, value in message.items():
        if tags is not None and key == "Tags":
            continue
        # Nearly all fields are plain texts; this is on the way of every message.
        if type(value) is str:
            fields[_to_bytes(key)] = _to_bytes(value)
        elif value is not None:
            fields[to_lua(key)] = to_lua(value)
    return Prepared(fields, tags)


class NativeMachine:
    """A process in a Lua state of its own.

    Args:
        sources: the module, require name -> Lua source.
        environment: `{"Process": {...}, "Module": {...}}`, Tags as lists of name and value.
        limits: what the process may use.
    """

    def __init__(
        self, sources: Mapping[str, bytes], environment: Mapping[str, Any] | None = None, limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._state, self._sandbox = _new_state()
        images: list[bytes] = []
        for name, source in sources.items():
            images += (name.encode(), _image(self._sandbox, name, source))
        self._sandbox[b"boot"](self._state.table_from(images))
        self._handle = self._sandbox[b"handle"]
        self._settle = self._sandbox[b"settle"]
        self._environment: Mapping[str, Any] | None = None
        if environment is not None:
            self.set_environment(environment)

    def set_environment(self, environment: Mapping[str, Any]) -> None:
        """Says who the process is; every message gets a fresh copy."""
        if environment != self._environment:
            self._sandbox[b"setEnvironment"](self._table(environment))
            self._environment = environment

    def _table(self, value: object) -> Any:
        return self._state.table_from(to_lua(value), recursive=True)

    def evaluate(self, message: Mapping[str, Any]) -> Evaluation:
        """Handles one message; see `aos_cli.machine.port.Machine`."""
        return self.run(prepare(message))

    def run(self, message: Prepared) -> Evaluation:
        """Handles a message that was prepared before."""
        fields = self._state.table_from(message.fields, recursive=True)
        tags = None if message.tags is None else self._state.table_from(message.tags)
        # The limit holds while the program runs, and only then: what lupa does outside a protected call, such as
        # making tables, would stop the whole Python program when memory ran out.
        self._state.set_max_memory(self._limits.memory_bytes, total=True)
        try:
            outcome = self._handle(self._limits.compute, fields, tags)
        except lupa.LuaMemoryError:
            return self._failure(f"memory limit of {self._limits.memory_bytes:,} bytes reached", 0)
        finally:
            self._state.set_max_memory(0)
        self._settle()
        limit, instructions, survived, *rest = outcome
        if limit == b"compute":
            reason = f"compute limit of {self._limits.compute:,} instructions reached"
            return self._failure(reason, instructions)
        if limit == b"memory":
            return self._failure(f"memory limit of {self._limits.memory_bytes:,} bytes reached", instructions)
        if not survived:
            # The library's entry catches what a program raises; what comes here is an error of the library itself.
            return self._failure(rest[0].decode("utf-8", "replace"), instructions)
        has_result, text = rest
        decoded = text.decode("utf-8", "replace")
        if not has_result:
            return self._failure(decoded, instructions)
        return Evaluation(decoded, False, instructions)

    @staticmethod
    def _failure(reason: str, instructions: int) -> Evaluation:
        return Evaluation(json.dumps({"Throws": reason}, ensure_ascii=False), True, instructions)

    def inspect(self, path: Sequence[str], limit: int = 1000) -> Inspection | None:
        """Looks at a value; see `aos_cli.machine.port.Machine`."""
        found = self._look(b"inspect", path, limit)
        if found is None:
            return None
        kind, text, length, total, flat = found
        texts = [entry.decode("utf-8", "replace") for entry in flat.values()]
        fields = dict(zip(texts[0::2], texts[1::2], strict=True))
        return Inspection(kind.decode(), text.decode("utf-8", "replace"), length, total, fields)

    def length(self, path: Sequence[str]) -> int:
        """The number of entries of an array; see `aos_cli.machine.port.Machine`."""
        return int(self._look(b"length", path))

    def read(self, path: Sequence[str], first: int, last: int) -> list[Any]:
        """Entries of an array as plain data; see `aos_cli.machine.port.Machine`."""
        found = self._look(b"read", path, first, last)
        return [_from_lua(found[index]) for index in range(1, last - first + 2)]

    def summary(self, max_entries: int = MAX_ENTRIES, max_depth: int = MAX_DEPTH) -> Summary:
        """The whole state, within bounds; see `aos_cli.machine.port.Machine`."""
        return summary_from(iter(self._look(b"summary", None, max_entries, max_depth).values()))

    def handlers(self) -> list[str]:
        """The names of the handlers in their order; see `aos_cli.machine.port.Machine`."""
        return [name.decode("utf-8", "replace") for name in self._look(b"handlers", None).values()]

    def signature(self, path: Sequence[str]) -> Signature | None:
        """What a function takes; see `aos_cli.machine.port.Machine`."""
        found = self._look(b"signature", path)
        if found is None:
            return None
        known, place, variadic, names = found
        parameters = tuple(name.decode("utf-8", "replace") for name in names.values())
        return Signature((*parameters, "...") if variadic else parameters, place.decode("utf-8", "replace"), known)

    def _look(self, call: bytes, path: Sequence[str] | None, *arguments: int) -> Any:
        """Asks the sandbox about the state, and tells the collector what that has left behind."""
        before = self._state.get_memory_used(total=True)
        if path is None:
            found = self._sandbox[call](*arguments)
        else:
            found = self._sandbox[call](self._state.table_from([_to_bytes(name) for name in path]), *arguments)
        self._sandbox[b"looked"]((self._state.get_memory_used(total=True) - before) / 1024)
        return found

    def memory_bytes(self) -> int:
        """Bytes that the process holds, garbage included."""
        return int(self._sandbox[b"memory"]())

    def close(self) -> None:
        """Gives the memory back."""
        del self._handle, self._settle, self._sandbox, self._state
