"""Reads of procedures: one, those of a household, the office's list by due date."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.sealing import Keyring
from portal.registers.divisions.queries import codes_within, lies_within
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import End as End
from portal.registers.recipients.procedures.models import NoticeOutcome as NoticeOutcome
from portal.registers.recipients.procedures.models import Procedure, ProcedureStep
from portal.registers.recipients.procedures.models import ProcedureKind as ProcedureKind
from portal.registers.recipients.procedures.models import Source as Source
from portal.registers.recipients.procedures.models import StepKey as StepKey
from portal.registers.recipients.procedures.models import Through as Through
from portal.registers.recipients.procedures.models import Verdict as Verdict
from portal.registers.sealed import seal_name

NOTE_SEAL = seal_name("procedure_steps", "note_sealed")
REASON_SEAL = seal_name("procedures", "reason_sealed")


@dataclass(frozen=True)
class ProcedureRow:
    """A procedure as it stands; `state` is the step it waits for, or how it ended."""

    id: int
    no: str
    kind: str
    household_id: int | None
    household_no: str | None
    applicant: str
    division_code: str
    source: str
    request_no: str | None
    opened_by: str
    opened_on: date
    proposal: Mapping[str, Any]
    state: str
    state_since: date
    due_on: date | None
    whole_due_on: date | None
    page_agreed: bool | None
    page_agreed_at: datetime | None
    draw_no: str | None
    is_sampled: bool | None
    sample_reason: str | None
    outcome: str | None
    decided_on: date | None
    document: str | None
    how_to_object: str | None
    amount_fen: int | None
    effect_until: date | None
    closed_on: date | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for something."""
        return self.closed_on is None

    def is_late(self, today: date) -> bool:
        """Whether its step, or the whole of it, is overdue."""
        return self.is_open and any(day is not None and day < today for day in (self.due_on, self.whole_due_on))


_NAMES = tuple(ProcedureRow.__dataclass_fields__)


def _rows() -> Select[*tuple[Any, ...]]:
    columns = [Household.no.label(name) if name == "household_no" else getattr(Procedure, name) for name in _NAMES]
    return select(*columns).join_from(Procedure, Household, Household.id == Procedure.household_id, isouter=True)


def find_procedure(session: Session, no: str) -> ProcedureRow | None:
    """A procedure by its number; None when unknown."""
    row = session.execute(_rows().where(Procedure.no == no)).one_or_none()
    return None if row is None else ProcedureRow(*row)


def get_procedure(session: Session, no: str) -> ProcedureRow:
    """As `find_procedure`; raises NotFound."""
    found = find_procedure(session, no)
    if found is None:
        raise NotFound("没有这个程序", fix="核对程序编号，或从列表查找")
    return found


def procedures_of(session: Session, household_id: int) -> list[ProcedureRow]:
    """Every procedure of a household, the newest first."""
    query = _rows().where(Procedure.household_id == household_id).order_by(Procedure.id.desc())
    return [ProcedureRow(*row) for row in session.execute(query)]


def current_procedures(session: Session, household_id: int) -> list[ProcedureRow]:
    """The open procedures of a household, the oldest first."""
    query = _rows().where(Procedure.household_id == household_id, Procedure.closed_on.is_(None)).order_by(Procedure.id)
    return [ProcedureRow(*row) for row in session.execute(query)]


def procedures_with(session: Session, nos: Collection[str]) -> dict[str, ProcedureRow]:
    """Procedures by their numbers, as far as they are there."""
    return {row[1]: ProcedureRow(*row) for row in session.execute(_rows().where(Procedure.no.in_(nos)))}


@dataclass(frozen=True)
class StepRow:
    """What was done at a step; the note is still sealed."""

    id: int
    step: str
    verdict: str
    happened_on: date
    done_by: str
    done_at: datetime
    held: Mapping[str, Any]
    note_sealed: bytes | None


@dataclass(frozen=True)
class StepRead(StepRow):
    """A step with its note opened, for those who may see it."""

    note: str = ""


def steps_read(session: Session, keyring: Keyring, procedure_id: int) -> list[StepRead]:
    """As `steps_of`, with the notes opened."""
    return [
        StepRead(**vars(row), note=keyring.open_(row.note_sealed, NOTE_SEAL) if row.note_sealed else "")
        for row in steps_of(session, procedure_id)
    ]


def reason_of(session: Session, keyring: Keyring, procedure_id: int) -> str:
    """Why a procedure was refused, opened; empty when it was not."""
    sealed = session.scalar(select(Procedure.reason_sealed).where(Procedure.id == procedure_id))
    return keyring.open_(sealed, REASON_SEAL) if sealed else ""


@dataclass(frozen=True)
class ProcedureFilter:
    """What the office's list is narrowed to; every value also stands in the address of the page."""

    division: str = ""
    kind: str = ""
    step: str = ""
    show: str = "open"  # open, late, closed, all


_FAR = date(9999, 12, 31)
_DUE = func.coalesce(Procedure.due_on, _FAR, type_=Date)


def list_procedures(
    session: Session,
    within: Collection[str],
    wanted: ProcedureFilter,
    today: date,
    after: Start | None = None,
    limit: int = 51,
) -> list[ProcedureRow]:
    """Procedures inside some divisions, those that are due first at the top; `after` says where a page starts."""
    query = _rows().where(lies_within(Procedure.division_code, [wanted.division] if wanted.division else within))
    if wanted.division:
        query = query.where(Procedure.division_code.in_(codes_within(within)))
    if wanted.kind:
        query = query.where(Procedure.kind == wanted.kind)
    if wanted.step:
        query = query.where(Procedure.state == wanted.step)
    if wanted.show in ("open", "late"):
        query = query.where(Procedure.closed_on.is_(None))
    if wanted.show == "late":
        query = query.where(or_(Procedure.due_on < today, Procedure.whole_due_on < today))
    if wanted.show == "closed":
        query = query.where(Procedure.closed_on.is_not(None))
    return [ProcedureRow(*row) for row in rows_beside(session, query, (_DUE, Procedure.id), after, limit)]


def due_key(row: ProcedureRow) -> tuple[str, int]:
    """The place of a procedure in that list."""
    return (row.due_on or _FAR).isoformat(), row.id


def count_waiting(session: Session, within: Collection[str], today: date) -> tuple[int, int]:
    """How many procedures of some divisions are open, and how many of them are late. One statement."""
    late = or_(Procedure.due_on < today, Procedure.whole_due_on < today)
    query = select(func.count(), func.count().filter(late)).where(
        Procedure.closed_on.is_(None), Procedure.division_code.in_(codes_within(within))
    )
    row = session.execute(query).one()
    return int(row[0]), int(row[1])


def steps_of(session: Session, procedure_id: int) -> list[StepRow]:
    """Everything that was done in a procedure, in order."""
    columns = [getattr(ProcedureStep, name) for name in StepRow.__dataclass_fields__]
    query = select(*columns).where(ProcedureStep.procedure_id == procedure_id).order_by(ProcedureStep.id)
    return [StepRow(*row) for row in session.execute(query)]
