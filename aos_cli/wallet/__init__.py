"""Keys: load them from files, create them, name them, protect them with a passphrase, and sign with them.

A wallet gives its public key, its address and signatures, and never its private key: no error names a value that stood
in a key file, no representation shows one, and an exception of a parser that quotes its input is dropped, not chained.
"""

from __future__ import annotations

from aos_cli.wallet.files import (
    create_wallet,
    load_wallet,
    loose_permissions,
    read_wallet,
    save_wallet,
    unprotected,
    write_new,
)
from aos_cli.wallet.keyring import DEFAULT_NAME, Keyring
from aos_cli.wallet.keys import (
    AnyWallet,
    Ed25519Wallet,
    RsaNumbers,
    Wallet,
    generate_arweave,
    generate_ed25519,
)
from aos_cli.wallet.protection import LockedWallet, WrongPassphrase

__all__ = [
    "DEFAULT_NAME",
    "AnyWallet",
    "Ed25519Wallet",
    "Keyring",
    "LockedWallet",
    "RsaNumbers",
    "Wallet",
    "WrongPassphrase",
    "create_wallet",
    "generate_arweave",
    "generate_ed25519",
    "load_wallet",
    "loose_permissions",
    "read_wallet",
    "save_wallet",
    "unprotected",
    "write_new",
]
