"""What happens to objections: they are written down, and answered before the next step."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.registers.corrections import Act, add_record
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.procedures.models import Procedure
from portal.registers.recipients.procedures.objections.models import Objection, Objector
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

TEXT_SEAL = seal_name("procedure_objections", "text_sealed")
ANSWER_SEAL = seal_name("procedure_objections", "answer_sealed")
MIN_WORDS = 4


def object_to(
    session: Session, no: str, objector: Objector, received_on: date, words: str, act: Act, at: datetime
) -> Objection:
    """Write an objection to an open procedure down, sealed; the trail knows only that there is one."""
    row = session.scalar(select(Procedure).where(Procedure.no == no))
    if row is None:
        raise NotFound("没有这个程序", fix="核对程序编号，或从列表查找")
    if row.closed_on is not None:
        raise Refused("这个程序已经办结", why="对结果不服的，按决定上写的办法提出", fix="核对程序编号")
    if received_on > day_cn(at):
        raise BadInput("收到异议的日期在今天之后", fix="核对日期")
    _enough(words)
    found = Objection(
        no=str(uuid.uuid4()), procedure_id=row.id, step=row.state, objector=objector, received_on=received_on,
        text_sealed=keyring_of(session).seal(words.strip(), TEXT_SEAL), entered_by=act.actor,
    )  # fmt: skip
    add_record(
        session,
        found,
        act,
        kind="procedure.objected",
        subjects=[("procedure", no)],
        unit=township_of(row.division_code),
    )
    return found


def answer_objection(
    session: Session, procedure_id: int, objection_no: str, is_upheld: bool, words: str, act: Act, at: datetime
) -> Objection:
    """Answer an objection, in words that are read to whoever objected. Raises Conflict when it is answered."""
    found = session.scalar(
        select(Objection).where(Objection.no == objection_no, Objection.procedure_id == procedure_id).with_for_update()
    )
    if found is None:
        raise NotFound("没有这条异议", fix="从程序的页面重新进入")
    if found.answered_by is not None:
        raise Conflict("这条异议已经答复", fix="刷新页面")
    _enough(words)
    row = session.get_one(Procedure, found.procedure_id)
    found.is_upheld, found.answered_by, found.answered_at = is_upheld, act.actor, at
    found.answer_sealed = keyring_of(session).seal(words.strip(), ANSWER_SEAL)
    session.flush()
    record(
        session, kind="procedure.objection_answered", actor=act.actor,
        subjects=[("procedure", row.no), ("objection", found.no)], after={"upheld": is_upheld},
        unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip
    return found


def _enough(words: str) -> None:
    if len(words.strip()) < MIN_WORDS:
        raise BadInput("写得太少，看不明白", fix="写清楚是什么事、依据什么", code="why")
