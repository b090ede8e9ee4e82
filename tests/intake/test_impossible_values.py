"""What the console refuses a file cannot bring in either: money of the wrong sign, parameters that are no numbers."""

from __future__ import annotations

import pytest

from tests.intake.conftest import Put

pytestmark = pytest.mark.usefixtures("read_here")

PAYMENT = "批次号,序号,拨付编号,金额,发放日期\nFF1,1,B2,{},2026-04-02\n"
ALLOCATION = "拨付编号,上级拨付编号,资金项目编码,金额\nB9,B1,ZX-1,{}\n"
ASSET = "资产编码,名称,原值\nZC1,大棚,{}\n"
PROJECT = "项目编码,名称,合同金额\nXM1,路,{}\n"
PROGRAMME = "资金项目编码,名称,预算金额\nZX-9,新项目,{}\n"
VILLAGE = "村区划代码,认定年度,村集体年收入\n320826100001,2026,{}\n"


@pytest.mark.parametrize(
    ("kind", "content", "column", "wrong", "right"),
    [
        ("payments", PAYMENT, "金额", "-100", "100"),
        ("payments", PAYMENT, "金额", "0", "0.01"),
        ("allocations", ALLOCATION, "金额", "0.00", "-1"),
        ("assets", ASSET, "原值", "-0.01", "0"),
        ("projects", PROJECT, "合同金额", "-5万元", "5万元"),
        ("programmes", PROGRAMME, "预算金额", "(100)", "100"),
        ("weak_villages", VILLAGE, "村集体年收入", "-1", "18万元"),
    ],
)
def test_money_of_an_impossible_sign_is_refused_with_its_cell(
    county: Put, kind: str, content: str, column: str, wrong: str, right: str
) -> None:
    answer = county(kind, content.format(wrong))
    assert (answer["accepted"], answer["rejected"]) == (0, 1)
    (error,) = answer["errors"]
    assert (error["row"], error["column"]) == (2, column)
    assert error["why"] and error["fix"]
    assert county(kind, content.format(right))["accepted"] == 1


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [("poverty_line", "六千", "6000"), ("F01.days", "", "随便"), ("visit_days.stable", "三十", "30")],
)
def test_a_known_parameter_takes_only_what_it_can_mean(county: Put, name: str, wrong: str, right: str) -> None:
    rows = "名称,区划代码,有效期自,值,依据\n{},320826,2026-01-01,{},文\n"
    refused = county("parameters", rows.format(name, wrong))
    assert [error["column"] for error in refused["errors"]] == ["值"]
    assert county("parameters", rows.format(name, right))["accepted"] == 1


def test_a_new_parameter_needs_a_basis_and_none_can_lose_it(county: Put) -> None:
    rows = "名称,区划代码,有效期自,值,依据\npoverty_line,320826,2026-01-01,{},{}\n"
    for basis in ("", "清空"):
        refused = county("parameters", rows.format(6000, basis))
        assert [(e["row"], e["column"], e["value"]) for e in refused["errors"]] == [(2, "依据", basis or "（空）")]
    assert county("parameters", "名称,区划代码,有效期自,值\npoverty_line,320826,2026-01-01,1\n")["rejected"] == 1
    assert county("parameters", rows.format(6000, "文"))["accepted"] == 1
    assert county("parameters", rows.format(6100, ""))["updated"] == 1
    assert county("parameters", rows.format(6100, "清空"))["rejected"] == 1


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        ("households", "户编号,姓名,区划代码\nH9,赵六,{}\n", "区划代码"),
        ("weak_villages", "村区划代码,认定年度\n{},2026\n", "村区划代码"),
        ("pairings", "帮扶人编号,村区划代码,开始日期\nB1,{},2026-01-01\n", "村区划代码"),
    ],
)
def test_what_belongs_to_a_village_is_not_taken_for_a_township(
    county: Put, kind: str, content: str, column: str
) -> None:
    county("helpers", "帮扶人编号,姓名\nB1,王帮扶\n")
    for wide in ("320826100000", "320826"):
        answer = county(kind, content.format(wide))
        (error,) = answer["errors"]
        assert (answer["accepted"], error["row"], error["column"]) == (0, 2, column)
        assert error["value"] == wide.ljust(12, "0") and "村" in error["why"] and error["fix"]
    assert county(kind, content.format("320826100001"))["accepted"] == 1


def test_a_pairing_with_two_targets_shows_the_cell_that_is_one_too_many(county: Put) -> None:
    county("helpers", "帮扶人编号,姓名\nB1,王帮扶\n")
    rows = "帮扶人编号,户编号,村区划代码,开始日期\nB1,H1,320826100001,2026-01-01\nB1,,,2026-01-01\n"
    shown = [(e["row"], e["column"], e["value"]) for e in county("pairings", rows)["errors"]]
    assert shown == [(2, "村区划代码", "320826100001"), (3, "户编号", "（空）")]
