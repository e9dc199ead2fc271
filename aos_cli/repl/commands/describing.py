"""The dot-command that says what a value of the process is; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain, visible_name
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.clients.base import Description
    from aos_cli.repl.loop import Repl

_PATH = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*|\[\d+\])*", re.ASCII)
_STEP = re.compile(r"\w+", re.ASCII)

# A table with more fields is told by its size.
_MOST_FIELDS = 40


def _names(repl: Repl, word: str) -> Iterable[str]:
    path = word.rpartition(".")[0]
    return (f"{path}.{name}" if path else name for name in repl.names.fields(tuple(path.split(".")) if path else ()))


@command(".describe", "NAME", "Say what a global or a field of one is; ?NAME is short for it.", _names)
def _describe(repl: Repl, argument: str) -> None:
    if not _PATH.fullmatch(argument):
        problem = f"{to_plain(argument)} is not a name" if argument else ".describe takes a name"
        raise UsageError(problem, "For example: .describe Handlers.add")
    found = repl.session.client.describe(repl.session.process.id, _STEP.findall(argument))
    if found is None:
        repl.write(f"{argument} is nil.")
        return
    for line in _lines(argument, found):
        repl.write(line)


def _lines(name: str, found: Description) -> Iterable[str]:
    value, signature = found.value, found.signature
    if signature is not None and signature.known:
        yield f"function {name}({', '.join(signature.parameters)})"
        if signature.place:
            yield f"  {to_plain(signature.place)}"
    elif value.type == "function":
        yield f"function {name}, of Lua itself"
    elif value.type == "table":
        yield f"table {name}: {value.length:,} in its list, {value.total:,} named"
        for field, kind in list(value.fields.items())[:_MOST_FIELDS]:
            yield f"  {visible_name(field)}  {kind}"
        if value.total > _MOST_FIELDS:
            yield f"  ... {value.total - _MOST_FIELDS:,} more"
    else:
        yield f"{value.type} {name} = {visible_name(value.text)}"
