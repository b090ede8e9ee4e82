"""Reads of outcomes, for those who may know of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from portal.oversight.outcomes.models import Admin as Admin
from portal.oversight.outcomes.models import Form as Form
from portal.oversight.outcomes.models import Measure as Measure
from portal.oversight.outcomes.models import Party as Party
from portal.oversight.outcomes.models import Problem, Sanction
from portal.oversight.outcomes.models import ProblemKind as ProblemKind
from portal.oversight.outcomes.models import Standing as Standing
from portal.registers.sealed import keyring_of, seal_name

PROBLEMS: Final = "problems"
SANCTIONS: Final = "sanctions"
_COUNTED: Final = ("n", "corrects", "is_corrected")


@dataclass(frozen=True)
class ProblemRow:
    """One problem, opened; `n`: the how-manieth of its case; `is_corrected`: a later entry says better."""

    n: int
    kind: str
    division_code: str
    found_on: date
    text: str
    corrects: int | None  # which `n`
    entered_by: str
    entered_at: datetime
    is_corrected: bool


@dataclass(frozen=True)
class SanctionRow:
    """What became of one person, opened; `n`: the how-manieth of its case; `is_corrected`: a later entry says better."""

    n: int
    person: str
    division_code: str
    standing: str
    is_member: bool
    form: str
    party: str | None
    admin: str | None
    measure: str | None
    organ: str
    document_no: str
    imposed_on: date
    ends_on: date | None
    corrects: int | None  # which `n`
    entered_by: str
    entered_at: datetime
    is_corrected: bool

    @property
    def what(self) -> list[str]:
        """What was decided, in words."""
        return [word for word in (self.party, self.admin, self.measure) if word]


def problems_of(session: Session, case_id: int) -> list[ProblemRow]:
    """The problems of a case, in the order of entry."""
    later, keyring = aliased(Problem), keyring_of(session)
    names = [name for name in ProblemRow.__dataclass_fields__ if name not in ("text", *_COUNTED)]
    query = select(
        Problem.id, Problem.corrects_id, exists().where(later.corrects_id == Problem.id), Problem.text_sealed,
        *(getattr(Problem, name) for name in names),
    ).where(Problem.case_id == case_id)  # fmt: skip
    rows = session.execute(query.order_by(Problem.id)).all()
    numbers = {row[0]: n for n, row in enumerate(rows, 1)}
    return [
        ProblemRow(
            n=numbers[row[0]], corrects=numbers.get(row[1]), is_corrected=row[2],
            text=keyring.open_(row[3], seal_name(PROBLEMS, "text_sealed")), **dict(zip(names, row[4:], strict=True)),
        )
        for row in rows
    ]  # fmt: skip


def sanctions_of(session: Session, case_id: int) -> list[SanctionRow]:
    """What became of whom in a case, in the order of entry."""
    later, keyring = aliased(Sanction), keyring_of(session)
    names = [name for name in SanctionRow.__dataclass_fields__ if name not in ("person", *_COUNTED)]
    query = select(
        Sanction.id, Sanction.corrects_id, exists().where(later.corrects_id == Sanction.id), Sanction.person_sealed,
        *(getattr(Sanction, name) for name in names),
    ).where(Sanction.case_id == case_id)  # fmt: skip
    rows = session.execute(query.order_by(Sanction.id)).all()
    numbers = {row[0]: n for n, row in enumerate(rows, 1)}
    return [
        SanctionRow(
            n=numbers[row[0]], corrects=numbers.get(row[1]), is_corrected=row[2],
            person=keyring.open_(row[3], seal_name(SANCTIONS, "person_sealed")), **dict(zip(names, row[4:], strict=True)),
        )
        for row in rows
    ]  # fmt: skip


def has_outcome(session: Session, case_id: int) -> bool:
    """Whether a case has established a problem."""
    return session.scalar(select(Problem.id).where(Problem.case_id == case_id).limit(1)) is not None
