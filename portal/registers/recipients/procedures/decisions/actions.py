"""What an approved decision does to the register: 状态, category, causes. Called by `procedures.actions` alone."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.corrections import Act
from portal.registers.recipients.actions import decide_category, decide_status
from portal.registers.recipients.models import Category, Household, HouseholdStatus
from portal.registers.recipients.procedures.cycles.rules import status_after
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind


def apply_decision(session: Session, row: Procedure, verdict: str, act: Act, *, on: date, document: str) -> None:
    """Carry a decision out in the transaction that takes it; `act.actor` is another person than who opened it."""
    home = session.get(Household, row.household_id) if row.household_id is not None else None
    if home is None or not home.is_current:
        raise Refused("还没有登记这一户的户主和成员", fix="先登记户和家庭成员")
    row.status_before, row.category_before = home.status, home.category
    status = status_after(row.kind, verdict, home.category)
    if status is not None and status != home.status:
        decide_status(session, home.id, status, act, None, decided_on=on, document=document, prepared_by=row.opened_by)
    wanted = {name: row.proposal[name] for name in ("category", "main_cause", "other_causes") if row.proposal.get(name)}
    if row.kind == ProcedureKind.DIBAO:
        wanted.setdefault("category", Category.DIBAO.value)
    changed = {name: value for name, value in wanted.items() if getattr(home, name) != value}
    if changed and status not in ("已退出", "已注销"):
        decide_category(session, home.id, changed, act, document=document, prepared_by=row.opened_by)


def revoke_decision(session: Session, row: Procedure, act: Act, *, on: date, document: str) -> None:
    """Take a decision back after its announcement: 状态 and category are what they were before it.

    Who was on no list before is struck off again. `act.actor` has done nothing in the procedure before, nor opened it.
    """
    home = session.get(Household, row.household_id) if row.household_id is not None else None
    if home is None or not home.is_current:
        raise Refused("这一户已经不在登记册里", fix="核对户编号")
    before = row.status_before or HouseholdStatus.CANCELLED.value
    if home.status != before:
        decide_status(session, home.id, before, act, None, decided_on=on, document=document, prepared_by=row.opened_by)
    if before != HouseholdStatus.CANCELLED and row.category_before and home.category != row.category_before:
        values = {"category": row.category_before}
        decide_category(session, home.id, values, act, document=document, prepared_by=row.opened_by)
