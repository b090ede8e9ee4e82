"""What is done with a public question: asked, answered, read over by the gate, let out by another person, taken down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from portal.kernel.clock import add_working_days, day_cn
from portal.kernel.database import reserve_ids
from portal.kernel.errors import NotFound
from portal.kernel.sealing import Keyring
from portal.publishing.canaries.queries import list_watched
from portal.publishing.notice_gate import Gate, GatedField, GateRefused, KnownPeople
from portal.publishing.notices.people.queries import SHORTEST, is_minor, people_of
from portal.publishing.questions.models import Proposal, PublicQuestion, QuestionJoined, QuestionState
from portal.publishing.questions.queries import WORDS_SEAL
from portal.publishing.questions.rules import (
    DAYS,
    Asked,
    Step,
    asked_problem,
    next_state,
    proposal_problem,
    same_hand_refusal,
)
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.queries import get_division, name_path
from portal.registers.divisions.rules import township_of
from portal.registers.sealed import keyring_of
from portal.trail.actions import RecordedEvent, record


@dataclass(frozen=True)
class Proof:
    """What a receipt is kept as: made before the transaction, since stretching its code is slow."""

    locator: str
    code_hash: bytes = field(repr=False)
    code_salt: bytes = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """What the asker is told."""

    no: str
    locator: str
    due_on: date
    leaf_hash: str


def ask(session: Session, asked: Asked, proof: Proof, at: datetime) -> Taken:
    """Take a question: sealed until two persons have let it out, its clock begun."""
    asked_problem(asked)
    division, today = get_division(session, asked.division_code), day_cn(at)
    days = value_for(session, DAYS, division.code, today).whole
    number = reserve_ids(session.connection(), "public_questions_WD", 1)
    kind, no = asked.subject or (None, None)
    row = PublicQuestion(
        no=f"WD-{today.year}-{number:06d}", locator=proof.locator, code_hash=proof.code_hash,
        code_salt=proof.code_salt, kind=asked.kind, division_code=division.code, subject_kind=kind, subject_no=no,
        words_sealed=keyring_of(session).seal(asked.words.strip(), WORDS_SEAL), asked_on=today,
        due_on=add_working_days(today, days, overrides(session)), state=QuestionState.WAITING,
    )  # fmt: skip
    session.add(row)
    session.flush()
    recorded = _record(session, row, "question.asked", Act("citizen", ""), at)
    return Taken(row.no, row.locator, row.due_on, recorded.leaf_hash_hex)


@dataclass(frozen=True)
class Answer:
    """What the office proposes."""

    proposal: str
    question: str
    answer: str
    unit: str
    merged_into: str = ""


def propose(session: Session, no: str, said: Answer, act: Act, at: datetime) -> PublicQuestion:
    """Answer, decline or merge: it waits for a second person. The gate has to let the words pass already now."""
    proposal_problem(said.proposal, said.question, said.answer, said.unit, said.merged_into)
    row = current(session, no)
    state = next_state(row.state, Step.PROPOSE)
    if said.proposal == Proposal.MERGE:
        _known(session, said.merged_into.strip(), no)
    row.proposal, row.state, row.unit = said.proposal, state, said.unit.strip()
    row.question = said.question.strip() if said.proposal == Proposal.PUBLISH else None
    row.answer, row.answered_by, row.answered_at = said.answer.strip(), act.actor, at
    row.merged_into = said.merged_into.strip() if said.proposal == Proposal.MERGE else None
    row.checked_by = row.checked_at = row.checked_why = None
    _gate(session, row, day_cn(at))
    session.flush()
    _record(session, row, "question.answered", act, at)
    return row


def release(session: Session, no: str, act: Act, at: datetime) -> PublicQuestion:
    """Let it out (or agree that it is not): another account than who answered, past the gate once more."""
    row = current(session, no)
    same_hand_refusal(row.answered_by, act.actor)
    row.state = next_state(row.state, Step.RELEASE, row.proposal)
    _gate(session, row, day_cn(at))
    row.checked_by, row.checked_at, row.checked_why = act.actor, at, act.why.strip() or None
    if row.state == QuestionState.PUBLIC:
        row.published_on = day_cn(at)
    session.flush()
    _record(session, row, "question.released", act, at)
    if row.state == QuestionState.MERGED:
        join(session, _known(session, row.merged_into or "", no))
    return row


def return_(session: Session, no: str, act: Act, at: datetime) -> PublicQuestion:
    """The checker sends it back, with the reason."""
    why = need_reason(act)
    row = current(session, no)
    same_hand_refusal(row.answered_by, act.actor)
    row.state = next_state(row.state, Step.RETURN)
    row.checked_by, row.checked_at, row.checked_why = act.actor, at, why
    session.flush()
    _record(session, row, "question.returned", act, at)
    return row


def retract(session: Session, no: str, act: Act, at: datetime) -> PublicQuestion:
    """Take a published one down, with the reason. That it was there stays."""
    need_reason(act)
    row = current(session, no)
    row.state, row.ended_on = next_state(row.state, Step.RETRACT), day_cn(at)
    session.flush()
    _record(session, row, "question.retracted", act, at)
    return row


def join(session: Session, question_id: int) -> None:
    """我也想知道: one more, nobody in particular."""
    raised = session.execute(
        update(QuestionJoined).where(QuestionJoined.question_id == question_id).values(n=QuestionJoined.n + 1)
    )
    if not (isinstance(raised, CursorResult) and raised.rowcount):
        session.add(QuestionJoined(question_id=question_id, n=1))
    session.flush()


def current(session: Session, no: str) -> PublicQuestion:
    """The present row, locked. Whether the person may see it has been asked by the door."""
    row = session.scalar(select(PublicQuestion).where(PublicQuestion.no == no).with_for_update())
    if row is None:
        raise NotFound("没有这条提问", fix="核对编号，或从列表重新进入")
    return row


def _known(session: Session, no: str, own: str) -> int:
    found = session.scalar(
        select(PublicQuestion.id).where(
            PublicQuestion.no == no, PublicQuestion.no != own, PublicQuestion.state == QuestionState.PUBLIC
        )
    )
    if found is None:
        raise NotFound("没有这条已公开的提问", fix="核对要并入的编号")
    return found


def _gate(session: Session, row: PublicQuestion, today: date) -> None:
    """Refuse words that carry a number, a minor's or a household's name, or an illness. The reason of a refusal too:
    it goes to whoever holds the receipt.
    """
    keyring = keyring_of(session)
    known = known_people(session, row.division_code, today)
    texts = (("提问", row.question or ""), ("答复", row.answer or ""))
    fields = [
        GatedField(label, n, "文字", line) for label, text in texts for n, line in enumerate(text.splitlines(), 1)
    ]
    found = Gate(known, _watched(session, keyring)).read(fields, ())
    if found:
        raise GateRefused(found)


def _watched(session: Session, keyring: Keyring) -> list[str]:
    return [value for one in list_watched(session, keyring) for value in one.values]


def known_people(session: Session, division: str, today: date) -> KnownPeople:
    """Members of all households of a village: none of them is named in public."""
    people = people_of(session, (), division)
    names = {row.name for row in people if len(row.name) >= SHORTEST}
    minors = {row.name for row in people if is_minor(row, today) and len(row.name) >= SHORTEST}
    places = frozenset(step.name for step in name_path(session, division))
    return KnownPeople(minors=frozenset(minors), names=frozenset(names), places=places)


def _record(session: Session, row: PublicQuestion, kind: str, act: Act, at: datetime) -> RecordedEvent:
    return record(
        session, kind=kind, actor=act.actor, subjects=[("question", row.no)],
        after={"state": row.state, "proposal": row.proposal}, why=act.why.strip() or None,
        unit=township_of(row.division_code), request_id=act.request_id, at=at,
    )  # fmt: skip
