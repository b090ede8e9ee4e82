"""Reads of questions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.questions.models import VisitQuestion


@dataclass(frozen=True)
class QuestionRow:
    """One question and what the helper said to it."""

    check_in_id: int
    rule: str
    text: str
    asked_at: datetime
    asked_by: str
    answer: str | None
    answered_at: datetime | None


def list_questions(session: Session, check_in_ids: Collection[int]) -> list[QuestionRow]:
    """Every question about some check-ins, in the order in which they were put."""
    rows = session.scalars(
        select(VisitQuestion)
        .where(VisitQuestion.check_in_id.in_(check_in_ids))
        .order_by(VisitQuestion.check_in_id, VisitQuestion.asked_at, VisitQuestion.id)
    )
    return [QuestionRow(r.check_in_id, r.rule, r.text, r.asked_at, r.asked_by, r.answer, r.answered_at) for r in rows]


def count_by_rule(session: Session) -> dict[str, tuple[int, int]]:
    """How many questions each rule has put, and how many of them are answered."""
    rows = session.execute(
        select(VisitQuestion.rule, func.count(), func.count(VisitQuestion.answered_at)).group_by(VisitQuestion.rule)
    )
    return {rule: (asked, answered) for rule, asked, answered in rows}
