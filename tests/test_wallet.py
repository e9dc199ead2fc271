from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import gcd, lcm
from pathlib import Path
from typing import Any

import pytest

from aos_cli.codec.ans104 import build_item, verify_item
from aos_cli.codec.ids import decode_base64url, encode_base64url, is_id
from aos_cli.codec.signatures import verify_signature
from aos_cli.errors import SignatureInvalid, WalletError
from aos_cli.wallet import (
    Ed25519Wallet,
    RsaNumbers,
    Wallet,
    create_wallet,
    generate_ed25519,
    load_wallet,
    loose_permissions,
)

VECTORS_DIRECTORY = Path(__file__).parent / "vectors"
KEY_FILE = VECTORS_DIRECTORY / "test-wallet.json"
KEY: dict[str, str] = json.loads(KEY_FILE.read_text("utf-8"))
ADDRESS = "QSYLmU13V20Xl6MIgDD9JWEZvtgNwuc_3NRfKUQywwg"
MESSAGE = bytes(range(48))

ED25519_SEED = bytes(range(32))
ED25519_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": encode_base64url(ED25519_SEED),
    "x": encode_base64url(Ed25519Wallet(ED25519_SEED).owner),
}

requires_posix = pytest.mark.skipif(os.name == "nt", reason="permissions and users of POSIX systems")


def number_of(name: str) -> int:
    """A number of the test key."""
    return int.from_bytes(decode_base64url(KEY[name]), "big")


def text_of(number: int) -> str:
    """A number as JSON Web Keys write it."""
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def test_an_arweave_key_signs_as_type_1() -> None:
    wallet = load_wallet(KEY_FILE)
    assert isinstance(wallet, Wallet)
    assert (wallet.signature_type, wallet.address) == (1, ADDRESS)
    assert wallet.owner == decode_base64url(KEY["n"])
    signature = wallet.sign(MESSAGE)
    assert len(signature) == 512
    verify_signature(1, wallet.owner, MESSAGE, signature)
    with pytest.raises(SignatureInvalid):
        verify_signature(1, wallet.owner, MESSAGE[1:], signature)


def test_an_arweave_signature_has_a_salt_of_32_bytes() -> None:
    """Nodes of the Arweave chain accept no other; the codec's own verifier would not notice."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    public_key = rsa.RSAPublicNumbers(65537, number_of("n")).public_key()
    public_key.verify(load_wallet(KEY_FILE).sign(MESSAGE), MESSAGE, scheme, hashes.SHA256())


def test_an_ed25519_key_signs_as_type_2(tmp_path: Path) -> None:
    file = written(tmp_path, ED25519_KEY)
    wallet = load_wallet(str(file))
    assert isinstance(wallet, Ed25519Wallet)
    assert (wallet.signature_type, len(wallet.owner), is_id(wallet.address)) == (2, 32, True)
    signature = wallet.sign(MESSAGE)
    assert signature == Ed25519Wallet(ED25519_SEED).sign(MESSAGE)
    verify_signature(2, wallet.owner, MESSAGE, signature)


def test_an_ed25519_key_of_the_standard() -> None:
    """RFC 8032, 7.1, test 2."""
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    wallet = Ed25519Wallet(seed)
    assert wallet.owner.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert wallet.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_generated_ed25519_keys_differ() -> None:
    assert generate_ed25519().address != generate_ed25519().address


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_an_ed25519_seed_must_have_32_bytes(size: int) -> None:
    with pytest.raises(WalletError, match=f"must be 32 bytes but is {size}"):
        Ed25519Wallet(bytes(size))


@pytest.mark.parametrize("wallet", [load_wallet(KEY_FILE), Ed25519Wallet(ED25519_SEED)], ids=["arweave", "ed25519"])
def test_wallets_sign_items(wallet: Wallet | Ed25519Wallet) -> None:
    item = build_item(wallet, target=ADDRESS, tags=[("Action", "Eval")], data=b"1 + 1")
    assert item.owner == wallet.owner
    verify_item(item)


def test_a_representation_shows_the_address_and_no_key() -> None:
    assert repr(load_wallet(KEY_FILE)) == f"<Wallet {ADDRESS}>"
    wallet = Ed25519Wallet(ED25519_SEED)
    assert repr(wallet) == f"<Ed25519Wallet {wallet.address}>"
    for known in (vars(load_wallet(KEY_FILE)), vars(wallet)):
        assert_no_key_in(repr(known))


def written(directory: Path, content: object) -> Path:
    """A file with some content: bytes as they are, anything else as JSON."""
    file = directory / "key.json"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


def rsa_key_without(*names: str) -> dict[str, str]:
    return {name: value for name, value in KEY.items() if name not in names}


REFUSED: dict[str, tuple[object, str]] = {
    "empty": (b"", "is empty"),
    "too large": (b"[" + b" " * 70_000 + b"]", "is too large to be a wallet"),
    "not text": (b"\xff\xfe\x00\x80", "is not a wallet: it is not JSON"),
    "cut": (KEY_FILE.read_bytes()[:-40], "is not a wallet: it is not JSON"),
    "nested without end": (b"[" * 60_000, "is not a wallet: it is not JSON"),
    "no object": ([KEY], "is not a wallet: it is not a JSON Web Key"),
    "no key": ({"name": "aos"}, "is not a wallet: it is not a JSON Web Key"),
    "text of a key": (json.dumps(KEY), "is not a wallet: it is not a JSON Web Key"),
    "kind EC": (KEY | {"kty": "EC"}, "holds a key of another kind than RSA and Ed25519"),
    "kind X25519": (ED25519_KEY | {"crv": "X25519"}, "holds a key of another kind than RSA and Ed25519"),
    "kind of no text": (KEY | {"kty": ["RSA"]}, "holds a key of another kind than RSA and Ed25519"),
    "public RSA": (rsa_key_without("d", "p", "q", "dp", "dq", "qi"), "holds only a public key"),
    "public Ed25519": ({"kty": "OKP", "crv": "Ed25519", "x": ED25519_KEY["x"]}, "holds only a public key"),
    "RSA-2048": (KEY | {"n": text_of(number_of("p"))}, "holds an RSA key of 2048 bits but Arweave needs 4096"),
    "exponent 3": (KEY | {"e": "Aw"}, "another public exponent than 65537"),
    **{f"no {name}": (rsa_key_without(name), f"its part '{name}' is missing") for name in ("n", "e", "p", "qi")},
    "no x": ({"kty": "OKP", "crv": "Ed25519", "d": ED25519_KEY["d"]}, "its part 'x' is missing"),
    "padded part": (KEY | {"dp": KEY["dp"] + "="}, "its part 'dp' is not base64url"),
    "garbled part": (KEY | {"d": KEY["d"][:-9] + "\ud800 secret"}, "its part 'd' is not base64url"),
    "empty part": (KEY | {"q": ""}, "its part 'q' is not base64url"),
    "number as part": (KEY | {"q": 5}, "its part 'q' is not base64url"),
    **{
        f"other {name}": (KEY | {name: text_of(number_of(name) + 2)}, "numbers of the key in .* do not fit together")
        for name in ("n", "d", "p", "q", "dp", "dq", "qi")
    },
    "p and q exchanged": (KEY | {"p": KEY["q"], "q": KEY["p"]}, "numbers of the key in .* do not fit together"),
    "p is 1": (KEY | {"p": "AQ", "q": KEY["n"]}, "numbers of the key in .* do not fit together"),
    "short seed": (ED25519_KEY | {"d": encode_base64url(bytes(31))}, "an Ed25519 key that is not 32 bytes"),
    "long x": (ED25519_KEY | {"x": encode_base64url(bytes(33))}, "an Ed25519 key that is not 32 bytes"),
    "other x": (
        ED25519_KEY | {"x": encode_base64url(generate_ed25519().owner)},
        "The public key in .* does not belong to its private key",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, content: object, sentence: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(WalletError, match=sentence) as caught:
        load_wallet(file)
    assert_well_said(caught.value, file)


def assert_well_said(error: WalletError, file: Path) -> None:
    """The error names the file, has a hint, is one line, and neither it nor anything behind it holds key material."""
    assert str(file) in error.message
    assert error.hint
    assert "\n" not in error.message
    assert_no_key_in(error.hint + "".join(traceback.format_exception(error)))
    # The traceback leaves out a suppressed context; a logger might not.
    assert error.__context__ is None or isinstance(error.__context__, OSError)


def assert_no_key_in(text: str) -> None:
    """No private part of a test key, as text, number or bytes, begins anywhere in `text`."""
    for key in (KEY, ED25519_KEY):
        for name in ("d", "p", "q", "dp", "dq", "qi"):
            if name in key:
                raw = decode_base64url(key[name])
                for form in (key[name], str(int.from_bytes(raw, "big")), raw.hex(), repr(raw)[2:]):
                    assert form[:16] not in text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "none.json", tmp_path / "no" / "directory.json"):
        with pytest.raises(WalletError, match="There is no wallet at") as caught:
            load_wallet(file)
        assert_well_said(caught.value, file)


def test_a_directory_is_no_wallet(tmp_path: Path) -> None:
    with pytest.raises(WalletError, match="is a directory, not a wallet") as caught:
        load_wallet(tmp_path)
    assert_well_said(caught.value, tmp_path)


def test_a_path_through_a_file_cannot_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, KEY) / "inside"
    with pytest.raises(WalletError, match="cannot be read: Not a directory") as caught:
        load_wallet(file)
    assert_well_said(caught.value, file)


@requires_posix
def test_a_file_of_another_user_cannot_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, KEY)
    file.chmod(0)
    with without_root_rights(), pytest.raises(WalletError, match="may not be read by this user") as caught:
        load_wallet(file)
    assert_well_said(caught.value, file)


@contextmanager
def without_root_rights() -> Iterator[None]:
    """Root may read everything: act as nobody where the tests run as root."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_key_that_only_looks_like_one_fails_at_its_first_signature() -> None:
    """Numbers that fit together with an even 'prime': the library refuses them, and its reasons are not repeated."""
    p, q = 4, number_of("n") // 4 | 1
    while gcd(65537, q - 1) != 1:
        q += 2
    d = pow(65537, -1, lcm(p - 1, q - 1))
    wallet = Wallet(RsaNumbers(p * q, 65537, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)))
    with pytest.raises(WalletError, match=f"The private key of {wallet.address} is not a working RSA key") as caught:
        wallet.sign(MESSAGE)
    assert caught.value.__context__ is None


def test_create_makes_a_real_arweave_key_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "directory" / "wallet.json"
    created = create_wallet(file)
    assert isinstance(created, Wallet)
    assert created.owner[0] >= 128  # all 4096 bits
    assert load_wallet(file).address == created.address
    verify_signature(1, created.owner, MESSAGE, created.sign(MESSAGE))
    key = json.loads(file.read_bytes())
    assert list(key) == list(KEY)
    assert (key["kty"], key["e"]) == ("RSA", "AQAB")
    assert os.listdir(file.parent) == ["wallet.json"]
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert not loose_permissions(file)


def test_a_created_key_file_is_written_as_it_was_read(tmp_path: Path) -> None:
    """The test key, made by the official tools, comes out of a wallet part by part the same."""
    file = tmp_path / "wallet.json"
    create_wallet(file, lambda: load_wallet(KEY_FILE))
    assert json.loads(file.read_bytes()) == KEY


def test_create_can_make_an_ed25519_key(tmp_path: Path) -> None:
    file = tmp_path / "wallet.json"
    created = create_wallet(file, lambda: Ed25519Wallet(ED25519_SEED))
    assert isinstance(created, Ed25519Wallet)
    assert json.loads(file.read_bytes()) == ED25519_KEY


def test_create_keeps_the_wallet_that_is_there(tmp_path: Path) -> None:
    file = written(tmp_path, KEY)
    before = file.read_bytes()
    assert create_wallet(file, no_key_wanted).address == ADDRESS
    assert file.read_bytes() == before


def no_key_wanted() -> Wallet:
    raise AssertionError("a key was made although there is a wallet")


def test_create_never_replaces_what_is_no_wallet(tmp_path: Path) -> None:
    file = written(tmp_path, b"a precious note")
    with pytest.raises(WalletError, match="is not a wallet"):
        create_wallet(file, no_key_wanted)
    assert file.read_bytes() == b"a precious note"
    with pytest.raises(WalletError, match="is a directory"):
        create_wallet(tmp_path, no_key_wanted)


def test_create_says_why_it_cannot(tmp_path: Path) -> None:
    file = written(tmp_path, KEY) / "wallet.json"
    with pytest.raises(WalletError, match=r"Cannot create a wallet at .*: ") as caught:
        create_wallet(file, generate_ed25519)
    assert_well_said(caught.value, file)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    with pytest.raises(WalletError, match="No space left on device"):
        create_wallet(tmp_path / "wallet.json", generate_ed25519)
    assert os.listdir(tmp_path) == []


def failing(code: int) -> Callable[..., Any]:
    """A system call that fails."""

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("hard_links", [True, False])
def test_threads_that_create_at_once_end_with_one_wallet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hard_links: bool
) -> None:
    if not hard_links:
        monkeypatch.setattr(os, "link", failing(errno.EPERM))
    for number in range(10):
        file = tmp_path / f"{number}" / "wallet.json"
        together = threading.Barrier(4)
        addresses: list[str] = []

        def create(file: Path = file, together: threading.Barrier = together, seen: list[str] = addresses) -> None:
            together.wait(10)
            seen.append(create_wallet(file, generate_ed25519).address)

        threads = [threading.Thread(target=create) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert addresses == [load_wallet(file).address] * 4
        assert os.listdir(file.parent) == ["wallet.json"]


def test_a_race_lost_while_the_key_is_made_gives_the_winners_wallet(tmp_path: Path) -> None:
    """Both programs saw no file and made a key of their own: the later one must use, and keep, the earlier one's."""
    file = tmp_path / "wallet.json"

    def make_while_another_wins() -> Ed25519Wallet:
        create_wallet(file, lambda: load_wallet(KEY_FILE))
        return generate_ed25519()

    assert create_wallet(file, make_while_another_wins).address == ADDRESS
    assert os.listdir(tmp_path) == ["wallet.json"]


def test_a_name_that_is_claimed_but_not_filled_is_waited_for(tmp_path: Path) -> None:
    """Without hard links the winner of a race has an empty file for a moment."""
    file = written(tmp_path, b"")
    winner = threading.Timer(0.1, lambda: os.replace(written_beside(file), file))
    winner.start()
    assert create_wallet(file, no_key_wanted).address == ADDRESS
    winner.join()


def written_beside(file: Path) -> Path:
    beside = file.with_suffix(".temporary")
    beside.write_bytes(KEY_FILE.read_bytes())
    return beside


def test_two_programs_that_create_at_once_end_with_one_wallet(tmp_path: Path) -> None:
    file, go = tmp_path / "keys" / "wallet.json", tmp_path / "go"
    program = """
import os, sys, time
from aos_cli.wallet import create_wallet, generate_ed25519

def make():
    # The file is looked for before the key is made: here both programs have seen none, and wait for each other.
    open(sys.argv[2] + str(os.getpid()), "x").close()
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.001)
    return generate_ed25519()

print(create_wallet(sys.argv[1], make).address)
"""
    command = [sys.executable, "-c", program, str(file), str(go)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    deadline = time.monotonic() + 20
    while len(list(tmp_path.glob("go?*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    go.touch()
    addresses = [running.communicate(timeout=20)[0].strip() for running in programs]
    assert addresses == [load_wallet(file).address] * 2
    assert os.listdir(file.parent) == ["wallet.json"]


@requires_posix
@pytest.mark.parametrize(
    ("mode", "expected"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o620, True)]
)
def test_loose_permissions(tmp_path: Path, mode: int, expected: bool) -> None:
    file = written(tmp_path, KEY)
    file.chmod(mode)
    assert loose_permissions(file) is expected


def test_a_missing_file_has_no_loose_permissions(tmp_path: Path) -> None:
    assert not loose_permissions(tmp_path / "none.json")
