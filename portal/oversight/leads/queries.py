"""Reading leads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.oversight.leads.models import Lead, LeadStatus, Severity

__all__ = ["LeadRow", "LeadStatus", "Severity", "count_by_rule", "stream_leads"]


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


def count_by_rule(session: Session) -> dict[str, dict[str, int]]:
    """Number of leads of each rule by status."""
    counts: dict[str, dict[str, int]] = {}
    for rule, status, number in session.execute(
        select(Lead.rule, Lead.status, func.count()).group_by(Lead.rule, Lead.status)
    ):
        counts.setdefault(rule, {})[status] = number
    return counts
