"""Reads of 核算事项."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.registers.corrections import RecordRow, record_row, version_of
from portal.registers.history import Version, history_of
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.adjustments.models import AdjustmentKind as AdjustmentKind
from portal.registers.recipients.incomes.computing.rules import AdjustmentFacts
from portal.registers.recipients.incomes.confirming.queries import Entered, Origin, standings

_BEGUN = (
    select(Adjustment)
    .where(Adjustment.since <= bindparam("until"))
    .order_by(Adjustment.household_id, Adjustment.since, Adjustment.id)
)
_BEGUN_OF = _BEGUN.where(Adjustment.household_id.in_(bindparam("households", expanding=True)))


def adjustments_of(
    session: Session, household_ids: Collection[int] | None, window: tuple[date, date]
) -> dict[int, list[AdjustmentFacts]]:
    """核算事项 that began before a window's end, with whether they wait for a second hand; None: of all households."""
    if household_ids is not None:
        rows = list(session.scalars(_BEGUN_OF, {"until": window[1], "households": list(household_ids)}))
    else:
        rows = list(session.scalars(_BEGUN, {"until": window[1]}))
    if not rows:
        return {}
    hands = standings(
        session, Entered.ADJUSTMENT, [Origin(row.id, row.event_id, row.batch_id, row.recorded_at) for row in rows]
    )
    found: dict[int, list[AdjustmentFacts]] = {}
    for row in rows:
        facts = AdjustmentFacts(
            row.id, row.kind, row.person_id, row.since, row.until, row.amount_fen, row.evidence,
            hands[row.id].is_waiting, version_of(row),
        )  # fmt: skip
        found.setdefault(row.household_id, []).append(facts)
    return found


def adjustment_row(session: Session, row_id: int) -> RecordRow:
    """One 核算事项 by the stable id; raises NotFound."""
    return record_row(session, Adjustment, row_id)


def adjustment_history(session: Session, row_id: int) -> list[Version]:
    """Versions of one 核算事项, newest first."""
    return history_of(session, Adjustment, row_id)
