"""The files of the demonstration: the same plan says the same, and every row finds what it refers to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.demo.arrays import DemoTable
from portal.demo.build import Demonstration, demo_tables, make_demonstration
from portal.demo.load import chunks
from portal.demo.plan import make_plan
from portal.intake.kinds import find_kind
from portal.kernel.identity import classify_many
from tests.demo.conftest import AS_OF
from tests.demo.frames import Frames


def test_the_same_plan_draws_the_same_tables(village_tables: list[DemoTable]) -> None:
    again = list(demo_tables(make_demonstration(make_plan("village", 2017, AS_OF))))
    assert [t.name for t in again] == [t.name for t in village_tables]
    assert all(a.columns.equals(b.columns) for a, b in zip(again, village_tables, strict=True))


def test_another_seed_draws_other_people(village: Demonstration) -> None:
    other = make_demonstration(replace(village.plan, seed=1))
    assert other.people.members.name.tolist() != village.people.members.name.tolist()


@pytest.mark.parametrize("as_of", [date(2026, 1, 2), date(2027, 3, 1), date(2028, 2, 29), date(2026, 6, 30)])
def test_any_day_can_be_the_demonstrations_today(as_of: date) -> None:
    frames = Frames(list(demo_tables(make_demonstration(make_plan("village", 3, as_of)))))
    assert max(frames.list("payments", "发放日期")) <= as_of
    assert max(frames.list("allocations", "拨付日期")) <= as_of
    assert max(frames.list("incomes", "发生日期")) <= as_of


def test_headers_are_those_of_the_data_dictionary(village_tables: list[DemoTable]) -> None:
    for table in village_tables:
        known = {column.header for column in find_kind(table.kind).columns}
        assert set(table.columns.column_names) <= known, table.name


def test_choices_are_those_of_the_data_dictionary(village_tables: list[DemoTable]) -> None:
    for table in village_tables:
        for column in find_kind(table.kind).columns:
            if column.choices and column.header in table.columns.column_names:
                values = set(table.columns.column(column.header).to_pylist()) - {None}
                assert values <= set(column.choices), (table.name, column.header)


def test_chunks_carry_field_names_and_all_rows(village_tables: list[DemoTable]) -> None:
    payments = next(t for t in village_tables if t.kind == "payments")
    made = list(chunks(payments))
    assert sum(len(c["amount_fen"]) for c in made) == payments.rows
    assert {"batch_no", "seq", "allocation_no", "household_no", "payee_id", "paid_on"} <= set(made[0])
    assert isinstance(made[0]["paid_on"][0], str)


def test_every_reference_is_there(county_frames: Frames) -> None:
    keys = {
        "户编号": set(county_frames.list("households", "户编号")),
        "资金项目编码": set(county_frames.list("programmes", "资金项目编码")),
        "项目编码": set(county_frames.list("projects", "项目编码")),
        "拨付编号": set(county_frames.list("allocations", "拨付编号")),
        "上级拨付编号": set(county_frames.list("allocations", "拨付编号")),
        "帮扶人编号": set(county_frames.list("helpers", "帮扶人编号")),
        "资产编码": set(county_frames.list("assets", "资产编码")),
    }
    divisions = set(county_frames.list("divisions", "区划代码"))
    keys |= {header: divisions for header in ("区划代码", "村区划代码", "上级代码", "后继代码")}
    units = set(county_frames.list("units", "单位编码"))
    for header in ("主管部门", "拨出单位", "拨入单位", "实施单位", "权属单位", "运营单位", "帮扶单位"):
        keys[header] = units
    for table in county_frames.tables:
        for header, known in keys.items():
            if header in table.columns.column_names:
                missing = set(table.columns.column(header).unique().to_pylist()) - known - {None}
                assert not missing, (table.name, header, sorted(missing)[:3])


def test_keys_do_not_repeat(county_frames: Frames) -> None:
    for kind, headers in {
        "divisions": ("区划代码", "有效期自"),
        "units": ("单位编码",),
        "programmes": ("资金项目编码",),
        "allocations": ("拨付编号",),
        "payments": ("批次号", "序号"),
        "bank_returns": ("批次号", "序号"),
        "projects": ("项目编码",),
        "assets": ("资产编码",),
        "asset_distributions": ("资产编码", "分配日期"),
        "pairings": ("帮扶人编号", "户编号", "村区划代码", "项目编码", "开始日期"),
        "households": ("户编号", "证件号码"),
    }.items():
        whole = county_frames.whole(kind)
        assert whole.group_by(list(headers)).aggregate([]).num_rows == whole.num_rows, kind


def test_unit_names_tell_units_apart(county_frames: Frames) -> None:
    names = county_frames.list("units", "单位名称")
    assert len(set(names)) == len(names)


def test_payees_have_numbers_of_the_right_shape(village_frames: Frames) -> None:
    numbers = [n for n in village_frames.list("payments", "收款人证件号码") if not n.startswith("91")]
    assert not classify_many(numbers).refused
