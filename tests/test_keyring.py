"""Which file the name of a wallet stands for."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aos_cli.errors import UsageError, WalletError
from aos_cli.wallet import Ed25519Wallet, Keyring, LockedWallet, generate_ed25519, load_wallet, read_wallet


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The user's data folder, which is not there yet."""
    return tmp_path / "share" / "aos"


@pytest.fixture
def keyring(tmp_path: Path, data: Path) -> Keyring:
    return Keyring(data / "wallets", data / "wallet.json", tmp_path / ".aos.json")


def test_nobody_has_no_wallet(keyring: Keyring) -> None:
    assert keyring.names() == []
    assert keyring.find("alice") is None
    assert keyring.find("default") is None


def test_a_wallet_is_found_by_the_name_it_was_added_with(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    file = keyring.add("alice", wallet, None)
    assert file == data / "wallets" / "alice.json"
    assert keyring.find("alice") == file
    assert load_wallet(file).address == wallet.address


def test_a_protected_wallet_is_a_pem_file(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    file = keyring.add("alice", wallet, b"secret")
    assert file == data / "wallets" / "alice.pem"
    assert keyring.find("alice") == file
    assert isinstance(read_wallet(file), LockedWallet)


def test_nobody_else_may_look_at_any_of_it(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    """Not even into the data folder, where the store will be."""
    before = os.umask(0)
    try:
        file = keyring.add("alice", wallet, None)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (data, file.parent, file)] == [0o700, 0o700, 0o600]
    assert os.listdir(file.parent) == ["alice.json"]


def test_names_are_sorted_and_the_default_one_is_first(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    for name in ("zoe", "alice", "default", "Bob"):
        keyring.add(name, wallet, b"secret" if name == "zoe" else None)
    for stray in ("notes.txt", ".alice.json.tmp", ".hidden.json", "default.json", "a b.json"):
        (data / "wallets" / stray).write_text("")
    assert keyring.names() == ["default", "Bob", "alice", "zoe"]


def test_the_default_wallet_is_beside_the_folder(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    assert keyring.add("default", wallet, None) == data / "wallet.json"
    assert keyring.find("default") == data / "wallet.json"


def test_the_default_wallet_may_be_protected(keyring: Keyring, data: Path, wallet: Ed25519Wallet) -> None:
    assert keyring.add("default", wallet, b"secret") == data / "wallet.pem"
    assert keyring.find("default") == data / "wallet.pem"


def test_the_official_consoles_wallet_is_the_default_one(
    keyring: Keyring, data: Path, tmp_path: Path, wallet: Ed25519Wallet
) -> None:
    official = tmp_path / ".aos.json"
    official.write_text("{}")
    assert keyring.find("default") == official
    assert keyring.names() == ["default"]
    with pytest.raises(WalletError, match="There is a wallet called default already"):
        keyring.add("default", wallet, None)
    data.mkdir(parents=True)
    (data / "wallet.json").write_text("{}")
    assert keyring.find("default") == data / "wallet.json"


@pytest.mark.parametrize("passphrase", [None, b"secret"])
def test_a_wallet_never_replaces_another(keyring: Keyring, wallet: Ed25519Wallet, passphrase: bytes | None) -> None:
    file = keyring.add("alice", wallet, None)
    before = file.read_bytes()
    with pytest.raises(WalletError, match=f"There is a wallet called alice already: {file}"):
        keyring.add("alice", generate_ed25519(), passphrase)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == ["alice.json"]


def test_a_race_for_a_name_has_one_winner(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program takes the name when this one has looked and found it free."""
    winner = generate_ed25519()
    link = os.link

    def after_the_other(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        keyring.add("alice", winner, None)
        link(source, target)

    monkeypatch.setattr(os, "link", after_the_other)
    with pytest.raises(WalletError, match="There is a wallet called alice already"):
        keyring.add("alice", generate_ed25519(), None)
    file = keyring.find("alice")
    assert file is not None
    assert load_wallet(file).address == winner.address


def test_two_files_of_one_name_are_not_chosen_between(keyring: Keyring, wallet: Ed25519Wallet) -> None:
    file = keyring.add("alice", wallet, None)
    file.with_suffix(".pem").write_text("")
    with pytest.raises(WalletError, match=r"two wallets called alice: .*alice.json and .*alice.pem") as caught:
        keyring.find("alice")
    assert caught.value.hint


NO_NAMES = [
    "",
    ".",
    "..",
    "a/b",
    "../alice",
    "/etc/passwd",
    "a.json",
    "a b",
    "-a",
    "_a",
    "Bär",
    "a\n",
    "\x1b[2J",
    "x" * 65,
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_makes_nothing(keyring: Keyring, data: Path, wallet: Ed25519Wallet, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a wallet") as caught:
        keyring.add(name, wallet, None)
    assert caught.value.message.isprintable()
    assert keyring.find(name) is None
    assert not data.exists()


# A name or a file


def test_a_file_that_is_there_goes_before_a_name(keyring: Keyring, tmp_path: Path, wallet: Ed25519Wallet) -> None:
    kept = keyring.add("alice", wallet, None)
    path = tmp_path / "alice"
    assert keyring.locate("alice", path) == kept
    path.write_text("{}")
    assert keyring.locate("alice", path) == path


def test_a_folder_of_the_same_name_does_not_hide_a_wallet(
    keyring: Keyring, tmp_path: Path, wallet: Ed25519Wallet
) -> None:
    kept = keyring.add("alice", wallet, None)
    (tmp_path / "alice").mkdir()
    assert keyring.locate("alice", tmp_path / "alice") == kept
    (tmp_path / "bob").mkdir()
    assert keyring.locate("bob", tmp_path / "bob") == tmp_path / "bob"  # "is a directory" is said when it is read


def test_default_stands_for_the_wallet_that_is_still_to_be_made(keyring: Keyring, tmp_path: Path) -> None:
    assert keyring.locate("default", tmp_path / "default") is None


def test_a_word_that_is_neither_is_told_so(keyring: Keyring, tmp_path: Path, wallet: Ed25519Wallet) -> None:
    keyring.add("alice", wallet, None)
    with pytest.raises(WalletError, match=r"There is no wallet called alcie, and no file .*alcie") as caught:
        keyring.locate("alcie", tmp_path / "alcie")
    assert caught.value.hint == "Did you mean alice?"
    with pytest.raises(WalletError, match="no wallet called ghost") as caught:
        keyring.locate("ghost", tmp_path / "ghost")
    assert "`aos wallet new ghost`" in caught.value.hint


def test_a_path_is_no_name(keyring: Keyring, tmp_path: Path) -> None:
    """Reading it says that there is no such file."""
    assert keyring.locate("keys/a.json", tmp_path / "keys" / "a.json") == tmp_path / "keys" / "a.json"


# What the system refuses


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, wallet: Ed25519Wallet) -> None:
    (tmp_path / "file").write_text("")
    keyring = Keyring(tmp_path / "file" / "wallets", tmp_path / "file" / "wallet.json", tmp_path / "none")
    with pytest.raises(WalletError, match=r"The folder .* cannot be made"):
        keyring.add("alice", wallet, None)


def test_a_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    (tmp_path / "wallets").write_text("")
    keyring = Keyring(tmp_path / "wallets", tmp_path / "wallet.json", tmp_path / "none")
    with pytest.raises(WalletError, match=r"The wallets in .* cannot be read"):
        keyring.names()
