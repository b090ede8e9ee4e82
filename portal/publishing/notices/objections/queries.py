"""Reads of objections; the words stay sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.publishing.notices.models import Notice
from portal.publishing.notices.objections.models import NoticeObjection
from portal.publishing.notices.objections.models import ObjectionState as ObjectionState


@dataclass(frozen=True)
class ObjectionRow:
    """An objection as it stands."""

    no: str
    notice_id: int
    through: str
    received_at: datetime
    state: str
    handled_by: str | None
    answer: str | None
    answered_at: datetime | None
    text_sealed: bytes
    contact_sealed: bytes | None


_NAMES = tuple(ObjectionRow.__dataclass_fields__)


def list_objections(session: Session, notice_id: int) -> list[ObjectionRow]:
    """Objections to a notice, the oldest first."""
    query = select(*(getattr(NoticeObjection, name) for name in _NAMES)).where(NoticeObjection.notice_id == notice_id)
    return [ObjectionRow(*row) for row in session.execute(query.order_by(NoticeObjection.id))]


def get_objection(session: Session, no: str) -> ObjectionRow:
    """One objection; raises NotFound."""
    query = select(*(getattr(NoticeObjection, name) for name in _NAMES)).where(NoticeObjection.no == no)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这条异议", fix="从公示页面重新进入")
    return ObjectionRow(*row)


@dataclass(frozen=True)
class Asked:
    """An objection for whoever holds its receipt: the hash of the code, and what may be told. Never what was written."""

    code_hash: str | None
    no: str
    notice_no: str
    received_at: datetime
    state: str
    answer: str | None
    answered_at: datetime | None

    @property
    def is_answered(self) -> bool:
        """Whether somebody has found something."""
        return self.answered_at is not None


def find_asked(session: Session, notice_no: str, no: str) -> Asked | None:
    """An objection to a notice by its number; one statement, found or not."""
    query = (
        select(
            NoticeObjection.code_hash, NoticeObjection.no, Notice.no, NoticeObjection.received_at, NoticeObjection.state,
            NoticeObjection.answer, NoticeObjection.answered_at,
        )
        .join(Notice, Notice.id == NoticeObjection.notice_id)
        .where(NoticeObjection.no == no, Notice.no == notice_no)
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    return None if row is None else Asked(*row)
