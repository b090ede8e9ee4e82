"""What people do with a check-in that stands: ask about it, explain it, judge it. Nothing here happens by itself but asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, NotFound, Refused
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.rules import township_of
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.questions.actions import add_questions, answer_questions
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.helpers.check_ins.rules import JUDGED, Context, step_refusal
from portal.registers.helpers.models import Helper
from portal.registers.recipients.models import Household
from portal.trail.actions import record

SHORTEST_ANSWER = 2
LONGEST_ANSWER = 1000


def get_row(session: Session, claim_id: str) -> CheckIn:
    """The current row of a check-in, to be changed by an action; raises NotFound."""
    row = session.scalar(select(CheckIn).where(CheckIn.claim_id == claim_id).with_for_update())
    if row is None:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    return row


def ask(session: Session, claim_id: str, questions: Sequence[Question], actor: str, at: datetime, why: str) -> int:
    """Put questions of a rule to the helper, before anybody else hears of it; returns how many are new.

    A question that the rule has put before is not put again. A visit that a person has judged not to count is left.
    """
    row = get_row(session, claim_id)
    if row.state == State.NOT_COUNTED:
        return 0
    added = add_questions(session, row.id, questions, actor, at)
    if not added:
        return 0
    before = row.state
    if row.state != State.ASKED:
        step_refusal(State(row.state), State.ASKED)
        row.state = State.ASKED
    session.flush()
    _record_step(session, row, "check_in.asked", actor, before, why, at, rules=[q.rule for q in added])
    return len(added)


def explain(
    session: Session, context: Context, claim_id: str, helper_no: str, answers: Mapping[str, str], at: datetime
) -> CheckIn:
    """The helper answers what was asked: rule → sentence. What has all its answers is explained, and waits for a person.

    Raises NotFound for another helper's visit, BadInput without a sentence, Refused when nothing was asked.
    """
    row = get_row(session, claim_id)
    if session.scalar(select(Helper.no).where(Helper.id == row.helper_id)) != helper_no:
        raise NotFound("没有这次走访", fix="核对编号，或从列表查找")
    said = {rule: text.strip() for rule, text in answers.items()}
    if not said or any(not SHORTEST_ANSWER <= len(text) <= LONGEST_ANSWER for text in said.values()):
        raise BadInput("没有写说明", fix="用一两句话写清当时的情况，最多 1000 字", code="answer")
    answered, open_ones = answer_questions(session, row.id, said, at)
    if not answered:
        raise Refused("这次走访没有待说明的问题", fix="刷新页面", code="not_asked")
    before = row.state
    if not open_ones and row.state == State.ASKED:
        row.state = State.EXPLAINED
    session.flush()
    request_id = context.request_id
    _record_step(
        session, row, "check_in.explained", context.actor, before, None, at, rules=answered, request_id=request_id
    )
    return row


def judge(session: Session, claim_id: str, state: State, act: Act, at: datetime) -> CheckIn:
    """A person says whether a visit counts, with a reason. Nothing else ever does. The permission is asked by the door."""
    why = need_reason(act)
    if state not in JUDGED:
        raise Refused("只能判为有效或不计", fix="选“有效”或“不计”")
    row = get_row(session, claim_id)
    before = State(row.state)
    step_refusal(before, state)
    row.state, row.judged_by, row.judged_at, row.judgement = state, act.actor, at, why
    session.flush()
    kind = "check_in.counted" if state is State.COUNTED else "check_in.not_counted"
    _record_step(session, row, kind, act.actor, before, why, at, request_id=act.request_id)
    return row


def _record_step(
    session: Session,
    row: CheckIn,
    kind: str,
    actor: str,
    before: str,
    why: str | None,
    at: datetime,
    *,
    rules: Sequence[str] = (),
    request_id: str | None = None,
) -> None:
    household = session.scalar(select(Household.no).where(Household.id == row.household_id))
    helper = session.scalar(select(Helper.no).where(Helper.id == row.helper_id))
    record(
        session,
        kind=kind,
        actor=actor,
        subjects=[("check_in", row.claim_id), ("household", str(household)), ("helper", str(helper))],
        before={"state": before},
        after={"state": row.state, **({"rules": list(rules)} if rules else {})},
        why=why,
        unit=township_of(row.division_code),
        request_id=request_id,
        at=at,
    )
