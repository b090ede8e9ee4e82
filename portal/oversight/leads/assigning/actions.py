"""What is done with many leads at once: given to a person or a place, put off, woken, taken back. One act, one event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.accounts.queries import find_user
from portal.kernel.clock import day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import BadInput, Conflict, NotFound
from portal.oversight.leads.assigning.models import LeadStep, Work
from portal.oversight.leads.assigning.rules import FOREVER, check_until, check_work, read_numbers
from portal.oversight.leads.models import Lead
from portal.oversight.leads.noting.actions import note
from portal.registers.corrections import Act
from portal.registers.divisions.queries import find_division

FIELDS = ("assigned_to", "assigned_division", "snoozed_until", "wakes_worse")


def assign(
    session: Session, numbers: Sequence[str], act: Act, at: datetime, *, person: str = "", division: str = ""
) -> str:
    """Give leads to a person (an account's name) or to a division's office; returns the act's number, by which it is undone.

    At most 500 in one transaction with one event. Raises BadInput, NotFound, Refused; then none is given.
    """
    if bool(person) == bool(division):
        raise BadInput("写明分派给谁", why="给一个人，或者给一个地方的单位，不能都写", fix="只选一样", code="to_whom")
    if person:
        user = find_user(session, person.removeprefix("user:"))
        if user is None or user.disabled_at is not None:
            raise NotFound("没有这个账号", fix="核对账号；停用的账号不能接")
        person = f"user:{user.username}"
    elif find_division(session, division) is None:
        raise NotFound("没有这个区划", fix="核对区划代码")
    values = {"assigned_to": person or None, "assigned_division": division or None, "snoozed_until": None}
    return _work(session, numbers, Work.ASSIGNED, "lead.assigned", {**values, "wakes_worse": False}, act, at)


def snooze(
    session: Session, numbers: Sequence[str], until: date | None, act: Act, at: datetime, *, or_worse: bool = True
) -> str:
    """Put leads off until a day, or (None) until they get worse; returns the act's number. Raises BadInput, Refused."""
    day = until or FOREVER
    check_until(day, day_cn(at))
    values = {"snoozed_until": day, "wakes_worse": or_worse or until is None}
    return _work(session, numbers, Work.SNOOZED, "lead.snoozed", values, act, at)


def wake(session: Session, numbers: Sequence[str], act: Act, at: datetime) -> str:
    """Bring leads that were put off back at once; returns the act's number."""
    values = {"snoozed_until": None, "wakes_worse": False}
    return _work(session, numbers, Work.WOKEN, "lead.woken", values, act, at)


def undo(session: Session, act_no: str, act: Act, at: datetime) -> int:
    """Take one's own act on many leads back: each stands as before. Refused as a whole when one has changed since."""
    steps = session.scalars(select(LeadStep).where(LeadStep.act_no == act_no).order_by(LeadStep.id)).all()
    if not steps or steps[0].actor != act.actor or steps[0].work not in (Work.ASSIGNED, Work.SNOOZED, Work.WOKEN):
        raise NotFound("没有可以撤销的操作", fix="只能撤销自己刚办的分派和暂存")
    leads = {lead.id: lead for lead in _leads_by_id(session, [step.lead_id for step in steps])}
    for step in steps:
        if _values(leads[step.lead_id], step.after) != step.after:
            raise Conflict("有的疑点之后又动过，不能一起撤销", fix="刷新清单，逐条办理", code="changed_since")
    for step in steps:
        for name, value in step.before.items():
            setattr(leads[step.lead_id], name, _read(name, value))
    pairs = [(leads[step.lead_id], step.after) for step in steps]
    _write(session, pairs, Work.UNDONE, "lead.work.undone", act, at)
    return len(steps)


def note_step(session: Session, lead: Lead, work: Work, act: Act, at: datetime, after: Mapping[str, Any]) -> None:
    """Write a step of one lead into its history; the event is the caller's."""
    session.add(
        LeadStep(
            id=reserve_ids(session.connection(), "lead_steps", 1), lead_id=lead.id, act_no=str(uuid.uuid4()), work=work,
            actor=act.actor, at=at, why=act.why or None, before={}, after=dict(after),
        )
    )  # fmt: skip


def _work(
    session: Session, numbers: Sequence[str], work: Work, kind: str, values: Mapping[str, Any], act: Act, at: datetime
) -> str:
    told = read_numbers(numbers)
    leads = session.scalars(select(Lead).where(Lead.lead_no.in_(told)).order_by(Lead.id).with_for_update()).all()
    if len(leads) != len(told):
        raise NotFound("选中的里面有查不到的疑点", fix="刷新清单再选")
    pairs = []
    for lead in leads:
        check_work(lead.status)
        pairs.append((lead, _values(lead, values)))
        for name, value in values.items():
            setattr(lead, name, value)
    return _write(session, pairs, work, kind, act, at)


def _write(
    session: Session, pairs: Sequence[tuple[Lead, Mapping[str, Any]]], work: Work, kind: str, act: Act, at: datetime
) -> str:
    """One step for each lead, one event for all of them."""
    session.flush()
    act_no = str(uuid.uuid4())
    first = reserve_ids(session.connection(), "lead_steps", len(pairs))
    rows: list[dict[str, Any]] = [
        {
            "id": number, "lead_id": lead.id, "act_no": act_no, "work": work, "actor": act.actor, "at": at,
            "why": act.why or None, "before": before, "after": _values(lead, before),
        }
        for number, (lead, before) in enumerate(pairs, start=first)
    ]  # fmt: skip
    session.connection().execute(insert(LeadStep), rows)
    after = {"work": work, "act": act_no, **(rows[0]["after"] if work is not Work.UNDONE else {})}
    note(session, kind, [lead for lead, _before in pairs], act, after=after, counts_them=True, at=at)
    session.flush()
    return act_no


def _leads_by_id(session: Session, ids: Sequence[int]) -> Sequence[Lead]:
    return session.scalars(select(Lead).where(Lead.id.in_(ids)).with_for_update()).all()


def _values(lead: Lead, names: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a lead that an act touches, as the history keeps them."""
    values = {name: getattr(lead, name) for name in FIELDS if name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _read(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name == "snoozed_until" and value else value
