"""Decisions about complaints with values in hand: what a submission must hold, and what a receipt's code is made into."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.accounts import passwords
from portal.kernel import hpke
from portal.kernel.clock import day_cn
from portal.kernel.errors import BadFields, FieldProblem
from portal.oversight.complaints.models import ComplaintKind, Half, Mode
from portal.registers.recipients.requests.rules import new_code, new_no, read_code
from portal.trail.leaves import half_day

SALT_BYTES: Final = 16
ID_BITS: Final = 52  # what canonical JSON carries
TEXT_MOST: Final = 20_000
CONTACT_MOST: Final = 500
ACCUSED_MOST: Final = 20
FILES_MOST: Final = 5
UNKNOWN: Final = bytes(SALT_BYTES)
"""The salt by which the code for an unknown locator is stretched: the same work, and never a match."""
_LOCATOR_LENGTH: Final = 8


@dataclass(frozen=True)
class Derived:
    """What a code is made into: what the row is checked by, and the writer's private half. One tells nothing of the other."""

    lookup: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class Prepared:
    """A receipt as it is made before the transaction: stretching a code takes a third of a second."""

    locator: str
    code: str = field(repr=False)
    salt: bytes
    lookup: bytes
    public: bytes


@dataclass(frozen=True)
class Attachment:
    """One file as it came: its bytes, and what is said about it."""

    data: bytes = field(repr=False)
    media_type: str
    is_original: bool = False


@dataclass(frozen=True)
class Submission:
    """What somebody reports. Texts as typed; nothing of it may be kept outside a box."""

    kind: str
    mode: str
    division_code: str
    text: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    subject: tuple[str, str] | None = None
    accused: Sequence[tuple[str, str]] = field(default=(), repr=False)
    is_slow: bool = False
    attachments: Sequence[Attachment] = field(default=(), repr=False)


WRONG: Final = "bad_value"


def submission_problem(said: Submission) -> None:
    """Refuse what cannot be taken, naming every wrong field and how to mend it."""
    named = said.mode in (Mode.NAMED, Mode.NAMED_CONFIDENTIAL)
    found = (
        (
            said.kind not in set(ComplaintKind),
            FieldProblem("kind", WRONG, "选一类最接近的；都不像的也选一类，在下面写明白"),
        ),
        (said.mode not in set(Mode), FieldProblem("mode", WRONG, "选匿名、实名保密或实名")),
        (
            named and not said.contact.strip(),
            FieldProblem("contact", WRONG, "实名反映要留姓名和联系方式，或改选匿名"),
        ),
        (
            said.mode == Mode.ANONYMOUS and bool(said.contact.strip()),
            FieldProblem("contact", WRONG, "匿名反映不留姓名和电话；要留，改选实名保密"),
        ),
        (len(said.text) > TEXT_MOST, FieldProblem("text", WRONG, f"正文不超过 {TEXT_MOST} 字，其余的可以拍照附上")),
        (len(said.contact) > CONTACT_MOST, FieldProblem("contact", WRONG, f"联系方式不超过 {CONTACT_MOST} 字")),
        (
            len(said.accused) > ACCUSED_MOST,
            FieldProblem("accused", WRONG, f"一次不超过 {ACCUSED_MOST} 个，其余写在正文里"),
        ),
        (
            len(said.attachments) > FILES_MOST,
            FieldProblem("files", WRONG, f"一次不超过 {FILES_MOST} 个，其余的交上去以后再补"),
        ),
    )
    problems = [problem for is_wrong, problem in found if is_wrong]
    if problems:
        raise BadFields("有几处要改，改好再交", problems)


def body_of(said: Submission) -> bytes:
    """The body as it is sealed, with what it is about: of one payment nothing but this says so."""
    accused = [{"name": name, "unit": unit} for name, unit in said.accused]
    body = {"text": said.text.strip(), "accused": accused, "subject": said.subject}
    return json.dumps(body, ensure_ascii=False).encode()


def padded(data: bytes, step: int = 512) -> bytes:
    """Filled up to a multiple of a step: the length of a box must not tell a short word from a long one."""
    return data + b"\x80" + bytes(-(len(data) + 1) % step)


def unpadded(data: bytes) -> bytes:
    """What was filled up."""
    return data.rstrip(b"\0")[:-1]


def prepare(pepper: bytes) -> Prepared:
    """A fresh receipt. Slow (Argon2id): outside any transaction, after the limits have let the message in."""
    code, salt = new_code(), os.urandom(SALT_BYTES)
    made = derive(pepper, code, salt)
    return Prepared(new_no(), code, salt, made.lookup, hpke.public_of(made.private))


def derive(pepper: bytes, code: str, salt: bytes) -> Derived:
    """Stretch a code once, and part the result in two: a guess costs as much for either half."""
    digits = read_code(code).encode()
    root = passwords.HASHING.stretch(hmac.digest(pepper, digits, "sha256"), salt)
    return Derived(_half(root, b"yangguang|v1|receipt lookup"), _half(root, b"yangguang|v1|receipt key"))


def matches(derived: Derived, known: bytes | None) -> bool:
    """Whether a code is the row's; without a row the comparison is made all the same."""
    against = known or hashlib.sha256(b"nobody").digest()
    return hmac.compare_digest(derived.lookup, against) and known is not None


def half_of(at: datetime) -> Half:
    """The half-day of a moment."""
    return Half.MORNING if half_day(at).hour == 0 else Half.AFTERNOON


def locator_of(text: str) -> str:
    """A locator as it lies in an address; anything else finds nothing."""
    return text if len(text) == _LOCATOR_LENGTH and text.isalnum() and text.isascii() else ""


def random_id() -> int:
    """Ids of everything about complaints: an ordered one would say how many there are and which came first."""
    return secrets.randbits(ID_BITS) + 1


def told_on(at: datetime) -> str:
    """The day and half-day of a moment, as people read it."""
    return f"{day_cn(at).isoformat()} {half_of(at)}"


def _half(root: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=info).derive(root)
