"""Reads of projects: list by filters with keyset paging, detail with its ten stages. Money is read from funds by doors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, as_record
from portal.registers.divisions.models import Unit
from portal.registers.divisions.queries import codes_within
from portal.registers.history import Version, history_of
from portal.registers.projects.models import Project, ProjectKind
from portal.registers.projects.rules import FIELD_OF, Stage, StageDate, inversions, overdue_days, stage_dates

__all__ = ["ProjectKind", "Stage"]  # words that doors need for their forms

J = table_of(Project)
U = table_of(Unit)
_DEPARTMENT, _EXECUTOR = U.alias("department"), U.alias("executor")
_PLAIN = (
    "id", "code", "name", "kind", "division_code", "responsible", "planned_fen", "planned_completion_on", "progress",
    "beneficiary_households", "contractor", "contract_fen", "settled_fen", "fee_fen", "surplus_fen", "currency",
)  # fmt: skip
_STAGE: ColumnElement[str | None] = case(
    *((J.c[field].is_not(None), stage.value) for stage, field in reversed(FIELD_OF.items())), else_=None
)


@dataclass(frozen=True)
class ProjectRow:
    """One project 扶贫项目 with the names of its units; money in fen, progress in hundredths of a per cent."""

    id: int
    code: str
    name: str
    kind: str | None
    division_code: str | None
    responsible: str | None
    planned_fen: int | None
    planned_completion_on: date | None
    progress: int | None
    beneficiary_households: int | None
    contractor: str | None
    contract_fen: int | None
    settled_fen: int | None
    fee_fen: int | None
    surplus_fen: int | None
    currency: str
    department: str | None
    department_code: str | None
    executor: str | None
    stage: str | None
    stages: tuple[StageDate, ...]

    @property
    def inverted(self) -> list[tuple[Stage, Stage]]:
        """Stages dated in the wrong order (P07)."""
        return inversions({FIELD_OF[s.stage]: s.on for s in self.stages})

    def overdue_days(self, today: date) -> int | None:
        """Days beyond 计划竣工日期 (P01); None when it is not late."""
        done = next(s.on for s in self.stages if s.stage is Stage.COMPLETION)
        return overdue_days({"planned_completion_on": self.planned_completion_on, "completed_on": done}, today)


def _projects() -> Select[Any]:
    source = J.outerjoin(_DEPARTMENT, _DEPARTMENT.c.id == J.c.department_id).outerjoin(
        _EXECUTOR, _EXECUTOR.c.id == J.c.executor_id
    )
    columns = [J.c[name] for name in _PLAIN] + [_DEPARTMENT.c.name, _DEPARTMENT.c.code, _EXECUTOR.c.name, _STAGE]
    dates = [J.c[field] for field in FIELD_OF.values()]
    return select(*columns, *dates).select_from(source).where(J.c.superseded_at.is_(None))


def _project(row: Any) -> ProjectRow:
    stages = stage_dates(dict(zip(FIELD_OF.values(), row[len(_PLAIN) + 4 :], strict=True)))
    values: list[Any] = [*row[: len(_PLAIN) + 4], stages]
    return ProjectRow(*values)


def list_projects(
    session: Session,
    *,
    within: Collection[str] | None = None,
    words: str = "",
    kind: str = "",
    stage: str = "",
    after: Start | None = None,
    limit: int | None = 51,
) -> list[ProjectRow]:
    """Projects by code; `within` are divisions with everything inside them, `after` where a page starts."""
    query = _filtered(_projects(), within, words, kind, stage)
    return [_project(row) for row in rows_beside(session, query, (J.c.code,), after, limit)]


def _filtered(query: Select[Any], within: Collection[str] | None, words: str, kind: str, stage: str) -> Select[Any]:
    if within is not None:
        query = query.where(J.c.division_code.in_(codes_within(within)))
    if words:
        names = (J.c.name.contains(words, autoescape=True), J.c.code.startswith(words, autoescape=True))
        query = query.where(or_(*names, J.c.contractor.contains(words, autoescape=True)))
    if kind:
        query = query.where(J.c.kind == kind)
    if stage:
        query = query.where(_STAGE.in_([stage]))
    return query


def count_by_stage(
    session: Session, *, within: Collection[str] | None = None, words: str = "", kind: str = ""
) -> dict[Stage | None, int]:
    """How many projects stand at each stage, in the stages' order; None: nothing dated."""
    columns: list[Any] = [_STAGE, func.count()]
    query = _filtered(select(*columns).where(J.c.superseded_at.is_(None)), within, words, kind, "")
    found = {stage: int(n) for stage, n in session.execute(query.group_by(_STAGE))}
    counts: dict[Stage | None, int] = {stage: found[stage.value] for stage in Stage if stage.value in found}
    if None in found:
        counts[None] = found[None]
    return counts


def count_projects(session: Session, **filters: Any) -> int:
    """How many projects there are, by the filters of `count_by_stage`."""
    return sum(count_by_stage(session, **filters).values())


def find_project(session: Session, code: str) -> ProjectRow | None:
    """One project by its code."""
    row = session.execute(_projects().where(J.c.code == code)).one_or_none()
    return _project(row) if row else None


def get_project(session: Session, code: str) -> ProjectRow:
    """As `find_project`; raises NotFound."""
    found = find_project(session, code)
    if found is None:
        raise NotFound("没有这个项目", fix="核对项目编码，或从项目列表里找")
    return found


def project_row(session: Session, code: str) -> RecordRow:
    """One project for the console; raises NotFound."""
    row = session.scalar(select(Project).where(Project.code == code))
    if row is None:
        raise NotFound("没有这个项目", fix="核对项目编码，或从项目列表里找")
    return as_record(row)


def project_id(session: Session, code: str | None) -> int | None:
    """The id of a project by its code; None for none; raises NotFound."""
    return get_project(session, code).id if code else None


def project_history(session: Session, row_id: int) -> list[Version]:
    """Versions of a project, newest first."""
    return history_of(session, Project, row_id)
