"""Queue files as a phone makes them: what waits, sealed to the installation."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.kernel.queue_files import MAGIC, queue_public_key
from portal.kernel.sealing import Keyring


def sealed_by_a_phone(public: bytes, content: bytes) -> bytes:
    """A content sealed to a public key, as the phone client does it."""
    one_time = ec.generate_private_key(ec.SECP256R1())
    secret = one_time.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    point = one_time.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key = HKDF(SHA256(), 32, salt=point + public, info=MAGIC).derive(secret)
    head = MAGIC + point + os.urandom(12)
    return head + AESGCM(key).encrypt(head[-12:], content, head)


def queued(claim: tuple[str, bytes], *photos: bytes, kind: str = "check-in") -> dict[str, Any]:
    """One item of a queue: a claim (id and body) with the bytes of its photos."""
    shots = [{"sha256": hashlib.sha256(p).hexdigest(), "data": base64.b64encode(p).decode()} for p in photos]
    saved = {"saved_at": "2026-11-20T04:06:00.000Z", "state": "waiting"}
    return {"id": claim[0], "kind": kind, **saved, "body": claim[1].decode(), "photos": shots}


def queue_file(keyring: Keyring, *items: dict[str, Any], helper_no: str = "B-1", **more: Any) -> bytes:
    """The file of a helper's phone."""
    content = {"v": 1, "helper_no": helper_no, "exported_at": "2026-11-21T01:00:00.000Z", "items": items, **more}
    return sealed_by_a_phone(queue_public_key(keyring), json.dumps(content, ensure_ascii=False).encode())
