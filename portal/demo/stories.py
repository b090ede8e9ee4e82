"""The set-up of the eight stories, as far as the registers reach; each knows the record numbers it is told with.

1 涟水案: 12,000 yuan of medical reimbursement recorded as income so that a household "passes" the line.
2 死者仍领: a recipient who will be found dead in a later snapshot goes on being paid.
3 车间租金: a workshop that 254 households should share in; nothing was ever distributed.
4 钱在睡觉: a department received money more than 180 days ago and passed on nothing.
5 忙碌的帮扶人: a helper with 46 households, and one whose households all lie in the hills.
6 匿名举报: needs complaints; only the township it will be about is named.
7 没被看见: a seriously ill person who is on no list; only the population snapshot will know him.
8 被改的旧账: an old payment that somebody with database rights will try to rewrite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portal.demo.arrays import DemoTable, masked, words
from portal.demo.demo_rows import appended
from portal.demo.ledger import Ledger
from portal.demo.numbers import INVENTED_PREFIX, resident_ids
from portal.demo.payouts import Run
from portal.demo.people import People
from portal.demo.places import HILL_VILLAGE, STORY_TOWN, STORY_VILLAGE, Places
from portal.demo.plan import Plan
from portal.demo.roster import Helpers
from portal.demo.standards import annual_line
from portal.demo.works_money import ASLEEP

WORKSHOP_PROJECT: Final = "XM-CJ-2023-01"
WORKSHOP_ASSET: Final = "ZC-CJ-2023-01"
WORKSHOP_HOUSEHOLDS: Final = 254
REIMBURSEMENT_FEN: Final = 1_200_000
DEAD_DAYS: Final = 150


@dataclass(frozen=True)
class Story:
    """One story: its number, what it is called, and the records it is told with."""

    number: int
    title: str
    records: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"story": self.number, "title": self.title, **self.records}


def make_stories(
    plan: Plan, places: Places, people: People, helpers: Helpers, ledger: Ledger, runs: Sequence[Run]
) -> list[Story]:
    """All eight, with the numbers of this plan."""
    return [
        Story(
            1,
            "涟水案：医疗报销算成收入",
            {"household": str(people.households.no[people.told]), "item": "医疗报销", "amount_fen": REIMBURSEMENT_FEN},
        ),
        _dead_recipient(plan, places, people, runs),
        Story(
            3,
            "车间租金没有分",
            {"asset": WORKSHOP_ASSET, "project": WORKSHOP_PROJECT, "households": WORKSHOP_HOUSEHOLDS},
        ),
        _asleep(plan, places, ledger),
        _helpers(places, people, helpers),
        Story(6, "匿名举报", {"division": STORY_TOWN, "accused_unit": places.town_unit(STORY_TOWN)}),
        Story(
            7,
            "没被看见的病人",
            {"name": "程无名", "id_number": unseen_person(), "division": STORY_VILLAGE, "medical_fen": 4_600_000},
        ),
        _old_payment(plan, people, runs),
    ]


def unseen_person() -> str:
    """The ID of the person of story 7, in no register (invented like all others)."""
    number = resident_ids(
        np.array(["1961-03-14"], dtype="datetime64[D]"), np.array([True]), np.array([INVENTED_PREFIX]), start=900
    )
    return str(number[0])


def _dead_recipient(plan: Plan, places: Places, people: People, runs: Sequence[Run]) -> Story:
    """The recipient of 低保 who lives alone, in 柳荫村 if there is one, and has been paid every month."""
    last = max(
        (run for run in runs if "-DB" in run.batch_no and not run.resend_batch),
        key=lambda run: (run.day, run.batch_no.find("320826")),
    )
    households = people.households
    alone = np.flatnonzero((households.size[last.household] == 1) & (last.result != 1))
    here = [i for i in alone if places.village_codes[households.village[last.household[i]]] == STORY_VILLAGE]
    chosen = int((here or list(alone))[0])
    died = np.datetime64(plan.as_of, "D") - np.timedelta64(DEAD_DAYS, "D")
    return Story(
        2,
        "去世后仍在发放",
        {
            "household": str(households.no[last.household[chosen]]),
            "person": str(people.members.name[last.payee[chosen]]),
            "died_on": str(died),
            "batch": last.batch_no,
            "seq": chosen + 1,
        },
    )


def _asleep(plan: Plan, places: Places, ledger: Ledger) -> Story:
    letters, code, _, days = ASLEEP[0]
    day = np.datetime64(plan.as_of, "D") - np.timedelta64(days, "D")
    numbers = ledger.numbers()
    start, found = 0, ""
    for block in ledger.blocks:
        if (
            block.purpose == ledger.kind_name(letters)
            and (block.day == day).all()
            and f"{code}000000" in block.division
        ):
            found = str(numbers[start + len(block.fen) - 1])
        start += len(block.fen)
    return Story(4, "一笔钱睡了半年", {"allocation": found, "days": days, "division": f"{code}000000"})


def _helpers(places: Places, people: People, helpers: Helpers) -> Story:
    hill = np.flatnonzero(places.village_codes[people.households.village[helpers.pair_household]] == HILL_VILLAGE)
    walker = int(helpers.pair_helper[hill[0]])
    load = np.bincount(helpers.pair_helper)
    busy = walker - 1
    records = {
        "busy_helper": str(helpers.no[busy]),
        "households": int(load[busy]),
        "hill_helper": str(helpers.no[walker]),
    }
    return Story(5, "忙碌的帮扶人和山里的帮扶人", {**records, "hill_village": HILL_VILLAGE})


def _old_payment(plan: Plan, people: People, runs: Sequence[Run]) -> Story:
    first = min((run for run in runs if "-DB" in run.batch_no), key=lambda run: (run.day, run.batch_no))
    return Story(
        8, "被改的旧账", {"batch": first.batch_no, "seq": 1, "amount_fen": int(first.fen[0]), "paid_on": str(first.day)}
    )


def story_rows(plan: Plan, places: Places, people: People, tables: dict[str, DemoTable]) -> None:
    """Add the records that the stories need to the tables that are there, in place."""
    end = np.datetime64(plan.as_of, "D")
    tables["incomes"] = _with_lianshui(plan, people, tables["incomes"])
    county = f"{STORY_TOWN[:6]}000000"
    tables["projects"] = appended(
        tables["projects"],
        {
            "项目编码": words([WORKSHOP_PROJECT]),
            "名称": words(["红窑镇柳荫村扶贫车间厂房"]),
            "项目类型": words(["产业"]),
            "区划代码": words([STORY_VILLAGE]),
            "主管部门": words([places.department(county, "NY")]),
            "实施单位": words([places.village_unit(STORY_VILLAGE)]),
            "责任人": words(["周永福"]),
            "计划总投资": np.array([168_000_000]),
            **{f"{name}日期": np.array([end - np.timedelta64(ago, "D")]) for name, ago in _WORKSHOP_DAYS},
            "计划竣工日期": np.array([end - np.timedelta64(930, "D")]),
            "形象进度": np.array([10_000]),
            "受益户数": np.array([WORKSHOP_HOUSEHOLDS]),
            "中标单位": words(["云帆建筑第1工程有限公司（演示）"]),
            "合同金额": np.array([165_000_000]),
            "结算金额": np.array([164_000_000]),
        },
    )
    tables["assets"] = appended(
        tables["assets"],
        {
            "资产编码": words([WORKSHOP_ASSET]),
            "名称": words(["柳荫村扶贫车间厂房"]),
            "项目编码": words([WORKSHOP_PROJECT]),
            "资产类型": words(["经营性"]),
            "原值": np.array([164_000_000]),
            "权属单位": words([places.village_unit(STORY_VILLAGE)]),
            "确权日期": np.array([end - np.timedelta64(860, "D")]),
            "运营单位": words([places.village_unit(STORY_VILLAGE)]),
            "管护人": words(["周永福"]),
            "年收益": np.array([9_600_000]),
            "状态": words(["在用"]),
            "区划代码": words([STORY_VILLAGE]),
        },
    )


_WORKSHOP_DAYS: Final = (
    ("调研", 1340), ("论证", 1300), ("申报", 1280), ("审批", 1240), ("招标", 1200), ("开工", 1160), ("竣工", 950), ("验收", 900),
)  # fmt: skip


def _with_lianshui(plan: Plan, people: People, incomes: DemoTable) -> DemoTable:
    """This year's incomes of the household as the village accountant wrote them, in place of drawn ones."""
    no, january = str(people.households.no[people.told]), date(plan.as_of.year, 1, 1)
    columns = incomes.columns
    mine = pc.equal(columns.column("户编号"), no)
    days = columns.column("发生日期")
    drawn = pc.and_(mine, pc.greater_equal(days, pa.scalar(january)))
    # last year's end lies in the twelve months that end with this one: the year before is told a little earlier
    before = min(date(plan.as_of.year - 1, plan.as_of.month, 20), date(plan.as_of.year - 1, 12, 20))
    told = pc.if_else(pc.and_(mine, pc.greater(days, pa.scalar(before))), pa.scalar(before), days)
    columns = columns.set_column(columns.schema.get_field_index("发生日期"), "发生日期", told)
    return appended(replace(incomes, columns=columns.filter(pc.invert(drawn))), _lianshui_incomes(plan, people, no))


def _lianshui_incomes(plan: Plan, people: People, no: str) -> dict[str, Any]:
    """Without the reimbursement the year stays below the line, with it it lies above."""
    end, january = np.datetime64(plan.as_of, "D"), np.datetime64(date(plan.as_of.year, 1, 1), "D")
    need = annual_line(plan.as_of.year) * 100 * int(people.households.size[people.told]) - REIMBURSEMENT_FEN
    wages = need // 2 + 160_000
    crops = need - need // 2
    return {
        "户编号": np.full(3, no),
        "发生日期": np.array([max(end - np.timedelta64(ago, "D"), january) for ago in (18, 16, 9)]),
        "收入类别": words(["工资性", "经营性", "转移性"]),
        "收入项目": words(["务工工资", "种植", "医疗报销"]),
        "金额": np.array([wages, crops + 80_000, REIMBURSEMENT_FEN]),
        "成本支出": masked(np.array([0, 80_000, 0]), np.array([True, False, True])),
        "是否计入": np.array([True, True, True]),
        "录入人": np.full(3, "村会计（演示）"),
        "录入单位": np.full(3, "红窑镇柳荫村村民委员会"),
        "备注": words(["", "", "报销款"]),
    }
