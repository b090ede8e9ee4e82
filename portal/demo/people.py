"""Households and their members: invented, but with the shape of a real list (ages, causes, categories, who works)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from portal.demo.arrays import NO_DAY, Days, Flags, Ints, Words, days_between, draw, numbered, words
from portal.demo.families import Members, make_members
from portal.demo.lianshui import choose_household, tell_members
from portal.demo.places import Places, household_points, village_groups
from portal.demo.plan import Plan

FIRST_ENTRY: Final = date(2017, 1, 3)
CATEGORIES: Final = {
    "建档立卡低收入户": 0.36,
    "低保户": 0.29,
    "特困供养户": 0.07,
    "低保边缘户": 0.09,
    "脱贫不稳定户": 0.05,
    "边缘易致贫户": 0.05,
    "刚性支出困难户": 0.04,
    "突发严重困难户": 0.02,
    "其他困难户": 0.03,
}
CAUSES: Final = {
    "因病": 0.43,
    "因残": 0.16,
    "缺劳力": 0.14,
    "因学": 0.07,
    "缺技术": 0.07,
    "缺资金": 0.05,
    "因灾": 0.02,
    "自身发展动力不足": 0.02,
    "缺土地": 0.01,
    "交通条件落后": 0.01,
    "缺水": 0.01,
    "其它": 0.01,
}
STATUSES: Final = {"在册": 0.79, "已脱贫": 0.14, "已退出": 0.06, "已注销": 0.01}
SIZES: Final = (0.21, 0.265, 0.20, 0.175, 0.10, 0.05)


@dataclass(frozen=True)
class Households:
    """All households in step: place, category, status and the facts that payments depend on."""

    no: Words
    village: Ints  # index into places.village_codes
    address: Words
    lat_e7: Ints
    lng_e7: Ints
    category: Words
    cause: Words
    other_cause: Words
    entered: Days
    exited: Days  # NaT: still on the list
    status: Words
    size: Ints
    related: Flags  # 备案对象

    @property
    def count(self) -> int:
        """Number of households."""
        return len(self.no)

    def listed_on(self, day: np.datetime64) -> Flags:
        """On the list that day: 纳入日期 <= day < 退出日期."""
        return (self.entered <= day) & (np.isnat(self.exited) | (self.exited > day))


@dataclass(frozen=True)
class People:
    """Households and their members, persons in the order of their households; `told` is the household of story 1."""

    households: Households
    members: Members
    told: int

    @property
    def count(self) -> int:
        """Number of persons."""
        return len(self.members.household)


def make_people(plan: Plan, places: Places) -> People:
    """Everybody on the list of this plan."""
    households = _make_households(plan, places)
    told = choose_household(places, households.village, households.size, households.status)
    households.category[told], households.status[told] = "建档立卡低收入户", "在册"
    households.cause[told], households.other_cause[told] = "因病", "因学"
    households.entered[told], households.exited[told] = np.datetime64("2018-05-07"), NO_DAY
    members = make_members(plan.rng("members"), plan.as_of, households.size, households.category, households.cause)
    tell_members(plan.as_of, members, told)
    return People(households, members, told)


def _make_households(plan: Plan, places: Places) -> Households:
    rng = plan.rng("households")
    n = plan.scale.households
    share = rng.uniform(0.6, 1.4, len(places.village_codes))
    village = np.sort(rng.choice(len(share), size=n, p=share / share.sum())).astype(np.int64)
    category = draw(rng, CATEGORIES, n)
    size = rng.choice(6, size=n, p=SIZES).astype(np.int64) + 1
    size = np.where(category == "特困供养户", np.minimum(size, 2), np.where(category == "其他困难户", size, size))
    size = np.where((size < 6) & (category != "特困供养户") & (rng.random(n) < 0.12), size + 1, size)
    status, entered, exited = _life(plan, rng, category)
    cause = draw(rng, CAUSES, n)
    other = draw(rng, CAUSES, n)
    other = np.where((other == cause) | (rng.random(n) < 0.55), "", other)
    lat, lng = household_points(places, rng, village)
    county = words([code[:6] for code in places.townships])[places.village_town[village]]
    no = np.char.add(np.char.add("H", county), numbered("", np.arange(1, n + 1), 6))
    groups = np.char.add(places.village_names[village], village_groups(rng, n))
    related = rng.random(n) < 0.012
    return Households(no, village, groups, lat, lng, category, cause, other, entered, exited, status, size, related)


def _life(plan: Plan, rng: np.random.Generator, category: Words) -> tuple[Words, Days, Days]:
    """状态, 纳入日期 and 退出日期: most entered at the start, a few every year since; exits lie in the years shown."""
    n = len(category)
    start = days_between(rng, FIRST_ENTRY, date(2018, 12, 28), n)
    later = days_between(rng, date(2019, 1, 7), plan.as_of.replace(day=1), n)
    entered = np.where(rng.random(n) < 0.72, start, later).astype("datetime64[D]")
    status = draw(rng, STATUSES, n)
    status = np.where((category == "特困供养户") & (status == "已脱贫"), "在册", status)
    exited = days_between(rng, date(plan.years[0], 1, 10), plan.as_of, n)
    # whoever entered less than a year before stays: no exit in the first months
    early = (exited - entered).astype(np.int64) < 365
    status = np.where(early, "在册", status)
    exited = np.where(status == "在册", NO_DAY, exited).astype("datetime64[D]")
    return status, entered, exited
