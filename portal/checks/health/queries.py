"""Reads of pauses and precision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.checks.health.models import RulePause
from portal.checks.registry import Rule
from portal.kernel.prepared import Prepared
from portal.oversight.leads.findings.queries import count_findings
from portal.oversight.leads.findings.rules import Health, health_of

_PAUSES = RulePause.__table__.c
_PAUSED = Prepared(  # every claim of every phone asks
    select(_PAUSES.rule, _PAUSES.paused_at).where(_PAUSES.resumed_at.is_(None))
)


def paused_rules(session: Session) -> dict[str, datetime]:
    """Rules that are paused, and since when."""
    return {rule: since for rule, since in _PAUSED.rows(session.connection(), {})}


def findings_of_rule(session: Session, rule: Rule) -> dict[str, int]:
    """What people found about the leads of the version in force, since one of them last let the rule run again."""
    resumed = session.scalar(select(func.max(RulePause.resumed_at)).where(RulePause.rule == rule.code))
    return count_findings(session, rule.code, rule.version, resumed)


def health_of_rule(session: Session, rule: Rule) -> Health:
    """How the version in force has fared since a person last let the rule run again."""
    return health_of(findings_of_rule(session, rule))


@dataclass(frozen=True)
class Pause:
    """One pause of a rule: the figures that made it, and who let the rule run again, when and why."""

    rule_version: int
    closed: int
    confirmed: int
    paused_at: datetime
    resumed_at: datetime | None
    resumed_by: str | None
    resumed_why: str | None


def list_pauses(session: Session, code: str) -> Sequence[Pause]:
    """Every pause of a rule, the latest first; the first one lasts where it has no end."""
    rows = session.scalars(select(RulePause).where(RulePause.rule == code).order_by(RulePause.id.desc()))
    return [
        Pause(r.rule_version, r.closed, r.confirmed, r.paused_at, r.resumed_at, r.resumed_by, r.resumed_why)
        for r in rows
    ]
