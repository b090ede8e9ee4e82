"""A year's review is written once a year and place, with the figures as they stand; corrections keep what it said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, Refused
from portal.oversight.inspections.models import InspectionReview
from portal.oversight.inspections.queries import year_figures
from portal.registers.corrections import Act
from portal.trail.actions import record

MIN_WORDS = 10


def write_review(session: Session, division: str, year: int, act: Act, at: datetime) -> InspectionReview:
    """What a year of draws found in a place; `act.why` is the conclusion. Raises Refused, BadInput."""
    if year > day_cn(at).year:
        raise Refused("这一年还没有到", fix="核对年份")
    if len(act.why.strip()) < MIN_WORDS:
        raise BadInput("评估太短", why="要写清查出了什么、为什么、怎么改", fix="至少写一句完整的话")
    figures = year_figures(session, division, year)
    if not figures:
        raise Refused("这一年这里没有随机抽查", fix="核对年份和区划")
    query = select(InspectionReview).where(InspectionReview.year == year, InspectionReview.division_code == division)
    row = session.scalar(query.with_for_update())
    before = {"conclusion": row.conclusion} if row is not None else None
    said = {"figures": figures, "conclusion": act.why.strip(), "written_by": act.actor, "written_at": at}
    if row is None:
        row = InspectionReview(year=year, division_code=division, **said)
        session.add(row)
    else:
        for name, value in said.items():
            setattr(row, name, value)
    session.flush()
    record(
        session, kind="sampling.reviewed", actor=act.actor, subjects=[("inspection_review", f"{division}/{year}")],
        before=before, after={"figures": _ascii(figures), "conclusion": row.conclusion}, unit=division,
        request_id=act.request_id, at=at,
    )  # fmt: skip
    return row


def _ascii(figures: dict[str, dict[str, int]]) -> list[dict[str, object]]:
    """Keys of the trail are ASCII."""
    return [{"stratum": stratum, **numbers} for stratum, numbers in sorted(figures.items())]
