"""Projects: what is built where, by whom, how far it is, and in which instalments it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from portal.demo.arrays import NO_DAY, Days, DemoTable, Flags, Ints, Words, masked, numbered, table, words
from portal.demo.catalogue import BY_LETTERS, KINDS
from portal.demo.families import FEMALE_NAMES, MALE_NAMES
from portal.demo.places import Places, builders
from portal.demo.plan import Plan
from portal.demo.willow import WILLOW, WillowProject

SMALL, LARGE = 800_000, 20_000_000
"""Median size in yuan of a project of a village, and of one that the county builds itself."""

WORKS: Final[dict[str, tuple[str, tuple[str, ...], bool]]] = {
    "XJCY": ("产业", ("冷链分拣中心", "稻虾共作基地", "芦蒿大棚", "食用菌车间", "扶贫车间", "村级光伏电站"), False),
    "XJJC": ("基础设施", ("通组道路", "灌溉渠清淤衬砌", "危桥改造", "排涝站更新"), False),
    "SHBF": ("公共服务", ("活动中心修缮", "老年助餐点", "村级光伏电站", "文化广场"), False),
    "GBNT": ("基础设施", ("高标准农田配套",), True),
    "NTSL": ("基础设施", ("泵站更新改造", "圩堤加固", "排涝沟疏浚"), False),
    "JTJJ": ("产业", ("标准厂房", "粮食烘干中心", "农机服务站"), False),
    "NCGL": ("基础设施", ("农村公路提档升级",), True),
    "YGDZ": ("基础设施", ("沟渠以工代赈", "村庄道路以工代赈"), False),
    "JYCJ": ("就业", ("就业帮扶车间",), False),
    "BQ": ("易地搬迁", ("安置区配套设施",), True),
    "YS": ("公共服务", ("饮水安全管网延伸",), True),
    "LL": ("产业", ("产地冷库", "农产品仓储保鲜"), True),
    "GGFW": ("公共服务", ("卫生室改造", "村部修缮", "公共厕所"), False),
    "DS": ("产业", ("电商产业园",), True),
}
"""By kind of money: 项目类型, what is built, and whether the county builds it itself."""


@dataclass(frozen=True)
class Projects:
    """All projects in step; amounts in fen, days NaT where a stage has not been reached."""

    code: Words
    name: Words
    kind: Words
    letters: Words
    village: Ints
    by_county: Flags
    responsible: Words
    contractor: Ints
    planned: Ints
    contract: Ints
    settled: Ints  # 0: not settled yet
    stages: dict[str, Days]
    due: Days
    progress: Ints  # hundredths of a per cent
    beneficiaries: Ints

    @property
    def count(self) -> int:
        """Number of projects."""
        return len(self.code)


STAGES: Final = ("调研", "论证", "申报", "审批", "招标", "开工", "竣工", "验收")


def make_projects(plan: Plan, places: Places) -> Projects:
    """The projects of a plan; the six of 柳荫村 are told by hand and come last."""
    rng = plan.rng("projects")
    n = plan.scale.projects - len(WILLOW)
    # a tenth more than the years hold: what next year's plan already has on its way
    year = plan.years[0] + np.arange(n) * (len(plan.years) * 11) // (n * 10)
    usable = [letters for letters in WORKS if letters in _letters(plan)]
    letters = words(usable)[rng.integers(0, len(usable), n)]
    elsewhere = np.flatnonzero(places.village_codes != WILLOW[0].village)  # 柳荫村 has the six that are told
    village = elsewhere[rng.integers(0, len(elsewhere), n)]
    by_county = np.isin(letters, [k for k, v in WORKS.items() if v[2]])
    planned = np.where(by_county, LARGE, SMALL) * np.exp(rng.normal(0, 0.55, n))
    planned = (np.rint(planned / 1000) * 100_000).astype(np.int64)
    contract = planned * rng.integers(955, 993, n) // 1000
    stages, due = _stages(rng, year)
    end = np.datetime64(plan.as_of, "D")
    stages, due = _flawed(stages, due, end)
    progress = _progress(stages, end)
    stages = {name: np.where(day > end, NO_DAY, day).astype("datetime64[D]") for name, day in stages.items()}
    settled = np.where(np.isnat(stages["验收"]), 0, contract * rng.integers(962, 1001, n) // 1000)
    made = Projects(
        code=np.char.add(numbered("XM", np.minimum(year, plan.as_of.year), 4), numbered("-", np.arange(1, n + 1), 4)),
        name=_names(rng, places, letters, village),
        kind=words([WORKS[k][0] for k in letters]),
        letters=letters,
        village=village,
        by_county=by_county,
        responsible=_persons(rng, n),
        contractor=rng.integers(0, len(builders(places)), n),
        planned=planned,
        contract=contract,
        settled=settled,
        stages=stages,
        due=due,
        progress=progress,
        beneficiaries=np.where(by_county, rng.integers(400, 2600, n), rng.integers(18, 320, n)),
    )
    return _with_willow(plan, places, made)


def _letters(plan: Plan) -> set[str]:
    # a kind that a scale does not have every year has no projects: its instalments would find no programme
    from_first = plan.scale.programmes // len(plan.years)
    return {kind.letters for kind in KINDS[:from_first]}


def _names(rng: np.random.Generator, places: Places, letters: Words, village: Ints) -> Words:
    towns = words([places.names[code] for code in places.townships])
    what = words(
        [
            WORKS[k][1][int(p) % len(WORKS[k][1])]
            for k, p in zip(letters, rng.integers(0, 12, len(letters)), strict=True)
        ]
    )
    where = np.where(
        np.isin(letters, [k for k, v in WORKS.items() if v[2]]),
        towns[places.village_town[village]],
        np.char.add(towns[places.village_town[village]], places.village_names[village]),
    )
    joined: Words = np.char.add(where, what)
    return joined


def _persons(rng: np.random.Generator, n: int) -> Words:
    family, given = np.array(list("许孙周陈王李张刘徐吴朱郑")), np.array(list(MALE_NAMES + FEMALE_NAMES))
    first = np.char.add(family[rng.integers(0, len(family), n)], given[rng.integers(0, len(given), n)])
    name: Words = np.char.add(first, given[rng.integers(0, len(given), n)])
    return name


def _stages(rng: np.random.Generator, year: Ints) -> tuple[dict[str, Days], Days]:
    """Days of the eight dated stages up to acceptance, and the planned completion."""
    n = len(year)
    gaps = ((0, 60), (20, 40), (15, 30), (20, 40), (25, 50), (20, 45), (120, 430), (20, 55))
    day = (year - 1970 - 1).astype("datetime64[Y]").astype("datetime64[D]") + np.timedelta64(250, "D")
    stages: dict[str, Days] = {}
    for name, (low, high) in zip(STAGES, gaps, strict=True):
        day = day + rng.integers(low, high, n).astype("timedelta64[D]")
        stages[name] = day
    due = stages["竣工"] + rng.integers(-10, 30, n).astype("timedelta64[D]")
    return stages, due


def _flawed(stages: dict[str, Days], due: Days, end: np.datetime64) -> tuple[dict[str, Days], Days]:
    """A few projects as rules P01, P03 and P07 know them: late, never accepted, a tender before its approval."""
    few = max(1, len(due) // 60)
    building = (stages["开工"] < end - np.timedelta64(120, "D")) & (stages["竣工"] > end)
    ready = (stages["竣工"] < end - np.timedelta64(70, "D")) & (stages["竣工"] > end - np.timedelta64(400, "D"))
    late, unaccepted = np.flatnonzero(building)[:few], np.flatnonzero(ready)[:few]
    turned = np.flatnonzero(stages["验收"] < end - np.timedelta64(500, "D"))[:few]
    result = {name: day.copy() for name, day in stages.items()}
    due = due.copy()
    due[late] = end - np.timedelta64(45, "D")
    result["验收"][unaccepted] = end + np.timedelta64(400, "D")
    result["招标"][turned] = stages["审批"][turned] - np.timedelta64(9, "D")
    return result, due


def _progress(stages: dict[str, Days], end: np.datetime64) -> Ints:
    whole = np.maximum((stages["竣工"] - stages["开工"]).astype(np.int64), 1)
    done = np.clip((end - stages["开工"]).astype(np.int64) / whole, 0, 1)
    return np.where(done >= 1, 10_000, (np.sqrt(done) * 19).astype(np.int64) * 500)


def _with_willow(plan: Plan, places: Places, made: Projects) -> Projects:
    """The six projects of 柳荫村 appended."""
    end = np.datetime64(plan.as_of, "D")
    rows = list(WILLOW)
    village = int(np.flatnonzero(places.village_codes == rows[0].village)[0])

    def joined(old: Any, values: list[Any]) -> Any:
        return np.concatenate([old, np.array(values, dtype=None if old.dtype.kind == "U" else old.dtype)])

    stage_days = {name: [_willow_day(end, row, name) for row in rows] for name in STAGES}
    return Projects(
        code=joined(made.code, [f"XM{plan.as_of.year}-LY{i:02d}" for i in range(1, len(rows) + 1)]),
        name=joined(made.name, [f"红窑镇柳荫村{row.name}" for row in rows]),
        kind=joined(made.kind, [row.kind for row in rows]),
        letters=joined(made.letters, [row.letters for row in rows]),
        village=joined(made.village, [village] * len(rows)),
        by_county=joined(made.by_county, [False] * len(rows)),
        responsible=joined(made.responsible, [row.responsible for row in rows]),
        contractor=joined(made.contractor, [i % 8 for i in range(len(rows))]),
        planned=joined(made.planned, [row.yuan * 105 // 100 * 100 for row in rows]),
        contract=joined(made.contract, [row.yuan * 100 for row in rows]),
        settled=joined(made.settled, [row.yuan * 100 if row.reached >= 8 else 0 for row in rows]),
        stages={name: joined(made.stages[name], list(days)) for name, days in stage_days.items()},
        due=joined(made.due, [end + np.timedelta64(row.due_in, "D") for row in rows]),
        progress=joined(made.progress, [row.progress * 100 for row in rows]),
        beneficiaries=joined(made.beneficiaries, [row.households for row in rows]),
    )


def _willow_day(end: np.datetime64, row: WillowProject, stage: str) -> np.datetime64:
    place = STAGES.index(stage)
    if place >= row.reached:
        return NO_DAY
    later = STAGES[place + 1 : row.reached]
    return end - np.timedelta64(row.last_ago + sum(200 if name == "竣工" else 34 for name in later), "D")


def project_table(places: Places, projects: Projects, distributed: Days) -> DemoTable:
    """扶贫项目."""
    firms = words([name for _, name in builders(places)])
    towns = places.village_town[projects.village]
    counties = words(places.counties)[places.town_county[towns]]
    division = np.where(projects.by_county, words(places.townships)[towns], places.village_codes[projects.village])
    department = words([BY_LETTERS[letters].department for letters in projects.letters])
    tendered = ~np.isnat(projects.stages["招标"])
    settled = projects.settled > 0
    fee = projects.planned // 125 // 100 * 100
    evaluated = projects.stages["验收"] + np.timedelta64(150, "D")
    evaluated = np.where(evaluated > np.datetime64(places.plan.as_of, "D"), NO_DAY, evaluated)
    return table(
        "projects",
        "projects",
        {
            "项目编码": projects.code,
            "名称": projects.name,
            "项目类型": projects.kind,
            "区划代码": division,
            "主管部门": np.char.add(np.char.add(counties, "-"), department),
            "实施单位": executors(places, projects),
            "责任人": projects.responsible,
            "计划总投资": projects.planned,
            **{f"{name}日期": days for name, days in projects.stages.items()},
            "计划竣工日期": projects.due,
            "收益分配日期": distributed,
            "绩效评价日期": evaluated,
            "形象进度": projects.progress,
            "受益户数": projects.beneficiaries,
            "中标单位": np.where(tendered, firms[projects.contractor], ""),
            "合同金额": masked(projects.contract, ~tendered),
            "结算金额": masked(projects.settled, ~settled),
            "管理费": masked(fee, ~settled),
            "结余金额": masked(projects.planned - projects.settled - fee, ~settled),
        },
    )


def executors(places: Places, projects: Projects) -> Words:
    """实施单位: the village committee, or the county's own building centre."""
    counties = words(places.counties)[places.town_county[places.village_town[projects.village]]]
    village = np.char.add(places.village_codes[projects.village], "-CW")
    return np.where(projects.by_county, np.char.add(counties, "-XM"), village)
