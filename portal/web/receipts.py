"""Receipts of messages without an account: a secret shown once, kept as Argon2id over a keyed digest of it.

The digest's key is the installation's (pepper), the salt is the row's. A secret is checked by the same work whether the
message exists or not.
"""

from __future__ import annotations

import hmac

from portal.accounts.passwords import HASHING
from portal.web.sessions import installation


def hash_secret(purpose: str, digits: str) -> str:
    """What is kept of a secret. Costly: call it before the transaction that writes it."""
    return HASHING.hash(_peppered(purpose, digits))


def secret_matches(purpose: str, known: str | None, digits: str) -> bool:
    """True for the right secret. Without a known hash the same work is done and the answer is False."""
    return HASHING.verify(known, _peppered(purpose, digits))


def _peppered(purpose: str, digits: str) -> str:
    key = installation().keyring.derived(f"yangguang receipt {purpose}", 32)
    return hmac.digest(key, digits.encode(), "sha256").hex()
