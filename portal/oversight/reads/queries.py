"""Reads of reads: what somebody may bind a read to, what he has opened, and the weekly list without a case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.cases.models import Case
from portal.oversight.cases.queries import visible_to
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.reads.models import Basis as Basis
from portal.oversight.reads.models import BoundRead
from portal.oversight.reads.models import Organ as Organ
from portal.oversight.reads.models import Verdict as Verdict
from portal.registers.sealed import keyring_of, seal_name

TABLE = "bound_reads"
GIVEN = (LeadStatus.OPEN, LeadStatus.VERIFYING, LeadStatus.CONCLUDED, LeadStatus.REVIEWED)
MOST_GIVEN = 200
WHY = "why_sealed"


@dataclass(frozen=True)
class OpenRead:
    """A read that somebody has opened for himself and that still holds."""

    no: str
    basis: str
    case_no: str | None
    lead_no: str | None
    valid_until: datetime


@dataclass(frozen=True)
class LooseRead:
    """A read without a case, as the other organ reviews it; its reason opened."""

    no: str
    reader: str
    organ: str
    kind: str
    subject_no: str
    division_code: str | None
    opened_at: datetime
    week: date
    why: str
    verdict: str | None
    verdict_note: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None


def find_open_read(session: Session, reader: str, kind: str, no: str, now: datetime) -> OpenRead | None:
    """What this person has opened about a subject and may still read; the latest."""
    query = select(*[getattr(BoundRead, name) for name in OpenRead.__dataclass_fields__]).where(
        BoundRead.reader == reader, BoundRead.kind == kind, BoundRead.subject_no == no, BoundRead.valid_until > now
    )
    row = session.execute(query.order_by(BoundRead.id.desc()).limit(1)).one_or_none()
    return None if row is None else OpenRead(*row)


def case_numbers(session: Session, who: Principal) -> Select[str]:
    """The numbers of the cases that a person may know of, as a select: for the search over the trail."""
    return select(Case.no).where(visible_to(session, who))


def given_leads(session: Session, username: str) -> list[str]:
    """The leads that an account was given and that nobody has ended: what a read may be bound to."""
    query = select(Lead.lead_no).where(Lead.assigned_to.in_((username, f"user:{username}")), Lead.status.in_(GIVEN))
    return list(session.scalars(query.order_by(Lead.id.desc()).limit(MOST_GIVEN)))


_COLUMNS = tuple(
    BoundRead.why_sealed if name == "why" else getattr(BoundRead, name) for name in LooseRead.__dataclass_fields__
)


def list_loose(
    session: Session, organs: Collection[Organ], week: date | None, start: Start | None = None, limit: int = 51
) -> list[LooseRead]:
    """Reads without a case by some organs, of one week or of all, the latest first."""
    query = select(*_COLUMNS, BoundRead.id).where(BoundRead.basis == Basis.NONE, BoundRead.organ.in_(organs))
    if week is not None:
        query = query.where(BoundRead.week == week)
    rows = rows_beside(session, query, (BoundRead.week, BoundRead.id), start, limit, latest_first=True)
    return [_loose(session, row[:-1]) for row in rows]


def get_loose(session: Session, no: str) -> LooseRead:
    """One of them by its number; raises NotFound."""
    query = select(*_COLUMNS).where(BoundRead.basis == Basis.NONE, BoundRead.no == no)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这条查阅登记", fix="从清单重新进入")
    return _loose(session, row)


def _loose(session: Session, row: Sequence[Any]) -> LooseRead:
    said = dict(zip(LooseRead.__dataclass_fields__, row, strict=True))
    said["why"] = keyring_of(session).open_(said["why"], seal_name(TABLE, WHY))
    return LooseRead(**said)


@dataclass(frozen=True)
class Week:
    """How many reads without a case a week has, and how many of them nobody has reviewed."""

    monday: date
    reads: int
    waiting: int


def list_weeks(session: Session, organs: Collection[Organ], limit: int = 12) -> list[Week]:
    """The weeks that have any, the latest first."""
    query = (
        select(BoundRead.week, func.count(), func.count().filter(BoundRead.verdict.is_(None)))
        .where(BoundRead.basis == Basis.NONE, BoundRead.organ.in_(organs))
        .group_by(BoundRead.week)
        .order_by(BoundRead.week.desc())
        .limit(limit)
    )
    return [Week(*row) for row in session.execute(query)]
