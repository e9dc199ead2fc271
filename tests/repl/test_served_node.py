"""A shell beside a served node: what comes by HTTP appears while one types, and what is typed is there for others."""

from __future__ import annotations

from pathlib import Path

from served import Remote, served
from terminal import Terminal

from aos_cli.wallet import load_wallet


def test_what_comes_by_http_appears_above_the_line(terminal: Terminal, home: Path) -> None:
    terminal.ask("Handlers.add('hello', 'Hello', function(msg) print('from ' .. msg.Data) end)")
    process_id = terminal.ask("ao.id")
    with served(home) as node, Remote(node) as remote:
        terminal.type("return 6 *")
        remote.send(process_id, "afar", ("Action", "Hello"))
        terminal.wait_for("Hello")
        terminal.wait_for("from afar")
        terminal.wait_until(lambda: terminal.typed.endswith("return 6 *"), "the line that is typed")
        terminal.type(" 7")
        terminal.key("enter")
        terminal.wait_for("\n42\n")


def test_what_is_typed_is_there_for_others(terminal: Terminal, home: Path) -> None:
    with served(home) as node, Remote(node, load_wallet(home / "wallet.json")) as remote:
        process_id = terminal.ask("ao.id")
        terminal.ask("Count = 41")
        assert remote.evaluated(process_id, "Count = Count + 1 return Count") == "42"
        # Above it stands what the other one did.
        assert terminal.ask("Count").splitlines()[-1] == "42"
