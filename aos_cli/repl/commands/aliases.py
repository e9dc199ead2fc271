"""Short names for Lua that is typed often."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.render.sanitiser import to_plain
from aos_cli.repl.commands.registry import COMMANDS, command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@command(".alias", "[NAME LUA]", "Evaluate LUA when .NAME is typed, with the words behind it; list what there is.")
def _alias(repl: Repl, argument: str) -> None:
    from aos_cli.settings import setting_named

    name, _, code = argument.partition(" ")
    if not name:
        _list(repl)
        return
    name = name.removeprefix(".")
    if not _NAME.fullmatch(name) or "." + name in COMMANDS:
        raise UsageError(f".{to_plain(name)} cannot be an alias", "It is a command, or no word of letters and digits")
    if not code.strip():
        raise UsageError(f".alias {name} needs Lua behind it", f"For example: .alias {name} return Balances")
    setting = setting_named(f"alias.{name}")
    if setting is None:
        raise UsageError(f".{name} cannot be an alias")
    repl.settings.set(setting, code.strip())
    repl.write(f".{name} evaluates {to_plain(code.strip())}; `.set --save alias.{name} ...` keeps it for good")


def _list(repl: Repl) -> None:
    aliases = repl.settings.aliases()
    if not aliases:
        repl.write("There is no alias yet. For example: .alias bal return Balances")
    for name, code in sorted(aliases.items()):
        repl.write(f"  .{name}  {to_plain(code)}")


def alias_code(repl: Repl, line: str) -> str | None:
    """The Lua that a line stands for when it begins with an alias; commands go before aliases."""
    name, _, rest = line.strip().partition(" ")
    code = repl.settings.aliases().get(name[1:]) if name not in COMMANDS else None
    return None if code is None else f"{code} {rest}".strip()
