"""What happens to leads: a run opens, refreshes and closes them; a person settles them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, reserve_ids
from portal.kernel.errors import NotFound, Refused
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.rules import Effect, effect_of_absence, effect_of_hit, may_step
from portal.trail import actions as trail
from portal.trail.encoding import row_digest


@dataclass(frozen=True)
class Hit:
    """What a rule saw: about whom, where, and the values it compared. Never an ID number, account or telephone."""

    subject_kind: str
    subject_no: str
    evidence: Mapping[str, Any]
    division_code: str | None = None
    household_no: str | None = None
    person_id: int | None = None


@dataclass(frozen=True)
class RuleFacts:
    """What a lead keeps of its rule: code, version, severity."""

    code: str
    version: int
    severity: str


def absorb_hits(
    session: Session, rule: RuleFacts, hits: Iterable[Hit], *, as_of: date, actor: str, only_open: bool = False
) -> Counter[str]:
    """Bring the leads of one rule in line with what a run saw; returns the counts of each effect.

    `only_open`: the hits are not all there are (an import that met some), so absence closes nothing. The caller's
    transaction gets one event for the whole rule when anything changed.
    """
    known = {
        (lead.subject_kind, lead.subject_no): lead
        for lead in session.scalars(select(Lead).where(Lead.rule == rule.code))
    }
    seen = {(hit.subject_kind, hit.subject_no): hit for hit in hits}
    counts: Counter[str] = Counter(hits=len(seen), opened=0, refreshed=0, closed=0, left=0)
    touched: list[Lead] = []
    fresh: list[Hit] = []
    for key, hit in seen.items():
        lead = known.get(key)
        if lead is None:
            fresh.append(hit)
            continue
        effect = _meet_again(lead, hit, rule, as_of)
        counts[effect] += 1
        if effect is not Effect.LEFT:
            touched.append(lead)
    touched += _open(session, rule, fresh, as_of)
    counts[Effect.OPENED] += len(fresh)
    if not only_open:
        touched += _close_gone(known, seen, counts)
    if touched:
        _record(session, rule, touched, counts, as_of=as_of, actor=actor)
    return counts


def _meet_again(lead: Lead, hit: Hit, rule: RuleFacts, as_of: date) -> Effect:
    digest = row_digest(dict(hit.evidence))
    effect = effect_of_hit(LeadStatus(lead.status), evidence_digest=digest, settled_digest=lead.settled_digest)
    if effect is Effect.LEFT:
        return effect
    if effect is Effect.OPENED:
        lead.status = LeadStatus.OPEN
    if lead.evidence_digest != digest or effect is Effect.OPENED:
        lead.evidence, lead.evidence_digest, lead.changed_at = dict(hit.evidence), digest, now_utc()
    lead.rule_version, lead.severity = rule.version, rule.severity
    lead.division_code, lead.household_no, lead.person_id = hit.division_code, hit.household_no, hit.person_id
    lead.last_seen = max(lead.last_seen, as_of)
    return effect


def _open(session: Session, rule: RuleFacts, hits: Sequence[Hit], as_of: date) -> list[Lead]:
    if not hits:
        return []
    first = reserve_ids(session.connection(), "leads", len(hits))
    leads = [
        Lead(
            id=number,
            lead_no=f"YD-{as_of.year}-{number:06d}",
            rule=rule.code,
            rule_version=rule.version,
            subject_kind=hit.subject_kind,
            subject_no=hit.subject_no,
            person_id=hit.person_id,
            household_no=hit.household_no,
            division_code=hit.division_code,
            severity=rule.severity,
            status=LeadStatus.OPEN,
            evidence=dict(hit.evidence),
            evidence_digest=row_digest(dict(hit.evidence)),
            first_seen=as_of,
            last_seen=as_of,
            changed_at=now_utc(),
        )
        for number, hit in enumerate(hits, start=first)
    ]
    session.add_all(leads)
    return leads


def _close_gone(
    known: Mapping[tuple[str, str], Lead], seen: Mapping[tuple[str, str], Hit], counts: Counter[str]
) -> list[Lead]:
    closed = []
    for key, lead in known.items():
        if key not in seen and effect_of_absence(LeadStatus(lead.status)) is Effect.CLOSED:
            lead.status, lead.changed_at = LeadStatus.CLOSED, now_utc()
            closed.append(lead)
    counts[Effect.CLOSED] += len(closed)
    return closed


def _record(
    session: Session, rule: RuleFacts, touched: Sequence[Lead], counts: Counter[str], *, as_of: date, actor: str
) -> None:
    trail.record(
        session,
        kind="lead.rule.absorbed",
        actor=actor,
        subjects=[("rule", rule.code)] + [("lead", lead.lead_no) for lead in touched[:500]],
        after={
            "rule": rule.code,
            "version": rule.version,
            "as_of": as_of.isoformat(),
            **{k: counts[k] for k in sorted(counts)},
        },
        public={"rule": rule.code, "version": rule.version},
    )
    session.flush()


def settle(session: Session, lead_no: str, *, status: LeadStatus, conclusion: str, actor: str) -> Lead:
    """Take a lead one step on, with what was found. Refused when the step is not open from where it stands."""
    lead = session.scalar(select(Lead).where(Lead.lead_no == lead_no))
    if lead is None:
        raise NotFound("没有这条疑点")
    old = LeadStatus(lead.status)
    if not may_step(old, status):
        raise Refused(f"疑点现在是「{old}」，不能直接变成「{status}」")
    lead.status, lead.conclusion, lead.changed_at = status, conclusion, now_utc()
    if status is LeadStatus.SETTLED:
        lead.settled_digest = lead.evidence_digest
    trail.record(
        session,
        kind="lead.step.taken",
        actor=actor,
        subjects=[("lead", lead_no)],
        before={"status": old.value},
        after={"status": status.value, "conclusion": conclusion},
    )
    session.flush()
    return lead
