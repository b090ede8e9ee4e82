"""Projects and assets as people work on them, and as the public sees them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Conflict, NotFound, Refused
from portal.kernel.keyset import Start
from portal.registers.projects.actions import correct_project, enter_stage, report_progress, withdraw_project
from portal.registers.projects.assets.actions import correct_asset, record_distribution
from portal.registers.projects.assets.queries import count_assets, get_asset, list_assets, list_distributions
from portal.registers.projects.disclosure import public_asset, public_project
from portal.registers.projects.queries import (
    Stage,
    count_by_stage,
    count_projects,
    get_project,
    list_projects,
    project_history,
    project_row,
)
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, make_county
from tests.factories.projects import ACT, make_asset, make_project

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def county(session: Session) -> None:
    make_county(session)


def test_stages_are_entered_one_after_the_other(session: Session) -> None:
    row = make_project(session)
    enter_stage(session, row.id, Stage.BUILDING, date(2026, 3, 1), ACT, None, today=TODAY)
    report_progress(session, row.id, 67_50, ACT, None)
    enter_stage(session, row.id, Stage.COMPLETION, date(2026, 9, 1), ACT, None, today=TODAY)
    found = get_project(session, row.code)
    assert (found.stage, found.progress) == ("竣工", 100_00)
    assert found.overdue_days(TODAY) is None
    assert len(project_history(session, row.id)) == 4
    with pytest.raises(Refused, match="现在不能登记"):
        enter_stage(session, row.id, Stage.EVALUATION, date(2026, 9, 1), ACT, None, today=TODAY)


def test_a_correction_upside_down_is_refused_and_a_stale_one_too(session: Session) -> None:
    row = make_project(session)
    version = project_row(session, row.code).version
    with pytest.raises(Refused, match="早于"):
        correct_project(session, row.id, {"approved_on": date(2025, 1, 1)}, ACT, version)
    correct_project(session, row.id, {"contractor": "涟水建工"}, ACT, version)
    with pytest.raises(Conflict):
        correct_project(session, row.id, {"contractor": "别的公司"}, ACT, "older")


def test_projects_are_filtered_and_paged_by_code(session: Session) -> None:
    make_project(session, "A")
    make_project(session, "B", division_code=OTHER_VILLAGE, kind="基础设施", name="通组道路")
    make_project(session, "C", surveyed_on=None, applied_on=None, approved_on=None)
    assert [p.code for p in list_projects(session, within=[GAOGOU])] == ["A", "C"]
    assert [p.code for p in list_projects(session, within=[HONGYAO], kind="基础设施", words="道路")] == ["B"]
    assert [p.code for p in list_projects(session, stage="审批", after=Start(("A",)))] == ["B"]
    assert count_by_stage(session, within=[COUNTY]) == {Stage.APPROVAL: 2, None: 1}
    assert count_projects(session, kind="产业") == 2


def test_a_withdrawn_project_is_gone_from_lists(session: Session) -> None:
    row = make_project(session)
    withdraw_project(session, row.id, ACT, None)
    with pytest.raises(NotFound):
        get_project(session, row.code)


def test_assets_distribute_their_income_and_disposal_is_final(session: Session) -> None:
    asset = make_asset(session, make_project(session))
    record_distribution(session, asset.id, date(2026, 9, 1), 2_4000_00, ACT, households=46)
    with pytest.raises(Refused, match="登记过"):
        record_distribution(session, asset.id, date(2026, 9, 1), 1_00, ACT)
    found = get_asset(session, "ZC-01")
    assert (found.distributed_fen, found.distributed_on, found.project_code) == (
        2_4000_00,
        date(2026, 9, 1),
        "XM-2026-01",
    )
    assert [d.households for d in list_distributions(session, asset.id)] == [46]
    assert count_assets(session, [COUNTY]) == {"经营性": (1, 40_0000_00)}
    correct_asset(session, asset.id, {"status": "处置"}, ACT, None)
    with pytest.raises(Refused, match="不能改成"):
        correct_asset(session, asset.id, {"status": "在用"}, ACT, None)
    assert [row.status for row in list_assets(session, status="处置", project="XM-2026-01")] == ["处置"]


def test_the_public_sees_no_whole_name_of_a_person(session: Session) -> None:
    project = make_project(session)
    make_asset(session, project)
    shown = public_project(get_project(session, project.code))
    assert shown.responsible is not None
    assert shown.responsible.startswith("许")
    assert "*" in shown.responsible
    assert public_project(get_project(session, project.code), officials_in_full=True).responsible == "许文强"
    assert "*" in (public_asset(get_asset(session, "ZC-01")).keeper or "")
