# ruff: noqa: E501  # rows of tables stand on one line each
"""Profiles: units, totals at every level, balances, currencies, rounding, constants, made keys, filters."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from portal.intake.files import Sources
from portal.intake.profiles import TotalLevel, Totals
from portal.intake.totals import TotalsBook
from portal.kernel.database import reading
from portal.registers.divisions.models import Unit
from portal.registers.funds.models import Allocation
from tests.intake.conftest import Put

pytestmark = pytest.mark.usefixtures("read_here")

BASE: dict[str, Any] = {
    "unit": "万元", "columns": {"村名": "拨入单位", "金额_万元": "金额"}, "constants": {"资金项目编码": "ZX-1"}, "make": {"拨付编号": "T{row:03d}"},
}  # fmt: skip


def book(rows: list[tuple[str, str]], levels: tuple[TotalLevel, ...], *, whole: bool = False) -> list[tuple[str, bool]]:
    """Run (label, amount in 万元) rows through the totals."""
    made = TotalsBook(Totals("金额", levels, whole), "万元", "CNY")
    for number, (label, amount) in enumerate(rows, 2):
        level = made.level_of([label, amount])
        made.add_row([label, amount], amount) if level is None else made.add_total(number, level, amount)
    return [(total.label, total.holds) for total in made.check()]


SMALL, LARGE = TotalLevel("小计"), TotalLevel("合计")


@pytest.mark.parametrize(
    ("rows", "whole", "said"),
    [
        (
            [("a", "1"), ("b", "2"), ("小计", "3"), ("c", "4"), ("小计", "4"), ("合计", "7")],
            False,
            [("小计", True), ("小计", True), ("合计", True)],
        ),
        ([("合计", "7"), ("a", "3"), ("b", "4")], False, [("合计", True)]),
        ([("小计", "3"), ("a", "1"), ("b", "2"), ("合计", "3")], False, [("小计", True), ("合计", True)]),
        ([("a", "1"), ("合计", "2")], False, [("合计", False)]),
        ([("a", "1"), ("合计", ""), ("b", "1"), ("合计", "2")], False, [("合计", True)]),
        ([("a", "1"), ("小计", "3"), ("b", "2"), ("小计", "3")], True, [("小计", True), ("小计", True)]),
        ([("a", "0.12345"), ("b", "0.000001"), (" 合计 ", "0.123451")], False, [("合计", True)]),
        ([("合计金额说明", "9"), ("a", "1"), ("合计", "10")], False, [("合计", True)]),
    ],
)
def test_a_total_covers_the_rows_since_the_previous_one_of_its_level(
    rows: list[tuple[str, str]], whole: bool, said: list[tuple[str, bool]]
) -> None:
    assert book(rows, (SMALL, LARGE), whole=whole) == said


def test_a_total_may_cover_only_the_rows_that_carry_a_word() -> None:
    rows = [("奖励资金", "420"), ("甲结余资金", "0.4"), ("乙结余资金", "1"), ("结余资金小计", "1.4"), ("合计", "421.4")]
    assert book(rows, (TotalLevel("结余资金小计", "结余资金"), LARGE)) == [("结余资金小计", True), ("合计", True)]


def test_a_printed_total_that_is_not_reached_is_imported_as_printed_and_found(county: Put) -> None:
    profile = {**BASE, "totals": {"column": "金额", "rows": ["合计"]}}
    answer = county(
        "allocations",
        "村名,金额_万元\n甲村委会,724.712484\n乙村委会,10(其中灾情因素6万元)\n合计,735\n",
        profile=profile,
    )
    assert (answer["accepted"], answer["amount_fen"], answer["totals_checked"]) == (2, 734_712_484, 1)
    assert [f["evidence"] for f in answer["findings"]] == [
        {"row": 4, "label": "合计", "printed_fen": 735_000_000, "summed_fen": 734_712_484}
    ]


def test_units_are_made_where_a_profile_meets_them_and_only_there(county: Put, sources: Sources) -> None:
    assert county("allocations", "拨付编号,资金项目编码,拨入单位,金额\nC1,ZX-1,丙村委会,1\n")["rejected"] == 1
    assert county("allocations", "村名,金额_万元\n丙村委会,1\n丙村委会,73.5万元\n", profile=BASE)["accepted"] == 2
    with reading(sources.engine) as session:
        made = session.scalars(select(Unit).where(Unit.name == "丙村委会")).one()
        assert (made.kind, made.division_code) == ("其他", None)
        assert session.scalar(select(func.count()).select_from(Allocation).where(Allocation.to_unit_id == made.id)) == 2
        assert session.scalars(select(Allocation.amount_fen).where(Allocation.no == "T002")).one() == 73_500_000


def test_what_is_finer_than_a_fen_is_refused_unless_the_profile_rounds(county: Put) -> None:
    rows = "村名,金额_万元\n甲村委会,1.2345678\n"
    assert "一分钱以下" in county("allocations", rows, profile=BASE)["errors"][0]["why"]
    answer = county("allocations", rows, profile={**BASE, "round": "half_even"})
    assert (answer["accepted"], answer["amount_fen"]) == (1, 1_234_568)
    assert answer["tidied"]["rounding_fen"] == "-0.2"


def test_other_currencies_never_pass_as_yuan(county: Put, sources: Sources) -> None:
    profile = {**BASE, "unit": "元", "currency": "MXN", "none": ["N/R"]}
    answer = county("allocations", "村名,金额_万元\nA,$12.50\nB,￥5\nC,N/R\n", profile=profile)
    assert (answer["accepted"], {e["row"]: e["why"][:2] for e in answer["errors"]}) == (1, {3: "币种", 4: "必填"})
    with reading(sources.engine) as session:
        assert session.scalars(select(Allocation.currency).where(Allocation.no == "T001")).one() == "MXN"


def test_only_the_wanted_rows_enter(county: Put) -> None:
    profile = {**BASE, "where": {"类别": "用途"}}
    answer = county(
        "allocations", "类别,村名,金额_万元\n用途,甲村委会,1\n来源,省里,9\n用途,乙村委会,2\n", profile=profile
    )
    assert (answer["read"], answer["amount_fen"]) == (2, 3_000_000)
