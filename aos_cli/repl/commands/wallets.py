"""Dot-commands about who speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import visible_id, visible_name
from aos_cli.repl.commands.registry import command
from aos_cli.repl.commands.words import wallet_names
from aos_cli.repl.host import speaker_of

if TYPE_CHECKING:
    from aos_cli.repl.loop import Repl


@command(".as", "[NAME]", "Say who speaks, or speak as another wallet, by its name or file.", wallet_names)
def _as(repl: Repl, argument: str) -> None:
    session = repl.session
    who = ""
    if argument:
        session.as_wallet(repl.host.wallet(argument))
        repl.story = repl.host.story(session.client, session.address)
        repl.status.speaker = speaker_of(argument)
        who = f"{visible_name(argument)}, "
    repl.write(f"You speak as {who}{session.address}")
    if session.is_owner:
        repl.write("  this wallet owns the process")
    else:
        repl.write(f"  the process is owned by {visible_id(session.process.owner)}: what you type arrives as messages")
