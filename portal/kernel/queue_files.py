"""Queue files: what a phone could not upload, handed over as a file that this installation alone can open.

A file is `yangguang/queue/v1` ‖ 0x00 ‖ one-time public key (65) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag. The key is
HKDF-SHA256 of the ECDH secret (P-256) with both public keys as salt; everything before the ciphertext is authenticated.
The private key is derived from the installation's own, so a restored backup opens old files.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.kernel.errors import BadInput
from portal.kernel.sealing import Keyring

MAGIC: Final = b"yangguang/queue/v1\0"
_PURPOSE: Final = "yangguang/queue/v1 private key"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT, _NONCE = 65, 12


def queue_public_key(keyring: Keyring) -> bytes:
    """The public key that phones seal to: an uncompressed point of P-256 (65 bytes)."""
    return _spelled(_private_key(keyring).public_key())


def open_queue_file(keyring: Keyring, content: bytes) -> bytes:
    """The content of a queue file (JSON, UTF-8); BadInput when it is none, was altered or is another installation's."""
    head = len(MAGIC) + _POINT + _NONCE
    if not content.startswith(MAGIC) or len(content) < head + 16:
        raise BadInput("这不是手机导出的待上传文件", fix="选手机上“导出成文件”生成的 .ygq 文件")
    point, nonce = content[len(MAGIC) : head - _NONCE], content[head - _NONCE : head]
    private = _private_key(keyring)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        secret = private.exchange(ec.ECDH(), theirs)
        key = HKDF(SHA256(), 32, salt=point + _spelled(private.public_key()), info=MAGIC).derive(secret)
        return AESGCM(key).decrypt(nonce, content[head:], content[:head])
    except (ValueError, InvalidTag):
        raise BadInput(
            "待上传文件打不开", why="文件传坏了，或者是交给另一个系统的", fix="在手机上重新导出一次"
        ) from None


def _private_key(keyring: Keyring) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(keyring.derived(_PURPOSE, 64), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _spelled(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
