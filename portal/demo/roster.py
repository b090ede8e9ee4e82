"""The list of recipients as a file, the economically weak villages, and who helps whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from portal.demo.arrays import NO_DAY, Days, DemoTable, Flags, Ints, Words, draw, masked, numbered, table, words
from portal.demo.families import FEMALE_NAMES, MALE_NAMES, SURNAMES
from portal.demo.numbers import INVENTED_PREFIX, resident_ids, telephones
from portal.demo.people import People
from portal.demo.places import HELPING, HILL_VILLAGE, MERGED_VILLAGE, STORY_TOWN, STORY_VILLAGE, Places
from portal.demo.plan import Plan
from portal.demo.works import Projects

HELPER_KINDS: Final = {"结对干部": 0.76, "驻村工作队": 0.10, "扶贫书记": 0.04, "联动帮扶组": 0.06, "项目帮扶组": 0.04}
BUSY_HOUSEHOLDS: Final = 46


@dataclass(frozen=True)
class Helpers:
    """Helpers in step, and their pairings; the first helper is the busy one of story 5, the second walks the hills."""

    no: Words
    name: Words
    county: Ints
    kind: Words
    pair_helper: Ints
    pair_household: Ints
    pair_start: Days
    pair_end: Days
    pair_days: Ints


def household_table(places: Places, people: People) -> DemoTable:
    """扶贫对象, one row a person; two households came under a code that was abolished the year before (Q08)."""
    households, members = people.households, people.members
    h = members.household
    codes = places.village_codes[households.village].copy()
    village = np.flatnonzero((codes == STORY_VILLAGE) & (households.entered > np.datetime64("2024-01-01")))
    codes[village[:2]] = MERGED_VILLAGE
    head = members.head
    where = places.town_county[places.village_town[households.village]]
    bank = words([f"{places.names[c]}农村商业银行（演示）" for c in places.counties])[where]
    none = members.account == ""
    return table(
        "households",
        "households",
        {
            "户编号": households.no[h],
            "姓名": members.name,
            "证件号码": members.id_number,
            "与户主关系": members.relation,
            "是否共同生活": members.together,
            "性别": np.where(members.male, "男", "女"),
            "出生日期": members.born,
            "民族": members.ethnicity,
            "健康状况": members.health,
            "劳动能力": members.labour,
            "在校状况": members.school,
            "残疾等级": members.disability,
            "区划代码": codes[h],
            "住址": households.address[h],
            "经度": households.lng_e7[h],
            "纬度": households.lat_e7[h],
            "坐标系": np.full(len(h), "WGS84"),
            "对象类别": households.category[h],
            "致贫原因": households.cause[h],
            "其他致贫原因": households.other_cause[h],
            "纳入日期": households.entered[h],
            "状态": households.status[h],
            "退出日期": households.exited[h],
            "开户银行": np.where(none, "", bank[h]),
            "银行账号": members.account,
            "联系电话": members.phone,
            "备案对象": masked(households.related[h], ~head),
        },
    )


def weak_village_table(plan: Plan, places: Places) -> DemoTable:
    """经济薄弱村: 柳荫村 and others drawn at random."""
    rng = plan.rng("weak villages")
    count = min(plan.scale.weak_villages, len(places.village_codes))
    story = int(np.flatnonzero(places.village_codes == STORY_VILLAGE)[0])
    others = rng.permutation(np.delete(np.arange(len(places.village_codes)), story))[: count - 1]
    village = np.sort(np.concatenate([[story], others])).astype(np.int64)
    n = len(village)
    line = np.full(n, 20_000_000)
    income = (rng.integers(9, 42, n) * 1_000_000).astype(np.int64)
    county = words(places.counties)[places.town_county[places.village_town[village]]]
    return table(
        "weak_villages",
        "weak-villages",
        {
            "村区划代码": places.village_codes[village],
            "级别": draw(rng, {"省定": 0.4, "市定": 0.35, "县定": 0.25}, n),
            "认定年度": np.full(n, 2016),
            "村集体年收入": income,
            "达标线": line,
            "状态": np.where(income >= line, "已达标", "在列"),
            "帮扶单位": np.char.add(county, numbered("-BF", rng.integers(0, len(HELPING), n), 2)),
            "第一书记": _names(rng, n),
        },
    )


def make_helpers(plan: Plan, places: Places, people: People) -> Helpers:
    """Helpers of each county in proportion to its households, and who is paired with whom."""
    rng = plan.rng("helpers")
    households = people.households
    county_of = places.town_county[places.village_town[households.village]]
    per_county = np.bincount(county_of, minlength=len(places.counties))
    n = plan.scale.helpers
    bounds = np.rint(np.cumsum(per_county) / per_county.sum() * n).astype(np.int64)
    county = np.searchsorted(bounds, np.arange(n), side="right")
    kind = draw(rng, HELPER_KINDS, n)
    town = words(places.townships)[places.village_town[households.village]]
    busy_at = _story_helpers(places, county)
    kind[list(busy_at)] = "结对干部"
    cadre = kind == "结对干部"
    cadre[list(busy_at)] = False
    helper = _assigned(county, cadre, county_of)
    here = np.flatnonzero((town == STORY_TOWN) & (households.status == "在册") & (households.village != _hill(places)))
    helper[here[:BUSY_HOUSEHOLDS]] = busy_at[0]
    helper[households.village == _hill(places)] = busy_at[1]
    paired = np.flatnonzero((rng.random(households.count) >= 0.01) | np.isin(helper, busy_at))
    start = np.maximum(households.entered[paired], np.datetime64("2021-03-01"))
    start = start + rng.integers(0, 25, len(paired)).astype("timedelta64[D]")
    start = np.minimum(start, np.datetime64(plan.as_of, "D"))
    end = households.exited[paired]
    end = np.where(households.status[paired] == "已脱贫", NO_DAY, np.where(end < start, start, end))
    stable = households.status[paired] == "已脱贫"
    return Helpers(
        numbered("BFR", np.arange(1, n + 1), 6), _names(rng, n), county, kind, helper[paired], paired,
        start, end.astype("datetime64[D]"), np.where(stable, 90, 30),
    )  # fmt: skip


def _hill(places: Places) -> int:
    return int(np.flatnonzero(places.village_codes == HILL_VILLAGE)[0])


def _story_helpers(places: Places, county: Ints) -> tuple[int, int]:
    lianshui = next(i for i, code in enumerate(places.counties) if code[:6] == STORY_TOWN[:6])
    first = int(np.searchsorted(county, lianshui))
    return first, first + 1


def _assigned(county: Ints, cadre: Flags, county_of: Ints) -> Ints:
    """A cadre of the same county for each household, evenly; neighbours share one."""
    helper = np.zeros(len(county_of), dtype=np.int64)
    for number in np.unique(county_of):
        pool = np.flatnonzero(cadre & (county == number))
        mine = np.flatnonzero(county_of == number)
        helper[mine] = pool[np.arange(len(mine)) * len(pool) // len(mine)]
    return helper


def _names(rng: np.random.Generator, n: int) -> Words:
    given = np.array(list(MALE_NAMES + FEMALE_NAMES))
    name = np.char.add(draw(rng, SURNAMES, n), given[rng.integers(0, len(given), n)])
    second: Words = np.char.add(name, np.where(rng.random(n) < 0.3, "", given[rng.integers(0, len(given), n)]))
    return second


def helper_table(plan: Plan, places: Places, helpers: Helpers) -> DemoTable:
    """帮扶力量."""
    rng = plan.rng("helper numbers")
    n = len(helpers.no)
    born = np.datetime64("1966-01-01") + rng.integers(0, 365 * 34, n).astype("timedelta64[D]")
    male = rng.random(n) < 0.58
    unit = numbered("-BF", rng.integers(0, len(HELPING), n), 2)
    return table(
        "helpers",
        "helpers",
        {
            "帮扶人编号": helpers.no,
            "姓名": helpers.name,
            "证件号码": resident_ids(born, male, np.full(n, INVENTED_PREFIX), start=500),
            "手机号": telephones(999_999 - np.arange(n)),
            "帮扶单位": np.char.add(words(places.counties)[helpers.county], unit),
            "职务": draw(rng, {"科员": 0.55, "教师": 0.2, "副科长": 0.12, "医师": 0.08, "科长": 0.05}, n),
            "类型": helpers.kind,
        },
    )


def _blank(count: int) -> Words:
    return np.full(count, "")


def pairing_table(plan: Plan, places: Places, people: People, projects: Projects, helpers: Helpers) -> DemoTable:
    """结对: households to cadres, every village to a member of a team, projects of the last years to a group."""
    rng = plan.rng("pairings")
    teams = np.flatnonzero(helpers.kind != "结对干部")
    villages = np.arange(len(places.village_codes))
    recent = np.flatnonzero(projects.stages["开工"] > np.datetime64(f"{plan.as_of.year - 2}-01-01"))
    helper = np.concatenate([helpers.pair_helper, rng.choice(teams, len(villages)), rng.choice(teams, len(recent))])
    n, v, p = len(helpers.pair_helper), len(villages), len(recent)
    start = np.concatenate(
        [helpers.pair_start, np.full(v, np.datetime64("2021-07-01")), projects.stages["开工"][recent]]
    )
    return table(
        "pairings",
        "pairings",
        {
            "帮扶人编号": helpers.no[helper],
            "户编号": np.concatenate([people.households.no[helpers.pair_household], _blank(v + p)]),
            "村区划代码": np.concatenate([_blank(n), places.village_codes, _blank(p)]),
            "项目编码": np.concatenate([_blank(n + v), projects.code[recent]]),
            "开始日期": start,
            "结束日期": np.concatenate([helpers.pair_end, np.full(v + p, NO_DAY)]),
            "走访周期天数": np.concatenate([helpers.pair_days, np.full(v + p, 30)]),
        },
    )
