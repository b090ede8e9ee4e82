"""Reads of households' answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.answers.models import Channel as Channel
from portal.registers.helpers.check_ins.answers.models import Recollection as Recollection
from portal.registers.helpers.check_ins.answers.models import VisitAnswer
from portal.registers.helpers.check_ins.models import CheckIn


@dataclass(frozen=True)
class AnswerRow:
    """What a household said about one visit."""

    check_in_id: int
    answer: Recollection
    channel: Channel
    said_by: str
    note: str | None
    answered_at: datetime


def answers_to(session: Session, check_in_ids: Collection[int]) -> dict[int, AnswerRow]:
    """The present answer to each of some visits."""
    rows = session.scalars(select(VisitAnswer).where(VisitAnswer.check_in_id.in_(check_in_ids)))
    return {
        row.check_in_id: AnswerRow(
            row.check_in_id, Recollection(row.answer), Channel(row.channel), row.said_by, row.note, row.answered_at
        )
        for row in rows
    }


def has_said_itself(session: Session, claim_id: str) -> bool:
    """Whether the household answered to a visit on its own page: that is its own to change, and nobody else's."""
    query = (
        select(VisitAnswer.id)
        .join(CheckIn, CheckIn.id == VisitAnswer.check_in_id)
        .where(CheckIn.claim_id == claim_id, VisitAnswer.channel == Channel.OWN_PAGE)
    )
    return session.scalar(query) is not None
