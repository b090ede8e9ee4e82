"""What pages read of money: programmes, lines, areas, projects, traces; and what the public does not see."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start
from portal.registers.funds.actions import register_programme
from portal.registers.funds.disclosure import public_allocation
from portal.registers.funds.flows.queries import focus_name, focus_years, read_flow
from portal.registers.funds.flows.rules import Focus, as_document
from portal.registers.funds.models import Allocation
from portal.registers.funds.payments.queries import WAITING, find_payment, list_payments
from portal.registers.funds.payouts.queries import household_totals, public_cells
from portal.registers.funds.queries import (
    allocation_detail,
    count_money,
    get_programme,
    list_allocations,
    list_programmes,
    longest_held,
    sibling_years,
)
from portal.registers.funds.totals.queries import area_totals, project_money
from portal.registers.funds.traces.queries import read_allocation_trace, read_household_trace, read_payment_trace
from portal.registers.projects.actions import register_project
from tests.factories.divisions import CITY, COUNTY, GAOGOU, VILLAGE, make_county
from tests.factories.funds import ACT, make_chain, make_line, make_programme, pay
from tests.factories.recipients import make_household

TODAY = date(2026, 11, 20)


@pytest.fixture
def chain(session: Session) -> list[Allocation]:
    make_county(session)
    return make_chain(session, make_programme(session), (100_00, 60_00, 50_00))


def test_the_picture_of_a_village_shows_the_way_down_to_it(session: Session, chain: list[Allocation]) -> None:
    pay(session, chain[2], [(make_household(session, f"H{i}").id, 5_00) for i in range(5)])
    picture = read_flow(session, 2026, Focus("area", VILLAGE), as_of=TODAY)
    assert [(n.tier, n.id, n.in_fen, n.held_fen) for n in picture.nodes] == [
        (1, "source:中央", 50_00, 0),
        (2, "kind:扶贫资金", 50_00, 0),
        (3, "unit:U-NY", 50_00, 0),
        (4, f"area:{GAOGOU}", 50_00, 0),
        (5, "payees:ZX-2026-01", 50_00, 25_00),
    ]
    assert picture.nodes[-1].name == "产业发展补助 5 户"
    assert (picture.summary.paid_fen, picture.summary.longest_days) == (25_00, 264)
    document = as_document(picture, "…")
    assert document["links"][0] == {"from": "source:中央", "to": "kind:扶贫资金", "fen": 50_00}
    for node in document["nodes"]:
        assert node["in_fen"] == node["out_fen"] + node["paid_fen"] + node["held_fen"] + node["returned_fen"]


def test_the_whole_picture_holds_what_stopped_on_the_way(session: Session, chain: list[Allocation]) -> None:
    picture = read_flow(session, 2026, Focus(), as_of=TODAY)
    held = {node.name: node.held_fen for node in picture.nodes if node.held_fen}
    assert held == {"涟水县农业农村局": 40_00, "高沟镇": 10_00, "扎新村": 50_00}
    assert picture.summary.received_fen == 100_00


def test_under_five_households_the_village_is_silent_and_the_line_too(
    session: Session, chain: list[Allocation]
) -> None:
    household = make_household(session)
    pay(session, chain[2], [(household.id, 5_00)])
    assert read_flow(session, 2026, Focus("area", VILLAGE), as_of=TODAY).summary.received_fen == 0
    assert read_flow(session, 2026, Focus("area", VILLAGE), as_of=TODAY, exact=True).summary.paid_fen == 5_00
    line = public_allocation(allocation_detail(session, chain[2].no), TODAY).line
    assert (line.paid_fen, line.held_fen, line.is_merged) == (None, None, True)
    assert [cell.merged for cell in public_cells(session, programme="ZX-2026-01")] == [True]
    assert public_cells(session, area=VILLAGE) == []
    assert [row.no for row in longest_held(session)] == [chain[0].no, chain[1].no]
    assert household_totals(session, household.id) == [("ZX-2026-01", "产业发展补助", 2026, 5_00)]


def test_money_from_a_county_line_to_households_of_a_village_passes_its_holders(
    session: Session, chain: list[Allocation]
) -> None:
    pay(session, chain[0], [(make_household(session, f"H{i}").id, 1_00) for i in range(6)])
    picture = read_flow(session, 2026, Focus("area", VILLAGE), as_of=TODAY)
    assert picture.summary.received_fen == 56_00
    assert {n.id: n.in_fen for n in picture.nodes}["direct:households"] == 6_00
    towns = area_totals(session, 2026, GAOGOU)
    assert [(t.code, t.received_fen, t.paid_fen) for t in towns] == [(VILLAGE, 56_00, 6_00), (GAOGOU, 10_00, 0)]
    assert area_totals(session, 2026, CITY)[0].received_fen == 100_00


def test_programmes_are_listed_with_their_totals(session: Session, chain: list[Allocation]) -> None:
    make_programme(session, "ZX-2025-01", year=2025)
    found = list_programmes(session, year=2026)
    assert [(p.code, p.received_fen, p.held_fen, p.lines) for p in found] == [("ZX-2026-01", 100_00, 100_00, 3)]
    assert [p.code for p in list_programmes(session, words="产业", after=Start(("ZX-2025-01",)))] == ["ZX-2026-01"]
    assert [p.year for p in sibling_years(session, get_programme(session, "ZX-2026-01"))] == [2025, 2026]
    with pytest.raises(NotFound):
        get_programme(session, "none")


def test_a_line_is_shown_with_the_way_to_the_treasury(session: Session, chain: list[Allocation]) -> None:
    make_line(session, make_programme(session, "X"), -5_00, chain[1])
    detail = allocation_detail(session, chain[1].no)
    assert [row.no for row in detail.chain] == [chain[0].no]
    assert [row.no for row in detail.children] == [chain[2].no]
    assert [row.amount_fen for row in detail.taken_back] == [-5_00]
    assert (detail.line.net_fen, detail.line.held_fen, detail.line.first_out_on) == (55_00, 5_00, date(2026, 3, 1))
    assert [row.no for row in list_allocations(session, [GAOGOU], held_only=True)] == [chain[2].no, chain[1].no]


def test_a_project_knows_its_money_in_and_out(session: Session, chain: list[Allocation]) -> None:
    project = register_project(session, {"code": "XM-1", "name": "冷链分拣中心", "division_code": VILLAGE}, ACT)
    line = make_line(
        session,
        session.get_one(type(make_programme(session, "Y")), chain[0].programme_id),
        30_00,
        chain[0],
        project_id=project.id,
        division_code=VILLAGE,
    )
    pay(session, line, [(None, 12_00)])
    money = project_money(session, ["XM-1", "none"])
    assert list(money) == ["XM-1"]
    assert (money["XM-1"].received_fen, money["XM-1"].paid_fen, money["XM-1"].held_fen) == (30_00, 12_00, 18_00)
    picture = read_flow(session, 2026, Focus("project", "XM-1"), as_of=TODAY)
    assert [(n.name, n.in_fen) for n in picture.nodes][-1] == ("冷链分拣中心", 30_00)


def test_payments_are_found_by_batch_line_and_household(session: Session, chain: list[Allocation]) -> None:
    household = make_household(session)
    first, second = pay(session, chain[2], [(household.id, 1_00), (None, 2_00)], None)
    assert [row.id for row in list_payments(session, batch_no=first.batch_no)] == [second.id, first.id]
    assert [row.id for row in list_payments(session, household_no="HH-1", result=WAITING)] == [first.id]
    assert [
        row.id for row in list_payments(session, [COUNTY], allocation_no=chain[2].no, after=Start((second.id,)))
    ] == [first.id]
    found = find_payment(session, f"{first.batch_no}-1")
    assert found is not None
    assert (found.no, found.result) == (f"{first.batch_no}-1", None)


def test_traces_run_up_to_the_treasury_and_down_to_the_payees(session: Session, chain: list[Allocation]) -> None:
    household = make_household(session)
    paid = pay(session, chain[2], [(household.id, 1_00), (None, 2_00)])
    trace = read_allocation_trace(session, chain[1].no)
    assert [step["no"] for step in trace.up] == [chain[0].no]
    assert trace.balance_fen == 10_00
    below = trace.down["children"][0]
    assert [child["kind"] for child in below["children"]] == ["payment", "payment"]
    assert below["children"][0]["payee"] != "收款人"
    up = read_payment_trace(session, f"{paid[0].batch_no}-1").up
    assert [step["no"] for step in up] == [line.no for line in reversed(chain)]
    mine = read_household_trace(session, "HH-1")
    assert mine.down["children"][0]["chain"] == [line.no for line in reversed(chain)]
    with pytest.raises(NotFound):
        read_household_trace(session, "HH-9")


def test_two_currencies_never_add_up(session: Session, chain: list[Allocation]) -> None:
    pesos = register_programme(session, {"code": "MX", "name": "Obra", "year": 2026, "currency": "MXN"}, ACT)
    make_line(session, pesos, 7_00, currency="MXN")
    assert read_flow(session, 2026, Focus(), as_of=TODAY).summary.received_fen == 100_00
    assert read_flow(session, 2026, Focus(), as_of=TODAY, currency="MXN").summary.received_fen == 7_00


def test_a_focus_has_a_name_and_years(session: Session, chain: list[Allocation]) -> None:
    assert focus_name(session, Focus("programme", "ZX-2026-01")) == "产业发展补助"
    assert focus_years(session, Focus("area", VILLAGE)) == [2026]
    assert count_money(session).lines == 3
