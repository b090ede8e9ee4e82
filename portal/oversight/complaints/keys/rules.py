"""What keys are made of, with no database in hand: pairs, passphrases, escrow, and what an opened room holds.

The private half of an organ's pair exists in three forms only: wrapped to a person, in an opened room under the key of a
cookie, and put away with two custodians.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pyrage
from argon2.low_level import Type, hash_secret_raw

from portal.kernel import hpke
from portal.kernel.errors import BadInput
from portal.kernel.sealing import SealError

MEMORY_KIB: Final = 128 * 1024
PASSES: Final = 3
SALT_BYTES: Final = 16
SHORTEST_PASSPHRASE: Final = 12
CUSTODIANS: Final = 2
RECIPIENT: Final = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_PERSONAL: Final = b"yangguang|v1|personal key"


@dataclass(frozen=True)
class Secret:
    """机关私钥: the private halves of one pair, for boxes and for files."""

    authority: str
    version: int
    private: bytes = field(repr=False)
    file_identity: str = field(repr=False)

    def packed(self) -> bytes:
        """As it is wrapped and put away."""
        return json.dumps([self.authority, self.version, _text(self.private), self.file_identity]).encode()


@dataclass(frozen=True)
class Unlocked:
    """What one passphrase opens: the private halves of the organs that the person works for, every version."""

    username: str
    personal: bytes = field(repr=False)
    secrets: tuple[Secret, ...] = field(default=(), repr=False)

    def secret(self, authority: str, version: int) -> Secret | None:
        """The private half of one version of an organ's pair."""
        return next((s for s in self.secrets if (s.authority, s.version) == (authority, version)), None)

    def newest(self, authority: str) -> Secret | None:
        """The newest pair of an organ that is open here."""
        held = [s for s in self.secrets if s.authority == authority]
        return max(held, key=lambda secret: secret.version, default=None)

    def packed(self) -> bytes:
        """For an opened room."""
        return json.dumps([self.username, _text(self.personal), [_text(s.packed()) for s in self.secrets]]).encode()


def unpack_secret(data: bytes) -> Secret:
    """A secret from its packed form."""
    authority, version, private, identity = json.loads(data)
    return Secret(authority, version, base64.b64decode(private), identity)


def unpack_unlocked(data: bytes) -> Unlocked:
    """What an opened room holds."""
    username, personal, secrets = json.loads(data)
    held = tuple(unpack_secret(base64.b64decode(one)) for one in secrets)
    return Unlocked(username, base64.b64decode(personal), held)


@dataclass(frozen=True)
class NewPair:
    """A pair as it was made: the private half goes to persons and custodians at once."""

    secret: Secret
    public: bytes
    file_recipient: str


def new_pair(authority: str, version: int) -> NewPair:
    """A fresh pair of an organ."""
    private, identity = hpke.new_key(), pyrage.x25519.Identity.generate()
    secret = Secret(authority, version, private, str(identity))
    return NewPair(secret, hpke.public_of(private), str(identity.to_public()))


@dataclass(frozen=True)
class Personal:
    """A person's pair under his case passphrase."""

    public: bytes
    salt: bytes
    memory_kib: int
    passes: int
    private_box: bytes = field(repr=False)


def passphrase_problem(passphrase: str) -> None:
    """Refuse a passphrase that is too short to keep a key."""
    if len(passphrase.strip()) < SHORTEST_PASSPHRASE:
        raise BadInput("案件口令太短", why="打开举报的钥匙只由它保护", fix=f"至少 {SHORTEST_PASSPHRASE} 个字")


def stretch(passphrase: str, salt: bytes, memory_kib: int, passes: int) -> bytes:
    """Argon2id of a case passphrase: the key over the personal private half. Slow on purpose."""
    return hash_secret_raw(passphrase.strip().encode(), salt, passes, memory_kib, 1, 32, Type.ID)


def new_personal(passphrase: str, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> Personal:
    """A fresh personal pair under a passphrase."""
    passphrase_problem(passphrase)
    private, salt = hpke.new_key(), os.urandom(SALT_BYTES)
    box = hpke.seal_box(stretch(passphrase, salt, memory_kib, passes), private, _PERSONAL)
    return Personal(hpke.public_of(private), salt, memory_kib, passes, box)


def open_personal(kept: Personal, passphrase: str) -> bytes:
    """The personal private half; raises SealError for a wrong passphrase."""
    key = stretch(passphrase, kept.salt, kept.memory_kib, kept.passes)
    return hpke.open_box(key, kept.private_box, _PERSONAL)


def share_info(authority: str, version: int, username: str) -> bytes:
    """What a share is bound to."""
    return hpke.info_of(f"{authority}.{version}", username, "share")


def wrap_share(secret: Secret, username: str, public: bytes) -> bytes:
    """An organ's private half for one person."""
    return hpke.wrap(secret.packed(), public, share_info(secret.authority, secret.version, username))


def open_share(box: bytes, authority: str, version: int, username: str, personal: bytes) -> Secret:
    """The organ's private half that a share carries; raises SealError."""
    return unpack_secret(hpke.unwrap(box, personal, share_info(authority, version, username)))


def put_away(secret: Secret, recipients: Sequence[str]) -> bytes:
    """托管: age inside age, so that both custodians are needed; the `age` command opens it without this program."""
    if len(recipients) != CUSTODIANS:
        raise BadInput("托管要两个人", fix="登记两位托管人的公钥（age1…），再建机关密钥")
    sealed = secret.packed()
    for recipient in recipients:
        sealed = pyrage.encrypt(sealed, [recipient_of(recipient)])
    return bytes(sealed)


def recipient_of(text: str) -> pyrage.x25519.Recipient:
    """An age recipient; raises BadInput for what is none."""
    if not RECIPIENT.fullmatch(text.strip()):
        raise BadInput("这不是一个 age 公钥", why="公钥以 age1 开头，共 62 个字符", fix="用 age-keygen 生成，只交公钥")
    return pyrage.x25519.Recipient.from_str(text.strip())


@dataclass(frozen=True)
class FileKey:
    """One file's own pair: the recipient seals, the identity opens."""

    recipient: str
    identity: str = field(repr=False)


def new_file_key() -> FileKey:
    """A fresh pair for one file."""
    made = pyrage.x25519.Identity.generate()
    return FileKey(str(made.to_public()), str(made))


def seal_file(data: bytes, recipients: Sequence[str]) -> bytes:
    """A file for several organs in the age format."""
    return bytes(pyrage.encrypt(data, [recipient_of(one) for one in recipients]))


def open_file(sealed: bytes, identities: Sequence[str]) -> bytes:
    """A file again; raises SealError where none of the identities is meant."""
    try:
        held = [pyrage.x25519.Identity.from_str(one) for one in identities]
        return bytes(pyrage.decrypt(sealed, held))
    except pyrage.DecryptError:
        raise SealError("附件打不开", fix="核对是不是本机关的举报，或用备份核对这个文件") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
