"""The members of the households: relations, ages, health, school, work, numbers and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from portal.demo.arrays import Days, Flags, Ints, Words, draw
from portal.demo.numbers import ABOLISHED_PREFIXES, INVENTED_PREFIX, bank_cards, resident_ids, telephones

SURNAMES: Final = {
    "王": 9, "李": 8, "张": 9, "刘": 6, "陈": 6, "杨": 4, "赵": 4, "周": 4, "吴": 4, "徐": 4, "孙": 5, "朱": 4, "马": 2,
    "胡": 3, "郭": 2, "何": 1, "高": 2, "罗": 1, "郑": 2, "嵇": 1, "谢": 1, "韩": 1, "唐": 2, "冯": 1, "董": 1, "程": 1,
    "曹": 2, "袁": 1, "许": 2, "沈": 2, "韦": 1, "薛": 1, "左": 1, "戴": 1, "卞": 1, "蒋": 2, "汪": 1, "夏": 1, "顾": 1,
    "丁": 2, "欧阳": 0.1,
}  # fmt: skip
MALE_NAMES: Final = "建国军明华强志勇伟平海波永林树生德福成斌学文广东春来玉龙长宏亮洪兵涛乐俊杰"
FEMALE_NAMES: Final = "秀英兰芳桂珍玉梅红霞丽娟淑华春燕凤云翠萍美玲巧静雪莲小月素琴彩慧敏娜婷"


@dataclass(frozen=True)
class Members:
    """All persons in step, ordered by household; the head comes first in each."""

    household: Ints
    head: Flags
    relation: Words
    name: Words
    male: Flags
    born: Days
    age: Ints
    id_number: Words
    together: Flags
    health: Words
    labour: Words
    school: Words
    disability: Words
    account: Words  # empty: none of his own
    phone: Words
    ethnicity: Words

    def heads(self) -> Ints:
        """Index of each household's head."""
        return np.flatnonzero(self.head)


def make_members(rng: np.random.Generator, as_of: date, size: Ints, category: Words, cause: Words) -> Members:
    """Members for households of these sizes, fitting their category and cause."""
    household = np.repeat(np.arange(len(size)), size)
    start = np.cumsum(size) - size
    position = np.arange(len(household)) - start[household]
    head_age = _head_ages(rng, size, category)
    relation = _relations(rng, position, head_age[household])
    age = _ages(rng, relation, head_age[household])
    head_male = rng.random(len(size)) < 0.74
    male = np.where(relation == "配偶", ~head_male[household], rng.random(len(household)) < 0.5)
    male = np.where(position == 0, head_male[household], male)
    back = rng.integers(0, 365, len(age))
    born = np.datetime64(as_of, "D") - (age * 365.25 + 1).astype(np.int64).astype("timedelta64[D]") - back
    health, disability = _health(rng, age, position == 0, category[household], cause[household])
    school = _schools(rng, age, relation, cause[household])
    grown = age >= 16
    n = len(age)
    serial = rng.permutation(n).astype(np.int64)
    wrong = rng.random(n) < 0.0004
    wrong[[n // 3, n * 2 // 3]] = True  # leads of Q01 in every scale
    prefixes = np.where(rng.random(n) < 0.02, rng.choice(ABOLISHED_PREFIXES, n), INVENTED_PREFIX).astype(np.int64)
    has_phone = grown & ((position == 0) | (rng.random(n) < 0.4)) & (age < 86)
    away = (relation == "子女") & (age > 24) & (rng.random(n) < 0.4)
    return Members(
        household=household,
        head=position == 0,
        relation=relation,
        name=_names(rng, household, relation, male, len(size)),
        male=male,
        born=born,
        age=age,
        id_number=resident_ids(born, male, prefixes, wrong=wrong),
        together=~away,
        health=health,
        labour=_labour(age, health, disability),
        school=school,
        disability=disability,
        account=np.where(grown | (position == 0), bank_cards(serial + 1_000_000), ""),
        phone=np.where(has_phone, telephones(serial), ""),
        ethnicity=draw(rng, {"汉族": 0.992, "回族": 0.006, "满族": 0.002}, n),
    )


def _head_ages(rng: np.random.Generator, size: Ints, category: Words) -> Ints:
    alone = size == 1
    age = np.where(alone, rng.normal(71, 9, len(size)), rng.normal(60, 12, len(size)))
    age = np.where(category == "特困供养户", rng.normal(74, 7, len(size)), age)
    return np.clip(age, 24, 93).astype(np.int64)


def _relations(rng: np.random.Generator, position: Ints, head_age: Ints) -> Words:
    n = len(position)
    second = draw(rng, {"配偶": 0.72, "子女": 0.18, "父母": 0.10}, n)
    third = draw(rng, {"子女": 0.74, "父母": 0.14, "孙子女": 0.12}, n)
    later = draw(rng, {"子女": 0.55, "孙子女": 0.45}, n)
    relation = np.select([position == 0, position == 1, position == 2], [np.full(n, "户主"), second, third], later)
    relation = np.where((relation == "父母") & (head_age > 66), "子女", relation)
    relation = np.where((relation == "孙子女") & (head_age < 48), "子女", relation)
    return relation.astype("U4")


def _ages(rng: np.random.Generator, relation: Words, head_age: Ints) -> Ints:
    n = len(relation)
    gaps = {"配偶": (-4, 5), "子女": (-36, -22), "父母": (22, 31), "孙子女": (-60, -46)}
    age = head_age.copy()
    for kind, (low, high) in gaps.items():
        age = np.where(relation == kind, head_age + rng.integers(low, high, n), age)
    infant = rng.integers(0, 6, n)
    age = np.where(age < 0, infant, age)
    return np.where(relation == "配偶", np.maximum(age, 21), age)


def _names(rng: np.random.Generator, household: Ints, relation: Words, male: Flags, families: int) -> Words:
    n = len(household)
    family = draw(rng, SURNAMES, families)[household]
    married_in = relation == "配偶"
    surname = np.where(married_in, draw(rng, SURNAMES, n), family)
    men, women = np.array(list(MALE_NAMES)), np.array(list(FEMALE_NAMES))
    pick = rng.integers(0, 10_000, (2, n))
    first = np.where(male, men[pick[0] % len(men)], women[pick[0] % len(women)])
    second = np.where(male, men[pick[1] % len(men)], women[pick[1] % len(women)])
    second = np.where(rng.random(n) < 0.25, "", second)
    given: Words = np.char.add(np.char.add(surname, first), second)
    return _told_apart(given, household)


def _told_apart(names: Words, household: Ints) -> Words:
    # two of one name in a household would be one person to whoever matches by name
    order = np.lexsort((names, household))
    same = (names[order][1:] == names[order][:-1]) & (household[order][1:] == household[order][:-1])
    twins = order[1:][same]
    result = names.astype("U5")
    result[twins] = np.char.add(result[twins].astype("U4"), np.array(list("元亨利贞"))[np.arange(len(twins)) % 4])
    return result


def _health(rng: np.random.Generator, age: Ints, head: Flags, category: Words, cause: Words) -> tuple[Words, Words]:
    n = len(age)
    old = np.clip((age - 40) / 60, 0.02, 0.8)
    chance = rng.random(n)
    health = np.select(
        [chance < old * 0.35, chance < old * 0.42, chance < old * 0.42 + 0.07], ["长期慢性病", "大病", "残疾"], "健康"
    ).astype("U5")
    ill = draw(rng, {"长期慢性病": 0.6, "大病": 0.4}, n)
    health = np.where(head & (cause == "因病"), ill, health)
    health = np.where(head & (cause == "因残"), "残疾", health)
    health = np.where((category == "特困供养户") & (health == "大病") & (rng.random(n) < 0.5), "残疾", health)
    level = draw(rng, {"一级": 0.16, "二级": 0.30, "三级": 0.30, "四级": 0.24}, n)
    return health, np.where(health == "残疾", level, "")


def _schools(rng: np.random.Generator, age: Ints, relation: Words, cause: Words) -> Words:
    n = len(age)
    upper = draw(rng, {"高中": 0.55, "中职": 0.45}, n)
    stages = [(age >= 3) & (age < 6), (age >= 6) & (age < 12), (age >= 12) & (age < 15), (age >= 15) & (age < 18)]
    school = np.select(stages, [np.full(n, "学前"), np.full(n, "小学"), np.full(n, "初中"), upper], "非在校")
    young = (age >= 18) & (age < 23) & np.isin(relation, ["子女", "孙子女"])
    college = young & (rng.random(n) < np.where(cause == "因学", 0.9, 0.35))
    return np.where(college, "大专及以上", school).astype("U5")


def _labour(age: Ints, health: Words, disability: Words) -> Words:
    severe = np.isin(disability, ["一级", "二级"])
    weak = (age >= 60) | np.isin(health, ["长期慢性病", "大病", "残疾"])
    none = (age < 16) | (age >= 75)
    labour: Words = np.select([none, severe, weak], ["无劳动力", "丧失劳动力", "弱劳动力"], "普通劳动力").astype("U5")
    return labour
