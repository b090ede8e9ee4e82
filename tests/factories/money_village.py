"""A small county with money on every step of its way: what the public pages and the browser look at."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from portal.registers.projects.actions import register_project
from portal.registers.projects.models import Project
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county, make_division, make_unit
from tests.factories.funds import ACT, make_holders, make_line, make_programme, pay
from tests.factories.recipients import make_household

WAN = 1_000_000
SECOND_VILLAGE, THIRD_VILLAGE = "320826104202", "320826104203"
SECRET_NAME = "欧阳不该公开"


def make_project(session: Session, code: str = "XM-2026-01", name: str = "冷链分拣中心", **more: object) -> Project:
    """A project under way."""
    values = {
        "code": code, "name": name, "kind": "产业", "division_code": VILLAGE, "responsible": "许文强",
        "planned_fen": 50 * WAN, "surveyed_on": date(2025, 9, 1), "applied_on": date(2025, 10, 8),
        "approved_on": date(2025, 12, 1), "started_on": date(2026, 3, 9), "beneficiary_households": 46,
    }  # fmt: skip
    return register_project(session, {**values, **more}, ACT)


def make_money_village(session: Session) -> None:
    """Works for a village and subsidies for three villages in 2026, two of them with too few households to show."""
    make_county(session)
    units = make_holders(session)
    relief = make_unit(session, "U-MZ", "涟水县民政局")
    project = make_project(session)
    make_project(session, "XM-2026-02", "通组道路 2.1 公里", kind="基础设施", completed_on=date(2026, 9, 1))
    works = make_programme(
        session, budget_fen=200 * WAN, department_id=units["department"].id, document_no="涟财农〔2026〕18号"
    )
    first = make_line(session, works, 120 * WAN, to_unit_id=units["department"].id, division_code=COUNTY)
    town = make_line(session, works, 100 * WAN, first, to_unit_id=units["town"].id, division_code=GAOGOU)
    given = make_line(session, works, 60 * WAN, town, project_id=project.id, division_code=VILLAGE)
    pay(session, given, [(None, 45 * WAN)], payee_name="淮安某建设有限公司")
    make_line(session, works, 7 * WAN, town, to_unit_id=units["village"].id, division_code=VILLAGE)
    subsidy = make_programme(
        session,
        "JZ-2026-01",
        name="低保金",
        fund_class="社会救助",
        level="省",
        payout_way="一卡通",
        department_id=relief.id,
    )
    source = make_line(session, subsidy, 30 * WAN, to_unit_id=relief.id, division_code=COUNTY)
    here = make_line(session, subsidy, 20 * WAN, source, to_unit_id=relief.id, division_code=VILLAGE)
    make_division(session, THIRD_VILLAGE, "果园村")
    few = make_line(session, subsidy, 8 * WAN, source, to_unit_id=relief.id, division_code=GAOGOU)
    homes = [make_household(session, f"HH-{i}", head=SECRET_NAME) for i in range(7)]
    pay(session, here, [(home.id, 2 * WAN + i) for i, home in enumerate(homes)], payee_name=SECRET_NAME)
    others = [make_household(session, f"HX-{i}", (SECOND_VILLAGE, THIRD_VILLAGE)[i % 2]) for i in range(6)]
    pay(session, few, [(home.id, WAN) for home in others], payee_name=SECRET_NAME)
    old = make_programme(session, "ZX-2025-01", year=2025, department_id=units["department"].id)
    make_line(session, old, 55 * WAN, to_unit_id=units["town"].id, division_code=HONGYAO, allocated_on=date(2025, 4, 1))
