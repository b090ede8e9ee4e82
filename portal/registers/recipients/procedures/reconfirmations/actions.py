"""What happens in a reconfirmation: the household is asked once, answers, and another person concludes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import day_cn, window_end
from portal.kernel.database import reserve_ids
from portal.kernel.errors import Conflict, NotFound
from portal.registers.corrections import Act, add_record, need_reason
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.parameters.rules import EXTENDS
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import withdraw_voluntarily
from portal.registers.recipients.procedures.models import Through
from portal.registers.recipients.procedures.reconfirmations.models import (
    Conclusion,
    CreditRecord,
    Reconfirmation,
    ReconfirmState,
    Response,
)
from portal.registers.recipients.procedures.reconfirmations.rules import answer_problem, conclusion_problem
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

DIFFERENCE_SEAL = seal_name("reconfirmations", "difference_sealed")
RESPONSE_SEAL = seal_name("reconfirmations", "response_sealed")
CONCLUSION_SEAL = seal_name("reconfirmations", "conclusion_sealed")


def ask_to_reconfirm(
    session: Session, household_id: int, subject_kind: str, subject_no: str, difference: str, act: Act, at: datetime
) -> Reconfirmation:
    """Put a declared difference that was found true to the household: one chance, before anything else happens to it.

    The days are `reconfirm_days`; NotFound `parameter_unset` where nobody has laid them down. Raises Conflict.
    """
    home = session.get(Household, household_id)
    if home is None or not home.is_current:
        raise NotFound("没有这一户", fix="核对户编号，或从列表查找")
    waiting = select(Reconfirmation.no).where(
        Reconfirmation.household_id == household_id, Reconfirmation.state != ReconfirmState.CONCLUDED
    )
    if (no := session.scalar(waiting)) is not None:
        raise Conflict("这一户正在重新确认", why=f"编号 {no}", fix="等它有了结论")
    day = day_cn(at)
    days = value_for(session, "reconfirm_days", home.division_code, day)
    extends = value_for(session, EXTENDS, home.division_code, day).yes
    due = window_end(day, days.whole, days.unit, overrides(session), extends=extends)
    number = reserve_ids(session.connection(), "reconfirmations", 1)
    row = Reconfirmation(
        id=number, no=f"CQ-{day.year}-{number:06d}", household_id=household_id, division_code=home.division_code,
        subject_kind=subject_kind, subject_no=subject_no, asked_by=act.actor, asked_on=day, due_on=due,
        difference_sealed=keyring_of(session).seal(difference.strip(), DIFFERENCE_SEAL), state=ReconfirmState.ASKED,
    )  # fmt: skip
    subjects = [("reconfirmation", row.no), ("household", home.no), (subject_kind, subject_no)]
    add_record(session, row, act, kind="reconfirm.asked", subjects=subjects, unit=township_of(home.division_code))
    return row


def answer_reconfirmation(
    session: Session, no: str, response: Response, words: str, through: str, actor: str, at: datetime
) -> Reconfirmation:
    """The household's one answer, on its page or on paper. 自愿退出 also begins that procedure: it needs the signed form."""
    row = _current(session, no)
    answer_problem(row.state, response, words)
    row.state, row.response, row.responded_on = ReconfirmState.ANSWERED, response, day_cn(at)
    row.response_through = Through(through)
    if words.strip():
        row.response_sealed = keyring_of(session).seal(words.strip(), RESPONSE_SEAL)
    session.flush()
    _record(session, row, "reconfirm.answered", actor, {"response": response, "through": through}, at)
    if response is Response.WITHDREW:
        withdraw_voluntarily(session, row.household_id, actor, through, at, why=f"重新确认 {row.no}：自愿退出")
    return row


def conclude_reconfirmation(
    session: Session, no: str, conclusion: Conclusion, words: str, act: Act, at: datetime
) -> Reconfirmation:
    """Another person concludes, after the answer or after the last day. 不属实 becomes a credit record, nothing else does."""
    row = _current(session, no)
    conclusion_problem(row.state, row.due_on, day_cn(at), row.asked_by, act.actor, conclusion)
    why = need_reason(Act(act.actor, words))
    if row.response is None:
        row.response = Response.SILENT
    row.state, row.conclusion, row.concluded_by, row.concluded_on = (
        ReconfirmState.CONCLUDED, conclusion, act.actor, day_cn(at),
    )  # fmt: skip
    row.conclusion_sealed = keyring_of(session).seal(why, CONCLUSION_SEAL)
    if conclusion is Conclusion.FALSE:
        session.add(
            CreditRecord(
                household_id=row.household_id, division_code=row.division_code, reconfirmation_id=row.id,
                recorded_by=act.actor, recorded_on=day_cn(at),
            )
        )  # fmt: skip
    session.flush()
    _record(session, row, "reconfirm.concluded", act.actor, {"conclusion": conclusion}, at, act.request_id)
    return row


def _current(session: Session, no: str) -> Reconfirmation:
    row = session.scalar(select(Reconfirmation).where(Reconfirmation.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这次重新确认", fix="从诚信页面重新进入")
    return row


def _record(
    session: Session,
    row: Reconfirmation,
    kind: str,
    actor: str,
    after: dict[str, str],
    at: datetime,
    request_id: str | None = None,
) -> None:
    number = session.scalar(select(Household.no).where(Household.id == row.household_id))
    record(
        session, kind=kind, actor=actor, subjects=[("reconfirmation", row.no), ("household", str(number))],
        after={"state": row.state, **after}, unit=township_of(row.division_code), request_id=request_id, at=at,
    )  # fmt: skip
