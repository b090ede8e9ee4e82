"""Reads of projects and their groups."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.registers.divisions.queries import codes_within
from portal.registers.helpers.models import Pairing
from portal.registers.helpers.pairings.queries import Gap
from portal.registers.helpers.queries import in_force
from portal.registers.projects.models import Project


def projects_without(session: Session, within: Collection[str], on: date, limit: int) -> Gap:
    """Projects of some divisions that are not yet accepted 验收 and have no group in force."""
    paired = select(Pairing.id).where(Pairing.project_code == Project.code, in_force(on)).exists()
    going = select(Project.code, Project.division_code).where(
        Project.division_code.in_(codes_within(within)), Project.accepted_on.is_(None)
    )
    total, without = (
        int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)
        for query in (going, going.where(~paired))
    )
    rows = session.execute(going.where(~paired).order_by(Project.code).limit(limit)) if without else ()
    return Gap(total, without, [(code, place or "") for code, place in rows])
