"""Projects and assets."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.corrections import Act
from portal.registers.projects.actions import register_project
from portal.registers.projects.assets.actions import enter_asset
from portal.registers.projects.assets.models import Asset
from portal.registers.projects.models import Project
from tests.factories.divisions import VILLAGE

ACT = Act("user:maker", "涟扶组〔2026〕2号")


def make_project(session: Session, code: str = "XM-2026-01", **more: Any) -> Project:
    """冷链分拣中心 in a village, surveyed and approved."""
    values = {"code": code, "name": "冷链分拣中心", "kind": "产业", "division_code": VILLAGE, "responsible": "许文强"}
    dates = {"surveyed_on": date(2026, 1, 5), "applied_on": date(2026, 2, 1), "approved_on": date(2026, 2, 20)}
    return register_project(session, {**values, "planned_fen": 46_5000_00, **dates, **more}, ACT)


def make_asset(session: Session, project: Project, code: str = "ZC-01", **more: Any) -> Asset:
    """The cold store that came of it."""
    values = {
        "code": code,
        "name": "冷库一座",
        "project_id": project.id,
        "kind": "经营性",
        "status": "在用",
        "keeper": "周大海",
    }
    return enter_asset(session, {**values, "value_fen": 40_0000_00, "division_code": VILLAGE, **more}, ACT)
