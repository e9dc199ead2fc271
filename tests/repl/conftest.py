"""Terminals with the program in them, over one home that has a wallet."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from terminal import Open, Outside, Shown, Terminal

from aos_cli.cli.main import run
from aos_cli.environment import Environment
from aos_cli.wallet import create_wallet, generate_ed25519


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "aos"
    create_wallet(folder / "wallet.json", generate_ed25519)
    return folder


@pytest.fixture
def open_terminal(home: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens windows with `aos` and the given arguments; they are closed after the test."""
    opened: list[Terminal] = []

    def open_terminal(*arguments: str, **how: Any) -> Terminal:
        terminal = Terminal(*arguments, **{"home": home, "cwd": tmp_path, **how})
        opened.append(terminal)
        return terminal

    yield open_terminal
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(open_terminal: Open) -> Terminal:
    """A window with the process "default" and its prompt."""
    opened = open_terminal()
    opened.wait_for_prompt()
    return opened


@pytest.fixture
def shown(home: Path, tmp_path: Path) -> Shown:
    """Runs a command over the same home and gives what it shows to a person, errors included."""

    def shown(*arguments: str) -> str:
        out = io.StringIO()
        environment = Environment(
            stdin=io.StringIO(),
            stdout=out,
            stderr=out,
            stdout_is_tty=True,
            stderr_is_tty=True,
            variables={"AOS_HOME": str(home), "HOME": str(tmp_path)},
            width=200,
        )
        run(arguments, environment)
        return out.getvalue()

    return shown


@pytest.fixture
def outside(shown: Shown) -> Outside:
    """Runs a command over the same home and gives what it prints as JSON Lines."""
    return lambda *arguments: [json.loads(line) for line in shown(*arguments, "--json").splitlines()]
