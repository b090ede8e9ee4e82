"""Passwords and second factors: Argon2id with a cap on how many are computed at once, and TOTP codes that work once.

A name that nobody has is checked against a dummy hash and a dummy secret, so that both answers cost the same.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from portal.kernel.errors import Busy

TOTP_SECONDS: Final = 30
WINDOW: Final = 1
ISSUER: Final = "阳光帮扶"
AT_ONCE: Final = 2
PATIENCE_SECONDS: Final = 10.0
CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HALF_LENGTH: Final = 8
Made = TypeVar("Made")
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": "", " ": ""})


@dataclass
class Hashing:
    """Argon2id, 64 MiB and three passes (security measure of sign-in). Never more than two at once in a process."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    done: int = 0  # how many were computed: known and unknown names must cost the same number
    _gate: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))

    def __post_init__(self) -> None:
        """Prepare the hasher and the hash that unknown names are checked against."""
        self._hasher = PasswordHasher(time_cost=self.passes, memory_cost=self.memory_kib, parallelism=1)
        self._dummy = ""

        self._threads: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Hash in threads of its own from now on, as urgent as the one that calls this (a thread is as urgent as its maker)."""
        self._threads, all_made = ThreadPoolExecutor(AT_ONCE, "hashing"), threading.Barrier(AT_ONCE)
        for waiting in [self._threads.submit(all_made.wait) for _ in range(AT_ONCE)]:
            waiting.result()

    def hash(self, password: str) -> str:
        """The salted hash of a password, as text that names its parameters."""
        return self._slowly(lambda: self._hasher.hash(password))

    def verify(self, known: str | None, password: str) -> bool:
        """True when the password is right. Without a known hash the same work is done and the answer is False."""
        against = known or self._dummy_hash()
        try:
            return self._slowly(lambda: self._hasher.verify(against, password)) and known is not None
        except (VerificationError, InvalidHashError):
            return False

    def stretch(self, secret: bytes, salt: bytes) -> bytes:
        """32 bytes from a secret and a salt, by the same slow work: for receipts, whose codes open something."""
        return self._slowly(lambda: hash_secret_raw(secret, salt, self.passes, self.memory_kib, 1, 32, Type.ID))

    def _slowly(self, work: Callable[[], Made]) -> Made:
        self._enter()
        try:
            return work() if self._threads is None else self._threads.submit(work).result()
        finally:
            self._gate.release()

    def _dummy_hash(self) -> str:
        if not self._dummy:
            self._dummy = self._hasher.hash(secrets.token_urlsafe(16))
        return self._dummy

    def _enter(self) -> None:
        if not self._gate.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("登录的人太多，请稍后再试", retry_after=10)
        self.done += 1


HASHING = Hashing()


def new_totp_secret() -> str:
    """160 random bits, base32."""
    return pyotp.random_base32()


def otpauth(secret: str, username: str) -> str:
    """The address that an authenticator scans."""
    return pyotp.TOTP(secret, interval=TOTP_SECONDS).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str | None, code: str, now: datetime, last_step: int) -> int | None:
    """The time step whose code was given (one step early or late counts); None when wrong or used before."""
    totp = pyotp.TOTP(secret or "A" * 32, interval=TOTP_SECONDS)
    step_now = int(now.timestamp()) // TOTP_SECONDS
    given = code.strip().replace(" ", "").encode()
    found = None
    for step in range(step_now - WINDOW, step_now + WINDOW + 1):
        same = hmac.compare_digest(totp.at(step * TOTP_SECONDS).encode(), given)
        if same and step > last_step and secret is not None:
            found = step
    return found


def new_half() -> str:
    """One half of a one-time code: eight Crockford characters (40 bits), as two groups of four."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(HALF_LENGTH))
    return f"{letters[:4]}-{letters[4:]}"


def read_half(text: str) -> str:
    """A half as it was meant: capitals, no separators, O is 0 and I or L is 1."""
    return text.strip().upper().translate(_READ_AS)
