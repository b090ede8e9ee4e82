"""What happens in sampling: a draw is made, three in a row are added, a person reports what was found."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.devices.queries import accounts_of_helper
from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids, take_turns
from portal.kernel.draws import Drawn, draw
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.answers.queries import has_said_itself
from portal.registers.helpers.check_ins.rules import Context
from portal.registers.helpers.check_ins.sampling.models import (
    DrawKind,
    SampleItem,
    SampleOutcome,
    SampleReason,
    SampleState,
    VisitDraw,
)
from portal.registers.helpers.check_ins.sampling.queries import (
    Drawable,
    find_draw,
    latest_visits,
    places_with_visits,
    population_of,
    three_running,
    visits_named,
)
from portal.registers.helpers.check_ins.sampling.rules import (
    CUT_BEFORE,
    DUE,
    SHARE_OF,
    draw_problem,
    month_before,
    month_end,
)
from portal.registers.helpers.models import Helper
from portal.registers.recipients.queries import household_place
from portal.trail.actions import record

_DIGITS: Mapping[DrawKind, int] = {DrawKind.COUNTY: 6, DrawKind.CITY: 4, DrawKind.CALL_BACK: 6}
_ANSWERS: Mapping[SampleOutcome, Recollection] = {
    SampleOutcome.CONFIRMED: Recollection.CAME,
    SampleOutcome.DENIED: Recollection.DID_NOT_COME,
    SampleOutcome.UNCLEAR: Recollection.UNSURE,
}


def draw_visits(
    session: Session, kind: DrawKind, division: str, month: date, actor: str, at: datetime, *, seed: str | None = None
) -> VisitDraw:
    """Draw a month's sample in a place and put it into the queue: an act in the trail, with all that repeats it.

    `seed`: handed in only where somebody else's dice are used; else 32 random bytes. Raises Refused (wrong level, month
    not over, nobody visited), Conflict when the month was drawn: nobody draws twice until he likes the sample.
    """
    draw_problem(kind, division, month, day_cn(at))
    take_turns(session, f"draw/{kind}/{division}/{month}")
    if find_draw(session, kind, division, month) is not None:
        raise Conflict("这个月已经抽过", why="每月只抽一次，不能重抽", fix="在抽查队列里看抽中的名单")
    before = at - CUT_BEFORE
    members = population_of(session, kind, division, month, before)
    if not members:
        raise Refused("这个月没有走访记录", fix="核对区划和月份")
    share = value_for(session, SHARE_OF[kind], division, month_end(month) - timedelta(days=1)).number
    drawn = draw(members, share, seed or secrets.token_hex(32))
    row = _write(session, kind, division, month, before, drawn, actor, at)
    if kind is DrawKind.CALL_BACK:
        visits = latest_visits(session, drawn.sample, division, month, before)
    else:
        visits = visits_named(session, drawn.sample)
    first = reserve_ids(session.connection(), "sample_items", len(drawn.sample))
    session.add_all(
        _item(first + place, f"{row.no}/{place + 1}", SampleReason.DRAWN, visits[member], at, row)
        for place, member in enumerate(drawn.sample)
    )
    _record_draw(session, row, drawn, at)
    session.flush()
    return row


def _write(
    session: Session,
    kind: DrawKind,
    division: str,
    month: date,
    before: datetime,
    drawn: Drawn,
    actor: str,
    at: datetime,
) -> VisitDraw:
    number = reserve_ids(session.connection(), "visit_draws", 1)
    row = VisitDraw(
        id=number, no=f"CC-{month.year}-{number:06d}", kind=kind, division_code=division, month=month,
        received_before=before, population=drawn.population, population_sha256=drawn.population_sha256,
        per_cent=_share(drawn.per_cent), seed=drawn.seed, drawn=len(drawn.sample), drawn_by=actor, drawn_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _share(per_cent: Decimal) -> str:
    return format(per_cent.normalize(), "f")


def _item(
    number: int, no: str, reason: SampleReason, visit: Drawable, at: datetime, row: VisitDraw | None
) -> SampleItem:
    return SampleItem(
        id=number,
        no=no,
        draw_id=row.id if row is not None else None,
        reason=reason,
        claim_id=visit.claim_id,
        household_id=visit.household_id,
        helper_id=visit.helper_id,
        division_code=visit.division_code,
        by_telephone=row is not None and row.kind == DrawKind.CALL_BACK,
        due_on=day_cn(at) + DUE,
        state=SampleState.OPEN,
    )


def _record_draw(session: Session, row: VisitDraw, drawn: Drawn, at: datetime) -> None:
    """What the world may know of a draw: enough to check it with the list, and nothing about who is on it."""
    facts = {
        "no": row.no,
        "division": row.division_code,
        "month": row.month.isoformat(),
        "population": drawn.population,
        "population_sha256": drawn.population_sha256,
        "per_cent": row.per_cent,
        "seed": drawn.seed,
        "drawn": len(drawn.sample),
        "sample_sha256": hashlib.sha256("".join(f"{member}\n" for member in drawn.sample).encode()).hexdigest(),
    }
    record(
        session, kind="visit.sample.drawn", actor=row.drawn_by, subjects=[("draw", row.no)],
        after={**facts, "kind": row.kind}, public=facts, at=at,
    )  # fmt: skip


def draw_due(session: Session, actor: str, at: datetime) -> list[str]:
    """Make every draw of last month that has not been made; returns their numbers. What the worker asks for daily."""
    month = month_before(day_cn(at))
    made = []
    for kind in DrawKind:
        for division in places_with_visits(session, month, _DIGITS[kind]):
            is_made = find_draw(session, kind, division, month) is not None
            if not is_made and population_of(session, kind, division, month, at - CUT_BEFORE):
                made.append(draw_visits(session, kind, division, month, actor, at).no)
    return made


def add_three_running(session: Session, actor: str, at: datetime, *, days: int = 60) -> int:
    """Put each pair of helper and household whose last three visits were not possible into the queue; returns how many.

    Nobody is accused: somebody looks whether the household is well, and whether another helper would be better placed.
    """
    open_ones = session.execute(
        select(SampleItem.helper_id, SampleItem.household_id).where(
            SampleItem.state == SampleState.OPEN, SampleItem.reason == SampleReason.THREE_NOT_POSSIBLE
        )
    )
    waiting = {(helper, household) for helper, household in open_ones}
    seen = set(session.scalars(select(SampleItem.no).where(SampleItem.reason == SampleReason.THREE_NOT_POSSIBLE)))
    new = [
        visit
        for visit in three_running(session, at - timedelta(days=days))
        if (visit.helper_id, visit.household_id) not in waiting and f"NP-{visit.claim_id}" not in seen
    ]
    if not new:
        return 0
    first = reserve_ids(session.connection(), "sample_items", len(new))
    session.add_all(
        _item(first + place, f"NP-{visit.claim_id}", SampleReason.THREE_NOT_POSSIBLE, visit, at, None)
        for place, visit in enumerate(new)
    )
    record(
        session, kind="visit.sample.added", actor=actor, subjects=[("check_in", visit.claim_id) for visit in new[:500]],
        after={"added": len(new), "reason": SampleReason.THREE_NOT_POSSIBLE}, at=at,
    )  # fmt: skip
    session.flush()
    return len(new)


def report_sample(
    session: Session, context: Context, no: str, outcome: SampleOutcome, said_by: str, act: Act, at: datetime
) -> SampleItem:
    """A person reports what the call or the visit found; `act.why` is the note. A denial becomes the household's answer.

    What the household said on its own page stands over what somebody else wrote down for it: the finding is kept with the
    sample, and the answer stays the household's own. Raises NotFound, Conflict when it is done, Refused for the helper
    himself. What follows is decided by people (H08).
    """
    row = session.scalar(select(SampleItem).where(SampleItem.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这条抽查事项", fix="从抽查队列重新进入")
    if row.state != SampleState.OPEN:
        raise Conflict("这条抽查已经办过", fix="刷新页面")
    helper_no = str(session.scalar(select(Helper.no).where(Helper.id == row.helper_id)))
    if act.actor.removeprefix("user:") in accounts_of_helper(session, helper_no):
        raise Refused("不能抽查自己的走访", fix="请别人办理")
    row.state, row.outcome, row.note = SampleState.DONE, outcome, act.why.strip() or None
    row.done_by, row.done_at = act.actor, at
    household, _ = household_place(session, row.household_id)
    record(
        session, kind="visit.sample.reported", actor=act.actor,
        subjects=[("sample", no), ("check_in", row.claim_id), ("household", household)],
        before={"state": SampleState.OPEN}, after={"state": row.state, "outcome": outcome}, why=act.why,
        request_id=act.request_id, at=at,
    )  # fmt: skip
    if outcome in _ANSWERS and not has_said_itself(session, row.claim_id):
        channel = Channel.TELEPHONE if row.by_telephone else Channel.IN_PERSON
        answer_visit(
            session, context, row.claim_id, row.household_id, _ANSWERS[outcome], channel, said_by, act.why, at
        )  # fmt: skip
    session.flush()
    return row
