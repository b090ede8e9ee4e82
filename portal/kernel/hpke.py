"""The one wrapping of public-key encryption (HPKE, RFC 9180) and of the boxes whose keys it carries.

Suite: X25519, HKDF-SHA256, ChaCha20-Poly1305. What is wrapped is bound to a case, an authority and a part: under another
of them it does not open. A server that holds public keys only can write boxes and not read them.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from portal.kernel.sealing import SealError

KEY_BYTES: Final = 32
OVERHEAD: Final = 48
"""What wrapping adds: the encapsulated key (32 bytes) and the tag (16)."""
_NONCE_BYTES: Final = 12
_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def new_key() -> bytes:
    """A random key: of a box, or the private half of a pair."""
    return os.urandom(KEY_BYTES)


def public_of(private: bytes) -> bytes:
    """The public half, 32 bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def info_of(case: str, authority: str, part: str) -> bytes:
    """What a wrapped key is bound to."""
    return f"yangguang|v1|{case}|{authority}|{part}".encode()


def wrap(key: bytes, public: bytes, info: bytes) -> bytes:
    """A key for whoever holds the private half of `public`; `OVERHEAD` bytes longer than the key."""
    return bytes(_SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=info))


def unwrap(wrapped: bytes, private: bytes, info: bytes) -> bytes:
    """The key again; raises SealError for another private half, another case, authority or part, or altered bytes."""
    try:
        return bytes(_SUITE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(private), info=info))
    except (InvalidTag, ValueError):
        raise SealError("这把钥匙打不开", fix="核对是不是这个机关、这一件的钥匙") from None


def seal_box(key: bytes, value: bytes, name: bytes) -> bytes:
    """Encrypt under a key of its own, bound to a name: nonce (12), then ciphertext and tag (16)."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, value, name)


def open_box(key: bytes, box: bytes, name: bytes) -> bytes:
    """What a box holds; raises SealError for another key, another name or altered bytes."""
    try:
        return ChaCha20Poly1305(key).decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], name)
    except (InvalidTag, ValueError):
        raise SealError("加密内容打不开，或被改动过", fix="用备份核对这一件") from None
