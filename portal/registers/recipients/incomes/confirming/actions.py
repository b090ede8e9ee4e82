"""A second person confirms what one person entered, as it stands; a correction needs it anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Conflict, NotFound
from portal.registers.corrections import Act, check_version, need_reason
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.confirming.models import Entered, SecondHand
from portal.registers.recipients.incomes.confirming.rules import second_hand_refusal
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.queries import household_place
from portal.trail.actions import record
from portal.trail.models import TrailSubject

MODELS: Final[Mapping[Entered, type[Income] | type[Obligor] | type[Adjustment]]] = {
    Entered.INCOME: Income,
    Entered.OBLIGOR: Obligor,
    Entered.ADJUSTMENT: Adjustment,
}


def confirm_entry(
    session: Session, kind: Entered, row_id: int, household_id: int, act: Act, version: str | None, at: datetime
) -> SecondHand:
    """Confirm one entry of a household as it stands, against its evidence; of a withdrawn one, that it was taken out.

    `version` is what the person had before the eyes. Raises NotFound for an entry of another household, Conflict when it
    was changed meanwhile, Refused for whoever recorded it.
    """
    why = need_reason(act)
    row = _last_version(session, kind, row_id)
    number, division = household_place(session, row.household_id)
    if row.household_id != household_id:
        raise NotFound("这一户没有这一条", fix="从这一户的收入核算页进入")
    state, from_file = _state(row)
    if row.is_current:
        check_version(row, version)
    elif version is not None and version != state:
        raise Conflict("这条记录刚被别人改过", why="您打开之后，它有了新的版本", fix="刷新页面", code="stale")
    recorder = _recorder(session, state)
    confirmed_by = _confirmed_by(session, kind, row_id, state)
    second_hand_refusal(recorder, act.actor, from_file=from_file, confirmed_by=confirmed_by)
    hand = SecondHand(
        kind=kind,
        row_id=row.id,
        version=state,
        recorded_by=recorder,
        confirmed_by=act.actor,
        confirmed_at=at,
        why=why,
    )
    session.add(hand)
    session.flush()
    record(
        session,
        kind=f"{kind.value}.confirmed",
        actor=act.actor,
        subjects=[(kind.value, str(row.id)), ("household", number)],
        after={"recorded_by": recorder} if row.is_current else {"recorded_by": recorder, "withdrawn": True},
        why=why,
        unit=township_of(division),
        request_id=act.request_id,
        at=at,
    )
    return hand


def _last_version(session: Session, kind: Entered, row_id: int) -> Income | Obligor | Adjustment:
    """An entry by its stable id, also one that was withdrawn; raises NotFound."""
    model: Any = MODELS[kind]
    query = select(model).where(model.id == row_id, model.current_id.is_(None))
    row: Income | Obligor | Adjustment | None = session.scalars(
        query.execution_options(include_superseded=True)
    ).one_or_none()
    if row is None:
        raise NotFound("没有这条记录", fix="核对编号，或从列表重新查找")
    return row


def _state(row: Income | Obligor | Adjustment) -> tuple[str, bool]:
    """The act that brought an entry where it is, and whether that was a file."""
    if row.is_current:
        return row.event_id or "", row.batch_id is not None
    return row.superseded_event_id or "", row.superseded_batch_id is not None


def _recorder(session: Session, event_id: str | None) -> str:
    found = session.scalar(select(TrailSubject.actor).where(TrailSubject.event_id == event_id).limit(1))
    return found or ""


def _confirmed_by(session: Session, kind: Entered, row_id: int, state: str) -> str | None:
    return session.scalar(
        select(SecondHand.confirmed_by).where(
            SecondHand.kind == kind, SecondHand.row_id == row_id, SecondHand.version == state
        )
    )
