"""What happens to questions: put, and answered by the helper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from portal.registers.helpers.check_ins.questions.rules import Question


def add_questions(
    session: Session, check_in_id: int, questions: Sequence[Question], actor: str, at: datetime
) -> list[Question]:
    """Put questions about one check-in, each rule once; returns those that are new. The caller records the act."""
    if not questions:
        return []
    there = set(session.scalars(select(VisitQuestion.rule).where(VisitQuestion.check_in_id == check_in_id)))
    added = [question for question in questions if question.rule not in there]
    put_questions(session, check_in_id, added, actor, at)
    session.flush()
    return added


def put_questions(session: Session, check_in_id: int, questions: Sequence[Question], actor: str, at: datetime) -> None:
    """Put questions about a check-in that has none yet. The caller flushes and records the act."""
    session.add_all(
        VisitQuestion(check_in_id=check_in_id, rule=question.rule, text=question.text, asked_at=at, asked_by=actor)
        for question in questions
    )


def answer_questions(
    session: Session, check_in_id: int, answers: Mapping[str, str], at: datetime
) -> tuple[list[str], list[str]]:
    """Add the helper's answers; returns the rules answered now and those still open. An answer given before stays kept."""
    rows = session.scalars(select(VisitQuestion).where(VisitQuestion.check_in_id == check_in_id)).all()
    answered = []
    for row in rows:
        if row.rule in answers:
            row.answer, row.answered_at = answers[row.rule], at
            answered.append(row.rule)
    session.flush()
    return answered, [row.rule for row in rows if row.answer is None]


def asked_of(session: Session, claim_id: str, at_once: datetime) -> list[Question]:
    """The questions that a claim's first answer held: those put at the moment of its receipt."""
    rows = session.execute(
        select(VisitQuestion.rule, VisitQuestion.text)
        .join(CheckIn, CheckIn.id == VisitQuestion.check_in_id)
        .where(CheckIn.claim_id == claim_id, VisitQuestion.asked_at == at_once)
        .order_by(VisitQuestion.id)
    )
    return [Question(rule, text) for rule, text in rows]
