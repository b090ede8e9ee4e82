"""What the projects left behind: assets, who runs them, what they earn and how it was shared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from portal.demo.arrays import NO_DAY, Days, DemoTable, Flags, Ints, Words, masked, numbered, table, words
from portal.demo.places import Places
from portal.demo.plan import Plan
from portal.demo.works import Projects, executors


@dataclass(frozen=True)
class Assets:
    """Assets in step, and the distributions of their income."""

    code: Words
    project: Ints
    operating: Flags
    fen: Ints
    confirmed: Days
    income: Ints
    latest: Days  # newest distribution
    share_asset: Ints
    share_day: Days
    share_fen: Ints
    share_households: Ints


def make_assets(plan: Plan, projects: Projects) -> Assets:
    """One asset for nearly each accepted project; those that earn share it every year, with few exceptions (P05)."""
    rng = plan.rng("assets")
    end = np.datetime64(plan.as_of, "D")
    accepted = projects.stages["验收"]
    project = np.flatnonzero(~np.isnat(accepted) & (rng.random(projects.count) < 0.97))
    n = len(project)
    since = accepted[project]
    confirmed = since + rng.integers(20, 85, n).astype("timedelta64[D]")
    confirmed = np.where((confirmed > end) | (rng.random(n) < 0.02), NO_DAY, confirmed)
    operating = np.isin(projects.kind[project], ["产业", "就业"]) | (np.char.find(projects.name[project], "光伏") >= 0)
    fen = projects.settled[project]
    income = np.where(operating, fen * rng.integers(40, 75, n) // 1000 // 10_000 * 10_000, 0)
    shared = operating & (income > 0) & (rng.random(n) >= 0.02)
    parts = []
    for number in range(1, 7):
        day = since + (number * 345 + rng.integers(-12, 12, n)).astype("timedelta64[D]")
        chosen = np.flatnonzero(shared & (day <= end))
        parts.append((chosen, day[chosen], income[chosen] * rng.integers(92, 101, len(chosen)) // 100))
    asset, day, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    latest = np.full(n, NO_DAY)
    np.fmax.at(latest, asset, day)
    households = projects.beneficiaries[project][asset]
    code = np.char.add("ZC", np.char.replace(projects.code[project], "XM", ""))
    return Assets(code, project, operating, fen, confirmed, income, latest, asset, day, amount, households)


def first_distributions(projects: Projects, assets: Assets) -> Days:
    """收益分配日期 of each project: its first."""
    first = np.full(projects.count, NO_DAY)
    np.fmin.at(first, assets.project[assets.share_asset], assets.share_day)
    return first


def asset_table(plan: Plan, places: Places, projects: Projects, assets: Assets) -> DemoTable:
    """扶贫资产."""
    rng = plan.rng("keepers")
    n = len(assets.code)
    village = projects.village[assets.project]
    owner = np.char.add(places.village_codes[village], "-CW")
    status = np.where(rng.random(n) < 0.03, "闲置", "在用")
    division = np.where(
        projects.by_county[assets.project],
        words(places.townships)[places.village_town[village]],
        places.village_codes[village],
    )
    columns = {
        "资产编码": assets.code,
        "名称": projects.name[assets.project],
        "项目编码": projects.code[assets.project],
        "资产类型": np.where(assets.operating, "经营性", "公益性"),
        "原值": assets.fen,
        "权属单位": owner,
        "确权日期": assets.confirmed,
        "运营单位": executors(places, projects)[assets.project],
        "管护人": projects.responsible[assets.project],
        "年收益": masked(assets.income, assets.income == 0),
        "收益分配日期": assets.latest,
        "状态": status,
        "区划代码": division,
    }
    return table("assets", "assets", columns)


def distribution_table(assets: Assets) -> DemoTable:
    """资产收益分配."""
    year = assets.share_day.astype("datetime64[Y]").astype(np.int64) + 1970
    return table(
        "asset_distributions",
        "asset-distributions",
        {
            "资产编码": assets.code[assets.share_asset],
            "年度": year,
            "分配日期": assets.share_day,
            "金额": assets.share_fen,
            "受益户数": assets.share_households,
            "方案公示号": np.char.add(numbered("GS", year, 4), numbered("-", np.arange(1, len(year) + 1), 5)),
        },
    )
