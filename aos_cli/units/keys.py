"""The keys of a node's units, kept beside its store in a file of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aos_cli.errors import WalletError
from aos_cli.wallet import Ed25519Wallet, create_wallet, generate_ed25519, load_wallet


@dataclass(frozen=True, slots=True)
class UnitKeys:
    """Who the units are. Ed25519: a signature takes 0.07 ms, where the 4096-bit RSA of users takes 2 ms."""

    scheduler: Ed25519Wallet
    messenger: Ed25519Wallet


def new_unit_keys() -> UnitKeys:
    """Keys for a store that does not outlive the program."""
    return UnitKeys(generate_ed25519(), generate_ed25519())


def kept_unit_keys(folder: Path) -> UnitKeys:
    """The keys in a folder, made on first use. Programs that start at the same time end up with the same keys.

    Raises:
        WalletError: a file is there and is no Ed25519 key.
    """

    def key(name: str) -> Ed25519Wallet:
        path = folder / f"{name}.json"
        wallet = load_wallet(path) if path.exists() else create_wallet(path, generate_ed25519)
        if not isinstance(wallet, Ed25519Wallet):
            # Other signatures have randomness in them: the same outbox would give other items every time.
            raise WalletError(f"{path} is not an Ed25519 key, which the node's units need", "Move it away")
        return wallet

    return UnitKeys(key("scheduler"), key("messenger"))
