"""Proofs of work for tests and benchmarks: solved as a browser solves them, or made with the installation's own key."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from altcha import v1

from portal.kernel.sealing import Keyring
from portal.web.proof_of_work import LIFE

KEY = "yangguang proof of work"


def solved(text: str, **change: object) -> str:
    """The solution of a challenge as a browser hands it in."""
    asked = json.loads(text)
    number = v1.solve_challenge(asked["challenge"], asked["salt"], "SHA-256", asked["maxnumber"])
    assert number is not None
    return packed(asked, number.number, **change)


def packed(asked: dict[str, Any], number: int, /, **change: object) -> str:
    """A challenge and its number, as the form's field carries them."""
    payload = {k: asked[k] for k in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(payload | change).encode()).decode()


def made(keyring: Keyring, purpose: str = "report", **params: str) -> str:
    """A solved challenge without the work: whoever holds the key knows the number. What the server checks is the same."""
    number = secrets.randbelow(1 << 16)
    challenge = v1.create_challenge(
        v1.ChallengeOptions(
            max_number=1 << 16, number=number, salt_length=20, hmac_key=keyring.derived(KEY, 32),
            expires=datetime.now(UTC) + LIFE, params={"purpose": purpose, **params},
        )
    )  # fmt: skip
    return packed(vars(challenge), number)
