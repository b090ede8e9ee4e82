"""What happens to needs: noted at a visit, seen to at a later one or dropped with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import Conflict, NotFound
from portal.registers.corrections import Act, need_reason
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.needs.models import Need, NeedState
from portal.registers.helpers.check_ins.statements.rules import WantedNeed
from portal.registers.recipients.queries import household_place
from portal.trail.actions import record


def note_needs(
    session: Session, check_in: CheckIn, wanted: Sequence[WantedNeed], due: timedelta, first: int = 1
) -> None:
    """Note what a visit found to be needed; it is among the household's helpers' tasks from now on. The caller records."""
    session.add_all(
        Need(
            no=f"{check_in.claim_id}/{number}",
            household_id=check_in.household_id,
            raised_by=check_in.id,
            kind=need.kind,
            text=need.text or None,
            raised_on=check_in.visited_on,
            due_on=check_in.visited_on + due,
            state=NeedState.OPEN,
        )
        for number, need in enumerate(wanted, start=first)
    )


def bring_needs(
    session: Session, check_in: CheckIn, wanted: Sequence[WantedNeed], due: timedelta, act: Act, at: datetime
) -> None:
    """Bring a visit's needs in line with what its corrected form says: new ones are noted, open ones that it no longer
    names are needed no longer, what has been seen to stays. The caller records."""
    known = list(session.scalars(select(Need).where(Need.raised_by == check_in.id).order_by(Need.id)))
    left = list(wanted)
    for need in known:
        same = next((w for w in left if (w.kind, w.text or None) == (need.kind, need.text)), None)
        if same is not None:
            left.remove(same)
        elif need.state == NeedState.OPEN:
            close_need(session, need.no, NeedState.DROPPED, act, at)
    note_needs(session, check_in, left, due, first=len(known) + 1)


def close_need(session: Session, no: str, state: NeedState, act: Act, at: datetime, done_by: int | None = None) -> Need:
    """A need has been seen to (`done_by`: the check-in that says so) or is needed no longer; `act.why` says how."""
    why = need_reason(act)
    row = session.scalar(select(Need).where(Need.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这条需求", fix="从户的页面重新进入")
    if row.state != NeedState.OPEN:
        raise Conflict("这条需求已经办结", fix="刷新页面")
    row.state, row.outcome, row.done_by = state, why, done_by
    session.flush()
    number, _ = household_place(session, row.household_id)
    record(
        session,
        kind="need.closed",
        actor=act.actor,
        subjects=[("need", row.no), ("household", number)],
        before={"state": NeedState.OPEN},
        after={"state": state},
        why=why,
        request_id=act.request_id,
        at=at,
    )
    return row
