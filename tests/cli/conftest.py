"""A user with a wallet, and one without anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Program

from aos_cli.wallet import create_wallet, generate_ed25519


@pytest.fixture
def newcomer(tmp_path: Path) -> Program:
    """A user who never started the program before."""
    return Program(tmp_path)


@pytest.fixture
def aos(newcomer: Program) -> Program:
    """A user who has a wallet; Ed25519, because making an RSA key takes seconds."""
    create_wallet(newcomer.home / "wallet.json", generate_ed25519)
    return newcomer
