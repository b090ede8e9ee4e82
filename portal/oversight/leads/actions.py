"""What happens to leads: a run opens, refreshes and closes them; a person settles them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.database import now_utc, reserve_ids
from portal.kernel.errors import NotFound, Refused
from portal.oversight.complaints.routing.queries import SUBJECT
from portal.oversight.complaints.rules import random_id
from portal.oversight.leads.deadlines.queries import REVIEW, SETTLE, VERIFY, due_days
from portal.oversight.leads.exceptions.models import LeadException
from portal.oversight.leads.models import NO_DAY, STATUS_NAMES, Lead, LeadStatus, Trend
from portal.oversight.leads.noting.actions import note
from portal.oversight.leads.rules import Effect, effect_of_absence, effect_of_hit, is_worse, may_step, source_digest
from portal.registers.corrections import Act
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
    severity: str | None = None  # otherwise than its rule's


@dataclass(frozen=True)
class RuleFacts:
    """What a lead keeps of its rule: code, version, severity."""

    code: str
    version: int
    severity: str


def absorb_hits(
    session: Session,
    rule: RuleFacts,
    hits: Iterable[Hit],
    *,
    as_of: date,
    actor: str,
    only_open: bool = False,
    looked_at: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Counter[str]:
    """Bring the leads of one rule in line with what a run saw; returns the counts of each effect.

    `only_open`: the hits are not all there are (an import that met some), so absence closes nothing. `looked_at` says of
    a lead's evidence whether the run looked that far back; what it did not look at is left. The caller's transaction gets
    one event for the whole rule when anything changed.
    """
    known = {
        (lead.subject_kind, lead.subject_no): lead
        for lead in session.scalars(select(Lead).where(Lead.rule == rule.code))
    }
    seen = {(hit.subject_kind, hit.subject_no): hit for hit in hits}
    counts: Counter[str] = Counter(hits=len(seen), opened=0, refreshed=0, closed=0, left=0)
    touched: list[Lead] = []
    fresh: list[Hit] = []
    excepted = _excepted(session, rule.code)
    dues = due_days(session, VERIFY, {hit.division_code for hit in seen.values()}, as_of)
    for key, hit in seen.items():
        lead = known.get(key)
        if lead is None:
            fresh.append(hit)
            continue
        effect = _meet_again(lead, hit, rule, as_of, excepted.get(lead.id), dues)
        counts[effect] += 1
        if effect is not Effect.LEFT:
            touched.append(lead)
    touched += _open(session, rule, fresh, as_of, dues)
    counts[Effect.OPENED] += len(fresh)
    if not only_open:
        touched += _close_gone(known, seen, counts, looked_at)
    if touched:
        _record(session, rule, touched, counts, as_of=as_of, actor=actor)
    return counts


def _excepted(session: Session, code: str) -> dict[int, LeadException]:
    """The confirmed exceptions of a rule that stand, by the lead."""
    query = select(LeadException).where(
        LeadException.rule == code, LeadException.ended_at.is_(None), LeadException.confirmed_by.is_not(None)
    )
    return {row.lead_id: row for row in session.scalars(query)}


_UNVERIFIED = (LeadStatus.OPEN, LeadStatus.VERIFYING)


def _meet_again(
    lead: Lead, hit: Hit, rule: RuleFacts, as_of: date, exception: LeadException | None,
    dues: Mapping[str | None, date],
) -> Effect:  # fmt: skip
    if exception is not None:
        if exception.source_digest == source_digest(hit.evidence):
            lead.last_seen = max(lead.last_seen, as_of)
            return Effect.LEFT
        exception.ended_at = now_utc()
    digest = row_digest(dict(hit.evidence))
    effect = effect_of_hit(LeadStatus(lead.status), evidence_digest=digest, settled_digest=lead.settled_digest)
    if effect is Effect.LEFT:
        return effect
    if effect is Effect.OPENED:
        _reopen(lead, dues.get(hit.division_code, NO_DAY))
    elif effect is Effect.RESTED:
        lead.status = LeadStatus.SETTLED
    elif is_worse(lead.severity, lead.evidence, hit.severity or rule.severity, hit.evidence):
        _worsen(lead)
    if lead.due_on == NO_DAY and lead.status in _UNVERIFIED:
        lead.due_on = dues.get(hit.division_code, NO_DAY)  # its place has laid down days since
    if lead.evidence_digest != digest or effect is not Effect.REFRESHED:
        lead.evidence, lead.evidence_digest, lead.changed_at = dict(hit.evidence), digest, now_utc()
    lead.rule_version, lead.severity = rule.version, hit.severity or rule.severity
    lead.division_code, lead.household_no, lead.person_id = hit.division_code, hit.household_no, hit.person_id
    lead.last_seen = max(lead.last_seen, as_of)
    return effect


def _reopen(lead: Lead, due_on: date) -> None:
    """A lead that had ended comes back to nobody's desk, with its days anew."""
    lead.status, lead.trend, lead.due_on = LeadStatus.OPEN, Trend.AGAIN, due_on
    lead.assigned_to = lead.assigned_division = lead.snoozed_until = None
    lead.wakes_worse = False


def _worsen(lead: Lead) -> None:
    lead.trend = Trend.WORSE
    if lead.wakes_worse:
        lead.snoozed_until, lead.wakes_worse = None, False


def _open(
    session: Session, rule: RuleFacts, hits: Sequence[Hit], as_of: date, dues: Mapping[str | None, date]
) -> list[Lead]:
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
            severity=hit.severity or rule.severity,
            status=LeadStatus.OPEN,
            evidence=dict(hit.evidence),
            evidence_digest=row_digest(dict(hit.evidence)),
            first_seen=as_of,
            last_seen=as_of,
            changed_at=now_utc(),
            due_on=dues.get(hit.division_code, NO_DAY),
        )
        for number, hit in zip(_numbers(session, hits), hits, strict=True)
    ]
    session.add_all(leads)
    return leads


def _numbers(session: Session, hits: Sequence[Hit]) -> list[int]:
    """One after the other; of leads about complaints drawn, since a gap between two would tell that there is one."""
    counted = sum(hit.subject_kind != SUBJECT for hit in hits)
    first = reserve_ids(session.connection(), "leads", counted) if counted else 0
    following = iter(range(first, first + counted))
    return [random_id() if hit.subject_kind == SUBJECT else next(following) for hit in hits]


def _close_gone(
    known: Mapping[tuple[str, str], Lead],
    seen: Mapping[tuple[str, str], Hit],
    counts: Counter[str],
    looked_at: Callable[[Mapping[str, Any]], bool] | None,
) -> list[Lead]:
    closed = []
    for key, lead in known.items():
        if key in seen or (looked_at is not None and not looked_at(lead.evidence)):
            continue
        if effect_of_absence(LeadStatus(lead.status)) is Effect.CLOSED:
            lead.status, lead.changed_at = LeadStatus.CLOSED, now_utc()
            closed.append(lead)
    counts[Effect.CLOSED] += len(closed)
    return closed


def _record(
    session: Session, rule: RuleFacts, touched: Sequence[Lead], counts: Counter[str], *, as_of: date, actor: str
) -> None:
    version = {"rule": rule.code, "version": rule.version}
    note(
        session, "lead.rule.absorbed", touched, Act(actor, ""), after={**version, "as_of": as_of.isoformat()},
        counts={k: counts[k] for k in sorted(counts)}, public=version, rule=rule.code,
    )  # fmt: skip
    session.flush()


_NEXT_CLOCK = {LeadStatus.CONCLUDED: REVIEW, LeadStatus.REVIEWED: SETTLE, LeadStatus.VERIFYING: VERIFY}


def settle(session: Session, lead_no: str, *, status: LeadStatus, conclusion: str, actor: str) -> Lead:
    """Take a lead one step on, with what was found. Refused when the step is not open from where it stands."""
    lead = session.scalar(select(Lead).where(Lead.lead_no == lead_no))
    if lead is None:
        raise NotFound("没有这条疑点")
    old = LeadStatus(lead.status)
    if not may_step(old, status):
        raise Refused(
            f"疑点现在是「{STATUS_NAMES[old]}」，不能直接变成「{STATUS_NAMES[status]}」", fix="刷新页面看现在的状态"
        )
    lead.status, lead.conclusion, lead.changed_at = status, conclusion, now_utc()
    if status is LeadStatus.SETTLED:
        lead.settled_digest = lead.evidence_digest
    elif status in _NEXT_CLOCK and old is not LeadStatus.OPEN:
        clock = _NEXT_CLOCK[status]
        lead.due_on = due_days(session, clock, {lead.division_code}, day_cn(now_utc()))[lead.division_code]
    after = {"status": status.value, "conclusion": conclusion}
    note(session, "lead.step.taken", [lead], Act(actor, ""), before={"status": old.value}, after=after)
    session.flush()
    return lead
