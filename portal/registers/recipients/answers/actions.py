"""What happens to a household's word: it is taken down as said, and a dispute is answered by somebody without a part in it.

Nothing here changes an answer: there is no such action, and the database refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.clock import add_working_days, day_cn, window_end
from portal.kernel.database import reserve_ids
from portal.kernel.errors import NotFound, Refused
from portal.registers.corrections import Act
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import value_for, values_for
from portal.registers.divisions.parameters.rules import EXTENDS
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.answers.disclosure import TEXT_SEAL
from portal.registers.recipients.answers.models import DisputeState, HouseholdAnswer, HouseholdDispute, What, Word
from portal.registers.recipients.answers.rules import (
    DISPUTE_DAYS,
    OBJECTION_DAYS,
    OFFICE,
    TRANSITIONS,
    Again,
    Fact,
    Step,
    again,
    counts,
    finding_problem,
    handler_refusal,
    next_state,
    word_problem,
)
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.queries import household_nos
from portal.registers.sealed import keyring_of
from portal.trail.actions import record


@dataclass(frozen=True)
class Taken:
    """What the household is told: the number of its answer, and of the dispute with the day by which it is answered."""

    no: str
    counts: bool
    dispute_no: str | None = None
    due_on: date | None = None


def answer_fact(
    session: Session,
    home: SignedInHousehold,
    fact: Fact,
    answer: Word,
    what: What | None,
    at: datetime,
    *,
    request_id: str | None = None,
) -> Taken:
    """Take down what a household says about one item; a 不对 opens a dispute or goes on with it, a 对 ends it.

    Every answer is kept beside the others.

    `fact` is read in the same transaction. Raises BadInput for a 不对 without what, NotFound for another household's item.
    """
    word_problem(answer, what)
    if fact.household_id != home.household_id:
        raise NotFound("没有这一项", fix="回到上一页重新选")
    number = _next(session, "household_answers")
    row = HouseholdAnswer(
        id=number, no=f"HD-{day_cn(at).year}-{number:06d}", household_id=home.household_id, subject_kind=fact.kind,
        subject_no=fact.no, subject_version=fact.version, amount_fen=fact.amount_fen, answer=answer, what=what,
        card_id=home.card_id, printed_by=home.printed_by, recorded_by=fact.recorded_by, approved_by=fact.approved_by,
        counts=counts(home.printed_by, fact.recorded_by, fact.approved_by), answered_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    after: dict[str, Any] = {"no": row.no, "answer": answer, "what": what, "counts": row.counts}
    dispute = _dispute(session, home, row, fact, at, request_id)
    if answer is Word.RIGHT:
        _close_all(session, home, row, at, request_id)
    if dispute is not None:
        after |= {"dispute": dispute.no, "due_on": dispute.due_on}
    record(
        session, kind="household.answered", actor=home.actor,
        subjects=[(fact.kind, fact.no), ("household", home.household_no)], after=after,
        unit=township_of(home.division_code), request_id=request_id, sealed=True, at=at,
    )  # fmt: skip
    if dispute is None:
        return Taken(row.no, row.counts)
    return Taken(row.no, row.counts, dispute.no, dispute.due_on)


def _disputes_of(session: Session, household_id: int, kind: str, no: str) -> list[HouseholdDispute]:
    """The household's disputes of one item, the newest first."""
    query = select(HouseholdDispute).where(
        HouseholdDispute.household_id == household_id,
        HouseholdDispute.subject_kind == kind,
        HouseholdDispute.subject_no == no,
    )
    return list(session.scalars(query.order_by(HouseholdDispute.id.desc()).with_for_update()))


def _dispute(
    session: Session, home: SignedInHousehold, answer: HouseholdAnswer, fact: Fact, at: datetime, request_id: str | None
) -> HouseholdDispute | None:
    """What a 不对 does: opens a dispute, is added to the one that waits, or takes it to the county. None otherwise."""
    if answer.answer != Word.WRONG:
        return None
    last = next(iter(_disputes_of(session, home.household_id, answer.subject_kind, answer.subject_no)), None)
    if last is None:
        return _open(session, home, answer, DisputeState.WAITING, at)
    does = again(last.state, fact.version != last.answered_version)
    if does is Again.ESCALATES and last.state == DisputeState.ANSWERED:
        changes = {"state": next_state(last.state, Step.REJECT), "due_on": _due(session, last.division_code, at)}
        return _change(session, last, "household.dispute_said", changes, Act(home.actor, "", request_id), at)
    if does in (Again.OPENS, Again.ESCALATES):
        state = DisputeState.WAITING if does is Again.OPENS else DisputeState.REJECTED
        return _open(session, home, answer, state, at)
    return last if does is Again.ADDS else None


def _close_all(
    session: Session, home: SignedInHousehold, answer: HouseholdAnswer, at: datetime, request_id: str | None
) -> None:
    """对 after 不对: the household takes its word back, or accepts what it was told."""
    for row in _disputes_of(session, home.household_id, answer.subject_kind, answer.subject_no):
        if Step.ACCEPT in TRANSITIONS[DisputeState(row.state)]:
            changes = {"state": next_state(row.state, Step.ACCEPT), "closed_at": at}
            _change(session, row, "household.dispute_said", changes, Act(home.actor, "", request_id), at)


def _open(
    session: Session, home: SignedInHousehold, answer: HouseholdAnswer, state: DisputeState, at: datetime
) -> HouseholdDispute:
    number = _next(session, "household_disputes")
    row = HouseholdDispute(
        id=number, no=f"YY-{day_cn(at).year}-{number:06d}", answer_id=answer.id, household_id=home.household_id,
        division_code=home.division_code, subject_kind=answer.subject_kind, subject_no=answer.subject_no,
        recorded_by=answer.recorded_by, approved_by=answer.approved_by, opened_at=at,
        due_on=_due(session, home.division_code, at), state=state,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _next(session: Session, table: str) -> int:
    """One id, and who comes next waits for this commit: the last word is the highest, whichever worker took it down."""
    return reserve_ids(session.connection(), table, 1)


def _due(session: Session, division_code: str, at: datetime) -> date:
    on = day_cn(at)
    return add_working_days(on, value_for(session, DISPUTE_DAYS, division_code, on).whole, overrides(session))


def settle_dispute(
    session: Session, no: str, finding: str, words: str, fact: Fact | None, act: Act, at: datetime
) -> HouseholdDispute:
    """Answer a dispute, in words that the household reads.

    `fact`: the item as it stands now, None when it is no longer there (withdrawn: that is a correction). Raises Refused
    for whoever recorded, approved or corrected the item or gave the answer that the household did not accept.
    """
    row = _get(session, no)
    step = OFFICE[DisputeState(row.state)]
    state = next_state(row.state, step, row.finding)
    earlier = _disputes_of(session, row.household_id, row.subject_kind, row.subject_no)
    answered_by = {one.answered_by or "" for one in earlier} if step is Step.DECIDE else frozenset[str]()
    corrected_by = fact.recorded_by if fact is not None else None
    why = handler_refusal(act.actor, row.recorded_by, row.approved_by, answered_by, corrected_by)
    if why is not None:
        raise Refused("这条异议要换一个人办", why=why, fix="请没有经手过的同事核查", code="same_person")
    shown = session.get_one(HouseholdAnswer, row.answer_id).subject_version
    finding_problem(finding, words, fact is None or fact.version != shown, step is Step.DECIDE)
    changes = {
        "state": state, "finding": finding, "answered_by": act.actor, "answered_at": at,
        "answered_version": fact.version if fact is not None else None,
        "objects_until": _objects_until(session, row.division_code, at) if step is Step.ANSWER else None,
        "text_sealed": keyring_of(session).seal(words.strip(), TEXT_SEAL),
    }  # fmt: skip
    return _change(session, row, "household.dispute_answered", changes, act, at)


def _objects_until(session: Session, division_code: str, at: datetime) -> date:
    """The last day on which the household's silence keeps a dispute open."""
    on = day_cn(at)
    given = values_for(session, (OBJECTION_DAYS, EXTENDS), division_code, on)
    days = given[OBJECTION_DAYS]
    return window_end(on, days.whole, days.unit, overrides(session), extends=given[EXTENDS].yes)


def say_about_answer(
    session: Session,
    home: SignedInHousehold,
    no: str,
    accepts: bool,
    at: datetime,
    *,
    request_id: str | None = None,
) -> HouseholdDispute:
    """The household's second word: it accepts the answer, or does not, and then the county decides by a new day."""
    row = _get(session, no)
    if row.household_id != home.household_id:
        raise NotFound("没有这条异议", fix="回到上一页重新选")
    if not row.answered_by:
        raise Refused("这条异议还没有答复", fix="等答复写在这一页")
    state = next_state(row.state, Step.ACCEPT if accepts else Step.REJECT)
    more = {"closed_at": at} if accepts else {"due_on": _due(session, row.division_code, at)}
    act = Act(home.actor, "", request_id)
    return _change(session, row, "household.dispute_said", {"state": state, **more}, act, at)


def _get(session: Session, no: str) -> HouseholdDispute:
    row = session.scalar(select(HouseholdDispute).where(HouseholdDispute.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这条异议", fix="核对编号，或从列表查找")
    return row


def _change(
    session: Session, row: HouseholdDispute, kind: str, changes: Mapping[str, Any], act: Act, at: datetime
) -> HouseholdDispute:
    spoken = [name for name in changes if name in {"state", "finding", "due_on"}]
    before = {name: getattr(row, name) for name in spoken}
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    household = household_nos(session, [row.household_id])[row.household_id]
    record(
        session, kind=kind, actor=act.actor,
        subjects=[("dispute", row.no), (row.subject_kind, row.subject_no), ("household", household)],
        before=before, after={name: changes[name] for name in spoken}, why=act.why or None,
        unit=township_of(row.division_code), request_id=act.request_id, sealed=True, at=at,
    )  # fmt: skip
    return row
