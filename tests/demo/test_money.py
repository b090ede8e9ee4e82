"""Money adds up: no line gives more than it has, every total is the sum of its parts, what came back is told."""

from __future__ import annotations

import numpy as np
import pytest

from portal.demo.build import Demonstration
from portal.demo.willow import WAITING, WILLOW
from tests.demo.frames import Balances, Frames


@pytest.fixture(scope="module")
def balances(county_frames: Frames) -> Balances:
    return Balances(county_frames)


def test_no_line_gives_more_than_it_received(balances: Balances) -> None:
    assert [no for no in balances.positive() if balances.held(no) < 0] == []


def test_children_share_the_programme_of_their_parent(balances: Balances) -> None:
    for row in balances.line.values():
        parent = row["上级拨付编号"]
        if parent:
            assert balances.line[parent]["资金项目编码"] == row["资金项目编码"]
            assert balances.line[parent]["拨付日期"] <= row["拨付日期"]


def test_what_is_taken_back_goes_up_to_the_treasury(balances: Balances) -> None:
    negative = [row for row in balances.line.values() if row["金额"] < 0]
    assert len(negative) > 20
    up = sum(-r["金额"] for r in negative if balances.line[r["上级拨付编号"]]["上级拨付编号"] is None)
    leaves = {r["上级拨付编号"] for r in negative}
    parents = {balances.line[no]["上级拨付编号"] for no in leaves}
    down = sum(-r["金额"] for r in negative if r["上级拨付编号"] not in parents)
    assert up == down > 0


def test_received_is_paid_and_held_and_returned(balances: Balances) -> None:
    received = sum(r["金额"] for r in balances.line.values() if r["金额"] > 0 and r["上级拨付编号"] is None)
    returned = sum(balances.back[no] for no, r in balances.line.items() if r["上级拨付编号"] is None)
    held = sum(balances.held(no) for no in balances.positive())
    assert received == sum(balances.paid.values()) + held + returned
    assert 0.002 < held / received < 0.05


def test_most_money_of_the_year_has_arrived(balances: Balances) -> None:
    year = [no for no in balances.positive() if balances.line[no]["资金项目编码"].startswith("ZX2026")]
    received = sum(balances.line[no]["金额"] for no in year if balances.line[no]["上级拨付编号"] is None)
    held = sum(balances.held(no) for no in year)
    assert 0.90 < 1 - held / received < 0.995


def test_payments_lie_after_their_line_and_before_the_banks_answer(county_frames: Frames) -> None:
    day = dict(
        zip(county_frames.list("allocations", "拨付编号"), county_frames.list("allocations", "拨付日期"), strict=True)
    )
    lines, paid = county_frames.list("payments", "拨付编号"), county_frames.list("payments", "发放日期")
    assert all(day[line] <= on for line, on in zip(lines, paid, strict=True))
    keys = zip(county_frames.list("payments", "批次号"), county_frames.list("payments", "序号"), strict=True)
    paid_on = dict(zip(keys, paid, strict=True))
    returned = county_frames.whole("bank_returns")
    for batch, seq, on in zip(*(returned.column(h).to_pylist() for h in ("批次号", "序号", "到账日期")), strict=True):
        assert paid_on[batch, seq] <= on


def test_failures_are_sent_again_but_for_a_few(county_frames: Frames) -> None:
    results = county_frames.list("bank_returns", "结果")
    failed = {
        (b, s)
        for b, s, r in zip(
            county_frames.list("bank_returns", "批次号"),
            county_frames.list("bank_returns", "序号"),
            results,
            strict=True,
        )
        if r != "成功"
    }
    again = set(
        zip(county_frames.list("payments", "重发原批次号"), county_frames.list("payments", "重发原序号"), strict=True)
    )
    forgotten = failed - again
    assert len(failed) > 3000
    assert 0 < len(forgotten) < len(failed) / 20


def test_listed_only_money_goes_to_households_on_the_list(county: Demonstration) -> None:
    households = county.people.households
    seen = 0
    for run in county.runs:
        if county.ledger.programmes[run.programme].kind.listed_only and run.company is None and not run.resend_batch:
            assert households.listed_on(run.day)[run.household].all()
            seen += run.count
    assert seen > 10_000


def test_nobody_is_paid_twice_for_one_month(county_frames: Frames) -> None:
    payments = county_frames.whole("payments")
    kept = payments.filter(np.array([b is None for b in payments.column("重发原批次号").to_pylist()]))
    kept = kept.filter(np.array([p is not None for p in kept.column("所属期").to_pylist()]))
    programme = [b.rsplit("-", 1)[1] for b in kept.column("批次号").to_pylist()]
    keys = list(
        zip(kept.column("收款人证件号码").to_pylist(), programme, kept.column("所属期").to_pylist(), strict=True)
    )
    assert len(set(keys)) == len(keys)


def test_the_village_of_the_tour_received_its_six_projects(county_frames: Frames) -> None:
    by_project = county_frames.sums("allocations", "项目编码")
    told = [by_project[f"XM2026-LY{i:02d}"] for i in range(1, 7)]
    assert told == [row.yuan * 100 for row in WILLOW]
    assert sum(told) == 170_600_000
    assert sum(yuan for _, yuan, _, _ in WAITING) == 279_000


def test_projects_are_paid_no_further_than_they_are_built(county_frames: Frames) -> None:
    paid = county_frames.sums("allocations", "项目编码")
    for row in county_frames.rows("projects"):
        if paid[row["项目编码"]]:
            assert paid[row["项目编码"]] <= row["合同金额"]
            share = paid[row["项目编码"]] * 100 / row["合同金额"]
            assert (
                share - row["形象进度"] / 100 <= 60 if "-LY" in row["项目编码"] else share - row["形象进度"] / 100 <= 45
            )
