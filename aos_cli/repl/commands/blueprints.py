"""The dot-command that loads a blueprint, a Lua program that comes with `aos`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import UsageError
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


def _names(repl: Repl, word: str) -> Iterable[str]:
    from aos_cli.source.blueprints import blueprint_names

    return blueprint_names()


@command(".load-blueprint", "NAME", "Evaluate a program that comes with aos, such as token or chatroom.", _names)
def _load_blueprint(repl: Repl, argument: str) -> None:
    from aos_cli.source.blueprints import blueprint_names, bundle_blueprint

    if not argument:
        raise UsageError(".load-blueprint needs a name", f"The blueprints are {', '.join(blueprint_names())}")
    made = bundle_blueprint(argument, repl.session.client.known_modules(repl.session.process.id))
    repl.write(f"Loading {argument}")
    repl.evaluate(made.data())
