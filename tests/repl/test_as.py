"""Speaking as another wallet in the shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from terminal import Open, Outside, Terminal

from aos_cli.wallet import Ed25519Wallet, create_wallet, generate_ed25519, load_wallet, save_wallet

PASSPHRASE = "correct horse"  # noqa: S105 - it protects nothing


@pytest.fixture
def bob(home: Path) -> Ed25519Wallet:
    """Another wallet of the user's, called bob."""
    wallet = generate_ed25519()
    save_wallet(home / "wallets" / "bob.json", wallet)
    return wallet


@pytest.fixture
def carol(home: Path) -> Ed25519Wallet:
    """A protected wallet of the user's, called carol."""
    wallet = generate_ed25519()
    save_wallet(home / "wallets" / "carol.pem", wallet, PASSPHRASE.encode())
    return wallet


@pytest.fixture
def owner(home: Path) -> str:
    """Address of the default wallet."""
    return load_wallet(home / "wallet.json").address


def senders(outside: Outside) -> list[str]:
    """Who sent the messages in the log, the spawn included."""
    return [slot["from"] for slot in outside("log", "default")]


def test_as_without_a_name_says_who_speaks(terminal: Terminal, owner: str, outside: Outside) -> None:
    shown = terminal.ask(".as")
    assert f"You speak as {owner}" in shown
    assert "this wallet owns the process" in shown
    assert len(senders(outside)) == 1


def test_as_speaks_as_another_wallet_and_back(
    terminal: Terminal, bob: Ed25519Wallet, owner: str, outside: Outside
) -> None:
    shown = terminal.ask(".as bob")
    assert f"You speak as bob, {bob.address}" in shown
    assert f"the process is owned by {owner}" in shown
    terminal.ask("stolen = true")
    assert f"You speak as {bob.address}" in terminal.ask(".as")
    terminal.wait_until(lambda: "as bob" in terminal.toolbar, "bob in the toolbar")
    assert "this wallet owns the process" in terminal.ask(".as default")
    terminal.wait_until(lambda: " as " not in terminal.toolbar, "nobody in the toolbar")
    assert terminal.ask("return tostring(stolen)") == "nil"
    assert terminal.ask("Inbox[#Inbox].From") == bob.address
    assert senders(outside) == [owner, bob.address, owner, owner]


def test_as_takes_a_file(terminal: Terminal, tmp_path: Path) -> None:
    other = create_wallet(tmp_path / "other.json", generate_ed25519)
    assert other.address in terminal.ask(".as other.json")


def test_a_wallet_that_is_not_there_changes_nothing(terminal: Terminal, owner: str, outside: Outside) -> None:
    shown = terminal.ask(".as nobody")
    assert "There is no wallet called nobody" in shown
    assert f"You speak as {owner}" in terminal.ask(".as")
    assert senders(outside) == [owner]


def test_a_passphrase_is_asked_for_once_and_unseen(
    open_terminal: Open, carol: Ed25519Wallet, home: Path, tmp_path: Path
) -> None:
    """It gets into no history, no output and no list of programs."""
    terminal = open_terminal()
    terminal.wait_for_prompt()
    terminal.enter(".as carol")
    terminal.wait_for("Passphrase of carol.pem:")
    terminal.type("wrong horse\r")
    terminal.wait_for("That is not the passphrase.")
    terminal.wait_for("Passphrase of carol.pem:", times=2)
    terminal.type(PASSPHRASE + "\r")
    terminal.wait_for_prompt()
    assert f"You speak as carol, {carol.address}" in terminal.text
    terminal.ask(".as default")
    assert carol.address in terminal.ask(".as carol")
    assert terminal.text.count("Passphrase of") == 2
    for kind in ("cmdline", "environ"):
        assert b"horse" not in Path(f"/proc/{terminal._child.pid}/{kind}").read_bytes()
    terminal.enter(".exit")
    assert b"horse" not in terminal.raw
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"horse" not in path.read_bytes()
    assert any((home / "history").iterdir())


@pytest.mark.usefixtures("carol")
def test_a_question_that_is_left_changes_nothing(terminal: Terminal, owner: str) -> None:
    terminal.enter(".as carol")
    terminal.wait_for("Passphrase of carol.pem:")
    terminal.key("C-d")
    terminal.wait_for("No passphrase was given")
    assert f"You speak as {owner}" in terminal.ask(".as")
    terminal.enter(".as carol")
    terminal.wait_for("Passphrase of carol.pem:", times=2)
    terminal.key("C-c")
    terminal.wait_for_prompt()
    assert f"You speak as {owner}" in terminal.ask(".as")


def test_a_protected_wallet_opens_a_process(open_terminal: Open, carol: Ed25519Wallet) -> None:
    terminal = open_terminal("market", "--wallet", "carol")
    terminal.wait_for("Passphrase of carol.pem:")
    terminal.type(PASSPHRASE + "\r")
    assert terminal.ask("Owner", "market") == carol.address
