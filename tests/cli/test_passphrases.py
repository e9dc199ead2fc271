"""Passphrases that protect wallets: typed at a terminal, where nobody sees them, or read from files."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect  # type: ignore[import-untyped] # has no types
import pytest
from program import ROOT, Program

from aos_cli.wallet import Ed25519Wallet, LockedWallet, Wallet, generate_ed25519, load_wallet, read_wallet, save_wallet

VECTOR = Path(__file__).parents[1] / "vectors" / "test-wallet.json"
PASSPHRASE = "correct horse Bär"  # noqa: S105 - it protects nothing

Typing = Callable[..., pexpect.spawn]


@pytest.fixture
def passphrase_file(newcomer: Program) -> str:
    file = newcomer.write("passphrase", f"{PASSPHRASE}\nnot this\n")
    file.chmod(0o600)
    return str(file)


@pytest.fixture
def carol(newcomer: Program) -> Ed25519Wallet:
    """A protected wallet of the user's, called carol."""
    wallet = generate_ed25519()
    save_wallet(newcomer.home / "wallets" / "carol.pem", wallet, PASSPHRASE.encode())
    return wallet


def new(aos: Program, name: str, *options: str) -> str:
    """Makes a wallet and gives its address."""
    ended = aos("wallet", "new", name, "--type", "ed25519", *options)
    assert ended.status == 0, ended.err
    return ended.out.strip()


# Passphrases from files


def test_a_passphrase_file_protects_and_unlocks(newcomer: Program, passphrase_file: str) -> None:
    address = new(newcomer, "alice", "--passphrase-file", passphrase_file)
    file = newcomer.home / "wallets" / "alice.pem"
    locked = read_wallet(file)
    assert isinstance(locked, LockedWallet)
    assert locked.unlock(PASSPHRASE.encode()).address == address
    ended = newcomer("wallet", "export", "alice", "copy.json", "--passphrase-file", passphrase_file)
    assert "no passphrase protects it" in ended.err
    assert load_wallet(newcomer.cwd / "copy.json").address == address


def test_a_protected_copy_is_written_without_being_unlocked(newcomer: Program, carol: Ed25519Wallet) -> None:
    ended = newcomer("wallet", "export", "carol", "copy.pem")
    assert (ended.status, ended.out) == (0, "")
    kept = newcomer.home / "wallets" / "carol.pem"
    assert (newcomer.cwd / "copy.pem").read_bytes() == kept.read_bytes()
    assert stat.S_IMODE((newcomer.cwd / "copy.pem").stat().st_mode) == 0o600
    assert carol.address in ended.err


def test_a_wallet_without_passphrase_is_no_pem_file(aos: Program) -> None:
    ended = aos("wallet", "export", "default", "copy.pem")
    assert ended.status == 2
    assert not (aos.cwd / "copy.pem").exists()


def test_an_imported_wallet_keeps_its_passphrase(newcomer: Program, carol: Ed25519Wallet, passphrase_file: str) -> None:
    newcomer("wallet", "export", "carol", "dave.pem")
    ended = newcomer("wallet", "import", "dave.pem", "--passphrase-file", passphrase_file)
    assert ended.out == carol.address + "\n"
    locked = read_wallet(newcomer.home / "wallets" / "dave.pem")
    assert isinstance(locked, LockedWallet)
    assert locked.unlock(PASSPHRASE.encode()).address == carol.address


def test_an_imported_wallet_can_be_protected(newcomer: Program, passphrase_file: str) -> None:
    newcomer("wallet", "import", str(VECTOR), "alice", "--passphrase-file", passphrase_file)
    locked = read_wallet(newcomer.home / "wallets" / "alice.pem")
    assert isinstance(locked, LockedWallet)
    assert locked.unlock(PASSPHRASE.encode()).address == load_wallet(VECTOR).address


@pytest.mark.usefixtures("carol")
def test_a_wrong_passphrase_is_4(newcomer: Program) -> None:
    newcomer.write("passphrase", "something else").chmod(0o600)
    ended = newcomer("wallet", "export", "carol", "copy.json", "--passphrase-file", "passphrase")
    assert (ended.status, ended.out) == (4, "")
    assert "The passphrase does not open" in ended.err
    assert "something else" not in ended.err
    assert not (newcomer.cwd / "copy.json").exists()


@pytest.mark.usefixtures("carol")
@pytest.mark.parametrize(
    ("content", "fault"), [("", "is empty"), ("\nsecret", "is empty"), ("x" * 1025, "is longer than 1024 bytes")]
)
def test_a_passphrase_file_without_a_passphrase_is_2(newcomer: Program, content: str, fault: str) -> None:
    newcomer.write("passphrase", content).chmod(0o600)
    ended = newcomer("wallet", "export", "carol", "copy.json", "--passphrase-file", "passphrase")
    assert (ended.status, ended.out) == (2, "")
    assert fault in ended.err
    assert new(newcomer, "alice")  # the file is not looked at when nothing is asked for


@pytest.mark.usefixtures("carol")
def test_a_passphrase_may_come_through_a_pipe(newcomer: Program) -> None:
    """As `--passphrase-file <(pass show carol)` has it: it can be read once."""
    reading, writing = os.pipe()
    os.write(writing, f"{PASSPHRASE}\r\n".encode())
    os.close(writing)
    ended = newcomer("wallet", "export", "carol", "copy.json", "--passphrase-file", f"/dev/fd/{reading}")
    os.close(reading)
    assert ended.status == 0, ended.err
    assert "others can read" not in ended.err


def test_a_passphrase_file_that_others_can_read_is_warned_of(newcomer: Program) -> None:
    newcomer.write("passphrase", PASSPHRASE).chmod(0o644)
    ended = newcomer("wallet", "new", "alice", "--type", "ed25519", "--passphrase-file", "passphrase")
    assert ended.status == 0
    assert "others can read" in ended.err


@pytest.mark.usefixtures("carol")
def test_without_a_terminal_nobody_is_asked(newcomer: Program) -> None:
    ended = newcomer("eval", "market", "1", "--wallet", "carol")
    assert (ended.status, ended.out) == (4, "")
    assert "there is no terminal to ask at" in ended.err
    ended = newcomer("wallet", "new", "alice", "--type", "ed25519", "--passphrase")
    assert (ended.status, ended.out) == (4, "")
    assert not (newcomer.home / "wallets" / "alice.pem").exists()


# Passphrases that are typed


@pytest.fixture
def typing(newcomer: Program) -> Iterator[Typing]:
    """Starts the program at a terminal of its own."""
    started: list[pexpect.spawn] = []

    def start(*words: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "aos_cli", *words],
            cwd=str(newcomer.cwd),
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **newcomer.variables},
            encoding="utf-8",
            dimensions=(40, 300),
            timeout=20,
        )
        child.delaybeforesend = None
        child.logfile_read = Everything()
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


class Everything:
    """Keeps what a program wrote to its terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        """Nothing is held back."""


def answer(child: pexpect.spawn, question: str, passphrase: str) -> None:
    """Types a passphrase once the question is there and the terminal hides what is typed."""
    child.expect_exact(question)
    assert child.waitnoecho(10)
    child.sendline(passphrase)


def end_of(child: pexpect.spawn) -> tuple[int | None, str]:
    """Waits for the end: exit status, and everything that was on the screen."""
    child.expect(pexpect.EOF)
    child.wait()
    return child.exitstatus, child.logfile_read.text


def test_a_new_passphrase_is_typed_twice_and_unseen(newcomer: Program, typing: Typing) -> None:
    child = typing("wallet", "new", "alice", "--type", "ed25519", "--passphrase")
    answer(child, "New passphrase of alice: ", PASSPHRASE)
    answer(child, "The same again: ", PASSPHRASE + "!")
    answer(child, "New passphrase of alice: ", PASSPHRASE)
    answer(child, "The same again: ", PASSPHRASE)
    status, screen = end_of(child)
    assert status == 0
    assert "The two differ." in screen
    assert "horse" not in screen
    locked = read_wallet(newcomer.home / "wallets" / "alice.pem")
    assert isinstance(locked, LockedWallet)
    assert locked.unlock(PASSPHRASE.encode()).address in screen


def test_a_passphrase_is_asked_for_once_although_the_wallet_is_used_again(carol: Ed25519Wallet, typing: Typing) -> None:
    child = typing("eval", "market", "print(Owner) return 'done'", "--wallet", "carol")
    answer(child, "Passphrase of carol.pem: ", PASSPHRASE)
    status, screen = end_of(child)
    assert status == 0
    assert carol.address in screen
    assert screen.count("Passphrase of") == 1
    assert "horse" not in screen


@pytest.mark.usefixtures("carol")
def test_a_person_has_three_tries(newcomer: Program, typing: Typing) -> None:
    child = typing("eval", "market", "1", "--wallet", "carol")
    for attempt in ("wrong", "wronger", "wrongest"):
        answer(child, "Passphrase of carol.pem: ", attempt)
    status, screen = end_of(child)
    assert status == 4
    assert screen.count("That is not the passphrase.") == 2
    assert "The passphrase does not open" in screen
    assert "wrong" not in screen
    assert not (newcomer.home / "store.sqlite").exists()


@pytest.mark.usefixtures("carol")
def test_the_third_try_may_be_the_right_one(typing: Typing) -> None:
    child = typing("eval", "market", "return 6 * 7", "--wallet", "carol")
    for attempt in ("wrong", "wronger", PASSPHRASE):
        answer(child, "Passphrase of carol.pem: ", attempt)
    status, screen = end_of(child)
    assert status == 0
    assert "42" in screen


@pytest.mark.usefixtures("carol")
@pytest.mark.parametrize(("keys", "status"), [("\r", 4), ("\x04", 4), ("\x03", 130)])
def test_a_question_can_be_left(typing: Typing, keys: str, status: int) -> None:
    child = typing("eval", "market", "1", "--wallet", "carol")
    child.expect_exact("Passphrase of carol.pem: ")
    assert child.waitnoecho(10)
    child.send(keys)
    ended, screen = end_of(child)
    assert ended == status
    assert "Traceback" not in screen


# Secrets


def test_neither_key_nor_passphrase_is_anywhere_else(
    newcomer: Program, rsa_wallet: Wallet, passphrase_file: str
) -> None:
    """Not in any output, nor in any file besides the two that are made to hold them."""
    newcomer("wallet", "import", str(VECTOR), "alice", "--passphrase-file", passphrase_file)
    written = ""
    for words in (
        ["list", "--json"], ["show", "alice", "--json"], ["address", "alice"], ["list"], ["show", "alice"],
        ["export", "alice", "copy.pem"], ["export", "alice", "copy.json", "--passphrase-file", passphrase_file],
        ["import", "copy.json", "bob"], ["import", "copy.json", "bob"], ["new", "alice", "--passphrase"],
    ):  # fmt: skip
        ended = newcomer("wallet", *words)
        written += ended.out + ended.err
    assert rsa_wallet.address in written
    private = [json.loads(VECTOR.read_text())[name][:24] for name in ("d", "p", "q", "dp", "dq", "qi")]
    assert not [needle for needle in (*private, PASSPHRASE) if needle in written]
    copies = {newcomer.cwd / "copy.json", newcomer.home / "wallets" / "bob.json"}
    for path in newcomer.cwd.parent.rglob("*"):
        if path.is_file() and path not in copies and path != Path(passphrase_file):
            content = path.read_bytes()
            assert not [needle for needle in (*private, PASSPHRASE) if needle.encode() in content], path
