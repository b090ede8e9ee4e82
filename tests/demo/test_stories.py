"""The eight stories find their records, and the records say what the story tells."""

from __future__ import annotations

from datetime import timedelta

from portal.demo.build import Demonstration
from portal.demo.standards import annual_line
from tests.demo.conftest import AS_OF
from tests.demo.frames import Balances, Frames


def records(demo: Demonstration, number: int) -> dict[str, object]:
    return dict(demo.stories[number - 1].records)


def test_all_eight_are_told(village: Demonstration) -> None:
    assert [story.number for story in village.stories] == list(range(1, 9))
    assert all({"story", "title"} <= set(story.as_dict()) for story in village.stories)


def test_1_the_household_passes_the_line_only_with_the_reimbursement(
    county: Demonstration, county_frames: Frames
) -> None:
    no = records(county, 1)["household"]
    members = [r for r in county_frames.rows("households") if r["户编号"] == no]
    year = (r for r in county_frames.rows("incomes") if r["发生日期"].year == AS_OF.year)
    incomes = [r for r in year if r["户编号"] == no]
    assert no in county_frames.list("payments", "户编号")
    with_it = sum(r["金额"] - (r["成本支出"] or 0) for r in incomes)
    without = sum(r["金额"] - (r["成本支出"] or 0) for r in incomes if r["收入项目"] != "医疗报销")
    line = annual_line(AS_OF.year) * 100
    assert without / len(members) < line <= with_it / len(members)
    assert {r["状态"] for r in members if r["与户主关系"] == "户主"} == {"在册"}


def test_2_the_dead_recipient_was_paid_after_the_day(county: Demonstration, county_frames: Frames) -> None:
    told = records(county, 2)
    paid = [
        on
        for no, on in zip(
            county_frames.list("payments", "户编号"), county_frames.list("payments", "发放日期"), strict=True
        )
        if no == told["household"]
    ]
    assert sum(on.isoformat() > str(told["died_on"]) for on in paid) >= 4


def test_3_the_workshop_earns_and_nothing_was_shared(county: Demonstration, county_frames: Frames) -> None:
    told = records(county, 3)
    asset = next(r for r in county_frames.rows("assets") if r["资产编码"] == told["asset"])
    assert asset["年收益"] > 0
    assert asset["收益分配日期"] is None
    assert told["asset"] not in county_frames.list("asset_distributions", "资产编码")
    project = next(r for r in county_frames.rows("projects") if r["项目编码"] == told["project"])
    assert project["受益户数"] == 254
    assert project["验收日期"] < AS_OF - timedelta(days=366)


def test_4_the_money_has_slept_for_half_a_year(county: Demonstration, county_frames: Frames) -> None:
    told = records(county, 4)
    balances = Balances(county_frames)
    line = str(told["allocation"])
    assert (AS_OF - balances.line[line]["拨付日期"]).days >= 180
    assert balances.held(line) == balances.line[line]["金额"]


def test_5_the_busy_helper_has_46_households_and_the_other_the_hills(
    county: Demonstration, county_frames: Frames
) -> None:
    told = records(county, 5)
    helpers = county_frames.list("pairings", "帮扶人编号")
    households = county_frames.list("pairings", "户编号")
    assert sum(h == told["busy_helper"] and no is not None for h, no in zip(helpers, households, strict=True)) == 46
    place = dict(
        zip(county_frames.list("households", "户编号"), county_frames.list("households", "区划代码"), strict=True)
    )
    hill = {place[no] for h, no in zip(helpers, households, strict=True) if h == told["hill_helper"] and no}
    assert hill == {told["hill_village"]}


def test_7_the_unseen_person_is_in_no_household(county: Demonstration, county_frames: Frames) -> None:
    assert records(county, 7)["id_number"] not in county_frames.list("households", "证件号码")


def test_8_the_old_payment_is_there(county: Demonstration, county_frames: Frames) -> None:
    told = records(county, 8)
    rows = zip(*(county_frames.list("payments", h) for h in ("批次号", "序号", "金额")), strict=True)
    assert (told["batch"], told["seq"], told["amount_fen"]) in set(rows)


def test_sizes_are_those_of_a_county(county: Demonstration, county_frames: Frames) -> None:
    assert county.people.households.count == 12_000
    assert 33_000 < county.people.count < 37_000
    assert len(county_frames.list("programmes", "资金项目编码")) == 60
    assert 4_000 < county.ledger.count < 7_000
    assert 550_000 < sum(run.count for run in county.runs) < 800_000


def test_a_household_came_under_an_abolished_code(county_frames: Frames) -> None:
    codes = county_frames.list("households", "区划代码")
    entered = county_frames.list("households", "纳入日期")
    assert any(code == "320826114298" and on.year > 2023 for code, on in zip(codes, entered, strict=True))
