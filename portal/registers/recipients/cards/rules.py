"""Decisions on cards: who may print, who of a household may sign in, and what is kept of code and digits.

Whoever may record or approve what a household answers to must not hold its key: security T1.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from portal.accounts.permissions import Permission
from portal.kernel.errors import Refused

TOKEN_BYTES: Final = 18
TOKEN_LENGTH: Final = 24
ADULT: Final = 18
DIGITS: Final = 4
HEAD: Final = "户主"

PRINTS_NOT_WITH: Final = (
    Permission.EDIT_HOUSEHOLDS,
    Permission.CHECK_HOUSEHOLDS,
    Permission.DECIDE_PROCEDURES,
    Permission.HANDLE_DISPUTES,
    Permission.EDIT_FUNDS,
    Permission.CHECK_FUNDS,
    Permission.IMPORT_FILES,
    Permission.CHECK_IMPORTS,
    Permission.ENTER_VISITS,
    Permission.USE_PHONE,
    Permission.REVEAL_SEALED,
)
"""What a card clerk may not also hold over the village: recording or approving what its households answer to, and looking
up the numbers whose ends open a card."""


def new_token() -> str:
    """The code of a card: 144 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a code: so many random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def digits_hash(key: bytes, token: str, digits: str) -> str:
    """Four digits under the installation's key and the card's code, which is kept nowhere: neither opens without the other."""
    return hmac.digest(key, f"{token}/{digits}".encode(), "sha256").hex()


def last_four(id_number: str) -> str:
    """The last four characters of an ID number (18 of them; longer card numbers extend it)."""
    return id_number[:18][-DIGITS:].upper()


def may_sign_in(person: Mapping[str, Any], on: date) -> bool:
    """The head, and every adult who lives in the household; whoever has no ID number cannot."""
    if person["id_sealed"] is None:
        return False
    if person["relation"] == HEAD:
        return True
    born = person["born_on"] or person["id_born_on"]
    if not person["lives_together"] or born is None:
        return False
    return bool((on.year - born.year - ((on.month, on.day) < (born.month, born.day))) >= ADULT)


def printing_refusal(held: Iterable[Permission]) -> None:
    """Refuse to print for a village in which the same account may record, approve, or look up ID numbers."""
    found = next(iter(held), None)
    if found is not None:
        raise Refused(
            "您不能给这个村打印明白卡",
            why=f"您在这个村还有“{found}”的权限：能登记、审核或看到证件号的人不能拿到本户的卡",
            fix="请只管制卡的同事打印",
            code="prints_not_with",
        )


@dataclass(frozen=True)
class Print:
    """A card as it is printed, once: `token` is handed to the paper and kept nowhere."""

    no: str
    household_id: int
    household_no: str
    division_code: str
    token: str

    def __repr__(self) -> str:
        return f"Print({self.no})"
