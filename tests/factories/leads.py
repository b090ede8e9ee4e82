"""Leads for tests, as a run of the rules opens them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.leads.actions import Hit, RuleFacts, absorb_hits
from portal.oversight.leads.models import Lead
from tests.factories.divisions import VILLAGE

DAY = date(2026, 11, 2)


def make_leads(
    session: Session, *subjects: str, rule: str = "Q01", division: str = VILLAGE, household: str | None = None,
    evidence: Mapping[str, Any] | None = None, severity: str = "一般", on: date = DAY,
) -> list[Lead]:  # fmt: skip
    """One lead for each subject; seen again where there is one."""
    hits = [
        Hit("person", no, dict(evidence or {"amount_fen": 100}), division, household, None, severity) for no in subjects
    ]
    absorb_hits(session, RuleFacts(rule, 1, severity), hits, as_of=on, actor="test", only_open=True)
    session.flush()
    query = select(Lead).where(Lead.rule == rule, Lead.subject_no.in_(subjects)).order_by(Lead.id)
    return list(session.scalars(query))
