"""What somebody does to projects: register, correct, enter a stage, report progress."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.queries import find_division
from portal.registers.divisions.rules import township_of
from portal.registers.projects.models import Project
from portal.registers.projects.rules import FIELD_OF, FULL_PROGRESS, Stage, inversions, project_problem, stage_refusal

PROJECT_FIELDS = frozenset(
    {
        "name", "kind", "division_code", "department_id", "executor_id", "responsible", "planned_fen",
        "planned_completion_on", "progress", "beneficiary_households", "contractor", "contract_fen", "settled_fen",
        "fee_fen", "surplus_fen", "extensions", *FIELD_OF.values(),
    }
)  # fmt: skip


def register_project(session: Session, values: Mapping[str, Any], act: Act) -> Project:
    """Register a project: `code` and any PROJECT_FIELDS. Refused for stages in the wrong order."""
    refuse_unknown_fields(values, PROJECT_FIELDS | {"code", "currency"})
    _check(session, values)
    if session.scalar(select(Project.id).where(Project.code == values["code"])) is not None:
        raise Refused("这个项目编码已经登记过", fix="更正原来的一条，或换一个编码", code="duplicate")
    row = Project(**values)
    add_record(session, row, act, kind="project.registered", subjects=_about(row), unit=_place(row))
    return row


def correct_project(
    session: Session, project_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct what stands about a project; the old values stay."""
    refuse_unknown_fields(values, PROJECT_FIELDS)
    row = get_current(session, Project, project_id)
    _check(session, {**_values(row), **values})
    return correct_record(
        session, row, values, act, version=version, kind="project.corrected", subjects=_about(row), unit=_place(row)
    )


def enter_stage(
    session: Session, project_id: int, stage: Stage, on: date, act: Act, version: str | None, *, today: date
) -> list[Change]:
    """Enter the next stage of a project; completion sets 形象进度 to 100. Raises Refused when it does not follow."""
    row = get_current(session, Project, project_id)
    stage_refusal(_values(row), stage, on, today)
    values: dict[str, Any] = {FIELD_OF[stage]: on}
    if stage is Stage.COMPLETION:
        values["progress"] = FULL_PROGRESS
    return correct_record(
        session, row, values, act, version=version, kind="project.stage.entered", subjects=_about(row), unit=_place(row)
    )


def report_progress(session: Session, project_id: int, progress: int, act: Act, version: str | None) -> list[Change]:
    """Report 形象进度 in hundredths of a per cent."""
    row = get_current(session, Project, project_id)
    project_problem({**_values(row), "progress": progress})
    return correct_record(
        session, row, {"progress": progress}, act, version=version, kind="project.progress.reported",
        subjects=_about(row), unit=_place(row),
    )  # fmt: skip


def withdraw_project(session: Session, project_id: int, act: Act, version: str | None) -> None:
    """Take a project out of force that should never have been entered."""
    row = get_current(session, Project, project_id)
    withdraw_record(
        session, row, act, version=version, kind="project.withdrawn", subjects=_about(row), unit=_place(row)
    )


def _check(session: Session, values: Mapping[str, Any]) -> None:
    project_problem(values)
    if inverted := inversions(values):
        before, after = inverted[0]
        raise Refused(
            f"“{after.value}”早于“{before.value}”",
            why="后面的阶段不能在前面的阶段之前",
            fix="核对日期",
            code="inverted",
        )
    if values.get("division_code") is not None and find_division(session, values["division_code"]) is None:
        raise Refused("区划代码在区划里找不到", fix="先登记那个村，或核对 12 位代码")


def _values(row: Project) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _about(row: Project) -> list[tuple[str, str]]:
    return [("project", row.code)]


def _place(row: Project) -> str | None:
    return township_of(row.division_code) if row.division_code else None
