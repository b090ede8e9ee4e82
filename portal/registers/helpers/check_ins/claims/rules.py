"""The signed form of a claim, decided on bytes alone: what is well-formed JSON, which message was signed, by whom.

Message = `yangguang/claim/v1` 0x00 JCS(body without `signature`, with `v` and `id`); ECDSA P-256 over its SHA-256, r ‖ s.
Numbers are JavaScript's (one kind, double precision), since that is what signs on a phone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.kernel.errors import BadFields, FieldProblem, Refused

DOMAIN: Final = b"yangguang/claim/v1\0"
FIRST: Final = bytes(32)
"""What the first claim of a device names as its predecessor."""
MOST_BYTES: Final = 64 * 1024
MOST_DEPTH: Final = 16
_SAFE: Final = 2**53
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9_-]{86}")


@dataclass(frozen=True)
class Envelope:
    """What is needed to verify a claim and to give it its place, whatever else it says."""

    claim_id: str
    device_id: str
    counter: int
    previous_sha256: bytes
    signature: bytes
    message: bytes
    body_sha256: bytes
    fields: Mapping[str, Any]

    @property
    def message_sha256(self) -> bytes:
        """What the next claim of the device names as its predecessor, and what the trail commits to."""
        return hashlib.sha256(self.message).digest()


def problem(field: str, code: str, message: str) -> FieldProblem:
    """One wrong field."""
    return FieldProblem(field, code, message)


def open_envelope(claim_id: str, body: bytes) -> Envelope:
    """Take a body apart as far as verifying needs. Raises BadFields for anything that cannot be a signed claim."""
    fields = read_json(body)
    wrong = _envelope_problems(claim_id, fields)
    if wrong:
        raise BadFields("这条走访的内容不完整", wrong)
    return Envelope(
        claim_id,
        fields["device"],
        fields["counter"],
        bytes.fromhex(fields["previous_sha256"]),
        base64.urlsafe_b64decode(fields["signature"] + "=="),
        message_of(claim_id, fields),
        hashlib.sha256(body).digest(),
        fields,
    )


def message_of(claim_id: str, fields: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: every key of the body is in them, also those that nobody here knows."""
    signed = {**fields, "v": 1, "id": claim_id}
    signed.pop("signature", None)
    return DOMAIN + rfc8785.dumps(signed)


def is_signed_by(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this key (SubjectPublicKeyInfo, DER) made this signature (64 bytes, r ‖ s) over the message."""
    key = load_der_public_key(public_key)
    if not isinstance(key, EllipticCurvePublicKey) or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def is_claim_id(text: str) -> bool:
    """A UUID in its usual form, in lower case."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def read_json(body: bytes) -> dict[str, Any]:
    """The object that a body is. Raises BadFields: not UTF-8, not JSON, a key twice, too deep, no number, half a character."""
    if len(body) > MOST_BYTES:
        raise _malformed("too_large", "内容太大，一条走访最多 64 KB")
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise _malformed("too_deep", "内容嵌套太深") from None
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise _malformed("not_json", "不是 UTF-8 编码的 JSON") from None
    if not isinstance(value, dict):
        raise _malformed("not_an_object", "应当是一个 JSON 对象")
    _look_through(value, 1)
    return value


def _malformed(code: str, message: str, field: str = "") -> BadFields:
    return BadFields("看不懂这条走访的内容", [problem(field, code, message)])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("duplicate_key", "同一个名称出现了两次")
    return found


def _no_number(text: str) -> float:
    raise _malformed("not_a_number", f"{text} 不是 JSON 里的数")


def _number(text: str) -> int | float:
    """A number as JavaScript reads it: double precision; whole ones as integers where that loses nothing."""
    value = float(text) if len(text) < 400 else math.inf
    if not math.isfinite(value):
        raise _malformed("number_too_large", "数太大")
    return int(value) if value.is_integer() and abs(value) < _SAFE else value


def _look_through(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise _malformed("too_deep", "内容嵌套太深")
    if isinstance(value, str):
        _whole_characters(value)
    elif isinstance(value, dict):
        for key, held in value.items():
            _whole_characters(key)
            _look_through(held, depth + 1)
    elif isinstance(value, list):
        for held in value:
            _look_through(held, depth + 1)


def _whole_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _malformed("half_character", "有半个字符（孤立的代理项）") from None


def _envelope_problems(claim_id: str, fields: Mapping[str, Any]) -> list[FieldProblem]:
    wrong = []
    if not is_claim_id(claim_id) or fields.get("id", claim_id) != claim_id:
        wrong.append(problem("id", "bad_id", "编号应当是小写的 UUID，并与地址里的相同"))
    if not _is_one(fields.get("v", 1)):
        wrong.append(problem("v", "bad_version", "只认第 1 版"))
    device = fields.get("device")
    if not isinstance(device, str) or not 1 <= len(device) <= 36:
        wrong.append(problem("device", "bad_device", "写登记手机时得到的编号"))
    counter = fields.get("counter")
    if isinstance(counter, bool) or not isinstance(counter, int) or counter < 1:
        wrong.append(problem("counter", "bad_counter", "从 1 起的整数，每条加 1"))
    if not _fits(_HEX, fields.get("previous_sha256")):
        wrong.append(problem("previous_sha256", "bad_hash", "64 位小写十六进制"))
    if not _fits(_SIGNATURE, fields.get("signature")) or not _decodes(fields["signature"]):
        wrong.append(problem("signature", "bad_signature_form", "64 字节的 base64url，不带填充"))
    return wrong


def _is_one(value: object) -> bool:
    return value == 1 and not isinstance(value, bool)


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _decodes(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text + "==")) == 64
    except binascii.Error:
        return False


@dataclass(frozen=True)
class Link:
    """One message in a device's chain: its place, its predecessor's hash, its own; refused ones keep their place."""

    counter: int
    previous_sha256: bytes
    message_sha256: bytes
    accepted: bool


@dataclass(frozen=True)
class ChainFault:
    """What is wrong with a place of a chain: `gap`, `fork` or `predecessor`, at which counter."""

    kind: str
    counter: int


def chain_fault(new: Link, known: Sequence[Link]) -> ChainFault | None:
    """How a new claim fails to continue its device's chain; None when it does, or when only claims to come can tell.

    `known`: the device's messages at nearby counters. A refused message keeps its place: the next one may follow it, use
    its place again, or leave it empty. A predecessor that has not arrived yet is a gap for now.
    """
    there = [link for link in known if link.message_sha256 != new.message_sha256]
    if any(link.counter == new.counter and link.accepted for link in there):
        return ChainFault("fork", new.counter)
    after = [link for link in there if link.counter == new.counter + 1 and link.accepted]
    if after and not _may_follow(after[0], [*there, new]):
        return ChainFault("predecessor", new.counter + 1)
    found = _predecessors(new, there)
    if new.previous_sha256 in found:
        return None
    return ChainFault("predecessor" if found else "gap", new.counter)


def _may_follow(link: Link, known: Sequence[Link]) -> bool:
    return link.previous_sha256 in _predecessors(link, known)


def _predecessors(link: Link, known: Sequence[Link]) -> set[bytes]:
    """Every hash that this message may name: those one place before, and further back while only refused ones lie between."""
    found: set[bytes] = set()
    for counter in range(link.counter - 1, 0, -1):
        here = [other for other in known if other.counter == counter]
        found |= {other.message_sha256 for other in here}
        if not here or any(other.accepted for other in here):
            return found
    return found | {FIRST}


class ClaimRefused(Refused):
    """A well-signed claim is refused. It keeps its counter and hash: `envelope` is to be kept by `keep_refused_claim`."""

    def __init__(self, what: str, envelope: Envelope, *, fix: str = "", code: str) -> None:
        super().__init__(what, fix=fix, code=code)
        self.envelope = envelope
