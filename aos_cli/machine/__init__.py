"""Machines: what evaluates the messages of one process.

`Machine` is the door for people who test their Lua with pytest:

    from aos_cli.machine import Machine

    def test_my_handlers():
        machine = Machine()
        machine.eval(open("counter.lua").read())
        result = machine.send(Action="Increment")
        assert result["Messages"][0]["Data"] == "1"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aos_cli.machine.standalone import Machine as Machine


def __getattr__(name: str) -> object:
    # lupa is loaded only when a machine is wanted.
    if name == "Machine":
        from aos_cli.machine.standalone import Machine

        return Machine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
