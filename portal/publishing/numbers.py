"""Which digits are a person's: resident IDs, bank cards and mobile numbers, told from amounts, codes and digests.

Only proof counts: an ID needs province, date and check digit; a card a known issuer and its Luhn digit; a telephone
its prefix and clean edges. Digits inside a code, an UUID or a digest belong to that code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from stdnum import luhn

from portal.kernel.cell_errors import CellError
from portal.kernel.identity import PROVINCES, IdCheck, describe, parse_credit_code


class Kind(StrEnum):
    """What was found (发现的内容)."""

    RESIDENT_ID = "证件号码"
    CARD = "银行账号"
    PHONE = "手机号码"
    CANARY = "标记值"
    LOCATION = "照片里的位置"
    UNREADABLE = "读不了的内容"


class Hit(NamedTuple):
    """A number in a piece of text: where, and what it is."""

    kind: Kind
    start: int
    end: int


#: Eleven digits or more, spaces or hyphens between them: nothing shorter is anybody's number. One greedy pass.
_CANDIDATE: Final = re.compile(rb"[0-9][0-9 -]{10,}")
#: Escapes right before a number would look like letters of a code: `%A0138…`, `\n138…`. Same length, so places stay.
_ESCAPES: Final = re.compile(rb"(?:%[0-9A-Fa-f]{2})+|\\(?:[nrtbf]|u[0-9a-fA-F]{4})")
_ESCAPED: Final = re.compile(rb"%[0-9A-Fa-f]?$|\\u[0-9a-fA-F]{0,3}$")
#: Every known way of printing such a number holds this; the coordinates of a drawing do not.
_DENSE: Final = re.compile(rb"[0-9]{3}[ -]?[0-9]{4}")
_AROUND: Final = 40  # bytes looked at on both sides of a candidate
#: 18 characters as printed, whole or in groups; disability cards append two or four digits.
_ID: Final = re.compile(
    rb"(?<![0-9])(?<![0-9]\.)([1-9][0-9]{5})[ -]?((?:18|19|20)[0-9]{2})[ -]?([0-9]{2})[ -]?([0-9]{2})[ -]?([0-9]{3})[ -]?"
    rb"([0-9Xx])(?:[0-9]{2}|[0-9]{4})?(?![0-9])"
)
_OLD_ID: Final = re.compile(rb"(?<![0-9])(?<![0-9]\.)[1-9][0-9]{14}(?![0-9]|\.[0-9])")
#: What is left of an ID that a spreadsheet took for a number.
_FLOAT_ID: Final = re.compile(rb"(?<![0-9.])([1-9])\.([0-9]{13,16})[Ee]\+?17(?![0-9])")
_CARD: Final = re.compile(
    rb"(?<![0-9])(?<![0-9]\.)(?:[0-9]{16,19}|[0-9]{4}(?:([ -])[0-9]{4}){3}(?:\1[0-9]{1,3})?)(?![0-9]|\.[0-9])"
)
_PHONE: Final = re.compile(
    rb"(?<![0-9])(?<![0-9]\.)(?:(?:\+|00)?86[ -]?)?1[3-9][0-9]([ -]?)[0-9]{4}\1[0-9]{4}(?![0-9]|\.[0-9]|-[0-9A-Za-z])"
)
_TEL_WORD: Final = re.compile(rb"(?:^|[^A-Za-z])(?:tel|phone|mobile|mob|cell|dianhua|shouji|sj|dh)$", re.IGNORECASE)
_TOKEN_BEFORE: Final = re.compile(rb"[0-9A-Za-z]*$")
_TOKEN_AFTER: Final = re.compile(rb"[0-9A-Za-z]*")
#: A digest in hex is 32 characters or longer; a word with an ID in it hardly ever.
_DIGEST: Final = 32
_EARLIEST_OLD_BIRTH: Final = 30  # 15 digits were issued until 1999; earlier years look like village codes


def find_numbers(text: bytes) -> Iterator[Hit]:
    """Every number of a person in a text, in order, each once."""
    for run in _CANDIDATE.finditer(text):
        first, last = run.span()
        digits = run[0].strip(b" -")
        if len(digits) < 11 or not _DENSE.search(digits):
            continue
        if _is_division_code(digits) and not _ESCAPED.search(text, max(0, first - 6), first):
            continue
        left = max(0, first - _AROUND)
        window = _ESCAPES.sub(lambda m: b"\x80" * len(m[0]), text[left : last + _AROUND])
        taken: list[tuple[int, int]] = []
        for hit in _in_window(window):
            if first - 3 <= hit.start + left < last and not any(a < hit.end and hit.start < b for a, b in taken):
                taken.append((hit.start, hit.end))
                yield Hit(hit.kind, hit.start + left, hit.end + left)


def _is_division_code(digits: bytes) -> bool:
    """Twelve digits in one run: the commonest number of these pages, and nobody's."""
    return len(digits) == 12 and digits.isdigit()


def _in_window(window: bytes) -> Iterator[Hit]:
    for match in _ID.finditer(window):
        if _is_id(b"".join(match.groups())) and not _in_digest(window, match):
            yield Hit(Kind.RESIDENT_ID, *match.span())
    for match in _FLOAT_ID.finditer(window):
        if _is_id((match[1] + match[2]).ljust(18, b"0")[:18], digits_lost=True):
            yield Hit(Kind.RESIDENT_ID, *match.span())
    for match in _CARD.finditer(window):
        if _is_card(re.sub(rb"[ -]", b"", match[0]).decode()) and not _in_code(window, match):
            yield Hit(Kind.CARD, *match.span())
    for match in _OLD_ID.finditer(window):
        if _is_old_id(match[0].decode()) and not _in_code(window, match):
            yield Hit(Kind.RESIDENT_ID, *match.span())
    for match in _PHONE.finditer(window):
        if not _in_code(window, match) or _TEL_WORD.search(window[: match.start()]):
            yield Hit(Kind.PHONE, *match.span())


def _is_id(raw: bytes, *, digits_lost: bool = False) -> bool:
    """GB 11643, both checks; a company's credit code of digits only is not a person's."""
    number = raw.decode().upper()
    found = describe(number)
    if digits_lost:
        return found.birth_on is not None and found.check in (IdCheck.OK, IdCheck.BAD_CHECK)
    if found.check is not IdCheck.OK:
        return False
    if number[0] != "9":
        return True
    try:
        return not parse_credit_code(number).check_ok
    except CellError:
        return True


def _is_old_id(number: str) -> bool:
    """15 digits carry no check; a birth date before 1930 is a division code far more often than a person."""
    year, month, day = (int(number[at : at + 2]) for at in (6, 8, 10))
    if number[:2] not in PROVINCES or year < _EARLIEST_OLD_BIRTH:
        return False
    try:
        date(1900 + year, month, day)
    except ValueError:
        return False
    return True


def _is_card(number: str) -> bool:
    return _known_issuer(number) and bool(luhn.is_valid(number))


def _known_issuer(number: str) -> bool:
    """UnionPay and its members' old prefixes (16–19 digits), Visa, Mastercard, JCB (16, and not shaped like a place)."""
    if number.startswith(("62", "81", "9558", "9559", "6013", "601428", "603", "4367", "456351", "103")):
        return not number.startswith("103") or len(number) == 19
    foreign = number[0] == "4" or 51 <= int(number[:2]) <= 55
    foreign = foreign or 2221 <= int(number[:4]) <= 2720 or 3528 <= int(number[:4]) <= 3589
    return foreign and len(number) == 16 and not _like_a_place(number)


def _like_a_place(number: str) -> bool:
    """Codes of projects and households begin with a division code: province, prefecture 01–34 or 90."""
    return number[:2] in PROVINCES and (1 <= int(number[2:4]) <= 34 or number[2:4] == "90")


def _in_code(window: bytes, match: re.Match[bytes]) -> bool:
    """True when letters, or letters and a hyphen, stand right at the digits: they belong to a longer code."""
    before, after = window[: match.start()], window[match.end() : match.end() + 1]
    if before[-1:].isalpha() or before[-1:] == b"_" or after.isalpha() or after == b"_":
        return True
    return before[-1:] == b"-" and before[-2:-1].isalnum()


def _in_digest(window: bytes, match: re.Match[bytes]) -> bool:
    before = _TOKEN_BEFORE.search(window[: match.start()])
    after = _TOKEN_AFTER.match(window, match.end())
    return sum(len(side[0]) for side in (before, after) if side) + len(match[0]) >= _DIGEST


def excerpt_of(kind: Kind, value: bytes) -> str:
    """How a finding may be told: a few leading digits at most, never the last ones; of a watched value its mark."""
    if kind is Kind.CANARY:
        return mark_of(value)
    kept = {Kind.RESIDENT_ID: 2, Kind.CARD: 2, Kind.PHONE: 2}.get(kind, 0)
    text = value.decode("utf-8", "replace")
    return text[:kept] + "*" * max(len(text) - kept, 1)


def mark_of(value: bytes) -> str:
    """By what a watched value is named in logs: it tells those who know the value which one it was, and nobody else."""
    return "#" + hashlib.sha256(value).hexdigest()[:16]
