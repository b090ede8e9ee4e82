"""How long a household stays signed in, and how long it waits after wrong digits. Settings of this platform."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from portal.registers.recipients.cards.rules import DIGITS

IDLE: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(hours=2)
TOUCH_EVERY: Final = timedelta(seconds=60)
FREE_TRIES: Final = 5
FIRST_PAUSE: Final = timedelta(minutes=5)
LONGEST_PAUSE: Final = timedelta(hours=4)
FORGET: Final = timedelta(hours=24)
_NOBODY: Final = "0" * 64
_COMPARED: Final = 12


def pause_after(failures: int) -> timedelta:
    """How long the next try waits after so many failures in a row: the fifth costs 5 minutes, each further one double."""
    if failures < FREE_TRIES:
        return timedelta(0)
    doubled: int = 1 << min(failures - FREE_TRIES, 8)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def read_digits(typed: str) -> str | None:
    """The four characters as they were meant (x is X, full-width digits too); None when they cannot be the end of an ID."""
    text = unicodedata.normalize("NFKC", typed).strip().upper()
    if len(text) != DIGITS or not text[:-1].isascii() or not text[:-1].isdigit() or text[-1] not in "0123456789X":
        return None
    return text


def is_among(found: str, known: Sequence[str]) -> bool:
    """Whether a digest is one of those of a card, comparing as many whether there are some or none."""
    padded = [*known[:_COMPARED], *[_NOBODY] * (_COMPARED - len(known))]
    return any([hmac.compare_digest(found, one) for one in padded])
