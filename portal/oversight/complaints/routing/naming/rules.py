"""Keyed hashes of names: a copy of the table tells nobody who is accused, the running server can still compare.

A person is known by his account, by his name with a unit, and by his bare name for those who named no unit.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Final

from portal.kernel.characters import plain

PURPOSE: Final = "yangguang/complaints/marks"
KEY_BYTES: Final = 32
MARK_BYTES: Final = 16
_GAPS: Final = re.compile(r"[\s·•]+")
_TITLES: Final = (
    "书记", "副书记", "主任", "副主任", "镇长", "副镇长", "乡长", "副乡长", "局长", "副局长", "县长", "副县长", "所长",
    "站长", "科长", "会计", "委员", "同志",
)  # fmt: skip


def plain_name(text: str) -> str:
    """A name as it is compared: no gaps, no title behind it (`张三 镇长` is 张三)."""
    name = _GAPS.sub("", plain(text))
    for title in sorted(_TITLES, key=len, reverse=True):
        if name.endswith(title) and len(name) - len(title) >= 2:
            return name[: -len(title)]
    return name


def mark(key: bytes, token: str) -> bytes:
    """The keyed hash of one token."""
    return hmac.new(key, token.encode(), hashlib.sha256).digest()[:MARK_BYTES]


def unit_token(code: str) -> str:
    """An organisation."""
    return f"unit|{code}"


def handler_token(username: str) -> str:
    """Whoever brought the disputed record in by a file."""
    return f"handled|{username}"


def account_token(username: str) -> str:
    """An account."""
    return f"account|{username}"


def tokens_of_accused(name: str, unit: str | None) -> frozenset[str]:
    """Under what an accused person is kept. Without a unit everybody of that name is meant, to be on the safe side."""
    name = plain_name(name)
    found = {f"named|{name}|{unit}" if unit else f"named|{name}|?", f"any|{name}"}
    return frozenset(found) if name else frozenset()


def tokens_of_person(username: str, name: str, units: Iterable[str]) -> frozenset[str]:
    """Everything that a person with an account may be accused as; `units` also holds those he has left."""
    name = plain_name(name)
    known = {f"named|{name}|{unit}" for unit in units} | {f"named|{name}|?"} if name else set()
    return frozenset({account_token(username), *known})


def tokens_of_bare_name(name: str) -> frozenset[str]:
    """What a relative may have been declared as by who did not say where he works."""
    name = plain_name(name)
    return frozenset({f"any|{name}"} if name else set())


def tokens_of_relative(name: str, unit: str | None) -> frozenset[str]:
    """What a declared relative may be accused as: without a unit, anybody of that name."""
    name = plain_name(name)
    if not name:
        return frozenset()
    return frozenset({f"named|{name}|{unit}", f"named|{name}|?"} if unit else {f"any|{name}"})
