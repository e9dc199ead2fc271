"""The dot-command for dry runs, and how an entry is tried in dry mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.background import run_interruptible
from aos_cli.repl.commands.registry import command

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".dryrun", "[CODE]", "Show what Lua would do and keep nothing; without it, do so with all that follows.")
def _dryrun(repl: Repl, argument: str) -> None:
    if argument:
        dry_evaluate(repl, argument)
        return
    repl.status.dry = not repl.status.dry
    if repl.status.dry:
        repl.write("Dry mode is on: what you type is tried, and nothing is kept. .dryrun ends it.")
    else:
        repl.write("Dry mode is off: what you type is sent again.")


def dry_evaluate(repl: Repl, code: str | bytes) -> None:
    """Shows what Lua would do in the open process; sends nothing.

    Raises:
        NodeError, StoreError: the node cannot say.
    """
    from aos_cli.render.changes import dry_lines

    try:
        dry = run_interruptible(lambda _: repl.session.dry_run(code))
    except KeyboardInterrupt:
        repl.write("")
        repl.write("Stopped waiting. It was a dry run: nothing is kept.")
        return
    result = repl.story.result(dry.slot)
    if result:
        repl.print(result)
    for line in dry_lines(dry, repl.story):
        repl.print(line)
