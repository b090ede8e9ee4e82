"""Reading leads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.complaints.routing.queries import hides_complaints
from portal.oversight.leads.models import Lead, LeadStatus, Severity
from portal.registers.divisions.queries import lies_within

__all__ = [
    "LeadFilter", "LeadRow", "LeadSeen", "LeadStatus", "Severity", "count_by_rule", "count_waiting", "get_lead",
    "list_leads", "stream_leads",
]  # fmt: skip


@dataclass(frozen=True)
class LeadRow:
    """One lead as it is exported; `person_id` names whose ID number an entitled reader may add."""

    lead_no: str
    rule: str
    subject_kind: str
    subject_no: str
    household_no: str | None
    person_id: int | None
    division: str | None
    severity: str
    status: str
    evidence: dict[str, Any]
    first_seen: date
    last_seen: date


def stream_leads(session: Session, *, rules: Sequence[str] = (), statuses: Sequence[str] = ()) -> Iterator[LeadRow]:
    """All leads that match, in the order of their numbers, without holding them all in memory."""
    statement = select(
        Lead.lead_no,
        Lead.rule,
        Lead.subject_kind,
        Lead.subject_no,
        Lead.household_no,
        Lead.person_id,
        Lead.division_code,
        Lead.severity,
        Lead.status,
        Lead.evidence,
        Lead.first_seen,
        Lead.last_seen,
    ).order_by(Lead.id)
    if rules:
        statement = statement.where(Lead.rule.in_(rules))
    if statuses:
        statement = statement.where(Lead.status.in_(statuses))
    for row in session.execute(statement.execution_options(yield_per=1000)):
        yield LeadRow(*row)


def count_by_rule(session: Session, me: Principal | None = None) -> dict[str, dict[str, int]]:
    """Number of leads of each rule by status; with `me`, without those about complaints that he may not know of."""
    counts: dict[str, dict[str, int]] = {}
    query = select(Lead.rule, Lead.status, func.count()).group_by(Lead.rule, Lead.status)
    if me is not None:
        query = query.where(hides_complaints(session, me, Lead.subject_kind, Lead.subject_no))
    for rule, status, number in session.execute(query):
        counts.setdefault(rule, {})[status] = number
    return counts


@dataclass(frozen=True)
class LeadFilter:
    """Which leads a person may look at, and what he narrows them to. A lead that waits for its hearing is in no list."""

    within: Collection[str]
    rules: Collection[str]
    nowhere: bool  # also those without a place: about accounts and files
    status: str = ""
    severity: str = ""
    me: Principal | None = None  # leads about complaints that he may not know of stand in none of his lists


@dataclass(frozen=True)
class LeadSeen:
    """One lead for its page and the list."""

    id: int
    lead_no: str
    rule: str
    rule_version: int
    subject_kind: str
    subject_no: str
    household_no: str | None
    division_code: str | None
    severity: str
    status: LeadStatus
    evidence: dict[str, Any]
    conclusion: str | None
    first_seen: date
    last_seen: date
    changed_at: datetime


def _seen(lead: Lead) -> LeadSeen:
    return LeadSeen(
        lead.id, lead.lead_no, lead.rule, lead.rule_version, lead.subject_kind, lead.subject_no, lead.household_no,
        lead.division_code, lead.severity, LeadStatus(lead.status), lead.evidence, lead.conclusion, lead.first_seen,
        lead.last_seen, lead.changed_at,
    )  # fmt: skip


def _where(session: Session, wanted: LeadFilter) -> list[Any]:
    place = lies_within(Lead.division_code, wanted.within)
    return [
        or_(place, Lead.division_code.is_(None)) if wanted.nowhere else place,
        Lead.rule.in_(wanted.rules),
        *([hides_complaints(session, wanted.me, Lead.subject_kind, Lead.subject_no)] if wanted.me is not None else []),
    ]


def list_leads(session: Session, wanted: LeadFilter, after: Start | None = None, limit: int = 51) -> list[LeadSeen]:
    """Leads that stand open to others than the person concerned, the latest first."""
    query = select(Lead).where(*_where(session, wanted), Lead.status != LeadStatus.ASKED)
    if wanted.status:
        query = query.where(Lead.status == wanted.status)
    if wanted.severity:
        query = query.where(Lead.severity == wanted.severity)
    return [_seen(row[0]) for row in rows_beside(session, query, (Lead.id,), after, limit, latest_first=True)]


def count_waiting(session: Session, wanted: LeadFilter) -> int:
    """How many leads wait for the explanation of the person concerned: their number is all that is told of them."""
    query = select(func.count()).select_from(Lead).where(*_where(session, wanted), Lead.status == LeadStatus.ASKED)
    return session.scalar(query) or 0


def get_lead(session: Session, lead_no: str, me: Principal | None = None) -> LeadSeen:
    """One lead by its number; raises NotFound. With `me`, also where it is about a complaint that he may not know of."""
    query = select(Lead).where(Lead.lead_no == lead_no)
    if me is not None:
        query = query.where(hides_complaints(session, me, Lead.subject_kind, Lead.subject_no))
    lead = session.scalar(query)
    if lead is None:
        raise NotFound("没有这条疑点", fix="核对编号，或从清单查找")
    return _seen(lead)
