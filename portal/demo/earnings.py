"""Incomes of the households: what each earned, with public money as it was really paid, and a target that fits the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portal.demo.arrays import Days, DemoTable, Flags, Ints, Words, column, masked, table, words
from portal.demo.catalogue import Programme
from portal.demo.payouts import Run
from portal.demo.people import People
from portal.demo.places import Places
from portal.demo.plan import Plan
from portal.demo.standards import annual_line

PAID_ITEMS = {
    "DB": "低保金",
    "TK": "特困供养金",
    "CJ": "残疾人补贴",
    "GL": "高龄补贴",
    "GD": "惠农补贴",
    "GYG": "公益性岗位工资",
}
PENSION_FEN = 276_000


@dataclass(frozen=True)
class _Rows:
    household: Ints
    day: Days
    category: str
    item: Words
    fen: Ints
    cost: Ints
    counts: str = ""


def income_table(
    plan: Plan, places: Places, people: People, programmes: Sequence[Programme], runs: Sequence[Run]
) -> DemoTable:
    """收入明细 of the last full year for everybody, wages of the first half of this year, and the year of each exit.

    Yearly items are dated 20 December, so that any twelve months hold each of them once.
    """
    rng = plan.rng("incomes")
    rows: list[_Rows] = []
    households = people.households
    exit_year = households.exited.astype("datetime64[Y]").astype(np.int64) + 1970
    for year in range(plan.years[0], plan.as_of.year + 1):
        whole = np.full(households.count, year == plan.as_of.year - 1)
        mine = (whole | ((exit_year == year) & (households.status == "已脱贫"))) & _there(people, year)
        rows += _year(rng, people, year, mine, _paid(people, programmes, runs, year), plan)
    return _table(plan, places, people, rows)


def _there(people: People, year: int) -> Flags:
    return people.households.entered < np.datetime64(f"{year}-12-01")


def _paid(people: People, programmes: Sequence[Programme], runs: Sequence[Run], year: int) -> dict[str, Ints]:
    """Successful payments of a year by item and household."""
    total = {item: np.zeros(people.households.count, dtype=np.int64) for item in PAID_ITEMS.values()}
    for run in runs:
        programme = programmes[run.programme]
        item = PAID_ITEMS.get(programme.kind.letters)
        if item is not None and programme.year == year:
            good = run.result == 0
            np.add.at(total[item], run.household[good], run.fen[good])
    return total


def _year(
    rng: np.random.Generator, people: People, year: int, mine: Flags, paid: dict[str, Ints], plan: Plan
) -> list[_Rows]:
    households, members = people.households, people.members
    count = households.count
    end_of_year = np.full(count, np.datetime64(f"{year}-12-20"))
    if end_of_year[0] > np.datetime64(plan.as_of, "D"):
        end_of_year = np.full(count, np.datetime64(plan.as_of, "D"))
    living = np.bincount(members.household, weights=members.together, minlength=count).astype(np.int64)
    old = np.bincount(members.household, weights=members.together & (members.age >= 60), minlength=count).astype(
        np.int64
    )
    pension = np.where(households.category == "特困供养户", 0, old * PENSION_FEN)
    crops = rng.integers(0, 46, count) * 10_000 * (rng.random(count) < 0.7)
    share = np.where(households.status == "已脱贫", rng.uniform(1.12, 1.9, count), rng.uniform(0.55, 1.04, count))
    target = (annual_line(year) * 100 * share * np.maximum(living, 1)).astype(np.int64)
    known = pension + crops + sum(paid.values())
    wages = np.maximum(target - known, 0) // 10_000 * 10_000
    works = np.bincount(members.household, weights=members.labour == "普通劳动力", minlength=count) > 0
    rows = [
        _rows(mine & works, end_of_year, "工资性", "务工工资", wages - wages // 2),
        _rows(mine & works, np.full(count, np.datetime64(f"{year}-06-25")), "工资性", "务工工资", wages // 2),
        _rows(mine & ~works, end_of_year, "转移性", "赡养费", wages * 3 // 10),
        _rows(mine, end_of_year, "转移性", "养老金", pension),
        _rows(mine, np.full(count, np.datetime64(f"{year}-10-28")), "经营性", "种植", crops * 3 // 2, crops // 2),
    ]
    for item, fen in paid.items():
        rows.append(_rows(mine, end_of_year, "工资性" if item == "公益性岗位工资" else "转移性", item, fen))
    ill = np.bincount(members.household, weights=members.health == "大病", minlength=count) > 0
    refunds = rng.integers(6, 140, count) * 10_000
    rows.append(_rows(mine & ill, end_of_year, "转移性", "医疗报销", refunds, counts="否"))
    if year == plan.as_of.year - 1:  # and the first half of this year, so that rolling twelve months are whole
        half = np.full(count, np.datetime64(f"{year + 1}-06-25"))
        listed = households.status == "在册"
        rows.append(_rows(mine & works & listed, half, "工资性", "务工工资", wages * 52 // 100 // 10_000 * 10_000))
    return rows


def _rows(
    mine: Flags, day: Days, category: str, item: str, fen: Ints, cost: Ints | None = None, counts: str = ""
) -> _Rows:
    chosen = np.flatnonzero(mine & (fen > 0))
    spent = np.zeros(len(chosen), dtype=np.int64) if cost is None else cost[chosen]
    return _Rows(chosen, day[chosen], category, np.full(len(chosen), item), fen[chosen], spent, counts)


def _table(plan: Plan, places: Places, people: People, rows: list[_Rows]) -> DemoTable:
    household = np.concatenate([r.household for r in rows])
    day = np.concatenate([r.day for r in rows])
    kept = day <= np.datetime64(plan.as_of, "D")
    order = np.flatnonzero(kept)[np.argsort(household[kept], kind="stable")]
    village = people.households.village[household]
    name = np.char.add(
        words([places.names[code] for code in places.townships])[places.village_town], places.village_names
    )
    cost = np.concatenate([r.cost for r in rows])
    counts = np.concatenate([np.full(len(r.fen), r.counts) for r in rows])
    columns = {
        "户编号": people.households.no[household],
        "发生日期": day,
        "收入类别": np.concatenate([np.full(len(r.fen), r.category) for r in rows]),
        "收入项目": np.concatenate([r.item for r in rows]),
        "金额": np.concatenate([r.fen for r in rows]),
        "成本支出": masked(cost, cost == 0),
        "是否计入": masked(np.zeros(len(household), dtype=bool), counts == ""),
        "录入人": np.full(len(household), "村会计（演示）"),
        "录入单位": np.char.add(name[village], "村民委员会"),
    }
    return table("incomes", "incomes", {header: column(values).take(order) for header, values in columns.items()})
