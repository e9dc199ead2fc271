"""Dot-commands: what the shell does by itself. They send nothing to the process unless they say so."""

from __future__ import annotations

import importlib

from aos_cli.repl.commands.registry import COMMANDS, DotCommand, LeaveShell, find_command, is_command, run_command

__all__ = ["COMMANDS", "DotCommand", "LeaveShell", "find_command", "is_command", "run_command"]

# Each family registers its commands when it is imported; `.help` lists them in this order.
_FAMILIES = (
    "files",
    "blueprints",
    "inbox",
    "live",
    "ticking",
    "looking",
    "processes",
    "editing",
    "trace",
    "dry",
    "wallets",
    "describing",
    "output",
    "aliases",
    "settings",
    "tour",
    "general",
)

for _family in _FAMILIES:
    importlib.import_module(f"aos_cli.repl.commands.{_family}")
