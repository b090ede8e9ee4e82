"""Decisions on phones, from values in hand: which key is one, how a code is written, how long things last."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.accounts.passwords import CODE_ALPHABET
from portal.kernel.errors import BadInput

CODE_LIVES: Final = timedelta(hours=72)
DEMONSTRATION_CODE_LIVES: Final = timedelta(days=365)
NONCE_LIVES: Final = timedelta(hours=72)
MOST_NONCES: Final = 20
NONCE_BYTES: Final = 16
LABEL_LENGTH: Final = 60
_CODE_BITS: Final = 60
_COORDINATE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_code() -> str:
    """A code as the clerk reads it out: three groups of four Crockford characters (60 bits)."""
    return code_of(secrets.randbits(_CODE_BITS))


def code_of(number: int) -> str:
    """A number's lowest 60 bits, written as a code."""
    letters = "".join(CODE_ALPHABET[number >> shift & 31] for shift in range(0, _CODE_BITS, 5))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def new_nonce() -> str:
    """128 random bits, base64url."""
    return secrets.token_urlsafe(NONCE_BYTES)


def read_public_key(jwk: Mapping[str, object]) -> bytes:
    """The SubjectPublicKeyInfo (DER) of a P-256 key given as a JWK (RFC 7517); BadInput `bad_key` for anything else."""
    if "d" in jwk:
        raise bad_key("这是私钥：私钥不能离开手机", fix="只发送公钥（kty、crv、x、y），并换一对新的密钥")
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise bad_key("公钥不是 P-256 椭圆曲线公钥")
    numbers = EllipticCurvePublicNumbers(_coordinate(jwk.get("x")), _coordinate(jwk.get("y")), SECP256R1())
    try:
        return numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError:
        raise bad_key("公钥的两个坐标不在曲线上") from None


def _coordinate(value: object) -> int:
    if not isinstance(value, str) or not _COORDINATE.fullmatch(value):
        raise bad_key("公钥的坐标要写成 32 字节的 base64url，不带填充")
    try:
        return int.from_bytes(base64.urlsafe_b64decode(value + "="), "big")
    except binascii.Error:
        raise bad_key("公钥的坐标不是 base64url") from None


def bad_key(what: str, *, fix: str = "") -> BadInput:
    """A public key that cannot be enrolled."""
    if not fix:
        return BadInput(what, fix="在手机上重新生成密钥，再登记一次", code="bad_key")
    return BadInput(what, fix=fix, code="bad_key")
