"""Wallets in PEM files, and the passphrases that protect them."""

from __future__ import annotations

import base64
import shutil
import stat
import subprocess
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aos_cli.codec.ids import decode_base64url
from aos_cli.codec.signatures import verify_signature
from aos_cli.errors import WalletError
from aos_cli.wallet import Ed25519Wallet, LockedWallet, Wallet, WrongPassphrase, load_wallet, read_wallet, save_wallet
from aos_cli.wallet.keys import json_web_key_of, pkcs8_of
from aos_cli.wallet.protection import protected

PASSPHRASE = "correct horse, Bär".encode()
MESSAGE = b"a message"
SEED = bytes(range(32))

BEGIN = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
END = b"-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.fixture(params=["rsa", "ed25519"])
def any_wallet(request: pytest.FixtureRequest, rsa_wallet: Wallet) -> Wallet | Ed25519Wallet:
    """One wallet of each kind."""
    return rsa_wallet if request.param == "rsa" else Ed25519Wallet(SEED)


def kept(folder: Path, content: bytes) -> Path:
    file = folder / "key.pem"
    file.write_bytes(content)
    return file


def body_of(content: bytes) -> bytes:
    """What stands in the frame of a PEM file, decoded."""
    return base64.b64decode(content[content.index(BEGIN) + len(BEGIN) : content.index(END)])


def test_a_protected_wallet_comes_back_by_its_passphrase(tmp_path: Path, any_wallet: Wallet | Ed25519Wallet) -> None:
    file = tmp_path / "new" / "key.pem"
    assert save_wallet(file, any_wallet, PASSPHRASE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    locked = read_wallet(file)
    assert isinstance(locked, LockedWallet)
    assert (locked.file, locked.address, locked.kind) == (file, any_wallet.address, any_wallet.kind)
    opened = locked.unlock(PASSPHRASE)
    assert json_web_key_of(opened) == json_web_key_of(any_wallet)
    verify_signature(any_wallet.signature_type, any_wallet.owner, MESSAGE, opened.sign(MESSAGE))


def test_a_protected_wallet_replaces_no_file(tmp_path: Path) -> None:
    file = kept(tmp_path, b"a precious note")
    assert not save_wallet(file, Ed25519Wallet(SEED), PASSPHRASE)
    assert file.read_bytes() == b"a precious note"


def test_others_read_our_files(any_wallet: Wallet | Ed25519Wallet) -> None:
    """The library, which wrote none of it."""
    key = serialization.load_pem_private_key(protected(any_wallet, PASSPHRASE), PASSPHRASE)
    whole = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert key.private_bytes(*whole) == pkcs8_of(any_wallet)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_reads_our_files(tmp_path: Path, any_wallet: Wallet | Ed25519Wallet) -> None:
    file = kept(tmp_path, protected(any_wallet, PASSPHRASE))
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\n")
    words = ["openssl", "pkey", "-in", str(file), "-passin", f"file:{tmp_path / 'passphrase'}", "-pubout"]
    done = subprocess.run([*words, "-outform", "DER"], capture_output=True, check=True)
    assert any_wallet.owner in done.stdout


def test_every_guess_costs_600000_rounds() -> None:
    body = body_of(protected(Ed25519Wallet(SEED), PASSPHRASE))
    assert b"\x02\x03" + (600_000).to_bytes(3, "big") in body


def test_the_same_wallet_looks_different_each_time() -> None:
    """Salt and initial vector are drawn anew; the key is nowhere in the clear."""
    one, two = (body_of(protected(Ed25519Wallet(SEED), PASSPHRASE)) for _ in range(2))
    assert len(one) == len(two)
    assert one[-48:] != two[-48:]
    assert SEED[:8] not in one


@pytest.mark.parametrize(
    "passphrase", [b"x", PASSPHRASE[:-1], PASSPHRASE + b"\n", PASSPHRASE.upper(), b"\xff\x00" * 500]
)
def test_another_passphrase_is_a_wrong_one(tmp_path: Path, passphrase: bytes) -> None:
    locked = read_wallet(kept(tmp_path, protected(Ed25519Wallet(SEED), PASSPHRASE)))
    assert isinstance(locked, LockedWallet)
    with pytest.raises(WrongPassphrase, match="The passphrase does not open") as caught:
        locked.unlock(passphrase)
    assert_said_without_secrets(caught.value, passphrase)


def test_a_wrong_passphrase_that_decrypts_by_chance_is_a_wrong_one(tmp_path: Path) -> None:
    """One in 256 gives bytes that end as a padding does."""
    locked = read_wallet(kept(tmp_path, by_the_library(Ed25519PrivateKey.from_private_bytes(SEED), PASSPHRASE)))
    assert isinstance(locked, LockedWallet)
    for number in range(1000):
        with pytest.raises(WrongPassphrase):
            locked.unlock(b"guess %d" % number)


def assert_said_without_secrets(error: WalletError, passphrase: bytes) -> None:
    assert "\n" not in error.message
    text = "".join(traceback.format_exception(error))
    if len(passphrase) > 3:
        assert repr(passphrase)[2:-1] not in text
        assert passphrase.decode("utf-8", "replace").strip() not in text
    assert error.__context__ is None


# Files of other programs


def by_the_library(key: Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """A key as other programs keep it: `openssl genpkey` and its like. No passphrase: not encrypted."""
    protection = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def test_a_protected_key_of_another_program_is_a_wallet(tmp_path: Path) -> None:
    """It does not say its address before it is unlocked."""
    locked = read_wallet(kept(tmp_path, by_the_library(Ed25519PrivateKey.from_private_bytes(SEED), b"secret")))
    assert isinstance(locked, LockedWallet)
    assert (locked.address, locked.kind) == ("", "")
    assert locked.unlock(b"secret").address == Ed25519Wallet(SEED).address


def test_a_pem_file_without_protection_is_a_wallet(tmp_path: Path, any_wallet: Wallet | Ed25519Wallet) -> None:
    key = serialization.load_der_private_key(pkcs8_of(any_wallet), None)
    assert isinstance(key, Ed25519PrivateKey | rsa.RSAPrivateKey)
    file = kept(tmp_path, by_the_library(key, b""))
    assert json_web_key_of(load_wallet(file)) == json_web_key_of(any_wallet)


def small_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is made at once and protects nothing


def damaged() -> dict[str, tuple[bytes, str]]:
    """What stands in a file, and what is said about it."""
    whole = protected(Ed25519Wallet(SEED), PASSPHRASE)
    elliptic = ec.generate_private_key(ec.SECP256R1())
    traditional = elliptic.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return {
        "cut": (whole[:-60], "is cut off"),
        "without a middle": (whole.replace(whole[-150:-100], b""), "is not whole"),
        "no base64": (whole.replace(BEGIN, BEGIN + b"?!"), "is not whole"),
        "an empty frame": (BEGIN + END, "is not whole"),
        "one byte": (BEGIN + b"MA==\n" + END, "is not whole"),
        "no key": (BEGIN.replace(b"ENCRYPTED ", b"") + b"MAA=\n" + END.replace(b"ENCRYPTED ", b""), "is none"),
        "another form": (traditional, 'holds "EC PRIVATE KEY", which is no PKCS#8 key'),
        "a certificate": (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 'holds "CERTIFICATE"'),
        "another kind": (by_the_library(elliptic, b""), "a key of another kind than RSA and Ed25519"),
        "a small key": (by_the_library(small_rsa_key(), b""), "an RSA key of 1024 bits but Arweave needs 4096"),
    }


DAMAGED = damaged()


@pytest.mark.parametrize(("content", "sentence"), DAMAGED.values(), ids=DAMAGED)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = kept(tmp_path, content)
    with pytest.raises(WalletError, match=sentence) as caught:
        read_wallet(file)
    assert not isinstance(caught.value, WrongPassphrase)
    assert str(file) in caught.value.message
    assert caught.value.hint
    assert_said_without_secrets(caught.value, PASSPHRASE)


def test_a_protected_key_of_another_kind_is_refused_when_it_is_unlocked(tmp_path: Path) -> None:
    locked = read_wallet(kept(tmp_path, by_the_library(ec.generate_private_key(ec.SECP256R1()), b"secret")))
    assert isinstance(locked, LockedWallet)
    with pytest.raises(WalletError, match="another kind than RSA and Ed25519"):
        locked.unlock(b"secret")


def test_an_address_that_is_not_the_keys_is_found_out(tmp_path: Path) -> None:
    """Somebody may have written another address over the key, so that its user trusts the wrong processes."""
    ours, other = Ed25519Wallet(SEED), Ed25519Wallet(bytes(32))
    content = protected(ours, PASSPHRASE).replace(ours.address.encode(), other.address.encode())
    locked = read_wallet(kept(tmp_path, content))
    assert isinstance(locked, LockedWallet)
    with pytest.raises(WalletError, match=f"says that it is {other.address} but holds {ours.address}"):
        locked.unlock(PASSPHRASE)


def test_a_protected_wallet_is_not_loaded_without_its_passphrase(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    save_wallet(file, Ed25519Wallet(SEED), PASSPHRASE)
    with pytest.raises(WalletError, match="A passphrase protects"):
        load_wallet(file)


def test_a_representation_shows_no_content(tmp_path: Path, rsa_wallet: Wallet) -> None:
    locked = read_wallet(kept(tmp_path, protected(rsa_wallet, PASSPHRASE)))
    assert rsa_wallet.address in repr(locked)
    assert "BEGIN" not in repr(locked)
    assert decode_base64url(json_web_key_of(rsa_wallet)["d"])[:16] not in body_of(protected(rsa_wallet, PASSPHRASE))
