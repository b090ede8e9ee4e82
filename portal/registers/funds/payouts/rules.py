"""Small numbers: which cells of programme × village × year may stand alone, and where the others are merged. Pure.

A cell under five households goes into its township's 其他. Nothing that was merged can be found by subtraction: what is
merged at one place comes from at least two parts and at least five households, else the next smallest part joins it; a
township that is too small as a whole goes into its county's 其他, and so on upwards (county practice, to be confirmed).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from portal.registers.divisions.rules import level_of
from portal.registers.funds.balances.rules import prefix

SMALL_CELL = 5
_UPWARDS = (4, 3, 2, 1, 0)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of a place: how many households, which villages, and whether it may not stand alone."""

    code: str
    households: int
    villages: tuple[str, ...]
    small: bool


def shown_codes(households: Mapping[str, int], least: int = SMALL_CELL) -> dict[str, str]:
    """For each village of one programme and year: its own code, or the place whose 其他 holds its money.

    `households` counts distinct paid households by village code (a blank code is a household of unknown village).
    """
    shown = {code: code for code in households}
    parts = [_Part(code, n, (code,), n < least) for code, n in sorted(households.items())]
    for level in _UPWARDS:
        groups: dict[str, list[_Part]] = defaultdict(list)
        for part in parts:
            groups[prefix(part.code, level).ljust(12, "0")].append(part)
        parts = [_merge(place, members, shown, least, top=level == 0) for place, members in sorted(groups.items())]
    return shown


def _merge(place: str, members: list[_Part], shown: dict[str, str], least: int, *, top: bool) -> _Part:
    pool = [part for part in members if part.small]
    others = sorted((part for part in members if not part.small), key=lambda part: (part.households, part.code))
    if pool:
        while others and not _safe(pool, least):
            pool.append(others.pop(0))
        if top or _safe(pool, least):
            shown.update((village, place) for part in pool for village in part.villages)
    villages = tuple(village for part in members for village in part.villages)
    return _Part(place, sum(p.households for p in members), villages, bool(pool) and not _safe(pool, least))


def _safe(pool: list[_Part], least: int) -> bool:
    return len(pool) >= 2 and sum(part.households for part in pool) >= least


def merged_places(shown: Mapping[str, str]) -> dict[str, str]:
    """Places whose public sum lacks cells, with the highest place that took them: villages, and towns and more above."""
    places: dict[str, str] = {}
    for village, code in shown.items():
        if village == code:
            continue
        reach = level_of(code)
        for level in range(reach + 1, 6):
            place = prefix(village, level).ljust(12, "0")
            if place not in places or level_of(places[place]) > reach:
                places[place] = code
    return places
