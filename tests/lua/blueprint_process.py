"""Processes that have loaded blueprints, and what they answer."""

from __future__ import annotations

from typing import Any

from runtime_process import Process, tags_of

from aos_cli.lua_error import parse_error
from aos_cli.source.blueprints import find_blueprint


def load(process: Process, *names: str) -> None:
    """Has a process evaluate blueprints, which show nothing."""
    for name in names:
        assert process.says(find_blueprint(name).text.decode()) == ""


def loaded(*names: str, before: str = "", **tags: str) -> Process:
    """A new process that has loaded blueprints.

    Args:
        names: which ones, in this order.
        before: Lua that runs first.
        tags: more tags of the process.
    """
    process = Process(**tags)
    assert process.says(before) == ""
    load(process, *names)
    return process


def sent(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What a message sent: target, data and the program's own tags by name; Target and Data only where they are set."""
    assert "Messages" in result, result
    fields = ("Target", "Data")
    return [
        {**{name: message[name] for name in fields if name in message}, **dict(tags_of(message))}
        for message in result["Messages"]
    ]


def only(result: dict[str, Any]) -> dict[str, Any]:
    """The one message that a message sent."""
    [message] = sent(result)
    return message


def failure(result: dict[str, Any]) -> str:
    """The error of a message, without what was printed before it."""
    assert list(result) == ["Error"], result
    return parse_error(result["Error"]).message


def handler_names(process: Process) -> list[str]:
    """The names of a process's handlers, in their order."""
    names = "local t = {} for i, h in ipairs(Handlers.list) do t[i] = h.name end return table.concat(t, ' ')"
    return process.says(names).split()
