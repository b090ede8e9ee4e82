"""Reads of draws among procedures: whom a draw is made from, the draws, and one repeated."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.draws import draw
from portal.kernel.errors import NotFound
from portal.registers.divisions.queries import lies_within
from portal.registers.recipients.models import Person
from portal.registers.recipients.procedures.draws.models import ProcedureDraw
from portal.registers.recipients.procedures.draws.models import SampleReason as SampleReason
from portal.registers.recipients.procedures.draws.rules import SAMPLED_KINDS, prefix_of
from portal.registers.recipients.procedures.models import Procedure, StepKey


@dataclass(frozen=True)
class DrawRow:
    """One draw with all that repeats it."""

    no: str
    division_code: str
    month: date
    population: int
    population_sha256: str
    members: Sequence[str]
    per_cent: str
    seed: str
    drawn: int
    related: int
    drawn_by: str
    drawn_at: datetime


_NAMES = tuple(DrawRow.__dataclass_fields__)


def waiting_for_draw(session: Session, division: str) -> list[Procedure]:
    """Procedures of a county that wait for its decision and that no draw has covered."""
    first = prefix_of(division)
    query = select(Procedure).where(
        Procedure.kind.in_(SAMPLED_KINDS),
        Procedure.state == StepKey.COUNTY_DECISION,
        Procedure.draw_no.is_(None),
        Procedure.division_code >= first,
        Procedure.division_code < first + "~",
    )
    return list(session.scalars(query.order_by(Procedure.no)))


def related_among(session: Session, household_ids: Collection[int]) -> set[int]:
    """Households with a 备案对象 among some."""
    query = select(Person.household_id).where(Person.household_id.in_(household_ids), Person.related_to_cadre.is_(True))
    return set(session.scalars(query.distinct()))


def list_draws(session: Session, within: Collection[str], *, limit: int = 100) -> list[DrawRow]:
    """The draws of some divisions, the newest first."""
    query = select(*[getattr(ProcedureDraw, name) for name in _NAMES]).where(
        lies_within(ProcedureDraw.division_code, within)
    )
    return [DrawRow(*row) for row in session.execute(query.order_by(ProcedureDraw.id.desc()).limit(limit))]


def get_draw(session: Session, no: str) -> DrawRow:
    """A draw by its number; raises NotFound."""
    query = select(*[getattr(ProcedureDraw, name) for name in _NAMES]).where(ProcedureDraw.no == no)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这次抽查", fix="核对抽查编号")
    return DrawRow(*row)


def repeat_draw(row: DrawRow) -> tuple[str, tuple[str, ...]]:
    """The digest and the sample that list, ratio and seed give: what anybody can work out with the same three."""
    again = draw(row.members, Decimal(row.per_cent), row.seed)
    return again.population_sha256, again.sample
