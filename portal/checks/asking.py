"""Asking first 先问本人: a hit of some rules is put to the helper before anybody else looks at its lead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.checks.registry import Rule
from portal.kernel.clock import day_cn
from portal.oversight.leads.actions import Hit
from portal.oversight.leads.hearings.actions import Subject, hear_first
from portal.oversight.leads.hearings.rules import Asked
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.rules import NATION
from portal.registers.helpers.check_ins.judgements.actions import ask
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from portal.registers.helpers.check_ins.questions.rules import Question

EXPLAIN_DAYS = "explain_days"
_CHUNK = 500


@dataclass(frozen=True)
class _Put:
    asked_at: datetime
    is_answered: bool


def ask_first(
    session: Session, rule: Rule, hits: Sequence[Hit], *, as_of: date, actor: str, at: datetime
) -> dict[str, int]:
    """Put the rule's question about each hit that has not been asked about, and let its lead wait for the answer.

    Returns how many questions are new, how many leads wait, and how many stand open from now on.
    """
    claims = {_claim_of(hit) for hit in hits}
    put = _questions(session, rule.code, claims)
    question = rule.question or Question(rule.code, rule.condition)
    asked_now = 0
    for claim in sorted(claims - set(put)):
        if ask(session, claim, [question], actor, at, f"{rule.code} {rule.title}"):
            put[claim] = _Put(at, is_answered=False)
            asked_now += 1
    days: dict[str, int] = {}
    asked: dict[Subject, Asked | None] = {}
    for hit in hits:
        place = hit.division_code or NATION
        if place not in days:
            days[place] = value_for(session, EXPLAIN_DAYS, place, as_of).whole
        one = put.get(_claim_of(hit))
        asked[hit.subject_kind, hit.subject_no] = (
            Asked(day_cn(one.asked_at), days[place], one.is_answered) if one is not None else None
        )
    counts = hear_first(session, rule.code, asked, as_of=as_of, actor=actor, at=at)
    return {"asked": asked_now, "waiting": counts["waiting"], "over": counts["over"]}


def _claim_of(hit: Hit) -> str:
    """The check-in that the helper is asked about: the subject itself, or the one that the evidence names."""
    return hit.subject_no if hit.subject_kind == "check_in" else str(hit.evidence["check_in"])


def _questions(session: Session, rule: str, claims: Collection[str]) -> dict[str, _Put]:
    """What this rule has asked about some check-ins already, at once or in an earlier run."""
    found: dict[str, _Put] = {}
    wanted = sorted(claims)
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(
            select(CheckIn.claim_id, VisitQuestion.asked_at, VisitQuestion.answered_at)
            .join(VisitQuestion, VisitQuestion.check_in_id == CheckIn.id)
            .where(CheckIn.claim_id.in_(wanted[start : start + _CHUNK]), VisitQuestion.rule == rule)
        )
        found.update({claim: _Put(asked_at, answered_at is not None) for claim, asked_at, answered_at in rows})
    return found
