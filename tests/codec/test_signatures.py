from __future__ import annotations

import subprocess
import sys

import pytest
from codec_vectors import SIGNED_ITEMS, item_named
from hypothesis import assume, given
from hypothesis import strategies as st

from aos_cli.codec.ids import decode_base64url
from aos_cli.codec.signatures import SIGNATURE_TYPES, signature_type_of, verify_signature
from aos_cli.errors import CodecError, SignatureInvalid

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

ONE_OF_EACH_TYPE = [item_named("none"), item_named("ed25519"), item_named("ethereum")]


def parts_of(vector: dict[str, str]) -> tuple[bytes, bytes, bytes]:
    """Owner, message and signature of a vector."""
    return tuple(decode_base64url(vector[name]) for name in ("owner", "deepHash", "signature"))


@pytest.mark.parametrize("vector", SIGNED_ITEMS, ids=lambda vector: vector["name"])
def test_every_vector_verifies(vector: dict[str, str]) -> None:
    verify_signature(vector["signatureType"], *parts_of(vector))


@pytest.mark.parametrize("vector", ONE_OF_EACH_TYPE, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("part", ["message", "signature", "owner"])
def test_one_changed_bit_is_noticed(vector: dict[str, str], part: str) -> None:
    owner, message, signature = parts_of(vector)
    parts = {"owner": owner, "message": message, "signature": signature}
    parts[part] = parts[part][:-2] + bytes((parts[part][-2] ^ 1, parts[part][-1]))
    with pytest.raises(SignatureInvalid):
        verify_signature(vector["signatureType"], **parts)


@pytest.mark.parametrize("vector", ONE_OF_EACH_TYPE, ids=lambda vector: vector["name"])
@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"\x04"])
def test_nonsense_of_the_right_size_is_invalid(vector: dict[str, str], filler: bytes) -> None:
    """An owner that is no key, or a signature outside the range of numbers, is invalid and not a crash."""
    owner, message, signature = parts_of(vector)
    for nonsense in ((filler * len(owner), message, signature), (owner, message, filler * len(signature))):
        with pytest.raises(SignatureInvalid):
            verify_signature(vector["signatureType"], *nonsense)


@given(st.sampled_from([1, 2, 3]), st.data())
def test_random_owners_and_signatures_are_invalid(number: int, data: st.DataObject) -> None:
    sizes = SIGNATURE_TYPES[number]
    owner = data.draw(st.binary(min_size=sizes.owner_bytes, max_size=sizes.owner_bytes))
    signature = data.draw(st.binary(min_size=sizes.signature_bytes, max_size=sizes.signature_bytes))
    # Ed25519 owners of small order verify signatures that begin with a point of small order; random ones do not.
    assume(number != 2 or any(owner[1:31]))
    with pytest.raises(SignatureInvalid):
        verify_signature(number, owner, b"m" * 48, signature)


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_ethereum_v_outside_27_and_28_is_invalid(v: int) -> None:
    owner, message, signature = parts_of(item_named("ethereum"))
    with pytest.raises(SignatureInvalid):
        verify_signature(3, owner, message, signature[:64] + bytes((v,)))


def test_ethereum_signature_cannot_be_turned_into_a_second_one() -> None:
    """The other v, the higher s and both together would each give a valid message another id."""
    owner, message, signature = parts_of(item_named("ethereum"))
    other_v = bytes((27 + 28 - signature[64],))
    high_s = (ORDER - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
    for forged in (
        signature[:64] + other_v,
        signature[:32] + high_s + signature[64:],
        signature[:32] + high_s + other_v,
    ):
        with pytest.raises(SignatureInvalid):
            verify_signature(3, owner, message, forged)


@given(st.integers(1, ORDER - 1), st.binary(min_size=48, max_size=48))
def test_ethereum_accepts_exactly_one_v(secret: int, message: bytes) -> None:
    """For any key and message; which v is right does not follow from r and s."""
    owner, r, s = sign_personal_message(secret, message)
    accepted = []
    for v in (27, 28):
        try:
            verify_signature(3, owner, message, r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((v,)))
        except SignatureInvalid:
            continue
        accepted.append(v)
    assert len(accepted) == 1


def sign_personal_message(secret: int, message: bytes) -> tuple[bytes, int, int]:
    """An owner and the r and lower s of its signature of a personal message."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    from aos_cli.codec.ids import keccak256

    key = ec.derive_private_key(secret, ec.SECP256K1())
    owner = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip
    digest = keccak256(b"\x19Ethereum Signed Message:\n48" + message)
    r, s = utils.decode_dss_signature(key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))
    return owner, r, min(s, ORDER - s)


@pytest.mark.parametrize("number", [4, 5, 6, 7])
def test_known_types_that_cannot_be_verified_are_named(number: int) -> None:
    with pytest.raises(CodecError, match=rf"Signatures of type {number} \(.+\) are not supported") as caught:
        verify_signature(number, b"", b"", b"")
    assert not isinstance(caught.value, SignatureInvalid)


@pytest.mark.parametrize("number", [0, 8, 65535])
def test_unknown_types(number: int) -> None:
    with pytest.raises(CodecError, match=f"Unknown signature type: {number}"):
        signature_type_of(number)
    with pytest.raises(CodecError, match=f"Unknown signature type: {number}"):
        verify_signature(number, b"", b"", b"")


def test_importing_the_codec_loads_no_cryptographic_library() -> None:
    """They take a tenth of a second, and most commands never verify or sign anything."""
    program = (
        "import sys, aos_cli.codec.ans104, aos_cli.codec.assignment, aos_cli.codec.hash_chain, aos_cli.wallet;"
        "print([name for name in sys.modules if name.split('.')[0] in ('cryptography', 'Crypto')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
