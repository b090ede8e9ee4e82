"""Divisions and units: real counties and townships of Huai'an, invented villages, banks and companies."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from portal.demo.arrays import DemoTable, Ints, Words, table, words
from portal.demo.numbers import company_code
from portal.demo.plan import Plan

CODES_FILE: Final = Path(__file__).parent / "data" / "divisions_huaian.csv"
MERGER_DAY: Final = date(2016, 10, 8)
"""From here on the codes of 清江浦区 and 洪泽区 are used for records (their ID prefixes stay older ones)."""
OLD_DAY: Final = date(2010, 1, 1)
RENAMED: Final = (
    ("320802000000", "清河区", "320812000000"),
    ("320811000000", "清浦区", "320812000000"),
    ("320829000000", "洪泽县", "320813000000"),
)
STORY_TOWN: Final = "320826114000"  # 红窑镇
STORY_VILLAGE: Final = "320826114205"  # 柳荫村, invented
HILL_VILLAGE: Final = "320826114206"  # 岗上村, invented: bad signal, long ways
MERGED_VILLAGE: Final = "320826114298"  # 沟沿村, invented: merged into 柳荫村
MERGED_ON: Final = date(2023, 12, 31)

_FIRST: Final = "柳杨桃杏梨桐槐榆松竹荷莲菱稻麦禾金银福安和平永兴新东西南北前后大小高清石沙湾河塘沟"
_SECOND: Final = "荫庄桥湾渡圩墩滩塘岗集口坝洼园林堆渠港浦堡营湖淮"

DEPARTMENTS: Final = {
    "CZ": ("财政局", "财政"),
    "NY": ("农业农村局", "主管部门"),
    "MZ": ("民政局", "主管部门"),
    "RS": ("人力资源和社会保障局", "主管部门"),
    "YB": ("医疗保障局", "主管部门"),
    "JY": ("教育体育局", "主管部门"),
    "JT": ("交通运输局", "主管部门"),
    "SL": ("水利局", "主管部门"),
    "ZJ": ("住房和城乡建设局", "主管部门"),
    "FG": ("发展和改革委员会", "主管部门"),
    "GS": ("工商业联合会", "主管部门"),
    "CL": ("残疾人联合会", "主管部门"),
    "JW": ("纪委监委", "纪检监察"),
    "SJ": ("审计局", "审计"),
}
HELPING: Final = ("机关工委", "实验学校", "人民医院", "供电公司", "税务局", "融媒体中心", "图书馆", "烟草专卖局")
BUILDERS: Final = ("晴川路桥", "润禾建设", "长堤水利", "金穗农业装备", "向阳新能源", "云帆建筑", "稻香冷链", "广厦建工")


@dataclass(frozen=True)
class Places:
    """All places and units of a plan, villages as arrays in step."""

    plan: Plan
    official: list[dict[str, str]]
    counties: list[str]  # code12
    townships: list[str]
    village_codes: Words
    village_names: Words
    village_town: Ints  # index into townships
    village_lat_e7: Ints
    village_lng_e7: Ints

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of each official code."""
        return {row["code12"]: row["name"] for row in self.official}

    @cached_property
    def town_county(self) -> Ints:
        """Index of each township's county."""
        where = {code: index for index, code in enumerate(self.counties)}
        return np.array([where[code[:6] + "000000"] for code in self.townships], dtype=np.int64)

    def department(self, county: str, letters: str) -> str:
        """Unit code of a county's (or the city's) department."""
        return f"{county}-{letters}"

    def town_unit(self, township: str) -> str:
        """Unit code of a township's government."""
        return f"{township}-ZF"

    def village_unit(self, village: str) -> str:
        """Unit code of a village committee."""
        return f"{village}-CW"

    def bank(self, county: str) -> str:
        """Unit code of the county's paying bank."""
        return f"{county}-YH"


def make_places(plan: Plan) -> Places:
    """Counties and townships from the official list; villages and their points invented."""
    with CODES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scale = plan.scale
    counties = [f"{code}000000" for code in scale.counties]
    inside = [row for row in rows if row["level"] == "4" and row["code12"][:6] in scale.counties]
    townships = [row for row in inside if scale.townships is None or row["code12"] in scale.townships]
    rng = plan.rng("places")
    town = np.sort(np.arange(scale.villages) % len(townships))
    town_codes = words([row["code12"] for row in townships])
    within = np.arange(scale.villages) - np.searchsorted(town, town)
    number = np.where(town_codes[town] == STORY_TOWN, 205, 200) + within
    codes = np.char.add(town_codes[town].astype("U9"), number.astype("U3"))
    lat = np.array([float(row["lat"]) for row in townships])[town] + rng.uniform(-0.025, 0.025, scale.villages)
    lng = np.array([float(row["lng"]) for row in townships])[town] + rng.uniform(-0.03, 0.03, scale.villages)
    names = _village_names(rng, codes, town, within)
    keep = [row for row in rows if row["level"] in "12" or row["code12"] in counties] + townships
    return Places(plan, keep, counties, list(town_codes), codes, names, town, _e7(lat), _e7(lng))


def _e7(degrees: Any) -> Ints:
    result: Ints = np.rint(np.asarray(degrees) * 10**7).astype(np.int64)
    return result


def _village_names(rng: np.random.Generator, codes: Words, town: Ints, within: Ints) -> Words:
    # a walk with a step prime to the number of pairs: no name twice in a township
    pairs = len(_FIRST) * len(_SECOND)
    start = rng.integers(0, pairs, int(town.max()) + 1)
    number = (start[town] + within * 389) % pairs
    first, second = np.array(list(_FIRST)), np.array(list(_SECOND))
    names: Words = np.char.add(np.char.add(first[number // len(_SECOND)], second[number % len(_SECOND)]), "村")
    names = np.where(names == "柳荫村", "柳荫西村", names)
    return np.where(codes == STORY_VILLAGE, "柳荫村", np.where(codes == HILL_VILLAGE, "岗上村", names))


def division_table(places: Places) -> DemoTable:
    """行政区划: official rows, the three codes abolished in 2016, villages, and one village merged in 2023."""
    scale = places.plan.scale
    listed: list[tuple[Any, ...]] = [
        (r["code12"], r["name"], r["lat"], r["lng"], _valid_from(r["code12"]), None, "") for r in places.official
    ]
    for code, name, successor in RENAMED if scale.has_city else ():
        listed.append((code, name, "", "", OLD_DAY, MERGER_DAY, successor))
    for code, name, lat, lng in zip(
        places.village_codes, places.village_names, places.village_lat_e7, places.village_lng_e7, strict=True
    ):
        listed.append((str(code), str(name), lat / 1e7, lng / 1e7, _valid_from(str(code)), None, ""))
    listed.append((MERGED_VILLAGE, "沟沿村", "", "", OLD_DAY, MERGED_ON, STORY_VILLAGE))
    codes, names, lats, lngs, since, until, successors = (list(c) for c in zip(*listed, strict=True))
    placed = [value != "" for value in lats]
    return table(
        "divisions",
        "divisions",
        {
            "区划代码": words(codes),
            "名称": words(names),
            "上级代码": words([parent_code(c) for c in codes]),
            "经度": [round(float(v) * 10**7) if v != "" else None for v in lngs],
            "纬度": [round(float(v) * 10**7) if v != "" else None for v in lats],
            "坐标系": words(["WGS84" if known else "" for known in placed]),
            "有效期自": since,
            "有效期至": until,
            "后继代码": words(successors),
        },
    )


def _valid_from(code: str) -> date:
    return MERGER_DAY if code[:6] in ("320812", "320813") else OLD_DAY


def parent_code(code: str) -> str:
    """The code above: prefix and zeros; empty above a province."""
    for length in (9, 6, 4, 2):
        if code[length:].strip("0"):
            return code[:length].ljust(12, "0")
    return ""


def unit_table(places: Places) -> DemoTable:
    """单位: departments, townships, village committees, helping units, banks and builders (the last two invented)."""
    rows: list[tuple[str, str, str, str]] = []
    if places.plan.scale.has_city:
        city = "320800000000"
        rows += [(places.department(city, k), f"淮安市{n}", kind, city) for k, (n, kind) in DEPARTMENTS.items()]
    for county in places.counties:
        name = places.names[county]
        rows += [(places.department(county, k), f"{name}{n}", kind, county) for k, (n, kind) in DEPARTMENTS.items()]
        rows.append((places.bank(county), f"{name}农村商业银行（演示）", "代理银行", county))
        rows.append((f"{county}-XM", f"{name}乡村振兴项目建设中心（演示）", "其他", county))
        rows += [(f"{county}-BF{i:02d}", f"{name}{n}", "帮扶单位", county) for i, n in enumerate(HELPING)]
    rows += [(places.town_unit(t), f"{town_name(places, t)}人民政府", "乡镇", t) for t in places.townships]
    for code, name, town in zip(places.village_codes, places.village_names, places.village_town, strict=True):
        above = town_name(places, places.townships[town])
        rows.append((places.village_unit(str(code)), f"{above}{name}村民委员会", "村居", str(code)))
    rows += [(code, name, "施工单位", places.counties[0]) for code, name in builders(places)]
    return table(
        "units",
        "units",
        {h: words(c) for h, c in zip(("单位编码", "单位名称", "单位类型", "区划代码"), _turn(rows), strict=True)},
    )


def _turn(rows: Sequence[tuple[str, ...]]) -> list[list[str]]:
    return [list(column) for column in zip(*rows, strict=True)]


def town_name(places: Places, township: str) -> str:
    """County and township name, unique in the city."""
    return places.names[township[:6] + "000000"] + places.names[township]


def builders(places: Places) -> list[tuple[str, str]]:
    """(uscc, name) of the invented companies that win contracts: eight, and more where there are more counties."""
    count = len(BUILDERS) * max(1, len(places.counties) // 2)
    return [
        (company_code(serial), f"{BUILDERS[serial % len(BUILDERS)]}第{serial // len(BUILDERS) + 1}工程有限公司（演示）")
        for serial in range(count)
    ]


def household_points(places: Places, rng: np.random.Generator, village: Ints) -> tuple[Ints, Ints]:
    """Latitude and longitude (×10^7, WGS-84) within about a kilometre of each household's village."""
    n = len(village)
    lat = places.village_lat_e7[village] + np.rint(rng.normal(0, 0.0035, n).clip(-0.009, 0.009) * 1e7).astype(np.int64)
    lng = places.village_lng_e7[village] + np.rint(rng.normal(0, 0.004, n).clip(-0.010, 0.010) * 1e7).astype(np.int64)
    return lat, lng


def village_groups(rng: np.random.Generator, n: int) -> Words:
    """村民小组: 1组 … 12组."""
    number: Words = np.char.add(rng.integers(1, 13, n).astype("U2"), "组")
    return number
