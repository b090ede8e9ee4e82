"""Reads of questions: the office's list, what everybody reads, and the asker's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.publishing.questions.models import Proposal, PublicQuestion, QuestionJoined, QuestionKind, QuestionState
from portal.publishing.questions.rules import OPEN
from portal.registers.divisions.queries import codes_within
from portal.registers.sealed import keyring_of, seal_name

__all__ = ["Proposal", "QuestionKind", "QuestionState"]
TABLE = "public_questions"
WORDS_SEAL = seal_name(TABLE, "words_sealed")
Q = PublicQuestion


@dataclass(frozen=True)
class PublicRow:
    """A question as everybody reads it."""

    id: int
    no: str
    kind: str
    division_code: str
    subject_kind: str | None
    subject_no: str | None
    asked_on: date
    question: str
    answer: str
    unit: str
    published_on: date
    state: str
    joined: int

    @property
    def is_open(self) -> bool:
        """Whether its words are still public."""
        return self.state == QuestionState.PUBLIC


def _public() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Q.id, Q.no, Q.kind, Q.division_code, Q.subject_kind, Q.subject_no, Q.asked_on, Q.question, Q.answer, Q.unit,
            Q.published_on, Q.state, func.coalesce(QuestionJoined.n, 0).label("joined"),
        )
        .outerjoin(QuestionJoined, QuestionJoined.question_id == Q.id)
        .where(Q.published_on.is_not(None))
    )  # fmt: skip


def list_public(
    session: Session, *, inside: str = "", subject: tuple[str, str] | None = None, after: Start | None = None,
    limit: int | None = 51,
) -> list[PublicRow]:  # fmt: skip
    """What is public, the latest first; within a place, or about one record."""
    query = _public().where(Q.state == QuestionState.PUBLIC)
    if inside:
        query = query.where(Q.division_code.in_(codes_within([inside])))
    if subject is not None:
        query = query.where(Q.subject_kind == subject[0], Q.subject_no == subject[1])
    rows = rows_beside(session, query, (Q.published_on, Q.id), after, limit, latest_first=True)
    return [PublicRow(**row._mapping) for row in rows]


def get_public(session: Session, no: str) -> PublicRow:
    """One published question; of a withdrawn one no words. NotFound for every other number."""
    row = session.execute(_public().where(Q.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这条提问", fix="核对编号，或从列表重新进入")
    found = PublicRow(**row._mapping)
    return found if found.is_open else PublicRow(**{**vars(found), "question": "", "answer": ""})


@dataclass(frozen=True)
class OfficeRow:
    """A question as the office's list shows it: without its words."""

    id: int
    no: str
    kind: str
    division_code: str
    asked_on: date
    due_on: date
    state: str
    proposal: str | None
    answered_by: str | None

    def is_late(self, today: date) -> bool:
        """Past its day and still open."""
        return self.state in OPEN and self.due_on < today


def _within(codes: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(Q.division_code.in_(codes_within([code])) for code in codes)) if codes else Q.id.is_(None)


def list_office(
    session: Session, within: Sequence[str], *, closed: bool = False, after: Start | None = None, limit: int = 51
) -> list[OfficeRow]:
    """Questions of one's places: open ones, those due first at the top; or what is done, the latest first."""
    states = Q.state.not_in(OPEN) if closed else Q.state.in_(OPEN)
    query = select(Q.id, Q.no, Q.kind, Q.division_code, Q.asked_on, Q.due_on, Q.state, Q.proposal, Q.answered_by).where(
        _within(within), states
    )
    rows = rows_beside(session, query, (Q.due_on, Q.id), after, limit, latest_first=closed)
    return [OfficeRow(**row._mapping) for row in rows]


@dataclass(frozen=True)
class OfficeQuestion:
    """One question with everything, for whoever answers or checks it."""

    row: OfficeRow
    words: str = field(repr=False)
    subject: tuple[str, str] | None
    question: str
    answer: str
    unit: str
    merged_into: str | None
    checked_by: str | None
    checked_why: str | None
    published_on: date | None
    answered_at: datetime | None


def get_office(session: Session, no: str, within: Sequence[str]) -> OfficeQuestion:
    """One question of one's places, its words opened; NotFound for every other."""
    row = session.scalar(select(Q).where(Q.no == no, _within(within)))
    if row is None:
        raise NotFound("没有这条提问", fix="核对编号，或从列表重新进入")
    subject = (row.subject_kind, row.subject_no) if row.subject_kind and row.subject_no else None
    return OfficeQuestion(
        OfficeRow(
            row.id, row.no, row.kind, row.division_code, row.asked_on, row.due_on, row.state, row.proposal,
            row.answered_by,
        ),
        keyring_of(session).open_(row.words_sealed, WORDS_SEAL), subject, row.question or "", row.answer or "",
        row.unit or "", row.merged_into, row.checked_by, row.checked_why, row.published_on, row.answered_at,
    )  # fmt: skip


@dataclass(frozen=True)
class OwnQuestion:
    """What the asker is told."""

    no: str
    state: str
    asked_on: date
    due_on: date
    answer: str
    unit: str
    merged_into: str | None
    published_on: date | None


@dataclass(frozen=True)
class Kept:
    """What a receipt is checked by, and what its holder may read."""

    code_hash: bytes = field(repr=False)
    code_salt: bytes = field(repr=False)
    told: OwnQuestion


def find_asked(session: Session, locator: str) -> Kept | None:
    """The question of a receipt; whoever asks proves the code before he is told."""
    row = session.scalar(select(Q).where(Q.locator == locator))
    if row is None:
        return None
    is_done = row.state not in OPEN
    told = OwnQuestion(
        row.no, row.state, row.asked_on, row.due_on, (row.answer or "") if is_done else "", row.unit or "",
        row.merged_into, row.published_on,
    )  # fmt: skip
    return Kept(row.code_hash, row.code_salt, told)
