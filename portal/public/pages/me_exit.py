"""What is going on about a household, for the household itself: where each procedure stands, what comes next and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.public.pages.me import Frame
from portal.registers.recipients.answers.queries import OpenDispute, open_disputes
from portal.registers.recipients.procedures.cycles.rules import CYCLES
from portal.registers.recipients.procedures.queries import ProcedureKind, ProcedureRow, procedures_of

LEAVES = frozenset({"在册"})
ENDED = 5


@dataclass(frozen=True)
class Underway:
    """One open procedure: what it waits for, and the steps still to come."""

    row: ProcedureRow
    to_come: tuple[str, ...]

    @property
    def is_exit(self) -> bool:
        """Whether the household is asked to agree."""
        return self.row.kind == ProcedureKind.EXIT

    @property
    def needs_signature(self) -> bool:
        """Whether the household has to sign a sheet before two visitors."""
        return self.row.kind in (ProcedureKind.EXIT, ProcedureKind.WITHDRAWAL)


@dataclass(frozen=True)
class ExitPage:
    """Everything on the page."""

    underway: Sequence[Underway]
    ended: Sequence[ProcedureRow]
    disputes: Sequence[OpenDispute]
    may_withdraw: bool


def exit_page(session: Session, frame: Frame) -> ExitPage:
    """What is open and what ended lately. Two statements beside the frame's."""
    rows = procedures_of(session, frame.home.id)
    underway = [Underway(row, _to_come(row)) for row in rows if row.is_open]
    listed = frame.home.values["status"] in LEAVES
    asked = any(one.row.kind == ProcedureKind.WITHDRAWAL for one in underway)
    ended = [row for row in rows if not row.is_open][:ENDED]
    return ExitPage(underway, ended, open_disputes(session, frame.home.id), listed and not asked)


def _to_come(row: ProcedureRow) -> tuple[str, ...]:
    keys = [str(key) for key in CYCLES[ProcedureKind(row.kind)].rail(row.state)]
    return tuple(keys[keys.index(row.state) + 1 :]) if row.state in keys else ()
