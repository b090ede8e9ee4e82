"""Decisions on division codes and names: levels, parents, validity, successors, search by pinyin.

Sources: GB/T 2260 (six digits) and the statistical codes of twelve digits 统计用区划代码 (county 6, township 3,
village 3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from pypinyin import Style, lazy_pinyin, pinyin

from portal.kernel.errors import Refused

CODE_LENGTH = 12
NATION = "000000000000"
"""The place above every province: a parameter entered here holds everywhere."""
LEVEL_NAMES = {1: "省", 2: "市", 3: "县（市、区）", 4: "乡镇（街道）", 5: "村（社区）"}
VILLAGE_LEVEL = 5
_STEPS = (2, 4, 6, 9, 12)
_MAX_STEPS = 12  # longer chains of successors or parents can only be a ring


@dataclass(frozen=True)
class Place:
    """What the rules need of one row of divisions."""

    code: str
    name: str
    parent_code: str | None
    level: int
    valid_from: date
    valid_to: date | None
    successor_code: str | None


def pad_code(code: str) -> str:
    """A code as twelve digits: shorter ones are right-padded with zeros."""
    return code.strip().ljust(CODE_LENGTH, "0")


def level_of(code: str) -> int:
    """1 province … 5 village, read from the twelve digits; 0 for the whole country."""
    if code == NATION:
        return 0
    return 1 + sum(1 for end in _STEPS[:-1] if code[end:].strip("0"))


def parent_of(code: str) -> str | None:
    """The parent that the digits name (its own prefix and zeros); None for a province."""
    level = level_of(code)
    return pad_code(code[: _STEPS[level - 2]]) if level > 1 else None


def is_valid_on(valid_from: date, valid_to: date | None, on: date) -> bool:
    """Both ends count: a code is still valid on its last day."""
    return valid_from <= on and (valid_to is None or on <= valid_to)


def pick(periods: Iterable[Place], on: date | None = None) -> Place | None:
    """The period of one code that holds on a date; without a date (or outside every period) the latest."""
    rows = sorted(periods, key=lambda p: p.valid_from)
    if on is not None:
        for row in rows:
            if is_valid_on(row.valid_from, row.valid_to, on):
                return row
    return rows[-1] if rows else None


def validity(periods: Sequence[tuple[date, date | None]], on: date) -> bool | None:
    """True when a code holds on the date, False when it is known but does not (Q08), None when nobody knows it."""
    if not periods:
        return None
    return any(is_valid_on(start, end, on) for start, end in periods)


def living_code(code: str, successors: Mapping[str, str | None]) -> str:
    """The code that stands for this place today: successors are followed to the end (a ring ends where it began)."""
    seen = {code}
    while (after := successors.get(code)) and after not in seen and len(seen) <= _MAX_STEPS:
        code = after
        seen.add(code)
    return code


def division_problem(
    code: str, parent_code: str | None, valid_from: date, valid_to: date | None, successor_code: str | None
) -> None:
    """Refuse a division that cannot be: wrong code, its own parent or successor, an end before the beginning."""
    if len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
        raise Refused("区划代码要 12 位数字", fix="照统计用区划代码填写，不足 12 位的在后面补 0")
    if parent_code == code:
        raise Refused("上级代码不能是自己", fix="填上一级的区划代码")
    if successor_code == code:
        raise Refused("后继代码不能是自己", fix="填合并后的区划代码，没有就留空")
    if valid_to is not None and valid_to < valid_from:
        raise Refused("有效期至早于有效期自", fix="核对两个日期")


def village_problem(code: str) -> None:
    """Refuse a township or a wider place where a village 村（社区） is asked for."""
    if level_of(code) != VILLAGE_LEVEL:
        raise Refused("这是乡镇或更大地方的代码，这里要写到村（社区）", fix="改填所在村（社区）的 12 位代码")


def path_name(names: Sequence[str]) -> str:
    """`涟水县 › 高沟镇 › 某村`."""
    return " › ".join(names)


@lru_cache(maxsize=1 << 16)
def _initials(name: str) -> tuple[frozenset[str], ...]:
    # Character by character: 长 may be c or z in a place name, and both must find it.
    return tuple(
        frozenset(sound[:1] for sounds in pinyin(char, style=Style.NORMAL, heteronym=True) for sound in sounds)
        for char in name
    )


@lru_cache(maxsize=1 << 16)
def _spelled(name: str) -> str:
    return "".join(lazy_pinyin(name))


def name_matches(name: str, words: str) -> int:
    """How well a name answers a search: 3 begins with it, 2 contains it, 1 by pinyin (`gg`, `gaogou`), 0 not."""
    words = words.strip().lower()
    if not words:
        return 0
    if words in name:
        return 3 if name.startswith(words) else 2
    if not (words.isascii() and words.isalpha()):
        return 0
    return 1 if _spelled(name).startswith(words) or _begin_initials(name, words) else 0


def _begin_initials(name: str, letters: str) -> bool:
    sounds = _initials(name)
    return len(letters) <= len(sounds) and all(a in b for a, b in zip(letters, sounds, strict=False))


def township_of(code: str) -> str:
    """The township (or the higher division) that a code lies in: the finest place that a public leaf may name."""
    return code[:9].ljust(CODE_LENGTH, "0") if level_of(code) == VILLAGE_LEVEL else code


def runs(known: Sequence[str], inside: Collection[str]) -> list[tuple[str, str]]:
    """First and last code of each run of neighbours among the known codes (in order) that all lie inside."""
    found = [list(run) for within, run in groupby(known, key=inside.__contains__) if within]
    return [(run[0], run[-1]) for run in found]
