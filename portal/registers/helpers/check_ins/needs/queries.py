"""Reads of needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.needs.models import Need
from portal.registers.helpers.check_ins.needs.models import NeedKind as NeedKind
from portal.registers.helpers.check_ins.needs.models import NeedState as NeedState


@dataclass(frozen=True)
class NeedRow:
    """A need of a household, and where it stands."""

    no: str
    kind: NeedKind
    text: str
    state: NeedState
    raised_on: date
    due_on: date


def list_needs(session: Session, household_id: int, limit: int = 50) -> list[NeedRow]:
    """The needs that were noted at a household, open ones first, then the latest."""
    return needs_of(session, [household_id], limit).get(household_id, [])


def needs_of(session: Session, household_ids: Collection[int], limit: int = 50) -> dict[int, list[NeedRow]]:
    """As `list_needs`, of some households; at most `limit` of each."""
    found: dict[int, list[NeedRow]] = {}
    rows = session.scalars(
        select(Need)
        .where(Need.household_id.in_(household_ids))
        .order_by(Need.state != NeedState.OPEN, Need.raised_on.desc(), Need.id.desc())
    )
    for row in rows:
        of_household = found.setdefault(row.household_id, [])
        if len(of_household) < limit:
            state, kind = NeedState(row.state), NeedKind(row.kind)
            of_household.append(NeedRow(row.no, kind, row.text or "", state, row.raised_on, row.due_on))
    return found
