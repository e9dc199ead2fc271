"""`aos wallet`, and wallets named to other commands."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from program import ROOT, Program

from aos_cli.cli.wallet import wallet_command
from aos_cli.wallet import (
    Ed25519Wallet,
    Wallet,
    create_wallet,
    generate_ed25519,
    load_wallet,
    save_wallet,
)

VECTOR = Path(__file__).parents[1] / "vectors" / "test-wallet.json"
README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture
def carol(newcomer: Program) -> Ed25519Wallet:
    """A protected wallet of the user's, called carol."""
    wallet = generate_ed25519()
    save_wallet(newcomer.home / "wallets" / "carol.pem", wallet, b"secret")
    return wallet


def new(aos: Program, name: str, *options: str) -> str:
    """Makes a wallet and gives its address."""
    ended = aos("wallet", "new", name, "--type", "ed25519", *options)
    assert ended.status == 0, ended.err
    return ended.out.strip()


# Making


def test_new_makes_an_arweave_wallet_and_prints_its_address(newcomer: Program) -> None:
    ended = newcomer("wallet", "new", "alice")
    file = newcomer.home / "wallets" / "alice.json"
    wallet = load_wallet(file)
    assert isinstance(wallet, Wallet)
    assert (ended.status, ended.out) == (0, wallet.address + "\n")
    assert f"The wallet alice is {file}. Keep a copy." in ended.err
    assert newcomer.files() == {"aos", "aos/wallets", "aos/wallets/alice.json"}
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (newcomer.home, file.parent, file)]
    assert modes == [0o700, 0o700, 0o600]


def test_new_makes_the_default_wallet_by_its_name(newcomer: Program) -> None:
    address = new(newcomer, "default")
    assert load_wallet(newcomer.home / "wallet.json").address == address
    assert newcomer("eval", "alice", "Owner").out.strip() == address


def test_new_never_replaces_a_wallet(aos: Program) -> None:
    before = (aos.home / "wallet.json").read_bytes()
    new(aos, "alice")
    for name in ("alice", "default"):
        ended = aos("wallet", "new", name, "--type", "ed25519")
        assert (ended.status, ended.out) == (4, "")
        assert f"There is a wallet called {name} already" in ended.err
    assert (aos.home / "wallet.json").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ["new"], ["new", "a/b"], ["new", "../x"], ["new", "alice", "--type", "dsa"], ["new", "alice", "bob"],
        ["new", "alice", "--passphrase-file", "missing"], ["nwe", "alice"], ["show", "a", "b"], ["export", "alice"],
        ["import"], ["list", "alice"],
    ],
)  # fmt: skip
def test_a_wrong_word_is_2_and_makes_nothing(newcomer: Program, words: list[str]) -> None:
    ended = newcomer("wallet", *words)
    assert (ended.status, ended.out) == (2, ""), ended.err
    assert ended.err.startswith("aos: ")
    assert newcomer.files() == set()


@pytest.mark.parametrize("name", ["show", "address", "list", "export"])
def test_a_look_makes_nothing(newcomer: Program, name: str) -> None:
    newcomer("wallet", name, *(["default", "copy.json"] if name == "export" else []))
    assert newcomer.files() == set()


def test_without_a_wallet_the_user_is_told_how_to_make_one(newcomer: Program) -> None:
    ended = newcomer("wallet", "address")
    assert (ended.status, ended.out) == (4, "")
    assert "There is no wallet yet\n" in ended.err
    assert "`aos wallet new NAME`" in newcomer("wallet").err


# Looking


def test_list_shows_every_wallet(aos: Program, carol: Ed25519Wallet) -> None:
    default = load_wallet(aos.home / "wallet.json").address
    alice = new(aos, "alice")
    expected = [("default", default, False), ("alice", alice, False), ("carol", carol.address, True)]
    ended = aos("wallet", "list", "--json")
    assert [(entry["name"], entry["address"], entry["protected"]) for entry in ended.json] == expected
    assert {entry["type"] for entry in ended.json} == {"ed25519"}
    assert ended.json[1]["file"] == str(aos.home / "wallets" / "alice.json")
    rows = [line.split() for line in aos("wallet", "list").out.splitlines() if "ed25519" in line]
    assert rows == [[name, address, "ed25519", "yes" if kept else "no"] for name, address, kept in expected]
    assert aos("wallet").out == aos("wallet", "list").out


def test_list_shows_wallets_and_no_files_of_the_same_name(aos: Program) -> None:
    address = new(aos, "alice")
    aos.write("alice", "a letter to her")
    assert [entry["address"] for entry in aos("wallet", "list", "--json").json][1:] == [address]


def test_list_fits_a_narrow_window(aos: Program) -> None:
    shown = aos("wallet", "list", width=40, tty=True, NO_COLOR="1").out
    assert "default" in shown
    assert max(len(line) for line in shown.splitlines()) <= 40
    assert "\x1b" not in shown


def test_a_broken_wallet_does_not_hide_the_others(aos: Program) -> None:
    new(aos, "alice")
    (aos.home / "wallets" / "broken.json").write_text("{}")
    listed = aos("wallet", "list", "--json").json
    assert [(entry["name"], entry["address"] is None) for entry in listed] == [
        ("default", False), ("alice", False), ("broken", True),
    ]  # fmt: skip
    assert "is not a JSON Web Key" in listed[2]["problem"]
    assert "is not a JSON Web Key" in aos("wallet", "list", width=300).out


def test_show_tells_what_a_wallet_is_and_owns(aos: Program) -> None:
    address = new(aos, "alice")
    aos("eval", "market", "1", "--wallet", "alice")
    aos("eval", "other", "1")
    [market] = [process for process in aos.processes() if process["name"] == "market"]
    lines = [line.split(None, 1) for line in aos("wallet", "show", "alice").out.splitlines()]
    file = str(aos.home / "wallets" / "alice.json")
    assert lines[:6] == [
        ["name", "alice"], ["address", address], ["type", "ed25519"], ["file", file], ["protected", "no"],
        ["processes", "1"],
    ]  # fmt: skip
    assert lines[6:] == [[market["id"], "market"]]
    [record] = aos("wallet", "show", "alice", "--json").json
    assert record == {
        "name": "alice", "address": address, "type": "ed25519", "protected": False, "file": file,
        "processes": [market["id"]],
    }  # fmt: skip


def test_show_and_address_are_of_the_default_wallet_or_of_a_file(aos: Program) -> None:
    address = load_wallet(aos.home / "wallet.json").address
    assert address in aos("wallet", "show").out
    assert aos("wallet", "address").out == address + "\n"
    other = create_wallet(aos.cwd / "other.json", generate_ed25519)
    assert aos("wallet", "address", "other.json").out == other.address + "\n"


def test_show_and_address_are_of_the_wallet_that_the_settings_choose(aos: Program) -> None:
    address = new(aos, "alice")
    assert aos("wallet", "address", AOS_WALLET="alice").out == address + "\n"
    [record] = aos("wallet", "show", "--json", AOS_WALLET="alice").json
    assert (record["name"], record["address"]) == ("alice", address)
    default = load_wallet(aos.home / "wallet.json").address
    assert aos("wallet", "address", "default", AOS_WALLET="alice").out == default + "\n"


def test_looking_at_a_protected_wallet_needs_no_passphrase(newcomer: Program, carol: Ed25519Wallet) -> None:
    assert newcomer("wallet", "address", "carol").out == carol.address + "\n"
    [record] = newcomer("wallet", "show", "carol", "--json").json
    assert (record["address"], record["type"], record["protected"]) == (carol.address, "ed25519", True)


# Names for other commands


def test_a_wallet_is_named_to_other_commands(aos: Program) -> None:
    address = new(aos, "alice")
    assert aos("eval", "market", "Owner", "--wallet", "alice").out == address + "\n"
    assert aos("market", "--wallet", "alice", stdin="Owner").out == address + "\n"
    assert aos("inbox", "market", "--wallet", "alice", "--json").status == 0
    default = load_wallet(aos.home / "wallet.json").address
    assert aos("eval", "mine", "Owner", "--wallet", "default").out == default + "\n"


def test_a_file_goes_before_a_name(aos: Program) -> None:
    new(aos, "alice")
    other = create_wallet(aos.cwd / "alice", generate_ed25519)
    assert aos("eval", "market", "Owner", "--wallet", "alice").out == other.address + "\n"


def test_a_name_that_nobody_has_is_4_and_makes_nothing(aos: Program) -> None:
    new(aos, "alice")
    before = aos.files()
    ended = aos("eval", "market", "1", "--wallet", "alcie")
    assert (ended.status, ended.out) == (4, "")
    assert "There is no wallet called alcie" in ended.err
    assert "Did you mean alice?" in ended.err
    assert aos.files() == before


# Import and export


def test_export_and_import_carry_a_wallet(aos: Program) -> None:
    address = new(aos, "alice")
    ended = aos("wallet", "export", "alice", "copy.json")
    assert (ended.status, ended.out) == (0, "")
    assert f"copy.json is the private key of {address}" in ended.err
    assert "Show it to nobody." in ended.err
    copy = aos.cwd / "copy.json"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert load_wallet(copy).address == address
    assert aos("wallet", "import", "copy.json").out == address + "\n"
    assert load_wallet(aos.home / "wallets" / "copy.json").address == address
    assert aos("wallet", "import", "copy.json", "bob").out == address + "\n"
    assert aos("wallet", "address", "bob").out == address + "\n"


def test_an_exported_arweave_key_is_the_one_that_was_imported(newcomer: Program) -> None:
    newcomer("wallet", "import", str(VECTOR), "alice")
    newcomer("wallet", "export", "alice", "copy.json")
    assert json.loads((newcomer.cwd / "copy.json").read_text()) == json.loads(VECTOR.read_text())


def test_export_never_overwrites(aos: Program) -> None:
    aos.write("note.txt", "precious")
    ended = aos("wallet", "export", "default", "note.txt")
    assert ended.status == 4
    assert "is there already, and nothing was written" in ended.err
    assert (aos.cwd / "note.txt").read_text() == "precious"
    (aos.cwd / "dangling").symlink_to("nowhere")
    assert aos("wallet", "export", "default", "dangling").status == 4
    assert not (aos.cwd / "nowhere").exists()


def test_export_makes_no_folders(aos: Program) -> None:
    ended = aos("wallet", "export", "default", "new/copy.json")
    assert ended.status == 4
    assert not (aos.cwd / "new").exists()


@pytest.mark.parametrize(("content", "sentence"), [("{}", "is not a JSON Web Key"), ("-----BEGIN X", "is cut off")])
def test_import_takes_wallets_only(newcomer: Program, content: str, sentence: str) -> None:
    newcomer.write("x.json", content)
    ended = newcomer("wallet", "import", "x.json")
    assert (ended.status, ended.out) == (4, "")
    assert sentence in ended.err
    assert not newcomer.home.exists()


def test_import_asks_for_a_name_when_the_file_has_none(aos: Program) -> None:
    create_wallet(aos.cwd / "my key.json", generate_ed25519)
    ended = aos("wallet", "import", "my key.json")
    assert ended.status == 2
    assert "'my key' cannot be the name of a wallet" in ended.err


# Words


@pytest.mark.parametrize("name", sorted(wallet_command.commands))
def test_a_subcommand_has_help_and_a_line_in_the_readme(newcomer: Program, name: str) -> None:
    out = newcomer("wallet", name, "--help").out
    assert out.startswith(f"Usage: aos wallet {name} ")
    assert max(map(len, out.splitlines())) <= 100
    assert f"`aos wallet {name}" in README
