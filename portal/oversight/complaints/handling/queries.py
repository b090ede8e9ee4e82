"""Reads of complaints for those who work them. Every one of these goes through the clause of `routing.queries`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.complaints.handling.models import ComplaintState, Handling, HandlingStep, IdentityOpening
from portal.oversight.complaints.handling.models import Disposal as Disposal
from portal.oversight.complaints.handling.models import EvidenceFrom as EvidenceFrom
from portal.oversight.complaints.handling.models import Matter as Matter
from portal.oversight.complaints.handling.models import Reply as Reply
from portal.oversight.complaints.handling.models import Satisfaction as Satisfaction
from portal.oversight.complaints.handling.rules import ANSWERED, OVER
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import organs_of, unbarred, visible_to

S = ComplaintState


class Tab(StrEnum):
    """收件箱分栏."""

    TRIAGE = "待研判"
    MINE = "我的"
    WORKING = "处理中"
    SHELVED = "暂存"
    OVER = "已了结"


_TRIAGE = [S.RECEIVED, S.REGISTERED, S.APPEALED, S.STUDYING]
_SHELVED = [S.SHELVED]
_DONE = [*OVER, *ANSWERED]


@dataclass(frozen=True)
class Case:
    """One complaint without anything that it says."""

    id: int
    locator: str
    kind: str
    mode: str
    matter: str
    state: str
    authority: str
    division_code: str
    received_on: date
    subject_kind: str | None
    subject_no: str | None
    since_on: date
    due_on: date | None
    remind_on: date | None
    silent_on: date | None
    assigned_to: str | None
    raised: int
    alarm: bool
    appeals: int
    proposed: str | None
    proposed_by: str | None
    studied_by: Sequence[str]
    disposal: str | None
    longer_days: int | None
    longer_asked_by: str | None
    longer_by: str | None
    malicious_by: str | None
    malicious_with: str | None
    satisfaction: str | None
    solved: bool | None
    ask_again_on: date | None
    linked_to: int | None

    @property
    def is_over(self) -> bool:
        """Nobody owes anything any more."""
        return self.state in OVER

    @property
    def last_day(self) -> date | None:
        """The day that counts now: the last day of the clock, or of silence when that comes first."""
        days = [day for day in (self.due_on, self.silent_on) if day is not None]
        return min(days) if days else None

    @property
    def sorted_by(self) -> date:
        """By what lists are sorted."""
        return self.due_on or date.max

    def is_late(self, today: date) -> bool:
        """Past its day."""
        return self.last_day is not None and self.last_day < today

    def is_soon(self, today: date) -> bool:
        """In the last fifth of its time."""
        return not self.is_late(today) and self.remind_on is not None and self.remind_on <= today


_COMPLAINT = (
    Complaint.id, Complaint.locator, Complaint.kind, Complaint.mode, Complaint.state, Complaint.authority,
    Complaint.division_code, Complaint.received_on, Complaint.subject_kind, Complaint.subject_no,
)  # fmt: skip
_HANDLING = (
    Handling.matter, Handling.since_on, Handling.due_on, Handling.remind_on, Handling.silent_on, Handling.assigned_to,
    Handling.raised, Handling.alarm, Handling.appeals, Handling.proposed, Handling.proposed_by, Handling.studied_by,
    Handling.disposal, Handling.longer_days, Handling.longer_asked_by, Handling.longer_by, Handling.malicious_by,
    Handling.malicious_with, Handling.satisfaction, Handling.solved, Handling.ask_again_on, Handling.linked_to,
)  # fmt: skip
_CASE = select(*_COMPLAINT, *_HANDLING).join(Handling, Handling.complaint_id == Complaint.id)


def _case(row: Row[*tuple[Any, ...]]) -> Case:
    return Case(**{**row._mapping, "studied_by": tuple(row.studied_by or ())})


def _tab(tab: str, me: Principal) -> list[ColumnElement[bool]]:
    if tab == Tab.TRIAGE:
        return [Complaint.state.in_(_TRIAGE)]
    if tab == Tab.MINE:
        return [Handling.assigned_to == me.actor, Complaint.state.not_in(_DONE)]
    if tab == Tab.SHELVED:
        return [Complaint.state.in_(_SHELVED)]
    if tab == Tab.OVER:
        return [Complaint.state.in_(_DONE)]
    return [Complaint.state.not_in([*_TRIAGE, *_SHELVED, *_DONE])]


def list_cases(
    session: Session, me: Principal, *, tab: str = Tab.TRIAGE, words: str = "", after: Start | None = None,
    limit: int = 51,
) -> list[Case]:  # fmt: skip
    """Complaints of one tab, or of every tab by the beginning of the locator; those that end first come first."""
    query = _CASE.where(visible_to(session, me))
    words = words.strip().upper()
    query = query.where(Complaint.locator.startswith(words, autoescape=True) if words else _all(_tab(tab, me)))
    order = func.coalesce(Handling.due_on, date.max)
    return [_case(row) for row in rows_beside(session, query, (order, Complaint.id), after, limit)]


def _all(clauses: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = clauses[0]
    for clause in clauses[1:]:
        whole = whole & clause
    return whole


def count_tabs(session: Session, me: Principal) -> dict[str, int]:
    """How many complaints stand in each tab; one statement besides those of the clause."""
    query = (
        select(*[func.count().filter(_all(_tab(tab, me))) for tab in Tab])
        .select_from(Complaint)
        .join(Handling, Handling.complaint_id == Complaint.id)
        .where(visible_to(session, me))
    )
    row = session.execute(query).one()
    return {tab: int(number) for tab, number in zip(Tab, row, strict=True)}


def get_case(session: Session, me: Principal, locator: str) -> Case:
    """One complaint that the person may know; anything else is answered as a number that nobody knows."""
    query = _CASE.where(Complaint.locator == locator.strip().upper(), visible_to(session, me))
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("没有这个编号", fix="核对编号")
    return _case(row)


def list_alike(session: Session, me: Principal, case: Case, limit: int = 8) -> list[Case]:
    """Other open complaints of the same organ about the same record, or of the same kind and place: perhaps one matter."""
    same = Complaint.division_code == case.division_code
    alike = same & (Complaint.kind == case.kind)
    if case.subject_no is not None:
        alike = alike | (Complaint.subject_kind == case.subject_kind) & (Complaint.subject_no == case.subject_no)
    query = _CASE.where(visible_to(session, me), alike, Complaint.id != case.id, Complaint.authority == case.authority)
    open_ones = query.where(Complaint.state.not_in(list(OVER))).order_by(Complaint.received_on, Complaint.id)
    return [_case(row) for row in session.execute(open_ones.limit(limit))]


@dataclass(frozen=True)
class StepRow:
    """One step that was taken; the note stays sealed."""

    id: int
    step: str
    state: str
    organ: str
    actor: str
    done_on: date
    due_on: date | None
    has_note: bool


def list_steps(session: Session, complaint_id: int) -> list[StepRow]:
    """The steps of a complaint, the first one first."""
    rows = session.execute(
        select(
            HandlingStep.id, HandlingStep.step, HandlingStep.state, HandlingStep.organ, HandlingStep.actor,
            HandlingStep.done_on, HandlingStep.due_on, HandlingStep.note_box.is_not(None).label("has_note"),
        )
        .where(HandlingStep.complaint_id == complaint_id)
        .order_by(HandlingStep.n)
    )  # fmt: skip
    return [StepRow(**row._mapping) for row in rows]


@dataclass(frozen=True)
class Told:
    """A complaint that a higher organ has: the one who passed it up keeps the locator and the day, and nothing else."""

    locator: str
    received_on: date
    authority: str


def list_told(session: Session, me: Principal, limit: int = 50) -> list[Told]:
    """What the person's organ has passed up, the latest first; never what accuses anybody near him."""
    organs = organs_of(me)
    if not organs:
        return []
    rows = session.execute(
        select(Complaint.locator, Complaint.received_on, Complaint.authority)
        .join(Handling, Handling.complaint_id == Complaint.id)
        .where(Handling.told_organ.in_(organs), Complaint.authority.not_in(organs), unbarred(session, me))
        .order_by(Complaint.received_on.desc(), Complaint.locator)
        .limit(limit)
    )
    return [Told(*row) for row in rows]


@dataclass(frozen=True)
class Opening:
    """One request to see who wrote."""

    id: int
    locator: str
    why: str
    asked_by: str
    asked_on: date
    agreed_by: str | None
    agreed_on: date | None
    opened_on: date | None


_OPENING = select(
    IdentityOpening.id, Complaint.locator, IdentityOpening.why, IdentityOpening.asked_by, IdentityOpening.asked_on,
    IdentityOpening.agreed_by, IdentityOpening.agreed_on, IdentityOpening.opened_on,
).join(Complaint, Complaint.id == IdentityOpening.complaint_id)  # fmt: skip


def list_openings(session: Session, complaint_id: int) -> list[Opening]:
    """Requests to see the identity behind one complaint."""
    rows = session.execute(
        _OPENING.where(Complaint.id == complaint_id).order_by(IdentityOpening.asked_on, IdentityOpening.id)
    )
    return [Opening(**row._mapping) for row in rows]


def list_openings_to_review(
    session: Session, me: Principal, within: Sequence[str], after: Start | None = None, limit: int = 51
) -> list[Opening]:
    """For the organ that reviews reads: every opening where it reviews, the latest first, but for what is about itself."""
    organs = or_(*(Complaint.authority == code for code in within)) if within else Complaint.id.is_(None)
    query = _OPENING.where(organs, unbarred(session, me))
    return [
        Opening(**row._mapping)
        for row in rows_beside(
            session, query, (IdentityOpening.asked_on, IdentityOpening.id), after, limit, latest_first=True
        )
    ]


@dataclass(frozen=True)
class Asked:
    """What the writer is asked on the page of progress."""

    state: str
    due_on: date | None
    may_rate: bool
    may_appeal: bool
    asks_solved: bool
    satisfaction: str | None
    solved: bool | None
