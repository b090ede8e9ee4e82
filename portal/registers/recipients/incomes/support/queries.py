"""Reads of obligors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from portal.registers.corrections import RecordRow, record_row, version_of
from portal.registers.history import Version, history_of
from portal.registers.recipients.incomes.computing.rules import ObligorFacts
from portal.registers.recipients.incomes.confirming.queries import Entered, Origin, standings
from portal.registers.recipients.incomes.support.models import Obligor

_HOLDING = (
    select(Obligor)
    .where(Obligor.since <= bindparam("until"), or_(Obligor.until.is_(None), Obligor.until >= bindparam("since")))
    .order_by(Obligor.household_id, Obligor.since, Obligor.id)
)
_HOLDING_OF = _HOLDING.where(Obligor.household_id.in_(bindparam("households", expanding=True)))


def obligors_of(
    session: Session, household_ids: Collection[int] | None, window: tuple[date, date]
) -> dict[int, list[ObligorFacts]]:
    """Obligors whose figures hold within a window, with whether they wait for a second hand; None: of all households."""
    asked = {"since": window[0], "until": window[1]}
    if household_ids is not None:
        rows = list(session.scalars(_HOLDING_OF, {**asked, "households": list(household_ids)}))
    else:
        rows = list(session.scalars(_HOLDING, asked))
    if not rows:
        return {}
    hands = standings(
        session, Entered.OBLIGOR, [Origin(row.id, row.event_id, row.batch_id, row.recorded_at) for row in rows]
    )
    found: dict[int, list[ObligorFacts]] = {}
    for row in rows:
        facts = ObligorFacts(
            row.id, row.name, row.relation, row.since, row.until, row.members, row.monthly_income_fen, row.supports,
            row.supports_here, row.ruled_fen, row.paid_fen, row.evidence, hands[row.id].is_waiting, version_of(row),
        )  # fmt: skip
        found.setdefault(row.household_id, []).append(facts)
    return found


def obligor_row(session: Session, row_id: int) -> RecordRow:
    """One obligor by the stable id; raises NotFound."""
    return record_row(session, Obligor, row_id)


def obligor_history(session: Session, row_id: int) -> list[Version]:
    """Versions of an obligor's figures, newest first."""
    return history_of(session, Obligor, row_id)
