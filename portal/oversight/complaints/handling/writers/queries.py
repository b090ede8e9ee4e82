"""Where a complaint stands, as its writer is told: steps and days, never who handles it or what was noted inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.oversight.complaints.handling.models import ComplaintState, Handling, HandlingStep, Matter, Satisfaction
from portal.oversight.complaints.handling.rules import ANSWERED, APPEALS
from portal.oversight.complaints.models import Complaint

__all__ = ["ComplaintState", "Satisfaction", "Standing", "standing_of"]

_INSIDE = {
    ComplaintState.PROPOSED: ComplaintState.STUDYING,
    ComplaintState.INTERVIEW: ComplaintState.INQUIRY,
    ComplaintState.CLOSING: ComplaintState.INQUIRY,
    ComplaintState.CONCLUDED: ComplaintState.INQUIRY,
    ComplaintState.DISMISSED: ComplaintState.INQUIRY,
    ComplaintState.ANSWERING: ComplaintState.HANDLING,
}
"""What is decided inside an organ is not told before it is answered."""
_OUT = ANSWERED | {ComplaintState.REVIEWING, ComplaintState.RECHECKING, ComplaintState.ENDED}


@dataclass(frozen=True)
class Passed:
    """One step that the writer is shown."""

    state: str
    on: date


@dataclass(frozen=True)
class Standing:
    """How far it is, against which days, and what the writer is asked."""

    state: str
    due_on: date | None
    silent_on: date | None
    steps: Sequence[Passed]
    may_rate: bool
    may_appeal: bool
    asks_solved: bool
    satisfaction: str | None
    solved: bool | None
    outcome: str | None = None


def standing_of(session: Session, complaint: Complaint, today: date) -> Standing:
    """Where a complaint stands. Two statements."""
    row = session.scalars(select(Handling).where(Handling.complaint_id == complaint.id)).one()
    taken = session.execute(
        select(HandlingStep.state, HandlingStep.done_on)
        .where(HandlingStep.complaint_id == complaint.id)
        .order_by(HandlingStep.n)
    )
    state = ComplaintState(complaint.state)
    is_answered = state in ANSWERED
    asks = is_answered and row.ask_again_on is not None and row.ask_again_on <= today
    return Standing(
        told_state(state), row.due_on, row.silent_on, _steps(complaint, [(s, on) for s, on in taken]),
        is_answered, state in APPEALS, asks, row.satisfaction, row.solved, _outcome(row, state),
    )  # fmt: skip


def _outcome(row: Handling, state: ComplaintState) -> str | None:
    """予以支持, 解释说明 or 不予支持, once it was answered; what becomes of a report of wrongdoing is told in words alone."""
    is_open = row.matter == Matter.PETITION and state in _OUT
    return row.disposal if is_open else None


def told_state(state: str) -> str:
    """A state as the writer is told it."""
    found = ComplaintState(state)
    return _INSIDE.get(found, found)


def _steps(complaint: Complaint, taken: Sequence[tuple[str, date]]) -> list[Passed]:
    found = [Passed(ComplaintState.RECEIVED, complaint.received_on)]
    for state, on in taken:
        if (told := told_state(state)) != found[-1].state:
            found.append(Passed(told, on))
    return found
