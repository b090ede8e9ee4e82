"""The household of story 1, told instead of drawn: a real place on the list, payments and all, but known people."""

from __future__ import annotations

from datetime import date

import numpy as np

from portal.demo.arrays import Ints, Words
from portal.demo.families import Members
from portal.demo.numbers import INVENTED_PREFIX, resident_ids
from portal.demo.places import STORY_VILLAGE, Places

NAMES = ("程守田", "吴桂兰", "程小禾")
AGES = (58, 56, 15)


def choose_household(places: Places, village: Ints, size: Ints, status: Words) -> int:
    """A household of three in 柳荫村 that is on the list; if there is none, the next best."""
    here = places.village_codes[village] == STORY_VILLAGE
    penalty = np.abs(size - 3) + 10 * (size < 3) + np.where(status == "在册", 0, 4) + np.where(here, 0, 100)
    return int(np.argmin(penalty))


def tell_members(as_of: date, members: Members, household: int) -> None:
    """He is ill, she works the land, the daughter is at school: written over the first three members."""
    at = np.flatnonzero(members.household == household)
    members.together[at] = True
    at = at[:3]
    end = np.datetime64(as_of, "D")
    members.born[at] = [end - np.timedelta64(int(age * 365.25) + 40, "D") for age in AGES]
    members.male[at] = [True, False, False]
    members.age[at] = AGES
    members.name[at] = NAMES
    members.relation[at] = ["户主", "配偶", "子女"]
    members.health[at] = ["大病", "健康", "健康"]
    members.labour[at] = ["弱劳动力", "普通劳动力", "无劳动力"]
    members.school[at] = ["非在校", "非在校", "高中"]
    members.disability[at] = ""
    members.id_number[at] = resident_ids(members.born[at], members.male[at], np.full(3, INVENTED_PREFIX), start=950)
    members.account[at[2]] = members.phone[at[2]] = ""
