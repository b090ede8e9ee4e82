"""Third parties are named for places of a draw, and taken off again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.queries import find_user
from portal.accounts.rules import covers
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.kernel.keeping import withdraw
from portal.oversight.inspections.models import Inspection, InspectionState, InspectionSupervisor
from portal.registers.corrections import Act, add_record, need_reason
from portal.trail.actions import record


def name_supervisor(
    session: Session, no: str, username: str, division_code: str, organisation: str, act: Act, at: datetime
) -> InspectionSupervisor:
    """Let an account go along in a draw, in one place inside it and nowhere else. Raises Refused, BadInput, Conflict."""
    row = session.scalar(select(Inspection).where(Inspection.no == no))
    if row is None:
        raise NotFound("没有这次随机抽查", fix="核对抽查编号")
    if row.state == InspectionState.CLOSED:
        raise Refused("这一次已经办结", fix="下一次抽查再请")
    if not covers(row.division_code, division_code):
        raise Refused("这个区划不在这次抽查的范围里", fix="选抽查范围里的区划")
    if find_user(session, username) is None:
        raise BadInput("没有这个账号", why="第三方监督员要先有账号", fix="核对账号")
    if not organisation.strip():
        raise BadInput("没有写他代表哪个单位", fix="例如人大代表、会计师事务所")
    known = select(InspectionSupervisor.id).where(
        InspectionSupervisor.inspection_id == row.id, InspectionSupervisor.username == username,
        InspectionSupervisor.division_code == division_code,
    )  # fmt: skip
    if session.scalar(known) is not None:
        raise Conflict("已经请过这名监督员", fix="刷新页面")
    named = InspectionSupervisor(
        inspection_id=row.id, username=username, division_code=division_code, organisation=organisation.strip(),
        named_by=act.actor, named_at=at,
    )  # fmt: skip
    add_record(
        session, named, act, kind="sampling.supervisor.named",
        subjects=[("inspection", no), ("account", username)], unit=division_code,
    )  # fmt: skip
    return named


def take_off_supervisor(session: Session, supervisor_id: int, act: Act, at: datetime) -> None:
    """End what a third party may see of a draw. Raises NotFound, BadInput without a reason."""
    why = need_reason(act)
    named = session.get(InspectionSupervisor, supervisor_id)
    if named is None or not named.is_current:
        raise NotFound("没有这名监督员", fix="刷新页面")
    no = session.get_one(Inspection, named.inspection_id).no
    withdraw(named, session)
    session.flush()
    record(
        session, kind="sampling.supervisor.ended", actor=act.actor,
        subjects=[("inspection", no), ("account", named.username)], why=why, request_id=act.request_id, at=at,
    )  # fmt: skip
