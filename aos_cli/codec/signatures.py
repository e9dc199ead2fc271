"""The signature types of ANS-104: how long their fields are, and how each is verified.

The libraries that know the mathematics are imported when the first signature of a type is verified, and a signer's
key is prepared once: a node sees the same few signers again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from aos_cli.codec.ids import ETHEREUM_SIGNATURE_TYPE, keccak256
from aos_cli.errors import CodecError, SignatureInvalid

ARWEAVE = 1
ED25519 = 2
ETHEREUM = ETHEREUM_SIGNATURE_TYPE

ARWEAVE_PUBLIC_EXPONENT = 65537


class SignatureType(NamedTuple):
    """Name of a signature type and the sizes of its two fields in bytes."""

    name: str
    signature_bytes: int
    owner_bytes: int


# Source: ANS-104, 2.2; the types from 4 on are those that arbundles added.
SIGNATURE_TYPES = {
    ARWEAVE: SignatureType("Arweave", 512, 512),
    ED25519: SignatureType("Ed25519", 64, 32),
    ETHEREUM: SignatureType("Ethereum", 65, 65),
    4: SignatureType("Solana", 64, 32),
    5: SignatureType("Aptos", 64, 32),
    6: SignatureType("multi-signature Aptos", 2052, 1025),
    7: SignatureType("typed Ethereum", 65, 42),
}

# (signature, message) -> does it fit?
_Verifier = Callable[[bytes, bytes], bool]

_PREPARED_KEYS = 1024

_SECP256K1_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141


def signature_type_of(number: int) -> SignatureType:
    """The signature type with that number.

    Raises:
        CodecError: there is none.
    """
    found = SIGNATURE_TYPES.get(number)
    if found is None:
        raise CodecError(f"Unknown signature type: {number}")
    return found


def verify_signature(signature_type: int, owner: bytes, message: bytes, signature: bytes) -> None:
    """Return when `owner` signed `message`.

    Args:
        signature_type: 1, 2 or 3.
        owner: the public key as it stands in a data item.
        message: the 48 bytes that a data item signs.
        signature: as it stands in a data item.

    Raises:
        SignatureInvalid: the signature does not fit, or `owner` is no key of that type.
        CodecError: signatures of that type cannot be verified here.
    """
    verifier = _verifier(signature_type, owner)
    if not verifier(signature, message):
        raise SignatureInvalid(f"The {SIGNATURE_TYPES[signature_type].name} signature does not fit content and owner")


@lru_cache(maxsize=_PREPARED_KEYS)
def _verifier(signature_type: int, owner: bytes) -> _Verifier:
    """A function that verifies signatures of one owner."""
    prepare = _PREPARE.get(signature_type)
    if prepare is None:
        name = signature_type_of(signature_type).name
        raise CodecError(f"Signatures of type {signature_type} ({name}) are not supported")
    try:
        return prepare(owner)
    except ValueError:
        name = SIGNATURE_TYPES[signature_type].name
        raise SignatureInvalid(f"The owner is not a public key of type {signature_type} ({name})") from None


def _prepare_arweave(owner: bytes) -> _Verifier:
    """RSA-PSS with SHA-256. The salt may have any length: signers in browsers use 32 bytes, those in Node.js 478."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.RSAPublicNumbers(ARWEAVE_PUBLIC_EXPONENT, int.from_bytes(owner, "big")).public_key()
    digest = hashes.SHA256()
    scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=padding.PSS.AUTO)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message, scheme, digest)
        except InvalidSignature:
            return False
        return True

    return verify


def _prepare_ed25519(owner: bytes) -> _Verifier:
    """Plain Ed25519 over the message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(owner)

    def verify(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return verify


def _prepare_ethereum(owner: bytes) -> _Verifier:
    """secp256k1 over the Keccak-256 of a personal message; the signature is r, s (32 bytes each) and v.

    From a valid (r, s, v) anybody can make (r, order - s, other v), which is valid too and would give the same message
    a second id. So only the lower s is accepted, as wallets write it, and v must be the right one of 27 and 28.

    Source: EIP-191 version 0x45; EIP-2 for the lower s.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    curve = ec.SECP256K1()
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, owner)
    algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()))

    def verify(signature: bytes, message: bytes) -> bool:
        r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
        if v not in (27, 28) or s > _SECP256K1_ORDER // 2:
            return False
        digest = keccak256(b"\x19Ethereum Signed Message:\n%d" % len(message) + message)
        try:
            key.verify(utils.encode_dss_signature(r, s), digest, algorithm)
            nonce_point = bytes((v - 25,)) + signature[:32]  # compressed: 2 for an even y, 3 for an odd one
            nonce_key = ec.EllipticCurvePublicKey.from_encoded_point(curve, nonce_point)
            mirrored_r, mirrored_s, mirrored_digest = _mirror(r, s, digest, owner)
            nonce_key.verify(utils.encode_dss_signature(mirrored_r, mirrored_s), mirrored_digest, algorithm)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify


def _mirror(r: int, s: int, digest: bytes, owner: bytes) -> tuple[int, int, bytes]:
    """The signature and digest that fit the signature's nonce point R, taken as a key, exactly when v is right.

    A valid signature has R = u1 G + u2 Q, with u1 = digest / s, u2 = r / s and the owner's point Q, but r tells only
    the x of R; v tells which of its two y. Turned round, Q = -u1/u2 G + 1/u2 R. That is the equation by which ECDSA
    verifies a signature (r', s') of a digest z' by the key R, z'/s' G + r'/s' R having the x-coordinate r', when
    r' = x(Q), s' = r' u2 and z' = -r' u1. With the other y of R it comes out at a point that is not Q.
    So the curve arithmetic stays in the library.
    """
    inverse = pow(s, -1, _SECP256K1_ORDER)
    u1 = int.from_bytes(digest, "big") * inverse
    u2 = r * inverse
    mirrored_r = int.from_bytes(owner[1:33], "big") % _SECP256K1_ORDER
    mirrored_digest = -mirrored_r * u1 % _SECP256K1_ORDER
    return mirrored_r, mirrored_r * u2 % _SECP256K1_ORDER, mirrored_digest.to_bytes(32, "big")


_PREPARE: dict[int, Callable[[bytes], _Verifier]] = {
    ARWEAVE: _prepare_arweave,
    ED25519: _prepare_ed25519,
    ETHEREUM: _prepare_ethereum,
}
