"""Who is paid what: one small function for each kind of household money, over all people at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from portal.demo.arrays import Flags, Ints
from portal.demo.people import People
from portal.demo.plan import Plan

DIBAO_STANDARD: Final = {2022: 640, 2023: 680, 2024: 720, 2025: 760, 2026: 800}
"""低保标准 in yuan a month: invented, of the published order of size."""


@dataclass(frozen=True)
class Share:
    """Payees of one instalment: indices of persons, and what each gets in fen."""

    payee: Ints
    fen: Ints


@dataclass(frozen=True)
class Traits:
    """Lasting traits drawn once: who farms how much, whose 低保 is how high, who holds a public post."""

    people: People
    as_of: date
    dibao_share: Ints  # per mille of the standard, all members together
    mu_tenths: Ints  # 亩 × 10
    post: Flags  # households with a public post
    starts: Flags  # households that run a business of their own
    lot: Ints  # 0 … 9999 for each household, for choices that change every year

    def chosen(self, year: int, salt: int, per_myriad: int) -> Flags:
        """Households chosen that year for something rare."""
        return (self.lot * 7919 + year * 104_729 + salt * 1_299_709) % 10_000 < per_myriad

    def grade(self, year: int, salt: int, low: int, high: int, step: int) -> Ints:
        """A yearly amount in yuan between low and high, in steps."""
        return low + (self.lot * 31 + year * 17 + salt * 101) % ((high - low) // step + 1) * step


def make_traits(plan: Plan, people: People) -> Traits:
    """Draw the lasting traits."""
    rng = plan.rng("traits")
    count = people.households.count
    heads = np.minimum(people.households.size, 4)
    traits = Traits(
        people,
        plan.as_of,
        dibao_share=(rng.integers(35, 82, count) * 10 * heads).astype(np.int64),
        mu_tenths=np.where(rng.random(count) < 0.86, rng.integers(8, 121, count), 0).astype(np.int64),
        post=rng.random(count) < 0.05,
        starts=rng.random(count) < 0.45,
        lot=rng.permutation(count).astype(np.int64) % 10_000,
    )
    traits.mu_tenths[people.told], traits.starts[people.told] = 65, True
    return traits


def standard(year: int) -> int:
    """低保 standard of a year in yuan a month; years outside the table continue it."""
    first, last = min(DIBAO_STANDARD), max(DIBAO_STANDARD)
    if year < first:
        return DIBAO_STANDARD[first] - 30 * (first - year)
    return DIBAO_STANDARD.get(year) or DIBAO_STANDARD[last] + 40 * (year - last)


def _to_heads(traits: Traits, households: Flags, yuan: Ints, day: np.datetime64, listed: bool) -> Share:
    kept = households & traits.people.households.listed_on(day) if listed else households & _not_cancelled(traits, day)
    chosen = np.flatnonzero(kept & (yuan > 0))
    return Share(traits.people.members.heads()[chosen], yuan[chosen] * 100)


def _not_cancelled(traits: Traits, day: np.datetime64) -> Flags:
    households = traits.people.households
    gone = (households.status == "已注销") & (households.exited <= day)
    still: Flags = (households.entered <= day) & ~gone
    return still


def _to_persons(traits: Traits, persons: Flags, yuan: Ints, day: np.datetime64) -> Share:
    members = traits.people.members
    kept = persons & (members.account != "") & _not_cancelled(traits, day)[members.household]
    chosen = np.flatnonzero(kept & (yuan > 0))
    return Share(chosen, yuan[chosen] * 100)


def _category(traits: Traits, *names: str) -> Flags:
    return np.isin(traits.people.households.category, names)


def _dibao(traits: Traits, day: np.datetime64, year: int) -> Share:
    return _to_heads(traits, _category(traits, "低保户"), traits.dibao_share * standard(year) // 1000, day, True)


def _tekun(traits: Traits, day: np.datetime64, year: int) -> Share:
    count = traits.people.households.count
    return _to_heads(traits, _category(traits, "特困供养户"), np.full(count, standard(year) * 13 // 10), day, True)


def _disabled(traits: Traits, day: np.datetime64, year: int) -> Share:
    level = traits.people.members.disability
    yuan = np.where(np.isin(level, ["一级", "二级"]), 120 + 5 * (year - 2022), 80 + 5 * (year - 2022))
    return _to_persons(traits, level != "", yuan, day)


def _aged(traits: Traits, day: np.datetime64, _year: int) -> Share:
    age = (day - traits.people.members.born).astype(np.int64) / 365.2425
    yuan = np.select([age >= 100, age >= 90, age >= 80], [400, 120, 60], 0)
    return _to_persons(traits, age >= 80, yuan, day)


def _posts(traits: Traits, day: np.datetime64, year: int) -> Share:
    count = traits.people.households.count
    return _to_heads(
        traits, traits.post & ~_category(traits, "特困供养户"), np.full(count, 800 + 50 * (year - 2022)), day, True
    )


def _farmland(traits: Traits, day: np.datetime64, year: int) -> Share:
    yuan = traits.mu_tenths * (1260 + 8 * (year - 2022)) // 100
    return _to_heads(traits, traits.mu_tenths > 0, yuan, day, False)


def _starters(traits: Traits, day: np.datetime64, year: int) -> Share:
    return _to_heads(traits, traits.starts, traits.grade(year, 1, 600, 3000, 100), day, True)


def _students(traits: Traits, day: np.datetime64, _year: int) -> Share:
    members = traits.people.members
    worth = {"小学": 500, "初中": 625, "高中": 1000, "中职": 1500, "大专及以上": 2500}
    yuan = np.select([members.school == name for name in worth], list(worth.values()), 0)
    total = np.bincount(members.household, weights=yuan, minlength=traits.people.households.count).astype(np.int64)
    return _to_heads(traits, total > 0, total, day, True)


def _rare(salt: int, per_myriad: int, low: int, high: int, step: int, listed: bool = False) -> Entitlement:
    def share(traits: Traits, day: np.datetime64, year: int) -> Share:
        chosen = traits.chosen(year * 2 + int(day.astype("datetime64[M]").astype(np.int64) % 12 > 6), salt, per_myriad)
        return _to_heads(traits, chosen, traits.grade(year, salt, low, high, step), day, listed)

    return share


def _ill(traits: Traits, day: np.datetime64, year: int) -> Share:
    members = traits.people.members
    yuan = traits.grade(year, 3, 800, 8600, 150)[members.household]
    chosen = (members.health == "大病") & traits.chosen(
        year, int(day.astype("datetime64[M]").astype(np.int64) % 2), 4500
    )[members.household]
    return _to_persons(traits, chosen, yuan, day)


Entitlement = Callable[[Traits, np.datetime64, int], Share]

ENTITLEMENTS: Final[dict[str, Entitlement]] = {
    "DB": _dibao,
    "TK": _tekun,
    "CJ": _disabled,
    "GL": _aged,
    "GYG": _posts,
    "GD": _farmland,
    "DG": lambda traits, day, year: _to_heads(traits, traits.mu_tenths > 25, traits.mu_tenths * 11, day, False),
    "DHJB": _starters,
    "JYZZ": _students,
    "YLJZ": _ill,
    "LSJZ": _rare(4, 300, 500, 2600, 100),
    "WW": _rare(5, 6000, 300, 500, 100),
    "WG": _rare(6, 90, 9600, 22_000, 400),
    "TX": _rare(7, 500, 480, 2400, 120, listed=True),
    "NJ": _rare(8, 200, 900, 6900, 300),
    "WCWG": _rare(9, 1900, 300, 800, 50, listed=True),
    "ZX": _rare(10, 350, 2000, 4000, 500),
}
