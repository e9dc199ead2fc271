"""A signer of data items with a key of Ethereum's kind, as users have them in other wallets than ours."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from aos_cli.codec.ids import keccak256
from aos_cli.codec.signatures import verify_signature
from aos_cli.errors import SignatureInvalid

# Of secp256k1. Source: SEC 2, section 2.4.1.
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class EthereumSigner:
    """Signs personal messages.

    Args:
        secret: the private key, 32 bytes.
    """

    signature_type = 3

    def __init__(self, secret: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256K1())
        point = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.owner = self._key.public_key().public_bytes(*point)

    def sign(self, message: bytes) -> bytes:
        """The signature of 48 bytes: r, the lower s, and v. Source: EIP-191, version 0x45."""
        digest = keccak256(b"\x19Ethereum Signed Message:\n48" + message)
        signed = self._key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        r, s = utils.decode_dss_signature(signed)
        start = r.to_bytes(32, "big") + min(s, _ORDER - s).to_bytes(32, "big")
        try:
            verify_signature(3, self.owner, message, start + b"\x1b")
        except SignatureInvalid:
            return start + b"\x1c"
        return start + b"\x1b"
